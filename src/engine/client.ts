/** The page's side of the engine: typed calls, and a watchdog that replaces a dead or hung worker. */

import { BitError, printable } from '../bit/errors.ts';
import type { Head } from '../bit/head.ts';
import type {
  CallName,
  CallOptions,
  Calls,
  DevicePreference,
  Engine,
  EngineEvent,
  ModelSource,
  Request,
  Response,
} from './protocol.ts';

const TICK_MS = 1_000;
/** Beats come each second; this many ticks without one, past the announced silence, and the worker counts as hung. */
const GRACE_TICKS = 10;
/** The first beat waits for the worker's script to load. */
const START_SILENCE_MS = 60_000;
/** A worker that is lost this often will be lost again. */
const MAX_RESTARTS = 3;

interface Pending {
  readonly call: CallName;
  readonly input: Calls[CallName]['input'];
  readonly resolve: (result: never) => void;
  readonly reject: (error: BitError) => void;
  readonly onProgress: (progress: never) => void;
  /** A call that was under way when a worker was lost is tried once more on the next. */
  retried: boolean;
  cancelled: boolean;
  /** Tells a blocked worker of it; only an isolated page can share memory. */
  readonly flag: Int32Array<SharedArrayBuffer> | null;
}

/** Starts the engine's worker. `spawn` is there for tests. */
export function createEngine(spawn: () => Worker = spawnWorker): Engine {
  return new WorkerEngine(spawn);
}

function spawnWorker(): Worker {
  return new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'bit-lens-engine' });
}

class WorkerEngine implements Engine {
  private readonly spawn: () => Worker;
  private readonly pending = new Map<number, Pending>();
  private readonly listeners = new Set<(event: EngineEvent) => void>();
  private readonly timer = setInterval(() => this.tick(), TICK_MS);
  private worker: Worker;
  private nextId = 1;
  private restarts = 0;
  private gaveUp = false;
  /** Ticks, not clock time: a frozen tab counts none, so it wakes up without a false alarm. */
  private silentTicks = 0;
  private allowedTicks = START_SILENCE_MS / TICK_MS;
  /** The taught head in use. */
  private head: Head | null = null;
  /** What the page last opened with success, to open it again on a new worker. */
  private last: { source: ModelSource; device: DevicePreference } | null = null;

  constructor(spawn: () => Worker) {
    this.spawn = spawn;
    this.worker = this.start();
  }

  async open(
    source: ModelSource,
    options: CallOptions<'open'> & { device?: DevicePreference } = {},
  ): Promise<Calls['open']['output']> {
    const device = options.device ?? 'auto';
    const info = await this.call('open', { source, device }, options);
    this.last = { source, device };
    this.head = null;
    return info;
  }

  classify(
    picture: Blob,
    options: CallOptions<'classify'> & { name?: string; topK?: number } = {},
  ): Promise<Calls['classify']['output']> {
    const name = options.name ?? (picture instanceof File ? picture.name : 'picture');
    return this.call('classify', { picture, name, topK: options.topK ?? 5 }, options);
  }

  features(
    picture: Blob,
    options: CallOptions<'features'> & { name?: string; views?: boolean } = {},
  ): Promise<Calls['features']['output']> {
    const name = options.name ?? (picture instanceof File ? picture.name : 'picture');
    return this.call('features', { picture, name, views: options.views ?? false }, options);
  }

  featureKey(options: CallOptions<'featureKey'> = {}): Promise<Calls['featureKey']['output']> {
    return this.call('featureKey', {}, options);
  }

  async useHead(head: Head | null, options: CallOptions<'useHead'> = {}): Promise<null> {
    await this.call('useHead', { head }, options);
    this.head = head;
    return null;
  }

  preprocess(
    input: Calls['preprocess']['input'],
    options: CallOptions<'preprocess'> = {},
  ): Promise<Calls['preprocess']['output']> {
    return this.call('preprocess', input, options);
  }

  forward(
    input: Calls['forward']['input'],
    options: CallOptions<'forward'> = {},
  ): Promise<Calls['forward']['output']> {
    return this.call('forward', input, options);
  }

