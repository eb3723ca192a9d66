/** How long a download waits, and for what. */
import { BitError, throwIfAborted } from '../../bit/errors.ts';
import { HostError } from '../hub/request.ts';
import type { Patience } from '../shelf/protocol.ts';

export const PATIENCE: Patience = { idleMs: 30_000, firstWaitMs: 500, tries: 7, offlineMs: 600_000 };
/** Waits are doubled up to here. */
const MAX_WAIT_MS = 30_000;
/** A host that asks for more than this is told to the person instead. */
const MAX_ASKED_MS = 120_000;

/**
 * Milliseconds to wait after the n-th failure in a row (from 1), or null to give up: for errors that do not pass, after
 * the last try, and when the host asks for more patience than a person has.
 */
export function waitAfter(error: unknown, failures: number, patience: Patience): number | null {
  if (!(error instanceof HostError) || !error.passing || failures >= patience.tries) return null;
  const wait = Math.min(patience.firstWaitMs * 2 ** (failures - 1), MAX_WAIT_MS);
  if (error.retryAfterMs === null) return wait;
  return error.retryAfterMs > MAX_ASKED_MS ? null : Math.max(wait, error.retryAfterMs);
}

/** Resolves after the time, or when the device is online again if that is what is missing. Throws 'aborted'. */
export async function wait(milliseconds: number, signal: AbortSignal, untilOnline = false): Promise<void> {
  throwIfAborted(signal);
  await new Promise<void>((resolve, reject) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', aborted);
      self.removeEventListener('online', done);
      resolve();
    };
    const aborted = (): void => {
      done();
      reject(new BitError('aborted', 'cancelled'));
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener('abort', aborted, { once: true });
    if (untilOnline) self.addEventListener('online', done);
  });
  throwIfAborted(signal);
}
