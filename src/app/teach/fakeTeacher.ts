/** A stand-in for the teacher in unit tests: projects in memory, and an engine whose pictures wait for the test. */
import { BitError } from '../../bit/errors.ts';
import type { Calls, Engine } from '../../engine/protocol.ts';
import type { Teacher } from '../../engine/teach/client.ts';
import { sameKey } from '../../engine/teach/featureKey.ts';
import { keptName } from '../../engine/teach/names.ts';
import type {
  Change,
  Changed,
  ExampleRow,
  FeatureKey,
  Learnt,
  Project,
  TeachCalls,
  TeachEvent,
} from '../../engine/teach/protocol.ts';
import { fakeApp, modelInfo, settle } from '../fakeEngine.ts';
import { BUILT_IN } from '../models/models.ts';
import { createTeach } from './teach.ts';

export type Features = Calls['features']['output'];

/** What a model of that name would make its features under. */
export const keyOf = (name: string): FeatureKey => ({
  sha256: name,
  name,
  preprocessing: '{}',
  width: 2,
});

/** Features that are a picture's own: its bytes' sum and its size. */
async function featuresOf(blob: Blob, views: boolean, key: FeatureKey): Promise<Features> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  const row = [bytes.reduce((sum, byte) => sum + byte, 0), bytes.length];
  const rows = views ? 4 : 1;
  const data = Float32Array.from({ length: rows * 2 }, (_, i) => (row[i % 2] ?? 0) + Math.floor(i / 2));
  return { features: { data, shape: [rows, 2] }, thumbnail: blob, key };
}

/** A question to the engine that waits. */
export interface Asked {
  readonly name: string;
  readonly views: boolean;
  readonly signal: AbortSignal | undefined;
  /** Answers as the model of that name would. */
  answer(model?: string): Promise<void>;
  fail(error: BitError): void;
}

type Handlers = { [N in keyof TeachCalls]?: (input: TeachCalls[N]['input']) => TeachCalls[N]['output'] };

