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
import { plainError } from '../shell/plainError.ts';
import { createAdding } from './adding.ts';
import { createDesk, type TeachKit } from './desk.ts';
import type { Intake } from './jobs.ts';
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
  /** What is under way, of any project, or is over with something to tell. */
  readonly adding: readonly Intake[];
  /** Pictures that no class was named for. */
  readonly unsorted: readonly TeachItem[];
  readonly chosen: ReadonlySet<string>;
  readonly tried: Tried | null;
  readonly notice: 'restored' | 'no-second-copy' | null;
  readonly error: PlainError | null;
  /** Shows the project that was open last; again, where that failed. */
  readonly start: () => Promise<void>;
  readonly change: (change: Change) => Promise<void>;
  readonly undo: () => Promise<void>;
  readonly addClass: (name?: string) => Promise<string | null>;
  /** Pictures whose folder names a class go there, others to `classId`, or wait to be sorted. */
  readonly add: (items: readonly TeachItem[], classId: string | null, burst?: string | null) => Promise<void>;
  /** Drops what waits now, and only that; what is told of it goes too. */
  readonly stopAdding: (whose: Pick<Intake, 'project' | 'again'>) => void;
  readonly sortInto: (classId: string | null) => Promise<void>;
  /** The same into the class of that name, made where there is none. */
  readonly sortIntoNew: (name: string) => Promise<void>;
  readonly choose: (id: string) => void;
  readonly chooseOnly: (ids: readonly string[]) => void;
  /** Takes up what the model in use made of pictures before. */
  readonly recall: () => Promise<void>;
  /** Looks at all pictures again that another model saw, or that lack views. */
  readonly recompute: () => Promise<void>;
  /** The same without being asked: what is known is taken up, and few pictures are looked at. */
  readonly lookAgain: () => Promise<void>;
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
  const desk = createDesk({
    kit,
    teacher,
    get,
    set,
    changeIn,
    makeWay: () => makeWay(),
    learnSoon: () => learnSoon(),
  });
  const { attempt } = desk;
  const { learnSoon, makeWay, follow, ...learning } = createLearning(desk);
  const words = () => teachWords(kit.get().language);

  /** Changes on their way to the disk: until they are told here, what is heard of them is no news. */
  let committing = 0;
  let isCatchingUp = false;
  let starting: Promise<void> | null = null;
  const heard = { id: '', revision: 0 };

  function apply({ state, put, gone }: Changed): void {
    const { project } = get();
    if (project === null || project.id !== state.id) return;
    if (state.revision !== project.revision + 1) {
      // another tab was faster, or another change of this one
      if (state.revision > project.revision) Object.assign(heard, { id: state.id, revision: state.revision });
      return;
    }
    const fresh = new Map(put.map((row) => [row.id, row]));
    const removed = new Set(gone);
    const kept = project.examples.filter(({ id }) => !removed.has(id)).map((row) => fresh.get(row.id) ?? row);
    const known = new Set(project.examples.map(({ id }) => id));
    const examples = [...kept, ...put.filter(({ id }) => !known.has(id))];
    const chosen = new Set([...get().chosen].filter((id) => !removed.has(id)));
    set({ project: { ...state, examples }, chosen });
  }

  /** True when it was committed. */
  async function commit(work: () => Promise<Changed | null>): Promise<boolean> {
    makeWay();
    committing++;
    const changed = await attempt(work);
    committing--;
    if (changed) apply(changed);
    learnSoon(); // also where nothing changed, or in another project: what made way goes on
    catchUp();
    return changed !== null;
  }

  function changeIn(id: string, change: Change): Promise<boolean> {
    return commit(async () => {
      try {
        return await teacher.call('change', { id, change });
      } catch (thrown) {
        // nobody asked for new features in so many words: where the project is gone none are missed
        if (change.kind === 'set-features' && plainError(thrown).code === 'teach-gone') return null;
        throw thrown;
      }
    });
  }

  /** Reads the project again where another tab changed it. */
  function catchUp(): void {
    const isBehind = (): boolean => {
      const { project } = get();
      return project !== null && heard.id === project.id && heard.revision > project.revision;
    };
    if (committing > 0 || isCatchingUp || !isBehind()) return;
    isCatchingUp = true;
    void attempt(async () => {
      const { id } = heard;
      try {
        const project = await teacher.call('read', { id });
        const now = get().project;
        if (now?.id !== id || now.revision >= project.revision) return;
        const there = new Set(project.examples.map((one) => one.id));
        set({ project, chosen: new Set([...get().chosen].filter((one) => there.has(one))) });
        learnSoon();
      } finally {
        isCatchingUp = false;
      }
    }).then((read) => {
      if (read !== null) catchUp(); // more may have come meanwhile
    });
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

  async function showLast(): Promise<void> {
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
    adding: [],
    unsorted: [],
    chosen: new Set(),
    tried: null,
    notice: null,
    error: null,
    start() {
      set({ error: null });
      starting ??= attempt(showLast).then(() => {
        starting = null;
      });
      return starting;
    },
    async change(change) {
      const { project } = get();
      if (project === null) return;
      await changeIn(project.id, change);
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
      const isSame = (): boolean => get().project?.id === id && get().key === key;
      for (let more = true; more && isSame(); ) {
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
      const text = name ?? freeName(project.classes, words().nextClass, project.classes.length + 1);
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
        const { untitled, untitledNth, newClasses } = words();
        const name = freeName(get().projects, (n) => (n === 1 ? untitled : untitledNth(n)), 1);
        show(await teacher.call('create', { name, classes: newClasses }));
        await listProjects();
      });
    },
    async deleteProject() {
      const { project } = get();
      if (project === null) return;
      await attempt(async () => {
        for (const again of [true, false]) get().stopAdding({ project: project.id, again });
        if (kit.get().taught?.project === project.id) await kit.get().dropTaught();
        await teacher.call('remove', { id: project.id });
        await showLast();
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
    else if (event.id === project?.id) {
      Object.assign(heard, { id: event.id, revision: event.revision });
      catchUp();
    }
    void attempt(listProjects);
  });
  void slice.start();
  kit.subscribe(follow);
  follow();
  return store;
}

/** The first of the numbered names, from `n` on, that none is called by. */
function freeName(
  taken: readonly { readonly name: string }[],
  nameOf: (n: number) => string,
  n: number,
): string {
  return taken.some(({ name }) => name === nameOf(n)) ? freeName(taken, nameOf, n + 1) : nameOf(n);
}
