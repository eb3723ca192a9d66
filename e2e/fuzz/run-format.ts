/** Runs mutants of one format in a thread of their own, and ends it where one mutant holds it for over a second. */
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { MAX_MILLISECONDS } from './examine.ts';
import type { Report, Task } from './worker.ts';

export interface FormatRun {
  readonly outcomes: Readonly<Record<string, number>>;
  readonly failures: readonly { readonly k: number; readonly why: string }[];
  readonly mutants: number;
  readonly seconds: number;
}

/** A reader that fills the heap is stopped here, and named. */
const HEAP_MEBIBYTES = 512;
const LOOK_EVERY = 50;
/** The second look waits longer: what ends after over a second says so itself. */
const SECOND_MILLISECONDS = 5000;
/** Further failures of one format say little more. */
const MAX_FAILURES = 20;

interface ThreadEnd {
  readonly reached: number;
  readonly reports: readonly Report[];
  /** Null when it came to its end. */
  readonly why: string | null;
}

/**
 * Examines mutants [from, to) until `until`. A thread that hangs, dies or fills its heap costs one mutant: after a
 * second look at it, alone, the next thread goes on behind it.
 */
export async function runFormat(task: Omit<Task, 'progress'>): Promise<FormatRun> {
  const outcomes: Record<string, number> = {};
  const failures: { k: number; why: string }[] = [];
  const start = performance.now();
  const take = (reports: readonly Report[]): void => {
    for (const report of reports) {
      if (report.kind === 'failure') failures.push(report);
      else for (const [key, n] of Object.entries(report.outcomes)) outcomes[key] = (outcomes[key] ?? 0) + n;
    }
  };
  let { from } = task;
  while (from < task.to && Date.now() < task.until && failures.length < MAX_FAILURES) {
    const end = await runThread({ ...task, from });
    take(end.reports);
    if (end.why === null) {
      from = end.reached;
      break;
    }
    if (end.reached === 0) throw new Error(`the thread did not begin: ${end.why}`);
    // a busy machine may have held the thread: the same mutant alone tells
    const alone = { ...task, from: end.reached - 1, to: end.reached, until: Number.POSITIVE_INFINITY };
    const again = await runThread(alone, SECOND_MILLISECONDS);
    take(again.reports);
    if (again.why !== null) {
      failures.push({ k: end.reached - 1, why: again.why });
      outcomes.FAILED = (outcomes.FAILED ?? 0) + 1;
    }
    from = end.reached;
  }
  return { outcomes, failures, mutants: from - task.from, seconds: (performance.now() - start) / 1000 };
}

function runThread(task: Omit<Task, 'progress'>, milliseconds = MAX_MILLISECONDS): Promise<ThreadEnd> {
  const progress = new SharedArrayBuffer(8);
  const reached = new Int32Array(progress);
  const reports: Report[] = [];
  return new Promise((resolve) => {
    const worker = new Worker(path.resolve('e2e/tools/run.mjs'), {
      argv: ['e2e/fuzz/worker.ts'],
      workerData: { ...task, progress } satisfies Task,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MEBIBYTES },
    });
    let last = 0;
    let since = performance.now();
    let why: string | null = null;
    const watch = setInterval(() => {
      const now = Atomics.load(reached, 0);
      if (now !== last || now === 0 || Atomics.load(reached, 1) === 1) {
        last = now;
        since = performance.now();
      } else if (performance.now() - since > milliseconds + LOOK_EVERY) {
        clearInterval(watch);
        why ??= `held the thread for over ${milliseconds} ms`;
        void worker.terminate();
      }
    }, LOOK_EVERY);
    worker.on('message', (report: Report) => reports.push(report));
    worker.on('error', (error) => {
      why ??= `ended the thread: ${error.stack ?? error.message}`;
    });
    worker.on('exit', (code) => {
      clearInterval(watch);
      if (code !== 0) why ??= `ended the thread with code ${code}`;
      resolve({ reached: Atomics.load(reached, 0), reports, why });
    });
  });
}
