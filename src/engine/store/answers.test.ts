/** Kept answers: what is taken up, replaced, dropped and forgotten, and what the database had before them. */

import { afterAll, beforeEach, expect, test, vi } from 'vitest';
import { MAX_KEPT_LOGITS } from '../shelf/limits.ts';
import type { KeptAnswer } from '../shelf/protocol.ts';
import { FakeKeyRange } from './fakeIdb.ts';

const idb = await vi.hoisted(async () => new (await import('./fakeIdb.ts')).FakeIdb());
vi.mock('idb', () => ({ openDB: idb.openDB }));
vi.stubGlobal('IDBKeyRange', FakeKeyRange);
afterAll(() => vi.unstubAllGlobals());

let now = 0;
vi.spyOn(Date, 'now').mockImplementation(() => ++now);

const NAME = 'bit-lens-shelf';
const answer = (picture: string, label = 'yawl', logits: Float32Array | null = null): KeptAnswer => ({
  picture,
  scores: [{ index: 3, label, score: 0.8 }],
  functionToApply: 'softmax',
  width: 80,
  height: 60,
  seen: { left: 10, top: 0, width: 60, height: 60 },
  device: 'wasm',
  none: false,
  ms: { decode: 1, preprocess: 2, run: 3, total: 6 },
  logits,
});
const answers = (from: number, to: number): KeptAnswer[] =>
  Array.from({ length: to - from }, (_, i) => answer(`${from + i}.jpg`));
const model = 'm';

/** A store that has opened nothing yet. */
async function freshStore(): Promise<typeof import('./answers.ts')> {
  vi.resetModules();
  return import('./answers.ts');
}
/** The count of the set that was kept to last, as it lies in the database. */
async function lastSet(): Promise<unknown> {
  const { withDatabase } = await import('./db.ts');
  const sets = await withDatabase((db) => db.getAll('answerSets'));
  return sets.sort((a, b) => b.at - a.at)[0] ?? null;
}
const pictures = (rows: readonly KeptAnswer[]): string[] => rows.map(({ picture }) => picture).sort();

beforeEach(() => {
  idb.databases.clear();
});

test('a shelf of the version before keeps its models, and answers come beside them', async () => {
  const old = await idb.openDB(NAME, 1, {
    upgrade(db) {
      db.createObjectStore('manifests', { keyPath: 'id' });
      db.createObjectStore('unfinished', { keyPath: 'id' });
      db.createObjectStore('chunks');
    },
  });
  const { objectStore, done } = old.transaction(['manifests', 'unfinished', 'chunks'], 'readwrite');
  const manifest = { id: 'whole', name: 'whole', files: [], bytes: 3, lastUsed: 1, damaged: false };
  await objectStore('manifests').put(manifest);
  await objectStore('unfinished').put({ id: 'half', files: [] });
  await objectStore('chunks').put('abc', ['whole', 0, 0]);
  await done;

  const { keepAnswers, keptAnswers } = await freshStore();
  expect(await keepAnswers({ model, set: 's', rows: [answer('a')] })).toBe(true);
  expect(await keptAnswers({ model, pictures: ['a'] })).toEqual([answer('a')]);
  const { readManifest, readUnfinished } = await import('./shelf.ts');
  expect(await readManifest('whole')).toEqual(manifest);
  expect(await readUnfinished('half')).toEqual({ id: 'half', files: [] });
  expect(await old.get('chunks', ['whole', 0, 0])).toBe('abc');
  expect(old.version).toBe(2);
});

test('what was asked for is found again after a reload: of this model, and no other pictures', async () => {
  const { keepAnswers } = await freshStore();
  await keepAnswers({ model, set: 's', rows: answers(0, 30) });
  await keepAnswers({ model: 'other', set: 's', rows: [answer('99.jpg')] });
  const { keptAnswers } = await freshStore();
  const asked = ['3.jpg', '29.jpg', '99.jpg', '3.jpg', 'never.jpg', '3'];
  expect(pictures(await keptAnswers({ model, pictures: asked }))).toEqual(['29.jpg', '3.jpg']);
  expect(await keptAnswers({ model: 'third', pictures: asked })).toEqual([]);
  expect(await keptAnswers({ model, pictures: [] })).toEqual([]);
});

test('a picture answered again in its set replaces its row, and counts once', async () => {
  const { keepAnswers, keptAnswers } = await freshStore();
  await keepAnswers({ model, set: 's', rows: [answer('a'), answer('b')] });
  await keepAnswers({
    model,
    set: 's',
    rows: [answer('b', 'ketch'), answer('c', 'first'), answer('c', 'sloop')],
  });
  const labels = (await keptAnswers({ model, pictures: ['a', 'b', 'c'] })).map(
    ({ picture, scores }) => `${picture} ${scores[0]?.label}`,
  );
  expect(labels.sort()).toEqual(['a yawl', 'b ketch', 'c sloop']);
  expect(await lastSet()).toMatchObject({ set: 's', model, rows: 3 });
});

