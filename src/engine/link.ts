/** The page's end of a worker: typed calls with progress and cancel, and a watchdog that replaces a dead or hung one. */
import { BitError, printable } from '../bit/errors.ts';
import type { CallTable, PlainError, RequestOf, Response } from './protocol.ts';

const TICK_MS = 1_000;
/** Beats come each second; this many ticks without one, past the announced silence, and the worker counts as hung. */
const GRACE_TICKS = 10;
/** The first beat waits for the worker's script to load. */
const START_SILENCE_MS = 60_000;
/** A worker that is lost this often will be lost again. */
const MAX_RESTARTS = 3;

export type LossReason = 'died' | 'hung' | 'device-lost';

export interface LinkHooks {
  /** A worker was lost and the next one runs; what was under way is sent again when this settles. */
  onReplaced(reason: LossReason, detail: string): Promise<void>;
  /** It was lost too often: no call will be answered any more. */
  onGaveUp(detail: string): void;
}

export interface LinkOptions<Progress> {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

interface Pending<C> {
  readonly call: keyof C;
  readonly input: unknown;
  readonly resolve: (result: never) => void;
  readonly reject: (error: BitError) => void;
  readonly onProgress: (progress: never) => void;
  /** A call that was under way when a worker was lost is tried once more on the next. */
  retried: boolean;
  cancelled: boolean;
  /** Tells a blocked worker of it; only an isolated page can share memory. */
  readonly flag: Int32Array<SharedArrayBuffer> | null;
}

export class WorkerLink<C extends CallTable<C>> {
  private readonly spawn: () => Worker;
  private readonly hooks: LinkHooks;
  private readonly pending = new Map<number, Pending<C>>();
  private readonly timer = setInterval(() => this.tick(), TICK_MS);
  private worker: Worker;
  private nextId = 1;
  private restarts = 0;
  private gaveUp = false;
  private closed = false;
  /** Ticks, not clock time: a frozen tab counts none, so it wakes up without a false alarm. */
  private silentTicks = 0;
  private allowedTicks = START_SILENCE_MS / TICK_MS;
  /** Ticks left of the silence announced last: what it was announced for may begin some beats later. */
  private announcedTicks = 0;

  constructor(spawn: () => Worker, hooks: LinkHooks) {
    this.spawn = spawn;
    this.hooks = hooks;
    this.worker = this.start();
  }

  call<N extends keyof C>(
    call: N,
    input: C[N]['input'],
    options: LinkOptions<C[N]['progress']> = {},
  ): Promise<C[N]['output']> {
    return new Promise((resolve, reject) => {
      if (options.signal?.aborted) {
        reject(new BitError('aborted', 'cancelled'));
        return;
      }
      if (this.closed) {
        reject(new BitError('aborted', 'the engine was closed'));
        return;
      }
      if (this.gaveUp) {
        reject(new BitError('worker-lost', 'the worker was lost too often; reload the page'));
        return;
      }
      const id = this.nextId++;
      const settled = (): void => options.signal?.removeEventListener('abort', abort);
      const pending: Pending<C> = {
        call,
        input,
        resolve: (result) => {
          settled();
          resolve(result);
        },
        reject: (error) => {
          settled();
          reject(error);
        },
        onProgress: (progress) => options.onProgress?.(progress),
        retried: false,
        cancelled: false,
        flag: globalThis.crossOriginIsolated ? new Int32Array(new SharedArrayBuffer(4)) : null,
      };
      const abort = (): void => {
        pending.cancelled = true; // also where the call waits for a new worker
        if (pending.flag) Atomics.store(pending.flag, 0, 1);
        if (this.pending.delete(id)) this.send({ id, call: 'cancel' });
        reject(new BitError('aborted', 'cancelled'));
      };
      options.signal?.addEventListener('abort', abort, { once: true });
      this.pending.set(id, pending);
      this.sendCall(id, pending);
    });
  }

  /** Ends the worker; calls under way reject with 'aborted'. */
  dispose(): void {
    clearInterval(this.timer);
    this.worker.terminate();
    this.closed = true;
    for (const call of this.pending.values()) call.reject(new BitError('aborted', 'the engine was closed'));
    this.pending.clear();
  }

  private sendCall(id: number, { call, input, flag }: Pending<C>): void {
    this.send({ id, call, input, ...(flag && { flag }) } as RequestOf<C>);
  }

  private send(request: RequestOf<C>): void {
    this.worker.postMessage(request);
  }

  private start(): Worker {
    const worker = this.spawn();
    this.silentTicks = 0;
    this.allowedTicks = START_SILENCE_MS / TICK_MS;
    this.announcedTicks = 0;
    worker.addEventListener('message', ({ data }: MessageEvent<Response>) => {
      if (worker === this.worker) this.receive(data);
    });
    worker.addEventListener('error', (event) => {
      if (worker === this.worker) this.replace('died', event.message || 'the worker script did not load');
    });
    return worker;
  }

  private receive(response: Response): void {
    this.silentTicks = 0;
    if (response.kind === 'beat') {
      if (response.silentFor > 0) this.announcedTicks = response.silentFor / TICK_MS;
      this.allowedTicks = this.announcedTicks + GRACE_TICKS;
      return;
    }
    if (response.kind === 'fatal') {
      this.replace(response.reason, response.detail);
      return;
    }
    const pending = this.pending.get(response.id);
    if (!pending) return; // cancelled meanwhile
    if (response.kind === 'progress') {
      pending.onProgress(response.progress as never);
      return;
    }
    this.pending.delete(response.id);
    this.announcedTicks = 0;
    if (response.kind === 'result') pending.resolve(response.result as never);
    else pending.reject(errorOf(response.error));
  }

  private tick(): void {
    this.announcedTicks = Math.max(0, this.announcedTicks - 1);
    if (this.pending.size === 0) this.silentTicks = 0;
    else if (++this.silentTicks > this.allowedTicks)
      this.replace('hung', `no sign of life for ${this.silentTicks} s`);
  }

  /** Ends the worker, starts another and sends again what was under way, once. */
  private replace(reason: LossReason, detail: string): void {
    this.worker.terminate();
    const lost = [...this.pending];
    this.pending.clear();
    if (++this.restarts > MAX_RESTARTS) {
      this.gaveUp = true;
      this.hooks.onGaveUp(detail);
      for (const [, call] of lost)
        call.reject(new BitError('worker-lost', `the worker was lost (${detail})`));
      return;
    }
    this.worker = this.start();
    this.hooks
      .onReplaced(reason, detail)
      .catch((error: unknown) => {
        this.hooks.onGaveUp(error instanceof Error ? error.message : String(error));
      })
      .finally(() => {
        for (const [id, call] of lost) this.resend(id, call, detail);
      });
  }

  private resend(id: number, call: Pending<C>, detail: string): void {
    if (call.cancelled) return;
    if (call.retried) {
      call.reject(new BitError('worker-lost', `the worker was lost twice under this work (${detail})`));
      return;
    }
    call.retried = true;
    this.pending.set(id, call);
    this.sendCall(id, call);
  }
}

/** The error that a plain one stands for. */
export function errorOf({ code, message, file, subject }: PlainError): BitError {
  // BitError puts the file's name before the message; the plain error already has it
  const prefix = printable(`${file}: `, message.length);
  const bare = file !== undefined && message.startsWith(prefix) ? message.slice(prefix.length) : message;
  return new BitError(code, bare, { file, subject });
}
