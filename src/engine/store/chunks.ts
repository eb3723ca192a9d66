/** The bytes of files, as chunk records: a value of IndexedDB is capped at about 127 MiB, and a download comes in pieces. */
import { BitError } from '../../bit/index.ts';
import { withDatabase, write } from './db.ts';

export const CHUNK_BYTES = 4 * 2 ** 20;

/** Where a chunk goes. */
export interface ChunkPlace {
  readonly id: string;
  readonly file: number;
  readonly chunk: number;
}

/**
 * Stores the next chunk of an unfinished file; it is durable when this resolves. Throws 'not-stored' when the model is
 * gone (deleted or cleared meanwhile), 'shelf-busy' when another writer is at the same file, and 'quota'.
 */
export async function appendChunk(place: ChunkPlace, bytes: Blob, validator: string | null): Promise<void> {
  const { id, file, chunk } = place;
  await write(['unfinished', 'chunks'], async (tx) => {
    const row = await tx.objectStore('unfinished').get(id);
    const at = row?.files[file];
    if (!row || !at) throw new BitError('not-stored', 'was deleted while it was being stored');
    // a repeat after a lost connection may find its own chunk already there
    if (at.chunks !== chunk && at.chunks !== chunk + 1)
      throw new BitError('shelf-busy', 'another tab is storing the same model');
    await tx.objectStore('chunks').put(bytes, [id, file, chunk]);
    const stored = { ...at, chunks: chunk + 1, bytes: chunk * CHUNK_BYTES + bytes.size, validator };
    await tx.objectStore('unfinished').put({ ...row, files: row.files.with(file, stored) });
  });
}

/**
 * The stored bytes of a file as one Blob. Throws 'not-stored' when a chunk is missing, cannot be read, or has another
 * size than it must.
 */
export async function fileBlob(id: string, file: number, size: number): Promise<Blob> {
  const count = Math.ceil(size / CHUNK_BYTES);
  if (count === 0) return new Blob([]);
  const range = IDBKeyRange.bound([id, file, 0], [id, file, count - 1]);
  const parts = await withDatabase((db) => db.getAll('chunks', range));
  const whole = parts.every(
    (part, i) => part.size === (i < count - 1 ? CHUNK_BYTES : size - i * CHUNK_BYTES),
  );
  if (parts.length !== count || !whole)
    throw new BitError('not-stored', 'a part of it is missing from this browser’s storage');
  for (const part of parts) await readWhole(part);
  return new Blob(parts);
}

/**
 * Chunks are loose files, which can vanish or be cut short alone. A part that is read alone and whole is refused then;
 * but read from past its end, or over its end as part of a larger Blob, it keeps Chromium's browser process, and so
 * every tab, busy for ever.
 */
async function readWhole(part: Blob): Promise<void> {
  try {
    await part.arrayBuffer();
  } catch (cause) {
    throw new BitError('not-stored', 'a part of it is missing from this browser’s storage', { cause });
  }
}

/** All chunks of a model. */
export const chunksOf = (id: string): IDBKeyRange => IDBKeyRange.bound([id], [id, []]);
/** All chunks of one of its files. */
export const chunksOfFile = (id: string, file: number): IDBKeyRange =>
  IDBKeyRange.bound([id, file], [id, file, []]);
