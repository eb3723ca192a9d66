import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Page } from '@playwright/test';
import { withBuiltPage } from './built.ts';
import { median, pairRatios, type Row, spread } from './table.ts';
import type { TeachBench } from './teach/page.ts';
import type { TfBackend } from './teach/teachable.ts';
import type { Learner } from './teach/worker.ts';

declare const teach: TeachBench;

const root = path.resolve(import.meta.dirname, '../..');
const PER_CLASS = [5, 10, 20] as const;
const SEEDS = [1, 2, 3] as const;
const BACKENDS: readonly TfBackend[] = ['cpu', 'wasm', 'webgl'];
const LEARNERS: readonly Learner[] = ['ours', 'ours, strength chosen', 'teachable', 'class mean'];
/** Of the shorter side of small pictures, and JPEG's quality: what could be stored of each picture. */
const SMALL = [
  { side: 128, quality: 0.8 },
  { side: 192, quality: 0.85 },
  { side: 256, quality: 0.85 },
] as const;
const SPEED = { rows: 1_000, width: 2_048, classes: 10, times: 5 } as const;
const SPEED_GOAL_MS = 1_000;

interface Photo {
  readonly file: string;
  readonly label: number;
  readonly isTest: boolean;
}

/** Learning on real photos against Teachable Machine's head and the nearest class mean; and how fast the app learns. */
export function benchTeach(model: string | null): Promise<Row[]> {
  return withBuiltPage('teach', 'teach', async (page) => [
    ...(await speed(page)),
    ...(await photos(page, model)),
  ]);
}

async function speed(page: Page): Promise<Row[]> {
  const runs = [];
  for (let i = 0; i <= SPEED.times; i++) {
    const { speed: run } = await page.evaluate(
      ({ rows, width, classes }) => teach.ask({ kind: 'speed', rows, width, classes }),
      SPEED,
    );
    if (run && i > 0) runs.push(run); // the first one compiles
  }
  const cold = runs.map((run) => run.cold);
  const warm = runs.map((run) => run.warm);
  const { rows, width, classes } = SPEED;
  return [
    {
      quantity: `learn ${rows} x ${width} in ${classes} classes, cold (${runs[0]?.coldSteps} steps)`,
      measured: spread(cold, 0, 'ms'),
      goal: { words: `under ${SPEED_GOAL_MS} ms`, met: median(cold) < SPEED_GOAL_MS },
    },
    {
      quantity: `the same after one more picture (${runs[0]?.warmSteps} steps)`,
      measured: spread(warm, 0, 'ms'),
      goal: null,
    },
  ];
}

async function photos(page: Page, model: string | null): Promise<Row[]> {
  const shared = path.resolve(root, process.env.BIT_LENS_SHARED ?? '../shared', 'photos/fewshot');
  if (!existsSync(shared)) return [note('photos', `not measured: there is no ${shared}`)];
  const taken = ['train', 'test'].flatMap((part) => photosIn(path.join(shared, part), part === 'test'));
  const classes = 1 + Math.max(...taken.map(({ label }) => label));
  await page.locator('#model').setInputFiles(modelFiles(model));
  await page.locator('#pictures').setInputFiles(taken.map(({ file }) => file));
  const width = await page.evaluate(() => teach.openModel());
  const labels = taken.map(({ label }) => label);
  const give = (): Promise<void> =>
    page.evaluate(([all, n]) => teach.giveFeatures(all, n), [labels, classes] as const);
  await page.evaluate(() => teach.readPictures(null));
  await give();
  const rows = [
    note('backbone', `${model ?? 'the embedded model'}, ${width} features`),
    ...(await backends(page, taken, classes)),
    ...(await compare(page, taken, classes)),
  ];
  for (const small of SMALL) {
    const bytes = await page.evaluate((form) => teach.readPictures(form), small);
    await give();
    const right = await rights(page, taken, classes);
    const form = `${small.side} px, JPEG ${small.quality}`;
    rows.push(
      note(
        `features from small pictures: ${form}`,
        `${(bytes / taken.length / 1000).toFixed(1)} kB, ${right}`,
      ),
    );
  }
  return rows;
}

