/** Counting the pictures that are answered in one go, and their time. */

/** Pictures given since the queue was last empty. */
export interface Batch {
  readonly total: number;
  readonly done: number;
  readonly startedAt: number;
  /** Duration in ms once all are done. */
  readonly ms: number | null;
  /** When a person paused it; null while it goes on. */
  readonly pausedAt: number | null;
}

const isGoing = (batch: Batch | null): batch is Batch => batch !== null && batch.ms === null;

/** So many more pictures, in the batch that is going or a new one. */
export function withMore(batch: Batch | null, pictures: number, now: number): Batch {
  const going = isGoing(batch) ? batch : { total: 0, done: 0, startedAt: now, ms: null, pausedAt: null };
  return { ...going, total: going.total + pictures };
}

/** So many were done with, or (`needless`) need no work after all: its speed is that of the work. Null when none is left to count. */
export function withDone(
  batch: Batch | null,
  { done = 0, needless = 0 }: { readonly done?: number; readonly needless?: number },
  now: number,
): Batch | null {
  if (!isGoing(batch) || done + needless === 0) return batch;
  const next = { ...batch, done: batch.done + done, total: batch.total - needless };
  if (next.done < next.total) return next;
  if (next.total <= 0) return null;
  // with its last picture its pause ends too: what comes next was not paused
  return { ...next, ms: (batch.pausedAt ?? now) - batch.startedAt, pausedAt: null };
}

export const paused = (batch: Batch, now: number): Batch => ({ ...batch, pausedAt: now });

/** The pause counts as no time of the work. */
export const resumed = (batch: Batch | null, now: number): Batch | null =>
  batch === null || batch.pausedAt === null
    ? batch
    : { ...batch, startedAt: batch.startedAt + now - batch.pausedAt, pausedAt: null };
