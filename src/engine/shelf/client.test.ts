import { beforeEach, expect, test, vi } from 'vitest';
import type { PlainError, RequestOf, Response } from '../protocol.ts';
import { createShelf } from './client.ts';
import type { KeptAnswer, Offer, Shelf, ShelfCalls } from './protocol.ts';

type Answers = { [N in keyof ShelfCalls]?: (input: ShelfCalls[N]['input']) => unknown };
let calls: string[] = [];

/** A shelf whose worker answers from the table; a thrown PlainError is its error. */
function shelfWith(answers: Answers): Shelf {
  class FakeWorker extends EventTarget {
    postMessage(request: RequestOf<ShelfCalls>): void {
      if (request.call === 'cancel') return;
      calls.push(request.call);
      const say = (data: Response) => this.dispatchEvent(new MessageEvent('message', { data }));
      try {
        const result = (answers[request.call] as ((input: unknown) => unknown) | undefined)?.(request.input);
        say({ id: request.id, kind: 'result', result: result ?? null });
      } catch (error) {
        say({ id: request.id, kind: 'error', error: error as PlainError });
      }
    }
    terminate(): void {
      calls.push('terminated');
    }
  }
  return createShelf(() => new FakeWorker() as unknown as Worker);
}

const offer = { id: 'm', bytes: 500 } as Offer;
const full: PlainError = { code: 'quota', message: 'no room', file: undefined };
const plan = { models: [{ id: 'old' }], frees: 400, enough: true };
const persist = vi.fn(async () => true);

beforeEach(() => {
  calls = [];
  vi.stubGlobal('navigator', { storage: { persist, persisted: async () => false } });
  persist.mockClear();
});

/** Fails over quota until something was removed. */
function fullShelf(): Answers {
  let room = false;
  return {
    download: () => {
      if (!room) throw full;
      return { id: 'm' };
    },
    list: () => ({ models: [{ id: 'm', stored: 100 }], lost: false }),
    planEviction: (input) => {
      expect(input).toEqual({ bytes: 400, keep: ['m'] }); // what is missing, and never the model itself
      return plan;
    },
    remove: ({ id }) => {
      expect(id).toBe('old');
      room = true;
    },
  };
}

test('over quota nothing goes without consent', async () => {
  const shelf = shelfWith(fullShelf());
  await expect(shelf.download(offer)).rejects.toMatchObject({ code: 'quota' });
  await expect(shelf.download(offer, { onFull: async () => false })).rejects.toMatchObject({ code: 'quota' });
  expect(calls).not.toContain('remove');
  shelf.dispose();
});

test('with consent what was shown goes, and the write is tried once more', async () => {
  const shelf = shelfWith(fullShelf());
  const onFull = vi.fn(async () => true);
  expect(await shelf.download(offer, { onFull })).toEqual({ id: 'm' });
  expect(onFull).toHaveBeenCalledWith(plan);
  expect(calls).toEqual(['download', 'list', 'planEviction', 'remove', 'download']);
  shelf.dispose();
});

test('still full after that: the error, and no second question', async () => {
  const answers = fullShelf();
  const shelf = shelfWith({
    ...answers,
    download: () => {
      throw full;
    },
  });
  const onFull = vi.fn(async () => true);
  await expect(shelf.download(offer, { onFull })).rejects.toMatchObject({ code: 'quota' });
  expect(onFull).toHaveBeenCalledTimes(1);
  shelf.dispose();
});

test('persistence is asked for with the first model, once, and not before', async () => {
  const shelf = shelfWith({ list: () => ({ models: [], lost: false }), download: () => ({}) });
  await shelf.list();
  expect(persist).not.toHaveBeenCalled();
  await shelf.download(offer);
  await shelf.download(offer);
  expect(persist).toHaveBeenCalledTimes(1);
  shelf.dispose();
});

test('kept answers come by picture; nothing is asked of the browser for them', async () => {
  const row = { picture: 'a.jpg 3 1', none: false } as KeptAnswer;
  const shelf = shelfWith({
    keepAnswers: ({ rows }) => rows.length < 2, // as if two were too many for the disk
    keptAnswers: () => [row],
  });
  expect(await shelf.keepAnswers({ model: 'm', set: 's', rows: [row] })).toBe(true);
  expect(await shelf.keepAnswers({ model: 'm', set: 's', rows: [row, row] })).toBe(false);
  expect(await shelf.keptAnswers({ model: 'm', pictures: ['a.jpg 3 1', 'b'] })).toEqual(
    new Map([['a.jpg 3 1', row]]),
  );
  expect(persist).not.toHaveBeenCalled();
  shelf.dispose();
});

test('removing everything removes the kept answers too', async () => {
  const forgetAnswers = vi.fn();
  const shelf = shelfWith({ list: () => ({ models: [{ id: 'm' }], lost: false }), forgetAnswers });
  await shelf.removeAll();
  expect(calls).toEqual(['list', 'remove', 'forgetAnswers']);
  expect(forgetAnswers).toHaveBeenCalledWith({});
  await shelf.forgetAnswers({ set: 's' });
  expect(forgetAnswers).toHaveBeenCalledWith({ set: 's' });
  shelf.dispose();
});

test('no worker starts before the first call', () => {
  const spawn = vi.fn();
  createShelf(spawn).dispose();
  expect(spawn).not.toHaveBeenCalled();
});