/** The fastest of TensorFlow.js's backends is the one that is compared with. */
async function backends(page: Page, taken: readonly Photo[], classes: number): Promise<Row[]> {
  const rows: Row[] = [];
  const times = new Map<TfBackend, number>();
  for (const name of BACKENDS) {
    try {
      const opened = await page.evaluate((one) => teach.ask({ kind: 'backend', name: one }), name);
      const first = await learn(page, 'teachable', taken, 5, 1, classes);
      const again = await learn(page, 'teachable', taken, 5, 1, classes);
      times.set(name, again.ms);
      const how = `opens in ${ms(opened.ms)}, first training ${ms(first.ms)}, next ${ms(again.ms)}`;
      rows.push(note(`TensorFlow.js on ${name}, 5 pictures a class`, how));
    } catch (error) {
      const [why] = String(error instanceof Error ? error.message : error).split('\n');
      rows.push(note(`TensorFlow.js on ${name}`, `does not work here: ${why}`));
    }
  }
  const [fastest] = [...times].sort((a, b) => a[1] - b[1]);
  if (!fastest) throw new Error(`no backend of TensorFlow.js works here: ${JSON.stringify(rows)}`);
  await page.evaluate((name) => teach.ask({ kind: 'backend', name }), fastest[0]);
  return [...rows, note('compared with', `TensorFlow.js on ${fastest[0]}, warm`)];
}

async function compare(page: Page, taken: readonly Photo[], classes: number): Promise<Row[]> {
  const rows: Row[] = [];
  const tested = taken.filter(({ isTest }) => isTest).length;
  for (const perClass of PER_CLASS) {
    const found = new Map<Learner, { ms: number[]; right: number[] }>();
    for (const learner of LEARNERS) await learn(page, learner, taken, perClass, 0, classes); // warm
    for (const [turn, seed] of SEEDS.entries()) {
      // in turn, and the order too, so that what drifts falls on all of them
      const order = turn % 2 === 0 ? LEARNERS : LEARNERS.toReversed();
      for (const learner of order) {
        const { ms: time, right } = await learn(page, learner, taken, perClass, seed, classes);
        const own = found.get(learner) ?? { ms: [], right: [] };
        own.ms.push(time);
        own.right.push((100 * right) / tested);
        found.set(learner, own);
      }
    }
    const reference = found.get('teachable')?.ms ?? [];
    for (const [learner, { ms: times, right }] of found) {
      const ratio =
        learner === 'teachable' ? '' : `, ${spread(pairRatios(reference, times), 1, 'times')} faster`;
      rows.push(
        note(
          `${perClass} a class, ${learner}`,
          `${percents(right)} right; ${spread(times, 0, 'ms')}${ratio}`,
        ),
      );
    }
  }
  return rows;
}

/** Our own learner's test accuracy with the features given last. */
async function rights(page: Page, taken: readonly Photo[], classes: number): Promise<string> {
  const tested = taken.filter(({ isTest }) => isTest).length;
  const parts: string[] = [];
  for (const perClass of PER_CLASS) {
    const right: number[] = [];
    for (const seed of SEEDS) {
      const one = await learn(page, 'ours, strength chosen', taken, perClass, seed, classes);
      right.push((100 * one.right) / tested);
    }
    parts.push(`${perClass} a class ${percents(right)}`);
  }
  return parts.join('; ');
}

function learn(
  page: Page,
  learner: Learner,
  taken: readonly Photo[],
  perClass: number,
  seed: number,
  classes: number,
): Promise<{ ms: number; right: number }> {
  const train: number[] = [];
  for (let c = 0; c < classes; c++) {
    const own = [...taken.keys()].filter((i) => taken[i]?.label === c && taken[i]?.isTest === false);
    train.push(...drawn(own, perClass, seed));
  }
  const test = [...taken.keys()].filter((i) => taken[i]?.isTest === true);
  return page.evaluate((request) => teach.ask(request), {
    kind: 'learn' as const,
    learner,
    seed,
    train,
    test,
  });
}

/** `n` of the values, the same for the same seed. */
function drawn(values: readonly number[], n: number, seed: number): number[] {
  const key = (value: number): number =>
    Math.imul(value + 1, 0x9e3779b1 ^ Math.imul(seed + 1, 0x85ebca77)) >>> 0;
  return [...values].sort((a, b) => key(a) - key(b)).slice(0, n);
}

function photosIn(folder: string, isTest: boolean): Photo[] {
  return readdirSync(folder)
    .sort()
    .flatMap((name, label) =>
      readdirSync(path.join(folder, name))
        .sort()
        .map((file) => ({ file: path.join(folder, name, file), label, isTest })),
    );
}

/** The files of a checkpoint: a file, a folder's, or the embedded model's. */
function modelFiles(model: string | null): string[] {
  const place = model ?? path.join(root, 'public/models');
  if (!existsSync(place)) throw new Error(`there is no ${place}`);
  if (!statSync(place).isDirectory()) return [place];
  return readdirSync(place)
    .filter((name) => /\.(json|safetensors|bin|npz)$/.test(name))
    .map((name) => path.join(place, name));
}

const note = (quantity: string, measured: string): Row => ({ quantity, measured, goal: null });
const ms = (value: number): string => `${value.toFixed(0)} ms`;

/** Mean, and each value. */
function percents(values: readonly number[]): string {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return `${mean.toFixed(1)} % (${values.map((value) => value.toFixed(1)).join(', ')})`;
}
