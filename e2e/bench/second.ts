import { REPOS, serveModels } from '../hub/models.ts';
import { startHub } from '../hub/server.ts';
import { withBuiltPage } from './built.ts';
import type { Second } from './second/page.ts';
import { median, pairRatios, type Row, spread } from './table.ts';

declare const second: Second;

const PAIRS = 5;
const GOAL = 1.5;

/** A model of google/bit-50's size, from the shelf, against reading its bytes and creating the session alone; no network. */
export async function benchSecondStart(): Promise<Row[]> {
  const hub = await startHub();
  try {
    serveModels(hub);
    return await withBuiltPage('second', 'second', async (page) => {
      const id = await page.evaluate(([repo, base]) => second.fetchModel(repo, base), [
        REPOS.bit50Safetensors,
        `${hub.hub}/`,
      ] as const);
      await hub.close(); // from here on there is no network
      const ours: number[] = [];
      const least: number[] = [];
      await page.evaluate((model) => second.start(model), id); // the HTTP cache and the disk's are warm
      await page.evaluate((model) => second.alone(model), id);
      for (let i = 0; i < PAIRS; i++) {
        if (i % 2 === 0) least.push(await page.evaluate((model) => second.alone(model), id));
        ours.push((await page.evaluate((model) => second.start(model), id)).ms);
        if (i % 2 === 1) least.push(await page.evaluate((model) => second.alone(model), id));
      }
      const ratios = pairRatios(ours, least);
      return [
        { quantity: 'second start, 102 MB', measured: spread(ours, 0, 'ms'), goal: null },
        { quantity: 'its bytes and a session alone', measured: spread(least, 0, 'ms'), goal: null },
        {
          quantity: 'ratio',
          measured: spread(ratios, 2, 'times'),
          goal: { words: `at most ${GOAL}`, met: median(ratios) <= GOAL },
        },
      ];
    });
  } finally {
    await hub.close();
  }
}
