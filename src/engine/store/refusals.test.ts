import { expect, test, vi } from 'vitest';

/** What the fake database does with the next piece of work. */
const next = vi.hoisted(() => ({ work: (): unknown => undefined }));
vi.mock('idb', () => ({ openDB: async () => ({ close: () => undefined, transaction: () => next.work() }) }));

const { appendChunk } = await import('./chunks.ts');
const place = { id: 'a', file: 0, chunk: 3 };

test('a storage that fails says so under one code, with the browser’s own words', async () => {
  next.work = () => {
    throw new DOMException('the disk is on fire', 'DataError');
  };
  await expect(appendChunk(place, new Blob(), null)).rejects.toMatchObject({
    code: 'storage',
    message: expect.stringContaining('the disk is on fire'),
  });
});

test('a second writer of one file is told that another tab is at it', async () => {
  const row = { files: [{ chunks: 1, bytes: 0, validator: null }] };
  const store = { get: async () => row, put: async () => undefined };
  next.work = () => ({ done: Promise.resolve(), objectStore: () => store, abort: () => undefined });
  await expect(appendChunk(place, new Blob(), null)).rejects.toMatchObject({ code: 'shelf-busy' });
});
