/** Teach's state: the open project, what was learnt from it, and the pictures on their way in. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import { applyHead, type NamedBlob, scoresOf } from '../../bit/index.ts';
import type { PlainError } from '../../engine/protocol.ts';
import { createTeacher, type Teacher } from '../../engine/teach/client.ts';
import type {
  Change,
  Changed,
  FeatureKey,
  Learnt,
  NewExample,
  Project,
  ProjectSummary,
  Scores,
} from '../../engine/teach/protocol.ts';
import type { TeachItem } from '../classify/taught.ts';
import { plainError } from '../shell/plainError.ts';
import type { Kit } from '../store.ts';
import { evaluationOf } from './evaluation.ts';
import { teachWords } from './words.ts';

export interface Tried {
  readonly blob: Blob;
  readonly name: string;
  readonly features: Float32Array;
  /** Score of each class, in the head's order. */
  readonly scores: readonly { readonly label: string; readonly score: number }[];
  readonly none: boolean | null;
}

export interface Teach {
  readonly projects: readonly ProjectSummary[];
  readonly project: Project | null;
  /** What features of the model in use depend on; null until it is known. */
  readonly key: FeatureKey | null;
  readonly learnt: Learnt | null;
  readonly learning: boolean;
  readonly scores: Scores | null;
  /** Share of the tests done; null while none runs. */
  readonly scoring: number | null;
  readonly adding: { readonly done: number; readonly total: number; readonly failed: number } | null;
  /** Pictures that no class was named for. */
  readonly unsorted: readonly TeachItem[];
  readonly chosen: ReadonlySet<string>;
  readonly tried: Tried | null;
  readonly notice: 'restored' | 'no-second-copy' | null;
  readonly error: PlainError | null;
  readonly change: (change: Change) => Promise<void>;
  readonly undo: () => Promise<void>;
  readonly addClass: (name?: string) => Promise<string | null>;
  /** Pictures whose folder names a class go there, others to `classId`, or wait to be sorted. */
  readonly add: (items: readonly TeachItem[], classId: string | null, burst?: string | null) => Promise<void>;
  readonly stopAdding: () => void;
  readonly sortInto: (classId: string | null) => Promise<void>;
  readonly choose: (id: string) => void;
  readonly chooseOnly: (ids: readonly string[]) => void;
  readonly recompute: () => Promise<void>;
  readonly tryWith: (blob: Blob, name: string) => Promise<void>;
  readonly answerInLook: () => Promise<void>;
  readonly openProject: (id: string) => Promise<void>;
  readonly newProject: () => Promise<void>;
  readonly deleteProject: () => Promise<void>;
  readonly backup: () => Promise<Blob | null>;
  readonly restore: (file: NamedBlob) => Promise<void>;
  readonly dismiss: () => void;
}
export type TeachStore = StoreApi<Teach>;

export type TeachKit = Pick<Kit, 'engine' | 'get' | 'subscribe' | 'memory'>;

/** So that a burst of changes is learnt from once. */
const LEARN_AFTER_MS = 120;
/** Tests wait until a person pauses. */
const SCORE_AFTER_MS = 900;
const KEY = 'teach-project';

