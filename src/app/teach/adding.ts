/** Pictures on their way in: one after another, each looked at once, whoever gave them. */
import { sameKey } from '../../engine/teach/featureKey.ts';
import type { ExampleRow, NewExample, NewFeatures, Project } from '../../engine/teach/protocol.ts';
import type { TeachItem } from '../classify/taught.ts';
import { type Desk, modelOpen } from './desk.ts';
import type { Teach } from './teach.ts';

/** Pictures that are looked at again between two changes. */
const BATCH = 20;

interface Waiting {
  readonly item: TeachItem;
  readonly classId: string | null;
  readonly burst: string | null;
}

export function createAdding(desk: Desk): Pick<Teach, 'add' | 'stopAdding' | 'sortInto' | 'recompute'> {
  const { kit, teacher, get, set, attempt } = desk;
  let waiting: Waiting[] = [];
  let abort: AbortController | null = null;

  /** Counts one picture done; a failed one stays told until it is closed or others come. */
  function counted(failed: boolean): void {
    const { adding } = get();
    if (adding) set({ adding: { ...adding, done: adding.done + 1, failed: adding.failed + Number(failed) } });
  }

  /** Runs `work` as the one that takes pictures in, while no reload may cut it off. */
  async function atWork(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const own = new AbortController();
    abort = own;
    const release = kit.get().holdReload();
    try {
      await modelOpen(desk);
      await work(own.signal);
    } finally {
      release();
      if (abort === own) abort = null;
      const { adding } = get();
      if (adding !== null && adding.failed === 0) set({ adding: null });
    }
  }

  async function takeIn(signal: AbortSignal): Promise<void> {
    for (let next = waiting.shift(); next && !signal.aborted; next = waiting.shift()) {
      const { item, classId, burst } = next;
      const target = item.folder === null ? classId : await classNamed(item.folder);
      const example = target === null ? null : await attempt(() => exampleOf(item, target, burst, signal));
      if (example) await get().change({ kind: 'add-examples', examples: [example] });
      if (!signal.aborted) counted(example === null);
    }
  }

  async function exampleOf(
    { name, blob }: TeachItem,
    classId: string,
    burst: string | null,
    signal: AbortSignal,
  ): Promise<NewExample> {
    const { views = false, originals = false } = get().project?.options ?? {};
    const { features, thumbnail, key } = await kit.engine.features(blob, { name, views, signal });
    const original = originals ? blob : null;
    return { classId, name, burst, thumbnail, original, features: features.data, key };
  }

  /** Features by the model in use, of the full picture where it was kept, else of the small one. */
  async function lookAgain(
    { id: project, options: { views } }: Project,
    { id, name, thumbnail, hasOriginal }: ExampleRow,
    signal: AbortSignal,
  ): Promise<NewFeatures> {
    const original = hasOriginal ? await teacher.call('original', { id: project, example: id }) : null;
    const { features, key } = await kit.engine.features(original ?? thumbnail, { name, views, signal });
    return { id, features: features.data, key, fromSmall: original === null };
  }

  /** The class of that name, made where there is none. */
  async function classNamed(name: string): Promise<string | null> {
    const found = get().project?.classes.find((one) => one.name === name);
    return found?.id ?? get().addClass(name);
  }

  return {
    async add(items, classId, burst = null) {
      const isUnsorted = ({ folder }: TeachItem): boolean => folder === null && classId === null;
      const sorted = items.filter((item) => !isUnsorted(item));
      set({ unsorted: [...get().unsorted, ...items.filter(isUnsorted)] });
      if (get().project === null || sorted.length === 0) return;
      waiting.push(...sorted.map((item) => ({ item, classId, burst })));
      const adding = abort === null ? null : get().adding;
      const { done, total, failed, again } = adding ?? { done: 0, total: 0, failed: 0, again: false };
      set({ adding: { done, total: total + sorted.length, failed, again } });
      if (abort === null) await atWork(takeIn);
    },
    stopAdding() {
      waiting = [];
      abort?.abort();
      set({ adding: null });
    },
    async sortInto(classId) {
      const { unsorted } = get();
      set({ unsorted: [] });
      if (classId !== null) await get().add(unsorted, classId);
    },
    async recompute() {
      const { project, key } = get();
      if (project === null || key === null || abort !== null) return;
      const stale = project.examples.filter((one) => !sameKey(one.key, key));
      if (stale.length === 0) return;
      set({ adding: { done: 0, total: stale.length, failed: 0, again: true } });
      await atWork(async (signal) => {
        // a batch is one change: whatever stops this, what was looked at is kept, and the rest is still to do
        for (let from = 0; from < stale.length && !signal.aborted; from += BATCH) {
          const rows: NewFeatures[] = [];
          for (const example of stale.slice(from, from + BATCH)) {
            if (signal.aborted) break;
            const row = await attempt(() => lookAgain(project, example, signal));
            if (row) rows.push(row);
            if (!signal.aborted) counted(row === null);
          }
          if (rows.length > 0 && get().project?.id === project.id)
            await get().change({ kind: 'set-features', rows });
        }
        await takeIn(signal); // what was given meanwhile
      });
    },
  };
}