/** Teach on a fake engine with its built-in model open. */
export async function fakeTeach() {
  const app = fakeApp();
  const asked: Asked[] = [];
  const model = { name: '' };
  const engine: Pick<Engine, 'features' | 'featureKey'> = {
    features: (blob, { name = '', views = false, signal } = {}) =>
      new Promise((resolve, reject) => {
        signal?.addEventListener('abort', () => reject(new BitError('aborted', 'cancelled')));
        asked.push({
          name,
          views,
          signal,
          answer: async (by = model.name) => resolve(await featuresOf(blob, views, keyOf(by))),
          fail: reject,
        });
      }),
    featureKey: async () => keyOf(model.name),
  };
  const projects = new Map<string, Project>();
  const features = new Map<string, Float32Array>();
  const calls: string[] = [];
  const scored: string[] = [];
  const changes: Change[] = [];
  let tell: (event: TeachEvent) => void = () => undefined;
  let ids = 0;

  const projectOf = (id: string): Project => {
    const found = projects.get(id);
    if (!found) throw new BitError('teach-gone', 'gone');
    return found;
  };
  function commit(id: string, change: Change): Changed {
    const { examples, ...before } = projectOf(id);
    const put: ExampleRow[] = [];
    let { classes, options } = before;
    let rows = [...examples];
    if (change.kind === 'add-class') classes = [...classes, { id: change.id, name: keptName(change.name) }];
    if (change.kind === 'delete-class') classes = classes.filter((one) => one.id !== change.id);
    if (change.kind === 'set-options') options = { ...options, ...change.options };
    if (change.kind === 'add-examples')
      for (const { classId, name, burst, thumbnail, original, features: values, key } of change.examples) {
        if (!classes.some((one) => one.id === classId)) throw new BitError('teach-change', 'no class');
        const id = `example ${++ids}`;
        const hasOriginal = original !== null;
        const views = values.length / key.width;
        put.push({
          id,
          classId,
          name,
          burst,
          thumbnail,
          hasOriginal,
          key,
          views,
          added: 0,
          fromSmall: false,
        });
        features.set(id, values);
      }
    if (change.kind === 'set-features')
      for (const { id, features: values, key, fromSmall } of change.rows) {
        const row = rows.find((one) => one.id === id);
        if (!row) throw new BitError('teach-change', 'no picture');
        put.push({ ...row, key, fromSmall, views: values.length / key.width });
        features.set(id, values);
      }
    const fresh = new Map(put.map((row) => [row.id, row]));
    rows = rows.map((row) => fresh.get(row.id) ?? row);
    rows.push(...put.filter(({ id }) => !rows.some((row) => row.id === id)));
    const state = { ...before, classes, options, revision: before.revision + 1, undoable: change.kind };
    projects.set(id, { ...state, examples: rows });
    return { state, put, gone: [] };
  }

  const handlers: Handlers = {
    list: () =>
      [...projects.values()].map(({ id, name, classes, examples, changed }) => ({
        id,
        name,
        classes: classes.length,
        examples: examples.length,
        changed,
      })),
    create({ name, classes }) {
      const id = `project ${++ids}`;
      const rows = classes.map((one) => ({ id: `class ${++ids}`, name: one }));
      const options = { views: false, originals: false, balance: true };
      const made = {
        id,
        name,
        classes: rows,
        options,
        changed: 0,
        revision: 1,
        undoable: null,
        examples: [],
      };
      projects.set(id, made);
      return made;
    },
    read: ({ id }) => projectOf(id),
    change({ id, change }) {
      const changed = commit(id, change);
      changes.push(change);
      return changed;
    },
    remove({ id }) {
      projects.delete(id);
      return null;
    },
    recall: () => null,
    present: ({ id, classId, key, features: wanted }) =>
      projectOf(id).examples.some(
        (one) =>
          one.classId === classId &&
          sameKey(one.key, key) &&
          wanted.every((value, i) => value === features.get(one.id)?.[i]),
      ),
    learn({ id, key }) {
      const { examples, revision, classes } = projectOf(id);
      const fit = new Set(examples.filter((one) => sameKey(one.key, key)).map(({ classId }) => classId));
      if (fit.size < 2) throw new BitError('teach-change', 'two classes need a picture each');
      const head = {
        weight: new Float32Array(),
        bias: new Float32Array(),
        labels: classes.map((c) => c.name),
      };
      const learnt: Learnt = { revision, key, head, strength: 1, ms: 1, iterations: 1, examples: 2 };
      return learnt;
    },
    score({ id }) {
      scored.push(id);
      throw new BitError('aborted', 'not here');
    },
  };
  const teacher: Teacher = {
    async call(name, input) {
      calls.push(name);
      await Promise.resolve();
      const handler = handlers[name] as ((input: unknown) => never) | undefined;
      if (!handler) throw new BitError('internal', `no ${name} here`);
      return handler(input);
    },
    subscribe(listener) {
      tell = listener;
      return () => undefined;
    },
    dispose: () => undefined,
  };
  const { store } = app;
  const noMemory = { read: () => null, write: () => undefined };
  const kit = {
    engine: engine as Engine,
    get: store.getState,
    subscribe: (listener: () => void) => store.subscribe(listener),
    memory: { ...noMemory, own: noMemory },
  };
  void app.app().openModel(BUILT_IN);
  await settle();
  app.opens[0]?.resolve(modelInfo(''));
  await settle();
  const teach = createTeach(kit, teacher);
  const errors: string[] = [];
  teach.subscribe(({ error }) => {
    if (error) errors.push(error.code);
  });
  await settle();
  return {
    teach: () => teach.getState(),
    asked,
    calls,
    scored,
    /** Those that were committed. */
    changes,
    /** Codes of those that were shown, if only for a moment. */
    errors,
    projects,
    commit,
    tell: (event: TeachEvent) => tell(event),
    app,
    /** Begins to open another model; the function returned has it answer. */
    async opening(name: string): Promise<() => Promise<void>> {
      void app.app().openFiles([{ name, blob: new Blob() }]);
      await settle();
      return async () => {
        model.name = name;
        app.opens.at(-1)?.resolve(modelInfo(name));
        await settle();
      };
    },
    /** Answers every picture that waits, and those behind it. */
    async answerAll(): Promise<void> {
      for (let one = asked.shift(); one; one = asked.shift()) {
        await one.answer();
        await settle();
      }
    },
  };
}