  subscribe(listener: (event: EngineEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  dispose(): void {
    clearInterval(this.timer);
    this.worker.terminate();
    this.gaveUp = true;
    this.rejectAll(new BitError('aborted', 'the engine was closed'));
  }

  private call<N extends CallName>(
    call: N,
    input: Calls[N]['input'],
    options: CallOptions<N>,
  ): Promise<Calls[N]['output']> {
    return new Promise((resolve, reject) => {
      if (options.signal?.aborted) {
        reject(new BitError('aborted', 'cancelled'));
        return;
      }
      if (this.gaveUp) {
        reject(new BitError('worker-lost', 'the worker was lost too often; reload the page'));
        return;
      }
      const id = this.nextId++;
      const settled = (): void => options.signal?.removeEventListener('abort', abort);
      const pending: Pending = {
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

  private sendCall(id: number, { call, input, flag }: Pending): void {
    this.send({ id, call, input, ...(flag && { flag }) } as Request);
  }

  private send(request: Request): void {
    this.worker.postMessage(request);
  }

  private start(): Worker {
    const worker = this.spawn();
    this.silentTicks = 0;
    this.allowedTicks = START_SILENCE_MS / TICK_MS;
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
      this.allowedTicks = response.silentFor / TICK_MS + GRACE_TICKS;
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
    if (response.kind === 'result') pending.resolve(response.result as never);
    else
      pending.reject(
        new BitError(response.error.code, stripFile(response.error), {
          file: response.error.file,
          subject: response.error.subject,
        }),
      );
  }

  private tick(): void {
    if (this.pending.size === 0) this.silentTicks = 0;
    else if (++this.silentTicks > this.allowedTicks)
      this.replace('hung', `no sign of life for ${this.silentTicks} s`);
  }

  /** Ends the worker, starts another, opens the last model there and sends again what was under way, once. */
  private replace(reason: 'died' | 'hung' | 'device-lost', detail: string): void {
    this.worker.terminate();
    const lost = [...this.pending];
    this.pending.clear();
    if (++this.restarts > MAX_RESTARTS) {
      this.gaveUp = true;
      this.emit({ kind: 'worker-gave-up', detail });
      for (const [, call] of lost)
        call.reject(new BitError('worker-lost', `the worker was lost (${detail})`));
      return;
    }
    this.worker = this.start();
    this.emit({ kind: 'worker-replaced', reason, detail });
    if (this.last && reason === 'device-lost') this.last = { ...this.last, device: 'wasm' };
    const reopened = this.last ? this.reopen(this.last) : Promise.resolve();
    reopened
      .catch((error: unknown) => {
        this.emit({ kind: 'worker-gave-up', detail: error instanceof Error ? error.message : String(error) });
      })
      .finally(() => {
        for (const [id, call] of lost) this.resend(id, call, detail);
      });
  }

  private async reopen(last: { source: ModelSource; device: DevicePreference }): Promise<void> {
    const model = await this.call('open', last, {});
    if (this.head) await this.call('useHead', { head: this.head }, {});
    this.emit({ kind: 'model-reopened', model });
  }

  private resend(id: number, call: Pending, detail: string): void {
    if (call.cancelled) return;
    if (call.retried) {
      call.reject(new BitError('worker-lost', `the worker was lost twice under this work (${detail})`));
      return;
    }
    call.retried = true;
    this.pending.set(id, call);
    this.sendCall(id, call);
  }

  private rejectAll(error: BitError): void {
    for (const call of this.pending.values()) call.reject(error);
    this.pending.clear();
  }

  private emit(event: EngineEvent): void {
    for (const listener of this.listeners) listener(event);
  }
}

/** BitError puts the file's name before the message; the plain error already has it. */
function stripFile(error: { readonly message: string; readonly file: string | undefined }): string {
  const prefix = printable(`${error.file}: `, error.message.length);
  return error.file !== undefined && error.message.startsWith(prefix)
    ? error.message.slice(prefix.length)
    : error.message;
}
