/**
 * The second copy of what a person teaches, in the browser's private file system: every committed change is appended to
 * a file of its project. The database and these files are lost for different reasons, and a project that has a file but
 * no row was lost, for removing one removes both.
 */
import { crc32 } from '../../../bit/checkpoint/bytes.ts';
import type { Rows } from './db.ts';
import { pack, unpack } from './pack.ts';

const FOLDER = 'bit-lens-teach';
const SUFFIX = '.journal';
/** Before each record: its length and its checksum. */
const HEAD_BYTES = 8;
/** A file is written anew, as one record, when it is this much and three times that record. */
const COMPACT_BYTES = 8 * 2 ** 20;

/** The part of FileSystemSyncAccessHandle used here; TypeScript lists it for workers only. */
interface SyncAccess {
  getSize(): number;
  read(target: Uint8Array, at: { at: number }): number;
  write(source: Uint8Array, at: { at: number }): number;
  truncate(size: number): void;
  flush(): void;
  close(): void;
}
type WorkerFile = FileSystemFileHandle & { createSyncAccessHandle(): Promise<SyncAccess> };

/** One tab at a time: a file has one writer. */
function inTurn<T>(id: string, work: () => Promise<T>): Promise<T> {
  return navigator.locks.request(`${FOLDER}/${id}`, work);
}

const folder = async (): Promise<FileSystemDirectoryHandle> =>
  (await navigator.storage.getDirectory()).getDirectoryHandle(FOLDER, { create: true });

/** Ids of the projects that have a second copy. */
export async function journals(): Promise<string[]> {
  const ids: string[] = [];
  for await (const name of (await folder()).keys())
    if (name.endsWith(SUFFIX)) ids.push(name.slice(0, -SUFFIX.length));
  return ids;
}

/** Appends a change; `whole` gives all rows when the file is due to be written anew. */
export function append(id: string, rows: Rows, whole: () => Promise<Rows>): Promise<void> {
  return inTurn(id, async () => {
    const file = await (await folder()).getFileHandle(`${id}${SUFFIX}`, { create: true });
    const access = await (file as WorkerFile).createSyncAccessHandle();
    try {
      const size = access.getSize();
      const first = new Uint8Array(HEAD_BYTES);
      access.read(first, { at: 0 });
      const firstLength = size < HEAD_BYTES ? 0 : new DataView(first.buffer).getUint32(0, true);
      if (size > COMPACT_BYTES && size > 3 * firstLength) {
        const record = recordOf(await whole());
        access.truncate(0);
        access.write(record, { at: 0 });
      } else access.write(recordOf(rows), { at: size });
      access.flush();
    } finally {
      access.close();
    }
  });
}

export function removeJournal(id: string): Promise<void> {
  return inTurn(id, async () => {
    try {
      await (await folder()).removeEntry(`${id}${SUFFIX}`);
    } catch (cause) {
      if (!(cause instanceof DOMException && cause.name === 'NotFoundError')) throw cause;
    }
  });
}

/** All rows of a project as its file has them; a torn last record is left out. Null when there is none whole. */
export function replay(id: string): Promise<Rows | null> {
  return inTurn(id, async () => {
    const file = await (await folder()).getFileHandle(`${id}${SUFFIX}`);
    return merged(new Uint8Array(await (await file.getFile()).arrayBuffer()));
  });
}

function recordOf(rows: Rows): Uint8Array<ArrayBuffer> {
  const bytes = pack(rows);
  const record = new Uint8Array(HEAD_BYTES + bytes.length);
  const head = new DataView(record.buffer);
  head.setUint32(0, bytes.length, true);
  head.setUint32(4, crc32(bytes), true);
  record.set(bytes, HEAD_BYTES);
  return record;
}

/** Later records win. */
export function merged(bytes: Uint8Array<ArrayBuffer>): Rows | null {
  let project: Rows['project'] = null;
  const examples = new Map<string, Rows['examples'][number]>();
  const features = new Map<string, Rows['features'][number]>();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + HEAD_BYTES <= bytes.length; ) {
    const length = view.getUint32(at, true);
    const body = bytes.slice(at + HEAD_BYTES, at + HEAD_BYTES + length);
    if (body.length < length || crc32(body) !== view.getUint32(at + 4, true)) break;
    const rows = unpack(body) as Rows; // the checksum says that these are our own bytes
    project = rows.project ?? project;
    for (const one of rows.examples) examples.set(one.id, one);
    for (const one of rows.features) features.set(`${one.example} ${one.view}`, one);
    at += HEAD_BYTES + length;
  }
  if (!project) return null;
  return {
    project,
    // pictures' originals are not in the second copy
    examples: [...examples.values()].map(({ id, row }) => ({
      id,
      row: row && { ...row, hasOriginal: false },
    })),
    features: [...features.values()],
  };
}
