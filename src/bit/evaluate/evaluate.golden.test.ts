/** Scores of labelled sets against scikit-learn's and scipy's; the committed case, and the larger set where it is. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Outcome, outcomesOf } from './outcome.ts';
import { expectedCalibrationError, type ReliabilityRow, reliability } from './reliability.ts';
import { type ClassScores, coverage, meanOf, scoresOfSet } from './scores.ts';
import { fitTemperature } from './temperature.ts';
import { wilson } from './wilson.ts';

const shared = join(process.env.BIT_LENS_SHARED ?? '../shared', 'golden/evaluate');
const cases = ['e2e/fixtures/evaluate', shared]
  .filter(existsSync)
  .flatMap((root) => readdirSync(root).map((name) => join(root, name)));
const bytes = (...path: string[]): ArrayBuffer => new Uint8Array(readFileSync(join(...path))).buffer;

interface Expected {
  readonly n: number;
  readonly classes: number;
  readonly top1: number;
  readonly top5: number;
  readonly top5_k: number;
  readonly balanced_accuracy_over_present: number;
  readonly confusion: readonly (readonly number[])[];
  readonly precision: readonly number[];
  readonly recall: readonly number[];
  readonly f1: readonly number[];
  readonly support: readonly number[];
  readonly nll: number;
  readonly ece15: number;
  readonly reliability: readonly Omit<ReliabilityRow, 'right'>[];
  readonly temperature: number;
  readonly nll_scaled: number;
  readonly ece15_scaled: number;
  readonly wilson95_top1: readonly [number, number];
  readonly coverage: readonly { threshold: number; coverage: number; accuracy: number | null }[];
  readonly mean_entropy_nats: number;
}

/** Remembers the largest error, so that it can be told; what is null on one side alone is wrong beyond measure. */
class Errors {
  worst = 0;
  add(found: number | null | undefined, expected: number | null | undefined): number {
    const error = found === expected ? 0 : Math.abs((found ?? Number.NaN) - (expected ?? Number.NaN));
    this.worst = Math.max(this.worst, Number.isNaN(error) ? Number.POSITIVE_INFINITY : error);
    return error;
  }
}

function confusionOf(outcomes: readonly Outcome[], classes: number): number[][] {
  const cells = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (const { truth, answer } of outcomes) {
    const row = cells[truth] ?? [];
    row[answer] = (row[answer] ?? 0) + 1;
  }
  return cells;
}

describe('labelled sets', () => {
  test.each(cases)('%s', (dir) => {
    const expected = JSON.parse(readFileSync(join(dir, 'expected.json'), 'utf8')) as Expected;
    const { n, classes } = expected;
    const logits = new Float32Array(bytes(dir, 'logits.bin'));
    const truths = new Int32Array(bytes(dir, 'labels.bin'));
    const outcomes = outcomesOf(logits, truths, classes);
    const errors = new Errors();

    const scores = scoresOfSet(outcomes, expected.top5_k);
    expect(scores.n).toBe(n);
    errors.add(scores.top1, expected.top1);
    errors.add(scores.topK, expected.top5);
    errors.add(scores.balancedAccuracy, expected.balanced_accuracy_over_present);
    expect(confusionOf(outcomes, classes)).toEqual(expected.confusion);
    for (let c = 0; c < classes; c++) {
      const { support, precision, recall, f1 }: Partial<ClassScores> = scores.perClass.get(c) ?? {};
      expect(support ?? 0).toBe(expected.support[c]);
      errors.add(precision ?? 0, expected.precision[c]);
      errors.add(recall ?? 0, expected.recall[c]);
      errors.add(f1 ?? 0, expected.f1[c]);
    }
    const means = meanOf(outcomes);
    errors.add(means.nll, expected.nll);
    errors.add(means.entropy, expected.mean_entropy_nats);
    wilson(scores.right, n).forEach((end, i) => {
      errors.add(end, expected.wilson95_top1[i]);
    });
    const rows = reliability(outcomes);
    expect(rows.map((row) => row.n)).toEqual(expected.reliability.map((row) => row.n));
    rows.forEach((row, i) => {
      for (const field of ['low', 'high', 'confidence', 'accuracy'] as const)
        errors.add(row[field], expected.reliability[i]?.[field]);
    });
    errors.add(expectedCalibrationError(rows), expected.ece15);
    for (const point of expected.coverage) {
      const { answered, right } = coverage(outcomes, point.threshold);
      errors.add(answered / n, point.coverage);
      errors.add(answered === 0 ? null : right / answered, point.accuracy);
    }

    const temperature = fitTemperature(logits, truths, classes);
    const relative = Math.abs(temperature / expected.temperature - 1);
    const nll = errors.add(meanOf(outcomesOf(logits, truths, classes, temperature)).nll, expected.nll_scaled);
    const eceAt = (t: number): number =>
      expectedCalibrationError(reliability(outcomesOf(logits, truths, classes, t)));
    const given = errors.add(eceAt(expected.temperature), expected.ece15_scaled);
    const own = Math.abs(eceAt(temperature) - expected.ece15_scaled);
    console.log(
      `${dir}: worst ${errors.worst.toExponential(1)}; temperature ${temperature}, off by ${relative.toExponential(1)}; ` +
        `scaled: nll ${nll.toExponential(1)}, ece ${own.toExponential(1)}, at their temperature ${given.toExponential(1)}`,
    );
    expect(errors.worst).toBeLessThan(1e-9);
    expect(relative).toBeLessThan(1e-4);
  });
});

test.skipIf(existsSync(shared))(
  'labelled sets: the larger set skipped, the reference set is absent',
  () => undefined,
);
