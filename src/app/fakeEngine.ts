/** A stand-in for the engine in unit tests: every call waits until the test settles it. */

import { BitError } from '../bit/errors.ts';
import type { Classification, Engine, EngineEvent, ModelInfo } from '../engine/protocol.ts';
import { type AppStore, createAppStore } from './store.ts';

interface Pending<T> {
  readonly name: string;
  readonly resolve: (value: T) => void;
  readonly reject: (reason: unknown) => void;
}
export const classification: Classification = {
  scores: [{ index: 3, label: 'yawl', score: 0.8 }],
  functionToApply: 'softmax',
  width: 80,
  height: 60,
  seen: { left: 10, top: 0, width: 60, height: 60 },
  device: 'wasm',
  features: new Float32Array(2),
  ms: { decode: 1, preprocess: 2, run: 3, total: 6 },
};

/** Only what the page's state reads; the rest of a ModelInfo is the engine's business. */
export function modelInfo(name: string): ModelInfo {
  const partial: Partial<ModelInfo> = {
    name,
    source: name === '' ? 'embedded' : 'files',
    format: 'safetensors',
    givesProbabilities: false,
    labels: ['a', 'b'],
    fileBytes: 10,
    evaluation: [],
    processorAssumed: false,
    assumed: [],
    inputs: [],
    labelsFrom: 'file',
    labelsMissing: null,
    device: {
      device: 'wasm',
      precision: 'float32',
      threads: 2,
      cores: 2,
      isolated: true,
      build: 'wasm',
      adapter: '',
      fallback: null,
      halfFallback: null,
      selfCheck: null,
    },
    ms: { read: 1, build: 1, session: 1, selfCheck: 1, total: 4 },
  };
  return partial as ModelInfo;
}

export function fakeApp() {
  const opens: Pending<ModelInfo>[] = [];
  const classifies: Pending<Classification>[] = [];
  let tell: (event: EngineEvent) => void = () => undefined;
  function pending<T>(list: Pending<T>[], name: string, signal?: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
      list.push({ name, resolve, reject });
      signal?.addEventListener('abort', () => reject(new BitError('aborted', 'cancelled')));
    });
  }
  const engine: Pick<Engine, 'open' | 'classify' | 'subscribe'> = {
    open: (source, options) =>
      pending(opens, source.kind === 'files' ? (source.files[0]?.name ?? '') : '', options?.signal),
    classify: (_, options) => pending(classifies, options?.name ?? '', options?.signal),
    subscribe(listener) {
      tell = listener;
      return () => undefined;
    },
  };
  const kept = new Map<string, string>();
  const memory = {
    read: (key: string) => kept.get(key) ?? null,
    write: (key: string, value: string) => void kept.set(key, value),
  };
  const store: AppStore = createAppStore(engine as Engine, memory, 'http://localhost/');
  engine.subscribe((event) => store.getState().heed(event));
  return {
    store,
    app: () => store.getState(),
    opens,
    classifies,
    kept,
    tell: (event: EngineEvent) => tell(event),
  };
}

/** Lets every promise that can settle do so. */
export const settle = () => new Promise<void>((resolve) => setTimeout(resolve, 5));
