/** Pictures on their way in, and pictures that are looked at again: one after another, each for its own project. */
import { keptName } from '../../engine/teach/names.ts';
import type {
  ExampleRow,
  FeatureKey,
  NewExample,
  NewFeatures,
  ProjectOptions,
} from '../../engine/teach/protocol.ts';
import type { TeachItem } from '../classify/taught.ts';
import { plainError } from '../shell/plainError.ts';
import type { Desk } from './desk.ts';
import { type AgainJob, createJobs, isLookingAgain, type Job, type NewJob } from './jobs.ts';
import { askModel } from './seen.ts';
import { isStale, isUnfit } from './stale.ts';
import type { Teach } from './teach.ts';
import { isStartingName } from './words.ts';

/** Pictures that are looked at again between two changes. */
const BATCH = 20;
/** Up to so many pictures are looked at again without asking: it takes seconds, and it can be stopped. */
export const WITHOUT_ASKING = 200;

export type Adding = Pick<
  Teach,
  'add' | 'stopAdding' | 'sortInto' | 'sortIntoNew' | 'recompute' | 'lookAgain'
>;

export function createAdding(desk: Desk): Adding {
  const { kit, teacher, get, set, attempt, changeIn } = desk;
  const jobs = createJobs(desk, (job, signal) => (job.again ? lookAt(job, signal) : takeIn(job, signal)));
  const { enqueue, counted } = jobs;
  /** The picture that is being looked at again. */
  let looking: AgainJob | null = null;
  let isRecalling = false;
  let recalled = '';
  /** Pictures that are not looked at again unasked: a person stopped it, it failed, or it is done. */
  const left = new Set<string>();
  /** Classes that folders named, of projects that are not shown. */
  const named = new Map<string, string>();

  const optionsOf = ({ project, options }: Job): ProjectOptions => {
    const shown = get().project;
    return shown?.id === project ? shown.options : options;
  };

  async function takeIn(job: NewJob, signal: AbortSignal): Promise<void> {
    const { item, project } = job;
    const example = await read(job, signal);
    if (signal.aborted) return;
    const classId = example && (await attempt(() => classOf(job)));
    if (signal.aborted) return;
    if (!example || !classId) return counted(job, { failed: item.name });
    if (job.burst === null) {
      const { features, key } = example;
      const plain = features.slice(0, key.width);
      desk.makeWay();
      const same = await attempt(() =>
        teacher.call('present', { id: project, classId, key, features: plain }),
      );
      if (same || signal.aborted) desk.learnSoon();
      if (signal.aborted) return;
      if (same) return counted(job, { same });
    }
    const { batch } = job;
    const examples = [{ ...example, classId }];
    const isIn = await changeIn(project, { kind: 'add-examples', examples, batch });
    if (!signal.aborted) counted(job, isIn ? {} : { failed: item.name });
  }

  /** Null when it cannot be read; what is wrong with the picture itself is told beside its name. */
  async function read(job: NewJob, signal: AbortSignal): Promise<Omit<NewExample, 'classId'> | null> {
    const { item, burst } = job;
    const { name, blob } = item;
    const { views, originals } = optionsOf(job);
    try {
      const { features, thumbnail, key } = await askModel(kit, signal, (signal) =>
        kit.engine.features(blob, { name, views, signal }),
      );
      const original = originals ? blob : null;
      return { name, burst, thumbnail, original, features: features.data, key };
    } catch (thrown) {
      if (signal.aborted) return null;
      const error = plainError(thrown);
      if (!error.code.startsWith('image-')) set({ error });
      return null;
    }
  }

  /** The class that the picture is for; the one that its folder names is made where there is none. */
  async function classOf({ item: { folder }, classId, project }: NewJob): Promise<string | null> {
    if (folder === null) return classId;
    const shown = get().project;
    const place = `${project}\n${folder}`;
    const known = shown?.id === project ? undefined : named.get(place);
    if (known !== undefined) return known;
    const { classes, examples } = shown?.id === project ? shown : await teacher.call('read', { id: project });
    const id = classes.find((one) => keptName(one.name) === folder)?.id ?? crypto.randomUUID();
    named.set(place, id);
    if (classes.some((one) => one.id === id)) return id;
    if (!(await changeIn(project, { kind: 'add-class', id, name: folder }))) return null;
    const used = new Set([
      ...examples.map((one) => one.classId),
      ...jobs.waiting().map((job) => (job.again ? null : job.classId)),
    ]);
    // the classes that every project begins with are for those who have no folders
    for (const one of classes)
      if (isStartingName(one.name) && !used.has(one.id))
        await changeIn(project, { kind: 'delete-class', id: one.id });
    return id;
  }

  /** Looks at a picture and some that wait behind it: a batch is one change, and whatever stops it, what was looked at is kept. */
  async function lookAt(first: AgainJob, signal: AbortSignal): Promise<void> {
    const rows: NewFeatures[] = [];
    const { project } = first;
    for (
      let job: AgainJob | undefined = first;
      job;
      job = rows.length < BATCH ? jobs.another(project) : undefined
    ) {
      const one = job;
      looking = one;
      const row = await attempt(() => lookAgain(one, signal));
      if (signal.aborted) break;
      if (row) rows.push(row);
      else leave([job]);
      counted(job, row ? {} : { failed: job.example.name });
    }
    if (looking && !signal.aborted) looking = null;
    const shown = get().project;
    const isThere = ({ id }: NewFeatures): boolean =>
      shown?.id !== project || shown.examples.some((one) => one.id === id);
    const there = rows.filter(isThere);
    if (there.length === 0) return;
    await changeIn(project, { kind: 'set-features', rows: there });
    // another tab may use another model, and look at them with that: unasked each tab looks once, or none would rest
    for (const { id, key, features } of there)
      left.add(nameOf(id, key, { views: features.length > key.width }));
  }

  /** Features by the model in use, of the full picture where it was kept, else of the small one. */
  async function lookAgain(job: AgainJob, signal: AbortSignal): Promise<NewFeatures> {
    const { project, example } = job;
    const { id, name, thumbnail, hasOriginal } = example;
    const original = hasOriginal ? await teacher.call('original', { id: project, example: id }) : null;
    const { features, key } = await askModel(kit, signal, (signal) =>
      kit.engine.features(original ?? thumbnail, { name, views: optionsOf(job).views, signal }),
    );
    return { id, features: features.data, key, fromSmall: original === null };
  }

  function leave(jobs: readonly Job[]): void {
    const { key } = get();
    if (key === null) return;
    for (const job of jobs) if (job.again) left.add(nameOf(job.example.id, key, optionsOf(job)));
  }

  function enqueueAgain(examples: readonly ExampleRow[]): Promise<void> {
    const { project } = get();
    if (project === null) return Promise.resolve();
    const { id, options } = project;
    return enqueue(examples.map((example) => ({ again: true, project: id, options, example })));
  }

  return {
    async add(given, classId, burst = null) {
      const items = given.map((item) => ({ ...item, folder: folderName(item.folder) }));
      const isUnsorted = ({ folder }: TeachItem): boolean => folder === null && classId === null;
      const sorted = items.filter((item) => !isUnsorted(item));
      set({ unsorted: [...get().unsorted, ...items.filter(isUnsorted)] });
      const { project } = get();
      if (project === null) return;
      const { id, options } = project;
      const batch = burst ?? crypto.randomUUID();
      await enqueue(
        sorted.map((item) => ({ again: false, project: id, options, item, classId, burst, batch })),
        burst !== null,
      );
    },
    stopAdding(whose) {
      const { waited, wasAtWork } = jobs.stop(whose);
      leave(waited);
      if (wasAtWork && looking) leave([looking]);
    },
    async sortInto(classId) {
      const { unsorted } = get();
      set({ unsorted: [] });
      if (classId !== null) await get().add(unsorted, classId);
    },
    async sortIntoNew(name) {
      const { unsorted } = get();
      set({ unsorted: [] });
      await get().add(
        unsorted.map((item) => ({ ...item, folder: name })),
        null,
      );
    },
    async recompute() {
      const { project, key } = get();
      if (project === null || key === null || get().adding.some(isLookingAgain(project.id))) return;
      left.clear();
      await enqueueAgain(project.examples.filter((one) => isStale(one, key, project.options)));
    },
    async lookAgain() {
      if (isRecalling) return;
      for (;;) {
        const { project, key } = get();
        if (project === null || key === null || get().adding.some(isLookingAgain(project.id))) return;
        const whose = `${project.id} ${keyText(key)}`;
        if (recalled !== whose && project.examples.some((one) => isUnfit(one, key))) {
          recalled = whose;
          isRecalling = true;
          try {
            await get().recall();
          } finally {
            isRecalling = false;
          }
          continue; // another project or model may be there by now
        }
        recalled = whose;
        const stale = project.examples.filter((one) => isStale(one, key, project.options));
        const wanted = stale.filter(({ id }) => !left.has(nameOf(id, key, project.options)));
        if (stale.length <= WITHOUT_ASKING) await enqueueAgain(wanted);
        return;
      }
    },
  };
}

const keyText = ({ sha256, preprocessing }: FeatureKey): string => `${sha256} ${preprocessing}`;
const nameOf = (id: string, key: FeatureKey, { views }: Pick<ProjectOptions, 'views'>): string =>
  `${id} ${views} ${keyText(key)}`;

/** As the class is called that it names; null where it names none. */
const folderName = (folder: string | null): string | null => keptName(folder ?? '') || null;
