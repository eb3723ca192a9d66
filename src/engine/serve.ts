/** A worker's end of a table of calls: it answers each by its handler, beats each second, and says when it is lost. */
import { BitError } from '../bit/errors.ts';
import { Beats } from './beats.ts';
import type { CallTable, PlainError, RequestOf, Response } from './protocol.ts';

const BEAT_MS = 1_000;

export interface Context<Progress> {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
  /** True once cancelled; heard while the thread is blocked, as the signal is not. */
  readonly cancelled: () => boolean;
  /** To be told before a step that blocks the thread, with its expected milliseconds. */
  readonly onBlocking: (milliseconds: number) => void;
}
export type Handlers<C extends CallTable<C>> = {
  readonly [N in keyof C]: (
    input: C[N]['input'],
    context: Context<C[N]['progress']>,
  ) => Promise<C[N]['output']>;
};

function post(response: Response): void {
  self.postMessage(response);
}

function fatal(cause: unknown): void {
  post({ kind: 'fatal', reason: 'died', detail: cause instanceof Error ? cause.message : String(cause) });
}

/** What crosses to the page in place of anything thrown. */
export function plainErrorOf(cause: unknown): PlainError {
  const error =
    cause instanceof BitError
      ? cause
      : new BitError('internal', cause instanceof Error ? cause.message : String(cause));
  const { code, message, file, subject } = error;
  return { code, message, file, subject };
}

/** Answers this worker's messages from now on. */
export function serve<C extends CallTable<C>>(
  handlers: Handlers<C>,
): { readonly post: typeof post; readonly fatal: typeof fatal } {
  const running = new Map<number, AbortController>();
  const beats = new Beats((silentFor) => post({ kind: 'beat', silentFor }));

  async function answer<N extends keyof C>(
    id: number,
    call: N,
    input: C[N]['input'],
    flag: Int32Array | undefined,
  ): Promise<void> {
    const controller = new AbortController();
    running.set(id, controller);
    try {
      const onProgress = (progress: C[N]['progress']): void => post({ id, kind: 'progress', progress });
      const { signal } = controller;
      const cancelled = (): boolean => signal.aborted || (flag !== undefined && Atomics.load(flag, 0) === 1);
      const onBlocking = (milliseconds: number): void => beats.announce(id, milliseconds);
      const result = await handlers[call](input, { signal, cancelled, onProgress, onBlocking });
      post({ id, kind: 'result', result });
    } catch (cause) {
      post({ id, kind: 'error', error: plainErrorOf(cause) });
    } finally {
      beats.end(id);
      running.delete(id);
    }
  }

  self.addEventListener('message', ({ data }: MessageEvent<RequestOf<C>>) => {
    if (data.call === 'cancel') running.get(data.id)?.abort();
    else {
      // the compiler does not narrow a union over an unknown table
      const { id, call, input, flag } = data as unknown as {
        id: number;
        call: keyof C;
        input: C[keyof C]['input'];
        flag?: Int32Array;
      };
      answer(id, call, input, flag).catch(fatal);
    }
  });
  // an unhandled rejection in a worker reaches no onerror of the page
  self.addEventListener('unhandledrejection', (event) => fatal(event.reason));
  setInterval(() => beats.beat(), BEAT_MS);
  return { post, fatal };
}
