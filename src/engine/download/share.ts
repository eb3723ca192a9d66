/** One download on the wire, however many tabs ask: the first works under a lock, the others follow what it says. */
import { BitError } from '../../bit/errors.ts';
import { errorOf } from '../link.ts';
import type { PlainError } from '../protocol.ts';
import { plainErrorOf } from '../serve.ts';
import type { DownloadProgress } from '../shelf/protocol.ts';
import { storing } from '../store/locks.ts';

const CHANNEL = 'bit-lens-download';
/** A failure is told before the lock is free, and this long after, so that no follower begins it again unaware. */
const TELL_MS = 150;

type Said =
  /** A tab joins, and would know how far it is without waiting for the next bytes. */
  | { readonly kind: 'joined'; readonly id: string }
  | { readonly kind: 'progress'; readonly id: string; readonly progress: DownloadProgress }
  | { readonly kind: 'failed'; readonly id: string; readonly error: PlainError }
  /** Someone wants it to end: paused, or deleted. */
  | { readonly kind: 'stop'; readonly id: string };

export interface Shared<T> {
  readonly id: string;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: DownloadProgress) => void;
  /** Does the work, or finds it done. Its signal also fires when another tab pauses. */
  readonly work: (signal: AbortSignal, report: (progress: DownloadProgress) => void) => Promise<T>;
}

/**
 * Runs the work once for all tabs that ask for it: the others report its progress, fail as it fails, and find it done
 * when it is done. When the tab at work dies, the next goes on. A pause in any tab pauses all.
 */
export async function shareDownload<T>({ id, signal, onProgress, work }: Shared<T>): Promise<T> {
  const channel = new BroadcastChannel(CHANNEL);
  const say = (said: Said): void => channel.postMessage(said);
  const stop = new AbortController();
  let working = false;
  let latest: DownloadProgress | null = null;
  let failure: BitError | null = null;
  channel.addEventListener('message', ({ data }: MessageEvent<Said>) => {
    if (data.id !== id) return;
    if (data.kind === 'stop') stop.abort();
    else if (data.kind === 'joined') {
      if (latest) say({ kind: 'progress', id, progress: latest });
    } else if (working) return;
    else if (data.kind === 'progress') onProgress(data.progress);
    else {
      failure = errorOf(data.error);
      stop.abort();
    }
  });
  const pause = (): void => {
    say({ kind: 'stop', id });
    stop.abort();
  };
  signal.addEventListener('abort', pause, { once: true });
  try {
    if (signal.aborted) throw new BitError('aborted', 'cancelled');
    say({ kind: 'joined', id });
    return await storing(id, stop.signal, async () => {
      working = true;
      try {
        return await work(stop.signal, (progress) => {
          latest = progress;
          onProgress(progress);
          say({ kind: 'progress', id, progress });
        });
      } catch (cause) {
        say({ kind: 'failed', id, error: plainErrorOf(cause) });
        await new Promise((resolve) => setTimeout(resolve, TELL_MS));
        throw cause;
      }
    });
  } catch (cause) {
    if (failure) throw failure;
    if (stop.signal.aborted && !(cause instanceof BitError))
      throw new BitError('aborted', 'cancelled', { cause });
    throw cause;
  } finally {
    signal.removeEventListener('abort', pause);
    channel.close();
  }
}

/** Ends a download in whatever tab it runs, and does the work when it has ended. */
export async function afterStopping<T>(id: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage({ kind: 'stop', id } satisfies Said);
  try {
    return await storing(id, signal, work);
  } finally {
    channel.close();
  }
}
