/** A stand-in for the engine in unit tests: every call waits until the test settles it. */

import { BitError } from '../bit/errors.ts';
import type {
  Calls,
  Classification,
  Engine,
  EngineEvent,
  ModelInfo,
  ModelSource,
} from '../engine/protocol.ts';
import type { Shelf } from '../engine/shelf/protocol.ts';
import { type AppStore, createAppStore } from './store.ts';

interface Asked {
  readonly name?: string;
  readonly maps?: boolean;
  readonly logits?: boolean;
  readonly temperature?: number;
  readonly signal?: AbortSignal;
}
interface Pending<T> {
  readonly name: string;
  /** Whether the answer is to come with its maps. */
  readonly maps: boolean;
  readonly logits: boolean;
  readonly temperature: number;
  readonly resolve: (value: T) => void;
  readonly reject: (reason: unknown) => void;
}
/** A temperature that is to be fitted. */
interface Fitting {
  readonly rows: Calls['calibrate']['input'];
  readonly resolve: (fitted: Calls['calibrate']['output']) => void;
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
  maps: null,
  logits: null,
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

/** What a call of `open` is told by: the first file's name, a stored model's id, '' for the built-in one. */
function wordOf(source: ModelSource): string {
  if (source.kind === 'files') return source.files[0]?.name ?? '';
  return source.kind === 'stored' ? source.id : '';
}

const NOTHING_KEPT: Pick<Shelf, 'keepAnswers' | 'keptAnswers' | 'forgetAnswers'> = {
  keepAnswers: async () => false,
  keptAnswers: async () => new Map(),
  forgetAnswers: async () => undefined,
};

export function fakeApp({
  shelf,
  kept = new Map(),
}: {
  shelf?: Partial<Shelf>;
  kept?: Map<string, string>;
} = {}) {
  const opens: Pending<ModelInfo>[] = [];
  const classifies: Pending<Classification>[] = [];
  const maps: Pending<Calls['map']['output']>[] = [];
  const fittings: Fitting[] = [];
  /** What the open model is known by; a promise where a test wants to wait for it. */
  const model: { key: string | Promise<string> } = { key: 'the model' };
  let tell: (event: EngineEvent) => void = () => undefined;
  function pending<T>(list: Pending<T>[], asked: Asked): Promise<T> {
    const { name = '', maps = false, logits = false, temperature = 1, signal } = asked;
    return new Promise((resolve, reject) => {
      list.push({ name, maps, logits, temperature, resolve, reject });
      signal?.addEventListener('abort', () => reject(new BitError('aborted', 'cancelled')));
    });
  }
  const engine: Pick<Engine, 'open' | 'classify' | 'map' | 'modelKey' | 'calibrate' | 'subscribe'> = {
    modelKey: async () => ({ key: await model.key }),
    open: (source, options) => pending(opens, { ...options, name: wordOf(source) }),
    classify: (_, options = {}) => pending(classifies, options),
    map: (_, options) => pending(maps, options),
    calibrate: (rows) => new Promise((resolve, reject) => fittings.push({ rows, resolve, reject })),
    subscribe(listener) {
      tell = listener;
      return () => undefined;
    },
  };
  const shared = {
    read: (key: string) => kept.get(key) ?? null,
    write: (key: string, value: string) => void kept.set(key, value),
  };
  const memory = { ...shared, own: shared };
  const store: AppStore = createAppStore({
    engine: engine as Engine,
    memory,
    base: 'http://localhost/',
    openShelf: async () => ({ ...NOTHING_KEPT, ...shelf }) as Shelf,
  });
  engine.subscribe((event) => store.getState().heed(event));
  return {
    store,
    app: () => store.getState(),
    opens,
    classifies,
    maps,
    fittings,
    model,
    kept,
    tell: (event: EngineEvent) => tell(event),
  };
}

/** Lets every promise that can settle do so. */
export const settle = () => new Promise<void>((resolve) => setTimeout(resolve, 5));
