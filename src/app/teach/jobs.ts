/** Pictures to take in or to look at again, one after another, each for its own project, and how far each project is. */
import type { ExampleRow, ProjectOptions } from '../../engine/teach/protocol.ts';
import type { TeachItem } from '../classify/taught.ts';
import type { Desk } from './desk.ts';

/** What one project is doing: taking new pictures in, or looking at its pictures again. */
export interface Intake {
  readonly project: string;
  readonly again: boolean;
  readonly done: number;
  readonly total: number;
  /** Names of those that could not be read. */
  readonly failed: readonly string[];
  /** Pictures that were in their class already. */
  readonly same: number;
  /** From the camera alone, which has a count of its own. */
  readonly quiet: boolean;
}

export interface NewJob {
  readonly again: false;
  readonly project: string;
  readonly options: ProjectOptions;
  readonly item: TeachItem;
  readonly classId: string | null;
  readonly burst: string | null;
  /** Of all pictures that came at once: they are undone at once. */
  readonly batch: string;
}
export interface AgainJob {
  readonly again: true;
  readonly project: string;
  readonly options: ProjectOptions;
  readonly example: ExampleRow;
}
export type Job = NewJob | AgainJob;
type Whose = Pick<Intake, 'project' | 'again'>;

const isOf =
  ({ project, again }: Whose) =>
  (one: Whose): boolean =>
    one.project === project && one.again === again;

export interface Jobs {
  /** Resolves when no job waits any more. */
  readonly enqueue: (jobs: readonly Job[], quiet?: boolean) => Promise<void>;
  /** Counts one picture done; what is worth telling stays told until it is closed or others come. */
  readonly counted: (whose: Whose, news?: { failed?: string; same?: boolean }) => void;
  readonly waiting: () => readonly Job[];
  /** Takes the next picture of the project that is to be looked at again, unless new ones wait. */
  readonly another: (project: string) => AgainJob | undefined;
  /** Drops what waits, and ends what is at work. Returns what waited. */
  readonly stop: (whose: Whose) => { readonly waited: readonly Job[]; readonly wasAtWork: boolean };
}

export function createJobs(
  { kit, get, set }: Pick<Desk, 'kit' | 'get' | 'set'>,
  work: (job: Job, signal: AbortSignal) => Promise<void>,
): Jobs {
  let waiting: readonly Job[] = [];
  let atWork: (Whose & { readonly abort: AbortController }) | null = null;
  let isRunning = false;

  function tally(whose: Whose, change: (intake: Intake) => Intake | null): void {
    const found = get().adding.find(isOf(whose));
    if (!found) return;
    const next = change(found);
    set({ adding: get().adding.flatMap((one) => (one === found ? (next ?? []) : one)) });
  }

  function counted(whose: Whose, news: { failed?: string; same?: boolean } = {}): void {
    tally(whose, (one) => {
      const done = one.done + 1;
      const failed = news.failed === undefined ? one.failed : [...one.failed, news.failed];
      const same = one.same + Number(news.same ?? false);
      const isOver = done === one.total && failed.length === 0 && same === 0;
      return isOver ? null : { ...one, done, failed, same };
    });
  }

  function enqueue(jobs: readonly Job[], quiet = false): Promise<void> {
    const [first] = jobs;
    if (!first) return Promise.resolve();
    const { project, again } = first;
    const found = get().adding.find(isOf(first));
    const going = found && found.done < found.total ? found : undefined;
    const { done, total, failed, same } = going ?? { done: 0, total: 0, failed: [], same: 0 };
    const isQuiet = quiet && (going?.quiet ?? true);
    const intake = { project, again, done, total: total + jobs.length, failed, same, quiet: isQuiet };
    set({ adding: [...get().adding.filter((one) => one !== found), intake] });
    waiting = [...waiting, ...jobs];
    return run();
  }

  /** A person waits for new pictures, and most for those of the project that is shown. */
  function next(): Job | undefined {
    const shown = get().project?.id;
    const job =
      waiting.find((one) => !one.again && one.project === shown) ??
      waiting.find(({ again }) => !again) ??
      waiting[0];
    waiting = waiting.filter((one) => one !== job);
    return job;
  }

  async function run(): Promise<void> {
    if (isRunning) return;
    isRunning = true;
    const release = kit.get().holdReload();
    try {
      for (let job = next(); job; job = next()) {
        const abort = new AbortController();
        const { project, again } = job;
        atWork = { project, again, abort };
        // stopping ends it whatever it waits for
        await Promise.race([work(job, abort.signal), aborted(abort.signal)]);
      }
    } finally {
      atWork = null;
      isRunning = false;
      release();
    }
  }

  function another(project: string): AgainJob | undefined {
    if (waiting.some(({ again }) => !again)) return undefined;
    const job = waiting.find((one): one is AgainJob => one.again && one.project === project);
    waiting = waiting.filter((one) => one !== job);
    return job;
  }

  function stop(whose: Whose): { waited: Job[]; wasAtWork: boolean } {
    const isMine = isOf(whose);
    const waited = waiting.filter(isMine);
    waiting = waiting.filter((one) => !isMine(one));
    const wasAtWork = atWork !== null && isMine(atWork);
    if (wasAtWork) atWork?.abort.abort();
    set({ adding: get().adding.filter((one) => !isMine(one)) });
    return { waited, wasAtWork };
  }

  return { enqueue, counted, another, stop, waiting: () => waiting };
}

/** Whether pictures of a project are being looked at again. */
export const isLookingAgain =
  (id: string | undefined) =>
  ({ project, again, done, total }: Intake): boolean =>
    again && project === id && done < total;

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
