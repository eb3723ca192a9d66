/** The lists of faults, how long each is, and the running of one: case by case, each from a seed of its own. */
import { call, lastCall } from '../hub/site.ts';
import { corrupt, QUOTA_POINTS, quota } from './disk.ts';
import { cleared, crash, kill, tabs } from './dying.ts';
import { cuts, lieCount, lies } from './network.ts';
import { caseSeed, Random } from './random.ts';
import { type Rig, Violation } from './rig.ts';
import { Visit } from './visit.ts';

interface List {
  readonly run: (visit: Visit, random: Random, i: number) => Promise<string>;
  /** Cases when nobody says how many. */
  readonly count: number;
  /** Needs a profile of its own for each case. */
  readonly alone?: boolean;
  /** The browser dies in it. */
  readonly onDisk?: boolean;
}

export const LISTS = {
  cuts: { run: cuts, count: 200 },
  lies: { run: lies, count: 2 * lieCount },
  crash: { run: crash, count: 30 },
  kill: { run: kill, count: 20, onDisk: true },
  quota: { run: quota, count: QUOTA_POINTS },
  tabs: { run: tabs, count: 24 },
  cleared: { run: cleared, count: 20 },
  corrupt: { run: corrupt, count: 40, alone: true, onDisk: true },
} as const satisfies Record<string, List>;
export type ListName = keyof typeof LISTS;

export interface CaseResult {
  readonly i: number;
  readonly seconds: number;
  /** What happened, in words. */
  readonly told: string;
  readonly failed: boolean;
}

/** No case takes longer, whatever hangs. */
const CASE_MS = 120_000;

/** Runs the cases `from` to `from + count` of a list; each ends with an empty shelf, or with its browser when it failed. */
export async function runList(
  rig: Rig,
  name: ListName,
  { seed, from, count }: { readonly seed: number; readonly from: number; readonly count: number },
  onCase: (result: CaseResult) => void = () => undefined,
): Promise<CaseResult[]> {
  const list: List = LISTS[name];
  const results: CaseResult[] = [];
  let visit: Visit | null = null;
  try {
    for (let i = from; i < from + count; i++) {
      rig.reset();
      visit ??= await Visit.start(rig, list);
      const start = performance.now();
      let told: string;
      let failed = false;
      try {
        told = await within(list.run(visit, new Random(caseSeed(seed, i)), i));
        rig.hub.faults.clear();
        if (!list.alone) await call(visit.page, 'removeAll');
      } catch (error) {
        failed = true;
        told =
          error instanceof Violation ? error.message : String(error instanceof Error ? error.stack : error);
      }
      const result = { i, told, failed, seconds: (performance.now() - start) / 1000 };
      results.push(result);
      onCase(result);
      if (failed || list.alone) {
        await visit.end();
        visit = null;
      }
    }
  } finally {
    await visit?.end();
  }
  return results;
}

async function within<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Violation(`nothing came of it in ${CASE_MS / 1000} s; last asked: ${lastCall}`)),
      CASE_MS,
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
