/** The models on the shelf: rows that say what is stored, and the one row (the manifest) that says it is all there. */
import { BitError, type NamedBlob } from '../../bit/index.ts';
import type { ShelfFile, ShelfList, ShelfModel } from '../shelf/protocol.ts';
import { chunksOf, chunksOfFile, fileBlob } from './chunks.ts';
import { type FileProgress, type Manifest, type Unfinished, wasLost, withDatabase, write } from './db.ts';
import { announceChange, idsInLocks } from './locks.ts';

/** Everything on the shelf, most recently used first. */
export async function listModels(): Promise<ShelfList> {
  const { manifests, unfinished } = await withDatabase(async (db) => ({
    manifests: await db.getAll('manifests'),
    unfinished: await db.getAll('unfinished'),
  }));
  const busy = await idsInLocks('store');
  const complete = new Set(manifests.map(({ id }) => id));
  const models = [
    ...manifests.map(completeModel),
    ...unfinished.filter(({ id }) => !complete.has(id)).map((row) => partialModel(row, busy.has(row.id))),
  ];
  return { models: models.sort((a, b) => b.lastUsed - a.lastUsed), lost: wasLost() };
}

export function completeModel(manifest: Manifest): ShelfModel {
  const { damaged, ...facts } = manifest;
  return { ...facts, state: damaged ? 'damaged' : 'complete', stored: facts.bytes, offer: null };
}

function partialModel(row: Unfinished, busy: boolean): ShelfModel {
  return {
    ...row,
    state: busy ? 'downloading' : 'partial',
    files: row.files.flatMap(({ done }) => done ?? []),
    stored: row.files.reduce((sum, { bytes }) => sum + bytes, 0),
    lastUsed: row.added,
  };
}

export const readManifest = (id: string): Promise<Manifest | undefined> =>
  withDatabase((db) => db.get('manifests', id));
export const readUnfinished = (id: string): Promise<Unfinished | undefined> =>
  withDatabase((db) => db.get('unfinished', id));

const NOTHING: FileProgress = { chunks: 0, bytes: 0, validator: null, done: null };

/** What is stored of an unfinished model, for a writer to go on from; a new or other list of files begins at nothing. */
export async function beginModel(
  model: Omit<Unfinished, 'files'>,
  names: readonly string[],
): Promise<Unfinished> {
  const row = await write(['unfinished', 'chunks', 'manifests'], async (tx) => {
    const known = await tx.objectStore('unfinished').get(model.id);
    const same =
      known?.files.length === names.length &&
      known.offer?.files.every(({ name, url }, i) => name === names[i] && url === model.offer?.files[i]?.url);
    if (known && same) return known;
    const fresh: Unfinished = { ...model, files: names.map(() => NOTHING) };
    await tx.objectStore('manifests').delete(model.id); // only a damaged one is ever begun again
    await tx.objectStore('chunks').delete(chunksOf(model.id));
    await tx.objectStore('unfinished').put(fresh);
    return fresh;
  });
  announceChange();
  return row;
}

/** Forgets the stored bytes of one file, so that it begins at nothing. */
export function restartFile(id: string, file: number): Promise<void> {
  return changeFile(id, file, () => NOTHING, true);
}

/** Says that a file is all there. */
export function finishFile(id: string, file: number, done: ShelfFile): Promise<void> {
  return changeFile(id, file, (before) => ({ ...before, done }), false);
}

function changeFile(
  id: string,
  file: number,
  change: (before: FileProgress) => FileProgress,
  forget: boolean,
): Promise<void> {
  return write(['unfinished', 'chunks'], async (tx) => {
    const row = await tx.objectStore('unfinished').get(id);
    const before = row?.files[file];
    if (!row || !before) throw new BitError('not-stored', 'was deleted while it was being stored');
    if (forget) await tx.objectStore('chunks').delete(chunksOfFile(id, file));
    await tx.objectStore('unfinished').put({ ...row, files: row.files.with(file, change(before)) });
  });
}

/** Writes the manifest, in a transaction of its own, once every file is finished: from here on the model is complete. */
export async function finishModel(id: string): Promise<ShelfModel> {
  const manifest = await write(
    ['unfinished', 'manifests'],
    async (tx) => {
      const row = await tx.objectStore('unfinished').get(id);
      const files = row?.files.flatMap(({ done }) => done ?? []) ?? [];
      if (!row || files.length !== row.files.length)
        throw new BitError('not-stored', 'was deleted while it was being stored');
      const { name, source, licence, added, catalogueKey, choices } = row;
      const bytes = files.reduce((sum, { size }) => sum + size, 0);
      const whole: Manifest = {
        id,
        name,
        source,
        files,
        bytes,
        licence,
        added,
        lastUsed: added,
        catalogueKey,
        choices,
        damaged: false,
      };
      await tx.objectStore('manifests').put(whole);
      await tx.objectStore('unfinished').delete(id);
      return whole;
    },
    'strict',
  );
  announceChange();
  return completeModel(manifest);
}

/** The manifest and the files of a complete model; no weights are read. Throws 'not-stored' and 'stored-damaged'. */
export async function storedFiles(id: string): Promise<{ manifest: Manifest; files: NamedBlob[] }> {
  const manifest = await readManifest(id);
  if (!manifest) throw new BitError('not-stored', 'the shelf has no such model');
  if (manifest.damaged)
    throw new BitError('stored-damaged', 'was found changed before', { file: manifest.name });
  try {
    const files = await Promise.all(
      manifest.files.map(async ({ name, size }, i) => ({ name, blob: await fileBlob(id, i, size) })),
    );
    return { manifest, files };
  } catch (cause) {
    if (cause instanceof BitError && cause.code === 'not-stored')
      await markDamaged(id).catch(() => undefined); // on a full disk it is found again
    throw cause;
  }
}

/** Notes that a model was opened now. */
export const touchModel = (id: string): Promise<Manifest> => changeManifest(id, { lastUsed: Date.now() });
/** Notes that a model's bytes are not what was stored. */
export const markDamaged = (id: string): Promise<Manifest> => changeManifest(id, { damaged: true });

/** What a person says about a model's files, over what was said before. Throws 'not-stored'. */
export async function chooseForModel(
  id: string,
  name: string,
  choices: Manifest['choices'],
): Promise<ShelfModel> {
  return completeModel(await changeManifest(id, { name, choices }));
}

async function changeManifest(id: string, change: Partial<Manifest>): Promise<Manifest> {
  const manifest = await write(['manifests'], async (tx) => {
    const before = await tx.objectStore('manifests').get(id);
    if (!before) throw new BitError('not-stored', 'was deleted meanwhile');
    const after = { ...before, ...change };
    await tx.objectStore('manifests').put(after);
    return after;
  });
  announceChange();
  return manifest;
}

/** Deletes a model, complete or not, with its bytes. */
export async function deleteModel(id: string): Promise<void> {
  await write(['unfinished', 'manifests', 'chunks'], async (tx) => {
    await tx.objectStore('manifests').delete(id);
    await tx.objectStore('unfinished').delete(id);
    await tx.objectStore('chunks').delete(chunksOf(id));
  });
  announceChange();
}
