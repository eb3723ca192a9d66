/**
 * The second copy of what a person teaches, in the browser's private file system: every committed change is appended to
 * a file of its project. The database and these files are lost for different reasons, and a project that has a file but
 * no row was lost, for removing one removes both.
 */
import { BitError } from '../../../bit/index.ts';
import type { Rows } from './db.ts';
import { hasProject, listProjects, putLost, readRows, removeProject } from './projects.ts';
import { lastRevision, lengthAt, merged, type Readable, recordOf } from './records.ts';

const FOLDER = 'bit-lens-teach';
const SUFFIX = '.journal';
/** A file is written anew, as one record, when it is this much and three times that record. */
const COMPACT_BYTES = 8 * 2 ** 20;

/** The part of FileSystemSyncAccessHandle used here; TypeScript lists it for workers only. */
interface SyncAccess extends Readable {
  write(source: Uint8Array, at: { at: number }): number;
  truncate(size: number): void;
  flush(): void;
  close(): void;
}
type WorkerFile = FileSystemFileHandle & { createSyncAccessHandle(): Promise<SyncAccess> };

/** One tab at a time: a file has one writer. */
async function inTurn<T>(id: string, work: () => Promise<T>): Promise<T> {
  return navigator.locks.request(`${FOLDER}/${id}`, work) as Promise<T>;
}

const folder = async (): Promise<FileSystemDirectoryHandle> =>
  (await navigator.storage.getDirectory()).getDirectoryHandle(FOLDER, { create: true });

/** Ids of the projects that have a second copy. */
async function journals(): Promise<string[]> {
  const ids: string[] = [];
  for await (const name of (await folder()).keys())
    if (name.endsWith(SUFFIX)) ids.push(name.slice(0, -SUFFIX.length));
  return ids;
}

/** What this worker left of each file: its size, or 'broken' where an append failed. */
const left = new Map<string, number | 'broken'>();

/** Appends what was committed, or writes the whole project where its file may lack something. */
export function append(id: string, rows: Rows): Promise<void> {
  return inTurn(id, async () => {
    if (!(await hasProject(id))) return; // removed meanwhile: its file must not come back
    const known = left.get(id);
    left.set(id, 'broken'); // until it is written
    const file = await (await folder()).getFileHandle(`${id}${SUFFIX}`, { create: true });
    const access = await (file as WorkerFile).createSyncAccessHandle();
    try {
      const revision = rows.project?.revision ?? 0;
      const isWhole = isDue(access, known, revision);
      // the first revision of a project is all of it
      const record = recordOf(isWhole && revision !== 1 ? await readRows(id) : rows);
      if (isWhole) access.truncate(0);
      const at = access.getSize();
      if (access.write(record, { at }) < record.length)
        throw new BitError('quota', 'no room is left for the second copy');
      access.flush();
      left.set(id, at + record.length);
    } finally {
      access.close();
    }
  });
}

/** Whether the file is to be written anew. */
function isDue(file: Readable, known: number | 'broken' | undefined, revision: number): boolean {
  const size = file.getSize();
  if (size === 0 || known === 'broken') return true;
  if (size > COMPACT_BYTES && size > 3 * lengthAt(file, 0)) return true;
  if (known === size) return false;
  // nothing is known of what came before: it may end in a torn record, or lack the last changes
  if (known === undefined) return lastRevision(file, 0) !== revision - 1;
  // another tab wrote on, or wrote it anew
  return ((known < size ? lastRevision(file, known) : null) ?? lastRevision(file, 0)) === null;
}

/** Removes a project and its file, with no append in between. Where there are no files, `onNoFile` is told and the project goes nonetheless. */
export function removeWithFile(id: string, onNoFile: (cause: unknown) => void): Promise<void> {
  return inTurn(id, async () => {
    // the file first: where both cannot go, a project is better without its second copy than back again
    await removeFile(id).catch(onNoFile);
    await removeProject(id);
    left.delete(id);
  });
}

async function removeFile(id: string): Promise<void> {
  await orNull(async () => (await folder()).removeEntry(`${id}${SUFFIX}`));
}

/** Null where the file is not there. */
async function orNull<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'NotFoundError') return null;
    throw cause;
  }
}

/** Brings back projects that have a file and no row. One that fails keeps none of the others. */
export async function restoreLost(): Promise<{ readonly back: string[]; readonly failures: unknown[] }> {
  const present = new Set((await listProjects()).map(({ id }) => id));
  const back: string[] = [];
  const failures: unknown[] = [];
  for (const id of (await journals()).filter((one) => !present.has(one))) {
    try {
      if (await inTurn(id, () => restore(id))) back.push(id);
    } catch (cause) {
      failures.push(cause);
    }
  }
  return { back, failures };
}

async function restore(id: string): Promise<boolean> {
  if (await hasProject(id)) return false; // another tab made it meanwhile
  const file = await orNull(async () => (await folder()).getFileHandle(`${id}${SUFFIX}`));
  const rows = file && merged(new Uint8Array(await (await file.getFile()).arrayBuffer()));
  return rows !== null && putLost(id, rows);
}
