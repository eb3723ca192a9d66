import { describe, expect, it } from 'vitest';
import { createWorkQueue } from './queue.ts';

/** A run that ends when told to, and keeps a log. */
function work() {
  const log: string[] = [];
  const ends = new Map<number, () => void>();
  const run = (id: number, signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      log.push(`start ${id}`);
      signal.addEventListener('abort', () => {
        log.push(`abort ${id}`);
        resolve();
      });
      ends.set(id, resolve);
    });
  const end = async (id: number) => {
    ends.get(id)?.();
    await new Promise((resolve) => setTimeout(resolve));
  };
  return { log, run, end };
}

describe('the work queue', () => {
  it('runs two at a time, in order', async () => {
    const { log, run, end } = work();
    const queue = createWorkQueue(run);
    queue.add([1, 2, 3, 4]);
    expect(log).toEqual(['start 1', 'start 2']);
    await end(2);
    expect(log).toEqual(['start 1', 'start 2', 'start 3']);
    expect(queue.size).toBe(3);
  });

  it('takes a chosen one first', async () => {
    const { log, run, end } = work();
    const queue = createWorkQueue(run, 1);
    queue.add([1, 2, 3]);
    queue.first(3);
    queue.first(9);
    await end(1);
    await end(3);
    expect(log).toEqual(['start 1', 'start 3', 'start 2']);
  });

  it('never holds an id twice', () => {
    const { log, run } = work();
    const queue = createWorkQueue(run, 1);
    queue.add([1, 2]);
    queue.add([1, 2]);
    expect(queue.size).toBe(2);
    expect(log).toEqual(['start 1']);
  });

  it('aborts what runs and forgets what waits', async () => {
    const { log, run } = work();
    const queue = createWorkQueue(run, 1);
    queue.add([1, 2, 3]);
    queue.remove(1);
    expect(log).toEqual(['start 1', 'abort 1', 'start 2']);
    queue.clear();
    expect(log.at(-1)).toBe('abort 2');
    expect(queue.size).toBe(0);
    queue.add([4]);
    expect(log.at(-1)).toBe('start 4');
  });

  it('an aborted id may come back at once', async () => {
    const { log, run, end } = work();
    const queue = createWorkQueue(run, 1);
    queue.add([1]);
    queue.clear();
    queue.add([1]);
    await end(0);
    expect(log).toEqual(['start 1', 'abort 1', 'start 1']);
    expect(queue.size).toBe(1);
  });

  it('starts nothing while held', () => {
    const { log, run } = work();
    const queue = createWorkQueue(run);
    const release = queue.hold();
    const other = queue.hold();
    queue.add([1]);
    release();
    release();
    expect(log).toEqual([]);
    other();
    expect(log).toEqual(['start 1']);
  });
});
