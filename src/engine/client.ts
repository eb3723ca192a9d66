/** The page's side of the engine: typed calls to a worker, and the last model opened again on a new one. */
import type { FunctionToApply, Head } from '../bit/index.ts';
import { type LossReason, WorkerLink } from './link.ts';
import type { CallOptions, Calls, DevicePreference, Engine, EngineEvent, ModelSource } from './protocol.ts';

/** Starts the engine's worker. `spawn` is there for tests. */
export function createEngine(spawn: () => Worker = spawnWorker): Engine {
  return new WorkerEngine(spawn);
}

function spawnWorker(): Worker {
  return new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'bit-lens-engine' });
}

class WorkerEngine implements Engine {
  private readonly listeners = new Set<(event: EngineEvent) => void>();
  private readonly link: WorkerLink<Calls>;
  /** The taught head in use. */
  private head: Head | null = null;
  /** What the page last opened with success, to open it again on a new worker. */
  private last: { source: ModelSource; device: DevicePreference } | null = null;

  constructor(spawn: () => Worker) {
    this.link = new WorkerLink<Calls>(spawn, {
      onReplaced: (reason, detail) => this.replaced(reason, detail),
      onGaveUp: (detail) => this.emit({ kind: 'worker-gave-up', detail }),
    });
  }

  async open(
    source: ModelSource,
    options: CallOptions<'open'> & { device?: DevicePreference } = {},
  ): Promise<Calls['open']['output']> {
    const device = options.device ?? 'auto';
    const info = await this.link.call('open', { source, device }, options);
    this.last = { source, device };
    this.head = null;
    return info;
  }

  classify(
    picture: Calls['classify']['input']['picture'],
    options: CallOptions<'classify'> & {
      name?: string;
      topK?: number;
      functionToApply?: FunctionToApply | undefined;
      maps?: boolean;
      logits?: boolean;
      temperature?: number;
    } = {},
  ): Promise<Calls['classify']['output']> {
    const { topK = 5, functionToApply, maps = false, logits = false, temperature = 1 } = options;
    const name = options.name ?? (picture instanceof File ? picture.name : 'picture');
    return this.link.call(
      'classify',
      { picture, name, topK, maps, logits, temperature, ...(functionToApply && { functionToApply }) },
      options,
    );
  }

  map(
    picture: Calls['map']['input']['picture'],
    options: CallOptions<'map'> & { classes: readonly number[]; name?: string },
  ): Promise<Calls['map']['output']> {
    const { classes } = options;
    const name = options.name ?? (picture instanceof File ? picture.name : 'picture');
    return this.link.call('map', { picture, name, classes }, options);
  }

  features(
    picture: Blob,
    options: CallOptions<'features'> & { name?: string; views?: boolean } = {},
  ): Promise<Calls['features']['output']> {
    const name = options.name ?? (picture instanceof File ? picture.name : 'picture');
    return this.link.call('features', { picture, name, views: options.views ?? false }, options);
  }

  featureKey(options: CallOptions<'featureKey'> = {}): Promise<Calls['featureKey']['output']> {
    return this.link.call('featureKey', {}, options);
  }

  modelKey(options: CallOptions<'modelKey'> = {}): Promise<Calls['modelKey']['output']> {
    return this.link.call('modelKey', {}, options);
  }

  async answerWith(head: Head | null, options: CallOptions<'answerWith'> = {}): Promise<null> {
    await this.link.call('answerWith', { head }, options);
    this.head = head;
    return null;
  }

  calibrate(
    input: Calls['calibrate']['input'],
    options: CallOptions<'calibrate'> = {},
  ): Promise<Calls['calibrate']['output']> {
    return this.link.call('calibrate', input, options);
  }

  exportModel(input: Calls['exportModel']['input'], options: CallOptions<'exportModel'> = {}): Promise<Blob> {
    return this.link.call('exportModel', input, options);
  }

  preprocess(
    input: Calls['preprocess']['input'],
    options: CallOptions<'preprocess'> = {},
  ): Promise<Calls['preprocess']['output']> {
    return this.link.call('preprocess', input, options);
  }

  forward(
    input: Calls['forward']['input'],
    options: CallOptions<'forward'> = {},
  ): Promise<Calls['forward']['output']> {
    return this.link.call('forward', input, options);
  }

  subscribe(listener: (event: EngineEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  dispose(): void {
    this.link.dispose();
  }

  private async replaced(reason: LossReason, detail: string): Promise<void> {
    this.emit({ kind: 'worker-replaced', reason, detail });
    if (this.last && reason === 'device-lost') this.last = { ...this.last, device: 'wasm' };
    if (!this.last) return;
    const model = await this.link.call('open', this.last);
    if (this.head) await this.link.call('answerWith', { head: this.head });
    this.emit({ kind: 'model-reopened', model });
  }

  private emit(event: EngineEvent): void {
    for (const listener of this.listeners) listener(event);
  }
}
