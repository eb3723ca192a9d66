/** Downloads and storing as jobs of the page: their progress, their end, and consent to make room for them. */
import type { PlainError } from '../../engine/protocol.ts';
import type { DownloadProgress, EvictionPlan, Shelf, ShelfModel } from '../../engine/shelf/protocol.ts';
import { plainError } from '../shell/plainError.ts';
import type { App, Kit } from '../store.ts';
import { modelOpening } from './models.ts';
import type { Job, ShelfView } from './shelf.ts';

/** How often a download of another tab is looked at. */
const OTHER_TAB_MS = 1_000;

export interface Jobs {
  /** Reads the shelf anew. */
  readonly refresh: () => Promise<void>;
  /** Notes why a model is not fetched or stored any more; null takes it back. */
  readonly trouble: (id: string, error: PlainError | null) => void;
  /** Runs a download or a storing; resolves to the stored model, or null when it stopped. */
  readonly run: (job: Omit<Job, 'progress'>, work: Work) => Promise<ShelfModel | null>;
  readonly pause: (id: string) => void;
  /** Its end is a person's wish: nothing is said of it. */
  readonly forget: (id: string) => void;
  /** What a person said to making room; nothing where nothing waits for it. */
  readonly decide: (yes: boolean) => void;
}
type Work = (options: {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: DownloadProgress) => void;
  readonly onFull: (plan: EvictionPlan) => Promise<boolean>;
}) => Promise<ShelfModel>;

/**
 * A new model takes over by itself only where no work, no answers of a person's own and nothing that was taught would
 * change under them.
 */
export function inTheMiddle(app: App): boolean {
  const { place, batch, own } = app;
  const working = batch !== null && batch.ms === null && own.length > 0;
  const calm = place === 'models' || (place === 'look' && own.length === 0);
  return working || !calm || app.taught !== null || modelOpening(app) !== undefined;
}

export function createJobs({ set, get }: Kit, shelf: Shelf): Jobs {
  const stops = new Map<string, AbortController>();
  const deleted = new Set<string>();
  let waiting: ((yes: boolean) => void) | undefined;
  let again: ReturnType<typeof setTimeout> | undefined;

  const view = (): ShelfView => get().shelf;
  const change = (part: Partial<ShelfView>): void => set({ shelf: { ...view(), ...part } });
  const patchJob = (id: string, progress: DownloadProgress): void =>
    change({ jobs: view().jobs.map((job) => (job.id === id ? { ...job, progress } : job)) });

  async function refresh(): Promise<void> {
    try {
      const { models, lost } = await shelf.list();
      const storage = await shelf.status();
      change({ models, storage, lost: view().lost || lost, error: null });
      // what is still fetched in another tab says nothing here
      clearTimeout(again);
      if (models.some(({ id, state }) => state === 'downloading' && !stops.has(id)))
        again = setTimeout(() => void refresh(), OTHER_TAB_MS);
    } catch (thrown) {
      change({ models: view().models ?? [], error: plainError(thrown) });
    }
  }

  function trouble(id: string, error: PlainError | null): void {
    const { [id]: _, ...others } = view().troubles;
    change({ troubles: error === null ? others : { ...others, [id]: error } });
  }

  /** Consent to make room; asked on the Models place, so that nobody is torn out of other work. */
  function askForRoom(name: string, plan: EvictionPlan): Promise<boolean> {
    if (get().place !== 'models') get().tell({ kind: 'no-room', name });
    waiting?.(false);
    change({ question: { kind: 'room', name, plan } });
    return new Promise((resolve) => {
      waiting = resolve;
    });
  }

  async function run(job: Omit<Job, 'progress'>, work: Work): Promise<ShelfModel | null> {
    const { id, name } = job;
    if (stops.has(id)) return null;
    const stop = new AbortController();
    stops.set(id, stop);
    deleted.delete(id);
    trouble(id, null);
    change({ jobs: [...view().jobs, { ...job, progress: null }] });
    const release = get().holdReload();
    try {
      return await work({
        signal: stop.signal,
        onProgress: (progress) => patchJob(id, progress),
        onFull: (plan) => askForRoom(name, plan),
      });
    } catch (thrown) {
      const error = plainError(thrown);
      if (error.code !== 'aborted' && !deleted.has(id)) {
        trouble(id, error);
        if (get().place !== 'models') get().tell({ kind: 'not-stored', name, error });
      }
      return null;
    } finally {
      release();
      stops.delete(id);
      change({ jobs: view().jobs.filter((other) => other.id !== id) });
      await refresh();
    }
  }

  return {
    refresh,
    trouble,
    run,
    pause: (id) => stops.get(id)?.abort(),
    forget: (id) => void deleted.add(id),
    decide(yes) {
      waiting?.(yes);
      waiting = undefined;
    },
  };
}
