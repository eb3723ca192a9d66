/** The page's side of the teacher: typed calls on a worker of its own, started with the first of them. */
import { BitError } from '../../bit/errors.ts';
import type { TeachCallName, TeachCalls, TeachEvent } from './protocol.ts';
import type { TeachRequest, TeachResponse } from './worker.ts';

export interface TeachOptions<N extends TeachCallName> {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: TeachCalls[N]['progress']) => void;
}

export interface Teacher {
  /** Rejects with a BitError. An aborted 'learn' or 'score' ends the worker: its arithmetic hears nothing. */
  call<N extends TeachCallName>(
    name: N,
    input: TeachCalls[N]['input'],
    options?: TeachOptions<N>,
  ): Promise<TeachCalls[N]['output']>;
  /** Returns the function that ends the subscription. */
  subscribe(listener: (event: TeachEvent) => void): () => void;
}

interface Pending {
  readonly request: TeachRequest;
  readonly resolve: (result: never) => void;
  readonly reject: (error: BitError) => void;
  readonly onProgress: (progress: never) => void;
}

export function createTeacher(spawn: () => Worker = spawnWorker): Teacher {
  return new WorkerTeacher(spawn);
}

function spawnWorker(): Worker {
  return new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'bit-lens-teacher' });
}

class WorkerTeacher implements Teacher {
  private readonly spawn: () => Worker;
  private readonly pending = new Map<number, Pending>();
  private readonly listeners = new Set<(event: TeachEvent) => void>();
  private worker: Worker | null = null;
  private nextId = 1;

  constructor(spawn: () => Worker) {
    this.spawn = spawn;
  }

  call<N extends TeachCallName>(
    name: N,
    input: TeachCalls[N]['input'],
    { signal, onProgress }: TeachOptions<N> = {},
  ): Promise<TeachCalls[N]['output']> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(new BitError('aborted', 'cancelled'));
        return;
      }
      const request: TeachRequest = { id: this.nextId++, call: name, input };
      this.pending.set(request.id, {
        request,
        resolve,
        reject,
        onProgress: (progress) => onProgress?.(progress),
      });
      signal?.addEventListener('abort', () => this.cancel(request.id), { once: true });
      this.running().postMessage(request);
    });
  }

  subscribe(listener: (event: TeachEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private running(): Worker {
    if (this.worker) return this.worker;
    const worker = this.spawn();
    this.worker = worker;
    worker.addEventListener('message', ({ data }: MessageEvent<TeachResponse>) => {
      if (worker === this.worker) this.receive(data);
    });
    worker.addEventListener('error', (event) => {
      if (worker === this.worker)
        this.end(new BitError('worker-lost', `the teacher stopped (${event.message})`));
    });
    return worker;
  }

  private receive(response: TeachResponse): void {
    if (response.kind === 'event') {
      for (const listener of this.listeners) listener(response.event);
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
    else pending.reject(new BitError(response.error.code, response.error.message));
  }

  /** A call that only reads is forgotten; arithmetic is stopped with its worker, and the other calls are made again. */
  private cancel(id: number): void {
    const pending = this.pending.get(id);
    if (!pending) return;
    this.pending.delete(id);
    pending.reject(new BitError('aborted', 'cancelled'));
    const { call } = pending.request;
    const changes = [...this.pending.values()].some(({ request }) => WRITES.has(request.call));
    if ((call !== 'learn' && call !== 'score') || changes) return; // what is being written is left to end
    this.worker?.terminate();
    this.worker = null;
    for (const { request } of this.pending.values()) this.running().postMessage(request);
  }

  private end(error: BitError): void {
    this.worker?.terminate();
    this.worker = null;
    for (const { reject } of this.pending.values()) reject(error);
    this.pending.clear();
  }
}

const WRITES = new Set<TeachCallName>(['create', 'change', 'undo', 'remove', 'restore']);