export function createTeach(kit: TeachKit, teacher: Teacher = createTeacher()): TeachStore {
  const { engine, memory } = kit;
  const get = (): Teach => store.getState();
  const set = (change: Partial<Teach>): void => store.setState(change);
  const words = () => teachWords(kit.get().language);
  let learnTimer: ReturnType<typeof setTimeout> | undefined;
  let scoreTimer: ReturnType<typeof setTimeout> | undefined;
  let scoring: AbortController | null = null;
  let adding: AbortController | null = null;

  /** Runs a person's wish; what goes wrong is shown and changes nothing. */
  async function attempt<T>(work: () => Promise<T>): Promise<T | null> {
    try {
      return await work();
    } catch (thrown) {
      const error = plainError(thrown);
      if (error.code !== 'aborted') set({ error });
      return null;
    }
  }

  function apply({ state, put, gone }: Changed): void {
    const { project } = get();
    if (project === null || project.id !== state.id) return;
    if (state.revision !== project.revision + 1) {
      void attempt(() => reread(state.id)); // another tab was faster
      return;
    }
    const fresh = new Map(put.map((row) => [row.id, row]));
    const removed = new Set(gone);
    const kept = project.examples.filter(({ id }) => !removed.has(id)).map((row) => fresh.get(row.id) ?? row);
    const known = new Set(project.examples.map(({ id }) => id));
    const examples = [...kept, ...put.filter(({ id }) => !known.has(id))];
    const chosen = new Set([...get().chosen].filter((id) => !removed.has(id)));
    set({ project: { ...state, examples }, chosen });
    learnSoon();
  }

  async function reread(id: string): Promise<void> {
    show(await teacher.call('read', { id }));
  }

  function show(project: Project): void {
    set({ project, learnt: null, scores: null, chosen: new Set(), tried: null, error: null });
    memory.write(KEY, project.id);
    learnSoon();
  }

  async function listProjects(): Promise<void> {
    set({ projects: await teacher.call('list', {}) });
  }

  function learnSoon(): void {
    clearTimeout(learnTimer);
    clearTimeout(scoreTimer);
    scoring?.abort();
    learnTimer = setTimeout(() => void attempt(learn), LEARN_AFTER_MS);
  }

  async function learn(): Promise<void> {
    const { project, key } = get();
    if (project === null || key === null) return;
    const used = new Set(project.examples.map(({ classId }) => classId));
    if (used.size < 2) {
      set({ learnt: null, scores: null, learning: false });
      return;
    }
    set({ learning: true });
    try {
      const learnt = await teacher.call('learn', { id: project.id, key });
      if (learnt.revision !== get().project?.revision) return; // a newer one is on its way
      set({ learnt });
      await retry();
      if (kit.get().taught?.project === project.id) await get().answerInLook();
    } finally {
      set({ learning: false });
    }
    scoreTimer = setTimeout(() => void attempt(score), SCORE_AFTER_MS);
  }

  async function score(): Promise<void> {
    const { project, key } = get();
    if (project === null || key === null) return;
    scoring?.abort();
    const abort = new AbortController();
    scoring = abort;
    set({ scoring: 0 });
    try {
      const strength = get().learnt?.strength;
      const scores = await teacher.call(
        'score',
        { id: project.id, key },
        { signal: abort.signal, onProgress: ({ done, total }) => set({ scoring: done / total }) },
      );
      if (scores.revision !== get().project?.revision) return;
      set({ scores });
      // the tests chose the penalty: learn with it
      const learnt = await teacher.call('learn', { id: project.id, key }, { signal: abort.signal });
      if (learnt.revision === get().project?.revision && learnt.strength !== strength) set({ learnt });
      await retry();
      if (kit.get().taught?.project === project.id) await get().answerInLook();
    } finally {
      if (scoring === abort) set({ scoring: null });
    }
  }

  /** The tried picture's answer by what is known now. */
  async function retry(): Promise<void> {
    const { tried } = get();
    if (tried !== null) set({ tried: await answerTo(tried.blob, tried.name, tried.features) });
  }

  async function answerTo(blob: Blob, name: string, features: Float32Array): Promise<Tried> {
    const { learnt, project, key } = get();
    if (learnt === null || project === null || key === null)
      return { blob, name, features, scores: [], none: null };
    const scores = scoresOf(applyHead(learnt.head, features), 'softmax');
    const unlike = await teacher.call('unlike', { id: project.id, key, features });
    const labelled = learnt.head.labels.map((label, i) => ({ label, score: scores[i] ?? 0 }));
    return {
      blob,
      name,
      features,
      scores: labelled.sort((a, b) => b.score - a.score),
      none: unlike?.none ?? null,
    };
  }

  /** Asks the model in use what its features depend on; again whenever another one is in use. */
  let known: unknown = null;
  function follow(): void {
    const app = kit.get();
    const info = app.models.find(({ id }) => id === app.inUse)?.info ?? null;
    if (info === null || info === known) return;
    known = info;
    set({ key: null });
    void attempt(async () => {
      set({ key: await engine.featureKey() });
      learnSoon();
    });
  }

  /** Resolves when a model answers: pictures given before wait for it. */
  function modelOpen(): Promise<void> {
    return new Promise((resolve) => {
      if (kit.get().inUse !== null) return resolve();
      const end = kit.subscribe(() => {
        if (kit.get().inUse === null) return;
        end();
        resolve();
      });
    });
  }

  /** The class of that name, made where there is none. */
  async function classNamed(name: string): Promise<string | null> {
    const found = get().project?.classes.find((one) => one.name === name);
    return found?.id ?? get().addClass(name);
  }

  async function start(): Promise<void> {
    await listProjects();
    const { projects } = get();
    const last = memory.read(KEY);
    const id = projects.find((one) => one.id === last)?.id ?? projects[0]?.id;
    if (id !== undefined) await reread(id);
    else await get().newProject();
  }

  const slice: Teach = {
    projects: [],
    project: null,
    key: null,
    learnt: null,
    learning: false,
    scores: null,
    scoring: null,
    adding: null,
    unsorted: [],
    chosen: new Set(),
    tried: null,
    notice: null,
    error: null,
    async change(change) {
      const { project } = get();
      if (project === null) return;
      const changed = await attempt(() => teacher.call('change', { id: project.id, change }));
      if (changed) apply(changed);
    },
    async undo() {
      const { project } = get();
      if (project === null || project.undoable === null) return;
      const changed = await attempt(() => teacher.call('undo', { id: project.id }));
      if (changed) apply(changed);
    },
    async addClass(name) {
      const { project } = get();
      if (project === null) return null;
      const id = crypto.randomUUID();
      const text = name ?? words().nextClass(project.classes.length + 1);
      await get().change({ kind: 'add-class', id, name: text });
      return get().project?.classes.some((one) => one.id === id) === true ? id : null;
    },
    async add(items, classId, burst = null) {
      const { project, key } = get();
      if (project === null || items.length === 0) return;
      const unsorted = items.filter(({ folder }) => folder === null && classId === null);
      const sorted = items.filter((item) => !unsorted.includes(item));
      set({ unsorted: [...get().unsorted, ...unsorted] });
      if (sorted.length === 0) return;
      const abort = new AbortController();
      adding = abort;
      set({ adding: { done: 0, total: sorted.length, failed: 0 } });
      const release = kit.get().holdReload();
      await modelOpen();
      for (const { name, blob, folder } of sorted) {
        if (abort.signal.aborted) break;
        const target = folder === null ? classId : await classNamed(folder);
        const example = target === null ? null : await readExample(target, name, blob, burst, abort.signal);
        if (example) await get().change({ kind: 'add-examples', examples: [example] });
        const { adding: at } = get();
        if (at) set({ adding: { ...at, done: at.done + 1, failed: at.failed + (example ? 0 : 1) } });
        if (key === null && example) set({ key: example.key });
      }
      release();
      const { adding: end } = get();
      if (adding === abort)
        set({ adding: end !== null && end.failed > 0 ? { ...end, done: end.total } : null });
    },
    stopAdding() {
      adding?.abort();
      set({ adding: null });
    },
    async sortInto(classId) {
      const { unsorted } = get();
      set({ unsorted: [] });
      if (classId !== null) await get().add(unsorted, classId);
    },
    choose(id) {
      const chosen = new Set(get().chosen);
      if (!chosen.delete(id)) chosen.add(id);
      set({ chosen });
    },
    chooseOnly: (ids) => set({ chosen: new Set(ids) }),
    async recompute() {
      const { project, key } = get();
      if (project === null || key === null) return;
      const stale = project.examples.filter((one) => one.hasOriginal && !sameKey(one.key, key));
      const abort = new AbortController();
      adding = abort;
      set({ adding: { done: 0, total: stale.length, failed: 0 } });
      const release = kit.get().holdReload();
      for (const [i, example] of stale.entries()) {
        if (abort.signal.aborted) break;
        await attempt(async () => {
          const original = await teacher.call('original', { id: project.id, example: example.id });
          if (original === null) return;
          const { views } = project.options;
          const made = await engine.features(original, { name: example.name, views, signal: abort.signal });
          await get().change({
            kind: 'set-features',
            rows: [{ id: example.id, features: made.features.data, key: made.key }],
          });
        });
        set({ adding: { done: i + 1, total: stale.length, failed: 0 } });
      }
      release();
      if (adding === abort) set({ adding: null });
    },
    async tryWith(blob, name) {
      await modelOpen();
      await attempt(async () => {
        const { features } = await engine.features(blob, { name });
        set({ tried: await answerTo(blob, name, features.data.slice(0, features.shape[1])) });
      });
    },
    async answerInLook() {
      const { project, learnt, scores, key } = get();
      if (project === null || learnt === null || key === null) return;
      const { id, name } = project;
      const evaluation = scores ? evaluationOf(scores, name) : [];
      const isNone = async (features: Float32Array): Promise<boolean | null> =>
        (await teacher.call('unlike', { id, key, features }))?.none ?? null;
      await attempt(() =>
        kit
          .get()
          .answerByTaught({ project: id, name, labels: learnt.head.labels, evaluation, isNone }, learnt.head),
      );
    },
    async openProject(id) {
      await attempt(() => reread(id));
    },
    async newProject() {
      await attempt(async () => {
        const { untitled, newClasses } = words();
        show(await teacher.call('create', { name: untitled, classes: newClasses }));
        await listProjects();
      });
    },
    async deleteProject() {
      const { project } = get();
      if (project === null) return;
      await attempt(async () => {
        if (kit.get().taught?.project === project.id) await kit.get().dropTaught();
        await teacher.call('remove', { id: project.id });
        await start();
      });
    },
    async backup() {
      const { project } = get();
      return project === null ? null : attempt(() => teacher.call('backup', { id: project.id }));
    },
    async restore(file) {
      await attempt(async () => {
        show(await teacher.call('restore', { file }));
        await listProjects();
      });
    },
    dismiss: () => set({ notice: null, error: null }),
  };

  async function readExample(
    classId: string,
    name: string,
    blob: Blob,
    burst: string | null,
    signal: AbortSignal,
  ): Promise<NewExample | null> {
    const options = get().project?.options;
    try {
      const made = await engine.features(blob, { name, views: options?.views ?? false, signal });
      return {
        classId,
        name,
        burst,
        thumbnail: made.thumbnail,
        original: options?.originals ? blob : null,
        features: made.features.data,
        key: made.key,
      };
    } catch (thrown) {
      const error = plainError(thrown);
      if (error.code !== 'aborted') set({ error });
      return null;
    }
  }

  const store = createStore<Teach>(() => slice);
  teacher.subscribe((event) => {
    const { project } = get();
    if (event.kind === 'restored') set({ notice: 'restored' });
    else if (event.kind === 'no-second-copy') set({ notice: 'no-second-copy' });
    else if (project !== null && event.id === project.id && event.revision > project.revision + 1)
      void attempt(() => reread(event.id));
    void attempt(listProjects);
  });
  void attempt(start);
  kit.subscribe(follow);
  follow();
  return store;
}

export const sameKey = (a: FeatureKey, b: FeatureKey): boolean =>
  a.sha256 === b.sha256 && a.preprocessing === b.preprocessing && a.width === b.width;
