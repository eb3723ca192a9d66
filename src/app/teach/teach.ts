/** Teach's state, and the projects in it; learning and taking pictures in have files of their own. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { NamedBlob } from '../../bit/index.ts';
import type { PlainError } from '../../engine/protocol.ts';
import { createTeacher, type Teacher } from '../../engine/teach/client.ts';
import type {
  Change,
  Changed,
  FeatureKey,
  Learnt,
  Project,
  ProjectSummary,
  Scores,
} from '../../engine/teach/protocol.ts';
import type { TeachItem } from '../classify/taught.ts';
import { createAdding } from './adding.ts';
import { createDesk, type TeachKit } from './desk.ts';
import { createLearning } from './learn.ts';
import { createTakeAway, type TakeAway } from './takeAway.ts';
import { teachWords } from './words.ts';

export interface Tried {
  readonly blob: Blob;
  readonly name: string;
  readonly features: Float32Array;
  /** Score of each class, in the head's order. */
  readonly scores: readonly { readonly label: string; readonly score: number }[];
  readonly none: boolean | null;
}

export interface Teach extends TakeAway {
  readonly projects: readonly ProjectSummary[];
  readonly project: Project | null;
  /** What features of the model in use depend on; null until it is known. */
  readonly key: FeatureKey | null;
  readonly learnt: Learnt | null;
  readonly learning: boolean;
  readonly scores: Scores | null;
  /** Share of the tests done; null while none runs. */
  readonly scoring: number | null;
  /** `again`: pictures that another model had seen are looked at again. */
  readonly adding: {
    readonly done: number;
    readonly total: number;
    readonly failed: number;
    readonly again: boolean;
  } | null;
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
  /** Takes up what the model in use made of pictures before. */
  readonly recall: () => Promise<void>;
  /** Looks at pictures again that another model saw. */
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

const KEY = 'teach-project';

export function createTeach(kit: TeachKit, teacher: Teacher = createTeacher()): TeachStore {
  const { memory } = kit;
  const get = (): Teach => store.getState();
  const set = (change: Partial<Teach>): void => store.setState(change);
  const desk = createDesk({ kit, teacher, get, set });
  const { attempt } = desk;
  const { learnSoon, makeWay, follow, ...learning } = createLearning(desk);
  const words = () => teachWords(kit.get().language);

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

  async function commit(work: () => Promise<Changed | null>): Promise<void> {
    makeWay();
    const changed = await attempt(work);
    if (changed) apply(changed);
    else learnSoon(); // what made way goes on
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
      await commit(() => teacher.call('change', { id: project.id, change }));
    },
    async undo() {
      const { project } = get();
      if (project === null || project.undoable === null) return;
      await commit(() => teacher.call('undo', { id: project.id }));
    },
    async recall() {
      const { project, key } = get();
      if (project === null || key === null) return;
      const id = project.id;
      for (let more = true; more; ) {
        more = false;
        await commit(async () => {
          const changed = await teacher.call('recall', { id, key });
          more = changed !== null;
          return changed;
        });
      }
    },
    async addClass(name) {
      const { project } = get();
      if (project === null) return null;
      const id = crypto.randomUUID();
      const text = name ?? words().nextClass(project.classes.length + 1);
      await get().change({ kind: 'add-class', id, name: text });
      return get().project?.classes.some((one) => one.id === id) === true ? id : null;
    },
    choose(id) {
      const chosen = new Set(get().chosen);
      if (!chosen.delete(id)) chosen.add(id);
      set({ chosen });
    },
    chooseOnly: (ids) => set({ chosen: new Set(ids) }),
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
    ...learning,
    ...createAdding(desk),
    ...createTakeAway(desk),
  };

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