test('of a picture in two sets the newest row is given, until its set is forgotten', async () => {
  const { keepAnswers, keptAnswers, forgetAnswers } = await freshStore();
  const label = async () =>
    (await keptAnswers({ model, pictures: ['a'] })).map(({ scores }) => scores[0]?.label);
  await keepAnswers({ model, set: 'z', rows: [answer('a', 'older')] });
  await keepAnswers({ model, set: 'b', rows: [answer('a', 'newer')] });
  expect(await label()).toEqual(['newer']);
  await forgetAnswers('b');
  expect(await label()).toEqual(['older']);
});

test('the set kept to last is told, by whichever model; what is forgotten is not', async () => {
  const { keepAnswers, keptAnswers, forgetAnswers } = await freshStore();
  expect(await lastSet()).toBeNull();
  await keepAnswers({ model, set: 'one', rows: answers(0, 3) });
  await keepAnswers({ model, set: 'two', rows: answers(3, 5) });
  await keepAnswers({ model: 'other', set: 'two', rows: answers(3, 4) });
  expect(await lastSet()).toEqual({ set: 'two', model: 'other', rows: 1, at: now });
  await forgetAnswers('two');
  expect(await lastSet()).toMatchObject({ set: 'one', model, rows: 3 });
  expect(pictures(await keptAnswers({ model, pictures: ['0.jpg', '3.jpg'] }))).toEqual(['0.jpg']);
  await forgetAnswers();
  expect(await lastSet()).toBeNull();
  expect(idb.databases.get(NAME)?.stores.get('answers')?.rows.size).toBe(0);
});

test('past the bound whole sets go, the one not kept to for longest first', async () => {
  const { keepAnswers, keptAnswers, MAX_ANSWERS } = await freshStore();
  const size = MAX_ANSWERS / 2;
  await keepAnswers({ model, set: 'one', rows: answers(0, 100) });
  await keepAnswers({ model, set: 'two', rows: answers(size, 2 * size - 100) });
  await keepAnswers({ model, set: 'one', rows: answers(100, size) }); // gone on with, so no longer the oldest
  await keepAnswers({ model, set: 'three', rows: answers(2 * size, 2 * size + 100) });
  const some = ['0.jpg', `${size}.jpg`, `${2 * size}.jpg`];
  expect(pictures(await keptAnswers({ model, pictures: some }))).toEqual(
    ['0.jpg', `${size}.jpg`, some[2]].sort(),
  );
  await keepAnswers({ model, set: 'three', rows: [answer('one more')] });
  expect(pictures(await keptAnswers({ model, pictures: some }))).toEqual(['0.jpg', some[2]].sort());
  expect(idb.databases.get(NAME)?.stores.get('answers')?.rows.size).toBe(size + 101);
  expect(await lastSet()).toMatchObject({ set: 'three', rows: 101 });
});

test('a set that passes the bound by itself loses its oldest rows', async () => {
  const { keepAnswers, keptAnswers, MAX_ANSWERS } = await freshStore();
  await keepAnswers({ model, set: 'one', rows: [answer('z first')] });
  await keepAnswers({ model, set: 'one', rows: answers(0, MAX_ANSWERS) });
  expect(pictures(await keptAnswers({ model, pictures: ['z first', '0.jpg'] }))).toEqual(['0.jpg']);
  expect(await lastSet()).toMatchObject({ rows: MAX_ANSWERS });
});

test('a full disk keeps none of them and says so; another fault is thrown', async () => {
  const { keepAnswers, keptAnswers } = await freshStore();
  await keepAnswers({ model, set: 's', rows: [answer('a')] });
  const ends = idb.databases.get(NAME)?.ends;
  ends?.push(new DOMException('no room', 'QuotaExceededError'));
  expect(await keepAnswers({ model, set: 's', rows: [answer('a', 'ketch'), answer('b')] })).toBe(false);
  expect(await keptAnswers({ model, pictures: ['a', 'b'] })).toEqual([answer('a')]);
  expect(await lastSet()).toMatchObject({ rows: 1 });
  ends?.push(new DOMException('unreadable', 'NotReadableError'));
  await expect(keepAnswers({ model, set: 's', rows: [answer('b')] })).rejects.toMatchObject({
    code: 'storage',
  });
});

test('only what a row has is kept: no features, no memory around the logits, no row of very many logits', async () => {
  const { keepAnswers, keptAnswers } = await freshStore();
  const view = new Float32Array(1_000).fill(2).subarray(10, 13);
  const rows = [
    { ...answer('a', 'yawl', view), features: new Float32Array(512), maps: null },
    answer('b', 'yawl', new Float32Array(MAX_KEPT_LOGITS + 1)),
  ];
  await keepAnswers({ model, set: 's', rows });
  const [a, b] = await keptAnswers({ model, pictures: ['a', 'b'] });
  expect(a).toEqual(answer('a', 'yawl', Float32Array.of(2, 2, 2)));
  expect(a?.logits?.buffer.byteLength).toBe(12);
  expect(b?.logits).toBeNull();
});
