/** The thread that examines mutants. It tells where it is in shared memory, so that its parent sees it hang. */
import path from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { examine, Failure, warmUp } from './examine.ts';
import type { Format } from './formats.ts';
import { Mutants } from './mutants.ts';

export interface Task {
  /** Module whose `formats` has the format. */
  readonly module: string;
  readonly format: string;
  readonly seed: number;
  /** Mutants [from, to) are examined, until `until` (ms since the epoch). */
  readonly from: number;
  readonly to: number;
  readonly until: number;
  /** [0]: the mutant under way, plus one; [1]: whether all are done. */
  readonly progress: SharedArrayBuffer;
}

export type Report =
  | { readonly kind: 'outcomes'; readonly outcomes: Readonly<Record<string, number>> }
  | { readonly kind: 'failure'; readonly k: number; readonly why: string };

/** Mutants between two reports. */
const REPORT_EVERY = 500;
/** Each hundredth mutant lies in a real Blob. */
const REAL_EVERY = 100;

export async function main(): Promise<number> {
  const task = workerData as Task;
  const { formats } = (await import(/* @vite-ignore */ path.resolve(task.module))) as {
    formats: Readonly<Record<string, Format>>;
  };
  const format = formats[task.format];
  if (!format) throw new Error(`there is no format ${task.format}`);
  const mutants = new Mutants(format, task.seed);
  const progress = new Int32Array(task.progress);
  if (task.to - task.from > 1) Error.stackTraceLimit = 0; // half of an error's cost; a mutant alone keeps it
  await warmUp(format);
  let outcomes: Record<string, number> = {};
  const report = (): void => {
    parentPort?.postMessage({ kind: 'outcomes', outcomes } satisfies Report);
    outcomes = {};
  };
  for (let k = task.from; k < task.to && Date.now() < task.until; k++) {
    const bytes = mutants.at(k);
    Atomics.store(progress, 0, k + 1);
    try {
      const outcome = await examine(format, bytes, k % REAL_EVERY === 0);
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      outcomes.FAILED = (outcomes.FAILED ?? 0) + 1;
      parentPort?.postMessage({ kind: 'failure', k, why: error.message } satisfies Report);
    }
    if ((k + 1) % REPORT_EVERY === 0) report();
  }
  Atomics.store(progress, 1, 1);
  report();
  return 0;
}
