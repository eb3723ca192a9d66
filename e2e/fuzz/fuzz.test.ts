/** A short run of the fuzzer, and proof that it sees what a reader may not do. */
import { describe, expect, test } from 'vitest';
import { formats as badFormats } from './bad-formats.ts';
import { examine, Failure, warmUp } from './examine.ts';
import type { Format } from './formats.ts';
import { formats } from './formats.ts';
import { Mutants } from './mutants.ts';
import { runFormat } from './run-format.ts';

const SEED = 7;
const MUTANTS = 1500;

describe.each(Object.entries(formats))('%s', (name, format) => {
  test('true files open', async () => {
    for (const { bytes, wrap } of format.seeds) {
      const outcome = await examine(format, wrap ? wrap(bytes) : bytes, true).catch(String);
      expect(['ok', 'checkpoint-not-bit', 'config-field']).toContain(outcome);
    }
  });

  test(`${MUTANTS} mutants are opened or refused`, async () => {
    const mutants = new Mutants(format, SEED);
    const outcomes = new Set<string>();
    for (let k = 0; k < MUTANTS; k++) {
      try {
        outcomes.add(await examine(format, mutants.at(k), k % 100 === 0));
      } catch (error) {
        const again = `npm run fuzz -- --seed ${SEED} --format ${name} --only ${k}`;
        throw new Error(`mutant ${k} (${again}): ${error instanceof Error ? error.message : error}`);
      }
    }
    expect(outcomes).toContain('ok'); // else the mutants are too damaged to reach anything
    expect(outcomes.size).toBeGreaterThan(3);
  });
});

test('the same mutant has the same bytes, wherever the run began', () => {
  for (const format of Object.values(formats)) {
    const one = new Mutants(format, SEED);
    for (const k of [0, 1, 8, 600]) expect(one.at(k)).toEqual(new Mutants(format, SEED).at(k));
    expect(new Mutants(format, SEED + 1).at(1)).not.toEqual(one.at(1));
  }
});

/** The first of a reader's mutants that is no longer the true file. */
function damaged(format: Format): Uint8Array<ArrayBuffer> {
  const mutants = new Mutants(format, SEED);
  for (let k = 0; ; k++) if (mutants.at(k).join() !== '1,2,3,4') return mutants.at(k);
}

test.each([
  ['untyped', 'no BitError: TypeError'],
  ['claim', 'allocated 16777216 in arrays'],
  ['objects', 'on a heap'],
  ['length', 'gave 2 values for w [3]'],
  ['huge', 'accepted w'],
  ['unprintable', 'cannot be shown'],
])('a reader that is %s fails', async (name, why) => {
  const format = badFormats[name];
  if (!format) throw new Error(`there is no format ${name}`);
  await warmUp(format);
  const failure = await examine(format, damaged(format)).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(Failure);
  expect(String(failure)).toContain(why);
});

test('a reader that hangs is ended, named, and the rest is examined', async () => {
  const run = await runFormat({
    module: 'e2e/fuzz/bad-formats.ts',
    format: 'hang',
    seed: SEED,
    from: 0,
    to: 2,
    until: Number.POSITIVE_INFINITY,
  });
  expect(run.mutants).toBe(2);
  expect(run.failures.map(({ k }) => k)).toEqual([0, 1]);
  expect(run.failures[0]?.why).toContain('held the thread');
});
