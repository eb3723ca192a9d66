/**
 * `npm run bench -- [run] [start] [size] [preprocess] [load] [teach [--model PATH]] [teach-large]`: measures what the project promises, in a real browser. Compared
 * programs run in turn and the ratio is taken pair by pair: 'median (min..max)'. A missed goal is printed and is no failure.
 */
import { availableParallelism, loadavg } from 'node:os';
import { benchLarge } from './large.ts';
import { benchLoad } from './load.ts';
import { benchPreprocess } from './preprocess.ts';
import { benchRun } from './run.ts';
import { benchSecondStart } from './second.ts';
import { benchSize } from './size.ts';
import { benchStart } from './start.ts';
import { printTable, type Row } from './table.ts';
import { benchTeach } from './teach.ts';

const PARTS: Readonly<
  Record<string, { readonly title: string; readonly measure: (model: string | null) => Promise<Row[]> }>
> = {
  run: { title: 'run: one picture of 224 px through R50x1 on WASM', measure: benchRun },
  start: {
    title:
      'start: from navigation, with everything in the HTTP cache; a model of the shelf, without a network',
    measure: async () => [...(await benchStart()), ...(await benchSecondStart())],
  },
  size: { title: 'size: JavaScript, gzipped', measure: benchSize },
  preprocess: { title: 'preprocess: a photo to pixel values', measure: benchPreprocess },
  load: {
    title: 'load: a float32 checkpoint from disk, memory over a page with a small model',
    measure: benchLoad,
  },
  teach: {
    title: "teach: learning on made features, and on photos against Teachable Machine's head and class means",
    measure: benchTeach,
  },
  'teach-large': { title: 'teach-large: 5,000 pictures in the page', measure: benchLarge },
};

export async function main(argv: string[]): Promise<number> {
  const at = argv.indexOf('--model');
  const model = at < 0 ? null : (argv[at + 1] ?? '');
  const names = at < 0 ? argv : argv.toSpliced(at, 2);
  if (model === '' || names.some((name) => !(name in PARTS))) {
    console.error(`usage: npm run bench -- [${Object.keys(PARTS).join('] [')}] [--model PATH]`);
    return 2;
  }
  console.log(
    `${availableParallelism()} cores, load before ${loadavg()[0]?.toFixed(1)} (a quiet machine's is under 1)`,
  );
  for (const [name, { title, measure }] of Object.entries(PARTS)) {
    if (names.length > 0 && !names.includes(name)) continue;
    printTable(title, await measure(model));
  }
  return 0;
}
