/**
 * `npm run fuzz -- [--seconds N] [--count N] [--seed S] [--format F] [--only K]`: damages files of every format that is
 * read and opens them. A reader fails when it throws what is no BitError, takes over a second, allocates over four
 * times the file's size, or lists a tensor that it then gives otherwise. `--only K` makes mutant K again, alone, and
 * writes it to a file.
 */
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { examine, Failure, warmUp } from './examine.ts';
import { formats } from './formats.ts';
import { Mutants } from './mutants.ts';
import { type FormatRun, runFormat } from './run-format.ts';

const MODULE = 'e2e/fuzz/formats.ts';
const NAMES = Object.keys(formats);
const USAGE = `usage: npm run fuzz -- [--seconds N] [--count N] [--seed S] [--format ${NAMES.join('|')}] [--only K]`;
const DEFAULT_SECONDS = 60;

export async function main(argv: string[]): Promise<number> {
  const options = read(argv);
  if (!options) {
    console.error(USAGE);
    return 2;
  }
  const { seed, only, chosen, count, seconds } = options;
  if (only !== undefined) return replay(chosen[0] ?? '', seed, only);
  let failed = false;
  for (const format of chosen) {
    const until =
      seconds === undefined ? Number.POSITIVE_INFINITY : Date.now() + (1000 * seconds) / chosen.length;
    const run = await runFormat({ module: MODULE, format, seed, from: 0, to: count, until });
    print(format, run, seed);
    failed ||= run.failures.length > 0;
  }
  return failed ? 1 : 0;
}

function read(argv: string[]) {
  const text = { type: 'string' } as const;
  const named = { seconds: text, count: text, seed: text, format: text, only: text };
  let values: Partial<Record<keyof typeof named, string>>;
  try {
    values = parseArgs({ args: argv, options: named }).values;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return null;
  }
  const number = (key: keyof typeof named): number | undefined =>
    values[key] === undefined ? undefined : Number(values[key]);
  const [seed = 1, only, count = 2 ** 30] = [number('seed'), number('only'), number('count')];
  const seconds = number('seconds') ?? (values.count === undefined ? DEFAULT_SECONDS : undefined);
  const chosen = values.format === undefined ? NAMES : [values.format];
  const sound =
    [seed, only ?? 0, count].every((n) => Number.isSafeInteger(n) && n >= 0) &&
    count <= 2 ** 30 &&
    (seconds ?? 1) > 0 &&
    chosen.every((name) => NAMES.includes(name)) &&
    (only === undefined || values.format !== undefined);
  return sound ? { seed, only, count, seconds, chosen } : null;
}

function print(format: string, { outcomes, failures, mutants, seconds }: FormatRun, seed: number): void {
  console.log(
    `${format}: ${mutants} mutants, ${Math.round(mutants / seconds)} a second, ${failures.length} failures`,
  );
  for (const [outcome, n] of Object.entries(outcomes).sort(([, a], [, b]) => b - a))
    console.log(`  ${String(n).padStart(9)}  ${outcome}`);
  for (const { k, why } of failures)
    console.log(
      `FAILED ${format} ${k}: ${why}\n  again: npm run fuzz -- --seed ${seed} --format ${format} --only ${k}`,
    );
}

async function replay(name: string, seed: number, k: number): Promise<number> {
  const format = formats[name];
  if (!format) return 2;
  const bytes = new Mutants(format, seed).at(k);
  const file = path.join(tmpdir(), `fuzz-${name}-${seed}-${k}`);
  await writeFile(file, bytes);
  console.log(`${name} ${k} of seed ${seed}: ${bytes.length} bytes, in ${file}`);
  await warmUp(format);
  try {
    console.log(await examine(format, bytes, k % 100 === 0));
    return 0;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    console.log(`FAILED: ${error.message}`);
    return 1;
  }
}
