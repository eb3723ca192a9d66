/** What the engine says of pictures, where another model may be opened meanwhile. */
import { throwIfAborted } from '../../bit/index.ts';
import type { ModelInfo } from '../../engine/protocol.ts';
import { modelInUse, modelOpening } from '../models/models.ts';
import { plainError } from '../shell/plainError.ts';
import type { TeachKit } from './desk.ts';

/** An engine that was closed cancels whatever it is asked: so often it is asked again. */
const TRIES = 5;

const answering = (kit: TeachKit): ModelInfo | null => modelInUse(kit.get())?.info ?? null;

/** Resolves when a model answers and no other is being opened; at once when aborted. */
export function modelSettled(kit: TeachKit, signal: AbortSignal): Promise<void> {
  const isSettled = (): boolean =>
    signal.aborted || (kit.get().inUse !== null && modelOpening(kit.get()) === undefined);
  return new Promise((resolve) => {
    if (isSettled()) return resolve();
    const look = (): void => {
      if (!isSettled()) return;
      end();
      signal.removeEventListener('abort', look);
      resolve();
    };
    const end = kit.subscribe(look);
    signal.addEventListener('abort', look);
  });
}

/**
 * Asks the engine something that depends on the model, and again where another model came into use meanwhile: what is
 * returned is of one model from the beginning to the end, the one in use. Rejects when aborted, at once.
 */
export async function askModel<T>(
  kit: TeachKit,
  signal: AbortSignal,
  ask: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; ) {
    await modelSettled(kit, signal);
    throwIfAborted(signal);
    const model = answering(kit);
    const replaced = new AbortController();
    const end = kit.subscribe(() => {
      if (answering(kit) !== model) replaced.abort();
    });
    try {
      const answer = await ask(AbortSignal.any([signal, replaced.signal]));
      await modelSettled(kit, signal); // the engine is at another model before the page hears of it
      if (answering(kit) === model) return answer;
    } catch (thrown) {
      await modelSettled(kit, signal);
      throwIfAborted(signal);
      const { code } = plainError(thrown);
      const isNews = answering(kit) !== model && code !== 'worker-lost';
      // 'aborted' though nobody gave it up: it shared some work with a call that was
      if (!isNews && (code !== 'aborted' || tries++ === TRIES)) throw thrown;
    } finally {
      end();
    }
  }
}
