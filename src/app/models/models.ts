/** The models' slice: what was opened in this session, which one answers, and opening one after another. */
import type { NamedBlob } from '../../bit/index.ts';
import type {
  Classification,
  DevicePreference,
  ModelInfo,
  ModelSource,
  OpenProgress,
  PlainError,
} from '../../engine/protocol.ts';
import { plainError } from '../shell/plainError.ts';
import type { Kit } from '../store.ts';

export type ModelState =
  | { readonly kind: 'closed' }
  | { readonly kind: 'waiting' }
  | { readonly kind: 'opening'; readonly progress: OpenProgress | null }
  | { readonly kind: 'failed'; readonly error: PlainError };

/** A model of this session; the files behind `source` are handles, not bytes. */
export interface SessionModel {
  readonly id: number;
  readonly source: ModelSource;
  /** The name before it was opened: the weights file's, '' for the built-in one. */
  readonly name: string;
  readonly device: DevicePreference;
  /** Known once it was opened. */
  readonly info: ModelInfo | null;
  readonly state: ModelState;
  /** The newest answers' times, for medians. */
  readonly timings: readonly Classification['ms'][];
}

export const BUILT_IN = 0;
const TIMINGS_KEPT = 50;

export interface Models {
  readonly models: readonly SessionModel[];
  /** The one that answers. */
  readonly inUse: number | null;
  /** Opens a listed model; resolves true when it answers. A call waits for the one before it. */
  readonly openModel: (id: number) => Promise<boolean>;
  /** Lists the files as a model and opens it. */
  readonly openFiles: (files: readonly NamedBlob[]) => Promise<boolean>;
  readonly cancelOpening: (id: number) => void;
  readonly chooseDevice: (id: number, device: DevicePreference) => void;
  readonly removeModel: (id: number) => void;
  readonly modelReopened: (info: ModelInfo) => void;
  readonly timed: (ms: Classification['ms']) => void;
}

const WEIGHTS = /\.(safetensors|bin|npz|pth?|ckpt|onnx)$/i;

/** What a set of dropped files is called: the first weights file, without the number of a shard. */
export function modelName(files: readonly NamedBlob[]): string {
  const weights = files.find((file) => WEIGHTS.test(file.name)) ?? files[0];
  return (weights?.name ?? '').replace(/-\d{5}-of-\d{5}(?=\.)/, '');
}

export const modelInUse = (app: Models): SessionModel | undefined =>
  app.models.find((model) => model.id === app.inUse);
export const modelOpening = (app: Models): SessionModel | undefined =>
  app.models.find((model) => model.state.kind === 'opening');

export function createModels({ set, get, engine }: Kit): Models {
  let lastId = BUILT_IN;
  let turn: Promise<unknown> = Promise.resolve();
  const aborts = new Map<number, AbortController>();

  const patch = (id: number, change: Partial<SessionModel>) =>
    set({ models: get().models.map((model) => (model.id === id ? { ...model, ...change } : model)) });

  async function openNow(id: number, signal: AbortSignal): Promise<boolean> {
    const model = get().models.find((candidate) => candidate.id === id);
    if (model === undefined || signal.aborted) return false;
    patch(id, { state: { kind: 'opening', progress: null } });
    try {
      const info = await engine.open(model.source, {
        device: model.device,
        signal,
        onProgress: (progress) => patch(id, { state: { kind: 'opening', progress } }),
      });
      patch(id, { info, state: { kind: 'closed' }, timings: [] });
      set({ inUse: id });
      const fallback = info.device.fallback;
      if (fallback !== null && fallback.reason !== 'no-webgpu' && fallback.reason !== 'no-adapter') {
        get().tell({ kind: 'fallback', ...fallback });
      }
      get().modelChanged();
      return true;
    } catch (thrown) {
      const error = plainError(thrown);
      if (error.code === 'aborted') {
        patch(id, { state: { kind: 'closed' } });
      } else {
        // A model that answers goes on answering: it failed to open again, on another device say.
        patch(id, { state: get().inUse === id ? { kind: 'closed' } : { kind: 'failed', error } });
        get().tell({
          kind: 'not-opened',
          name: model.info?.name ?? model.name,
          builtIn: id === BUILT_IN,
          error,
        });
      }
      return false;
    }
  }

  return {
    models: [
      {
        id: BUILT_IN,
        source: { kind: 'embedded' },
        name: '',
        device: 'auto',
        info: null,
        state: { kind: 'waiting' },
        timings: [],
      },
    ],
    inUse: null,
    openModel(id) {
      const abort = new AbortController();
      aborts.get(id)?.abort();
      aborts.set(id, abort);
      patch(id, { state: { kind: 'waiting' } });
      const opened = turn.then(() => openNow(id, abort.signal));
      turn = opened.finally(() => {
        if (aborts.get(id) === abort) aborts.delete(id);
      });
      return opened;
    },
    openFiles(files) {
      const id = ++lastId;
      const model: SessionModel = {
        id,
        source: { kind: 'files', files },
        name: modelName(files),
        device: 'auto',
        info: null,
        state: { kind: 'waiting' },
        timings: [],
      };
      set({ models: [...get().models, model] });
      return get().openModel(id);
    },
    cancelOpening(id) {
      aborts.get(id)?.abort();
      patch(id, { state: { kind: 'closed' } });
    },
    chooseDevice(id, device) {
      patch(id, { device });
      if (get().inUse === id) void get().openModel(id);
    },
    removeModel(id) {
      if (id === BUILT_IN || id === get().inUse) return;
      aborts.get(id)?.abort();
      set({ models: get().models.filter((model) => model.id !== id) });
    },
    modelReopened(info) {
      const id = get().inUse;
      if (id !== null) patch(id, { info, timings: [] });
    },
    timed(ms) {
      const model = modelInUse(get());
      if (model !== undefined) patch(model.id, { timings: [...model.timings.slice(1 - TIMINGS_KEPT), ms] });
    },
  };
}
