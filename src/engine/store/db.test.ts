/** The store's answers to a browser that fails: idb is a stand-in here, so that it can be made to. */
import { beforeEach, expect, test, vi } from 'vitest';
import type { ChunkPlace } from './chunks.ts';

const idb = vi.hoisted(() => ({
  rows: new Map<string, unknown>(),
  opened: 0,
  /** What the next transactions throw when they begin, or reject with when they end. */
  begins: [] as (Error | null)[],
  ends: [] as (Error | null)[],
  opens: [] as (Error | null)[],
}));

vi.mock('idb', () => ({
  openDB: async () => {
    const failure = idb.opens.shift();
    if (failure) throw failure;
    idb.opened++;
    return {
      close: () => undefined,
      transaction: () => {
        const failure = idb.begins.shift();
        if (failure) throw failure;
        const end = idb.ends.shift();
        const before = new Map(idb.rows);
        let reject: (cause: Error) => void = () => undefined;
        const aborted = new Promise<never>((_, fail) => {
          reject = fail;
        });
        aborted.catch(() => undefined);
        const undo = (cause: Error) => {
          idb.rows.clear();
          for (const [key, value] of before) idb.rows.set(key, value);
          reject(cause);
        };
        return {
          objectStore: (store: string) => ({
            get: async (key: string) => idb.rows.get(`${store} ${key}`),
            put: async (value: { id: string }, key?: unknown) => {
              idb.rows.set(`${store} ${key ?? value.id}`, value);
            },
          }),
          get done() {
            const over = new Promise<void>((resolve) => {
              setTimeout(() => {
                if (end) undo(end);
                resolve();
              }, 5);
            });
            return Promise.race([aborted, over.then(() => (end ? aborted : undefined))]);
          },
          abort: () => undo(new DOMException('aborted', 'AbortError')),
        };
      },
    };
  },
}));

const place: ChunkPlace = { id: 'm', file: 0, chunk: 2 };
const bytes = new Blob(['abc']);
const row = (chunks: number) => ({ id: 'm', files: [{ chunks, bytes: 0, validator: null, done: null }] });
const error = (name: string) => new DOMException(`it is ${name}`, name);

/** A store that has opened nothing yet. */
async function freshStore(): Promise<typeof import('./chunks.ts')> {
  vi.resetModules();
  return import('./chunks.ts');
}

beforeEach(() => {
  idb.rows.clear();
  idb.rows.set('unfinished m', row(2));
  idb.opened = 0;
  for (const list of [idb.begins, idb.ends, idb.opens]) list.length = 0;
});

test('a chunk and the row that counts it are saved together', async () => {
  const { appendChunk, CHUNK_BYTES } = await freshStore();
  await appendChunk(place, bytes, '"etag"');
  expect(idb.rows.get('chunks m,0,2')).toBe(bytes);
  expect(idb.rows.get('unfinished m')).toMatchObject({
    files: [{ chunks: 3, bytes: 2 * CHUNK_BYTES + 3, validator: '"etag"' }],
  });
});

test('what is not committed is not saved: over quota both are as before', async () => {
  const { appendChunk } = await freshStore();
  idb.ends.push(error('QuotaExceededError'));
  await expect(appendChunk(place, bytes, null)).rejects.toMatchObject({ name: 'BitError', code: 'quota' });
  expect([...idb.rows.keys()]).toEqual(['unfinished m']);
  expect(idb.rows.get('unfinished m')).toEqual(row(2));
});

test('a model that was deleted is not written to', async () => {
  const { appendChunk } = await freshStore();
  idb.rows.clear();
  await expect(appendChunk(place, bytes, null)).rejects.toMatchObject({ code: 'not-stored' });
  expect(idb.rows.size).toBe(0);
});

test('two writers of one file do not mix', async () => {
  const { appendChunk } = await freshStore();
  idb.rows.set('unfinished m', row(5));
  await expect(appendChunk(place, bytes, null)).rejects.toMatchObject({ code: 'shelf-busy' });
  expect(idb.rows.get('chunks m,0,2')).toBeUndefined();
});

test('a stale handle is dropped, and the work done again on a fresh one, once', async () => {
  const { appendChunk } = await freshStore();
  await appendChunk(place, bytes, null);
  idb.begins.push(error('InvalidStateError'));
  await appendChunk({ ...place, chunk: 3 }, bytes, null);
  expect(idb.opened).toBe(2);
  expect(idb.rows.get('unfinished m')).toMatchObject({ files: [{ chunks: 4 }] });
  idb.begins.push(error('InvalidStateError'), error('InvalidStateError'));
  await expect(appendChunk({ ...place, chunk: 4 }, bytes, null)).rejects.toMatchObject({ code: 'storage' });
});

test('a database that does not open is a fault of the storage, never an empty shelf', async () => {
  const { appendChunk } = await freshStore();
  idb.opens.push(error('SecurityError'));
  await expect(appendChunk(place, bytes, null)).rejects.toMatchObject({
    code: 'storage',
    message: expect.stringContaining('it is SecurityError'), // the browser's own words
  });
  await appendChunk(place, bytes, null); // the next call tries again
});
