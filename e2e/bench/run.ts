import type { Page } from '@playwright/test';
import type { Bench, Compared } from './page.ts';
import { withBenchPage } from './sources.ts';
import { median, pairRatios, type Row, spread } from './table.ts';
import type { Setting } from './worker.ts';

declare const bench: Bench;

const PAIRS = 9;
/** Without the border fault the two graphs differ by float32 rounding alone. */
const SAME_FEATURES = 2e-4;

/** Our graph against the ordinary export, R50x1, 224 px, one picture. Throws when they are not the same network. */
export async function benchRun(): Promise<Row[]> {
  return withBenchPage(async (page) => {
    const oneThread = await compare(
      page,
      { network: 'ours', threads: 1 },
      { network: 'ordinary', threads: 1 },
      PAIRS,
    );
    const twoThreads = await compare(
      page,
      { network: 'ours', threads: 2 },
      { network: 'ordinary', threads: null },
      PAIRS,
    );
    const repaired = await compare(
      page,
      { network: 'ours', threads: 1 },
      { network: 'repaired', threads: 1 },
      1,
    );
    if (!(repaired.difference < SAME_FEATURES)) {
      throw new Error(`the two graphs are not the same network: features differ by ${repaired.difference}`);
    }
    const exponential = (value: number): string => value.toExponential(1);
    return [
      ...rows('one thread each', oneThread, 1),
      ...rows(`two threads, theirs by default (${twoThreads.threads[1]})`, twoThreads, 1.7),
      {
        quantity: "features' difference, border fault",
        measured: exponential(oneThread.difference),
        goal: null,
      },
      {
        quantity: "features' difference, without it",
        measured: exponential(repaired.difference),
        goal: null,
      },
    ];
  });
}

function compare(page: Page, a: Setting, b: Setting, pairs: number): Promise<Compared> {
  return page.evaluate(([one, other, times]) => bench.compareNetworks(one, other, times), [
    a,
    b,
    pairs,
  ] as const);
}

function rows(title: string, { a, b }: Compared, goal: number): Row[] {
  const ratios = pairRatios(b, a);
  return [
    { quantity: `${title}: ours`, measured: spread(a, 0, 'ms'), goal: null },
    { quantity: `${title}: ordinary`, measured: spread(b, 0, 'ms'), goal: null },
    {
      quantity: `${title}: ordinary / ours`,
      measured: spread(ratios, 2, 'times'),
      goal: { words: `at least ${goal}`, met: median(ratios) >= goal },
    },
  ];
}
