import type { Bench } from './page.ts';
import { withBenchPage } from './sources.ts';
import { pairRatios, type Row, spread } from './table.ts';

declare const bench: Bench;

const PAIRS = 7;

/** Our image processor on a photo of 4000 x 3000 to 448 x 448, bicubic; the canvas, which gives other bytes, for scale. */
export async function benchPreprocess(): Promise<Row[]> {
  const { a, b } = await withBenchPage((page) =>
    page.evaluate((pairs) => bench.comparePreprocess(pairs), PAIRS),
  );
  return [
    { quantity: '4000x3000 to 448: ours', measured: spread(a, 0, 'ms'), goal: null },
    { quantity: '4000x3000 to 448: canvas', measured: spread(b, 1, 'ms'), goal: null },
    { quantity: 'ours / canvas', measured: spread(pairRatios(a, b), 1, 'times'), goal: null },
  ];
}
