/** The models' slice: what was opened in this session, which one answers, and opening one after another. */
import type { NamedBlob } from '../../bit/index.ts';
import type {
  Choices,
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
  | { readonly kind: 'found' } // among dropped files, beside the one that was opened
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
  readonly openFiles: (files: readonly NamedBlob[], name?: string) => Promise<boolean>;
  /** Lists the files as a model without opening it. */
  readonly listFiles: (files: readonly NamedBlob[], name?: string) => void;
  /** Opens a complete model of the shelf, listed here under that name. */
  readonly openStored: (id: string, name: string) => Promise<boolean>;
  /** The first model of a visit: the stored one that was used last, else the built-in one. */
  readonly openFirst: () => Promise<boolean>;
  /** The files of a model of this session are on the shelf now. */
  readonly nowStored: (id: number, stored: string) => void;
  /**
   * Opens a model again with what a person says about it; null goes back to what its files say. The old one answers
   * until then. Resolves to null when it answers, or to what is wrong; then the model stays as it was.
   */
  readonly choose: (id: number, choices: Choices | null) => Promise<PlainError | null>;
  /**
   * Takes files that came without weights (config.json, preprocessor_config.json, a list of labels) to the model that
   * they are meant for: the newest one that failed, else the one in use. Resolves true when it answers with them.
   */
  readonly addToModel: (files: readonly NamedBlob[]) => Promise<boolean>;
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

/** Where the taught classes that answer are remembered. */
export const ANSWERS_BY = 'answers by';

/** What the memory has of the model that was used last: its id on the shelf and its name. */
function lastUsed(text: string | null): { id: string; name: string } | null {
  const [id = '', name = ''] = (text ?? '').split('\n');
  return id === '' ? null : { id, name };
}

export function createModels({ set, get, engine, memory }: Kit): Models {
  let lastId = BUILT_IN;
  let turn: Promise<unknown> = Promise.resolve();
  const aborts = new Map<number, AbortController>();
  /** What a model is being opened from, where that is not its own source yet: a further wish builds upon it. */
  const wanted = new Map<number, ModelSource>();
  const sourceOf = (model: SessionModel): ModelSource => wanted.get(model.id) ?? model.source;

  const patch = (id: number, change: Partial<SessionModel>) =>
    set({ models: get().models.map((model) => (model.id === id ? { ...model, ...change } : model)) });

  /** `source` replaces the model's own when it opens. Returns null, or why it does not answer. */
  async function openNow(id: number, signal: AbortSignal, source?: ModelSource): Promise<PlainError | null> {
    const model = get().models.find((candidate) => candidate.id === id);
    if (model === undefined || signal.aborted) return { code: 'aborted', message: '', file: undefined };
    patch(id, { state: { kind: 'opening', progress: null } });
    try {
      const info = await engine.open(source ?? model.source, {
        device: model.device,
        signal,
        onProgress: (progress) => patch(id, { state: { kind: 'opening', progress } }),
      });
      patch(id, { info, state: { kind: 'closed' }, timings: [], ...(source && { source }) });
      if (get().taught !== null) memory.own.write(ANSWERS_BY, '');
      set({ inUse: id, taught: null }); // a taught head is right on no other backbone
      const opened = source ?? model.source;
      // dropped files are not there at the next visit, so they change nothing
      if (opened.kind !== 'files')
        memory.own.write('last', opened.kind === 'stored' ? `${opened.id}\n${model.name}` : '');
      const fallback = info.device.fallback;
      if (fallback !== null && fallback.reason !== 'no-webgpu' && fallback.reason !== 'no-adapter') {
        get().tell({ kind: 'fallback', ...fallback });
      }
      if (info.labelsMissing !== null) get().tell({ kind: 'no-names', detail: `${info.labelsMissing}.tsv` });
      get().modelChanged();
      return null;
    } catch (thrown) {
      const error = plainError(thrown);
      // A model that answers goes on answering: it failed to open again, on another device say.
      const failed = error.code !== 'aborted' && get().inUse !== id;
      patch(id, { state: failed ? { kind: 'failed', error } : { kind: 'closed' } });
      return error;
    }
  }

  /** Opens it when those before it are done; an earlier wish for the same model is given up. */
  function openInTurn(id: number, source?: ModelSource): Promise<PlainError | null> {
    const abort = new AbortController();
    aborts.get(id)?.abort();
    aborts.set(id, abort);
    if (source) wanted.set(id, source);
    patch(id, { state: { kind: 'waiting' } });
    const opened = turn.then(() => openNow(id, abort.signal, source));
    turn = opened.finally(() => {
      if (aborts.get(id) !== abort) return;
      aborts.delete(id);
      wanted.delete(id);
    });
    return opened;
  }

  /** The same, told in a notice when it fails. */
  async function openOrTell(id: number, source?: ModelSource): Promise<boolean> {
    const error = await openInTurn(id, source);
    const model = get().models.find((candidate) => candidate.id === id);
    if (error !== null && error.code !== 'aborted' && model !== undefined) {
      const name = model.info?.name ?? model.name;
      get().tell({ kind: 'not-opened', name, builtIn: id === BUILT_IN, error });
    }
    return error === null;
  }

  function list(source: ModelSource, name: string, state: ModelState): number {
    const id = ++lastId;
    const model: SessionModel = { id, source, name, device: 'auto', info: null, state, timings: [] };
    set({ models: [...get().models, model] });
    return id;
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
    openModel: (id) => openOrTell(id, wanted.get(id)),
    openFiles: (files, name = modelName(files)) =>
      openOrTell(list({ kind: 'files', files }, name, { kind: 'waiting' })),
    listFiles(files, name = modelName(files)) {
      list({ kind: 'files', files }, name, { kind: 'found' });
    },
    openStored(id, name) {
      const listed = get().models.find(({ source }) => source.kind === 'stored' && source.id === id);
      return get().openModel(listed?.id ?? list({ kind: 'stored', id }, name, { kind: 'waiting' }));
    },
    async openFirst() {
      const last = lastUsed(memory.own.read('last'));
      if (last !== null) {
        patch(BUILT_IN, { state: { kind: 'found' } });
        if (await get().openStored(last.id, last.name)) return true;
        if (get().inUse !== null) return true; // another one was opened meanwhile
      }
      return get().openModel(BUILT_IN);
    },
    nowStored(id, stored) {
      const model = get().models.find((candidate) => candidate.id === id);
      if (model?.source.kind !== 'files') return;
      const { choices } = model.source;
      patch(id, { source: { kind: 'stored', id: stored, ...(choices && { choices }) } });
      if (get().inUse === id) memory.own.write('last', `${stored}\n${model.name}`);
    },
    async choose(id, choices) {
      const model = get().models.find((candidate) => candidate.id === id);
      const source = model && sourceOf(model);
      if (source === undefined || source.kind === 'embedded') return null;
      const { choices: _, ...own } = source;
      return openInTurn(id, choices === null ? own : { ...own, choices });
    },
    async addToModel(added) {
      const [only] = added;
      const { labelsIn } = await import('./labelsText.ts');
      const labels = added.length === 1 && only !== undefined ? labelsIn(await only.blob.text()) : null;
      const { models, inUse } = get();
      const mine = models.filter(({ source }) => source.kind === 'files').reverse();
      const model = mine.find(({ state }) => state.kind === 'failed') ?? mine.find(({ id }) => id === inUse);
      const known = model && sourceOf(model);
      if (model === undefined || known?.kind !== 'files') return get().openFiles(added);
      if (labels !== null) return openOrTell(model.id, { ...known, choices: { ...known.choices, labels } });
      // What comes later counts: over the file of the same name, and over what was chosen before.
      const kept = known.files.filter(({ name }) => !added.some((file) => file.name === name));
      const source: ModelSource = { kind: 'files', files: [...added, ...kept] };
      if (model.id !== inUse) patch(model.id, { source }); // trying it again goes on from here
      return openOrTell(model.id, source);
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
