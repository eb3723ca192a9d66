import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evaluationFields, parseEvaluation } from '../evaluation.ts';
import { scoresOf, topK } from '../head.ts';
import { type Outcome, outcomesOf } from './outcome.ts';
import { evaluationSetOf, expectedCalibrationError, reliability, tenthsOf } from './reliability.ts';
import { coverage, meanOf, scoresOfSet } from './scores.ts';
import { fitTemperature, halves } from './temperature.ts';
import { wilson } from './wilson.ts';

const CLASSES = 6;
const logit = fc.oneof(fc.float({ min: -30, max: 30, noNaN: true }), fc.integer({ min: -2, max: 2 }));
const truth = fc.nat(CLASSES - 1);
/** A set's logits and truths, ties among them. */
const sets = fc
  .array(fc.tuple(fc.array(logit, { minLength: CLASSES, maxLength: CLASSES }), truth), { maxLength: 40 })
  .map((rows) => ({
    logits: Float32Array.from(rows.flatMap(([logits]) => logits)),
    truths: Int32Array.from(rows, ([, truth]) => truth),
  }));
const outcomes = fc.array(
  fc.record<Outcome>({
    truth,
    answer: truth,
    score: fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0, 0.2, 0.5, 0.6, 1)),
    rank: fc.oneof(fc.nat(CLASSES - 1), fc.constant(Number.POSITIVE_INFINITY)),
  }),
  { maxLength: 60 },
);
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

describe('the interval of a rate', () => {
  test('holds the rate, stays in [0, 1], and narrows with more', () => {
    const counts = fc.integer({ min: 1, max: 5_000 }).chain((n) => fc.tuple(fc.nat(n), fc.constant(n)));
    fc.assert(
      fc.property(counts, ([right, n]) => {
        const [low, high] = wilson(right, n);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(1);
        expect(low).toBeLessThanOrEqual(right / n);
        expect(high).toBeGreaterThanOrEqual(right / n);
        const [lower, higher] = wilson(4 * right, 4 * n);
        expect(higher - lower).toBeLessThan(high - low);
      }),
    );
  });

  test('of nothing is everything; of none or all it ends at 0 or 1', () => {
    expect(wilson(0, 0)).toEqual([0, 1]);
    expect(wilson(0, 7)[0]).toBe(0);
    expect(wilson(7, 7)[1]).toBe(1);
  });
});

describe('outcomes', () => {
  test('are what the scores and the top k say', () => {
    fc.assert(
      fc.property(sets, ({ logits, truths }) => {
        outcomesOf(logits, truths, CLASSES).forEach((outcome, row) => {
          const own = logits.subarray(row * CLASSES, (row + 1) * CLASSES);
          const scores = scoresOf(own, 'softmax');
          const order = topK(own, [], CLASSES).map(({ index }) => index);
          expect(outcome.answer).toBe(order[0]);
          expect(outcome.rank).toBe(order.indexOf(outcome.truth));
          expect(outcome.score).toBeCloseTo(scores[outcome.answer] ?? Number.NaN, 6);
          expect(outcome.entropy).toBeGreaterThanOrEqual(-1e-12);
          expect(outcome.entropy).toBeLessThanOrEqual(Math.log(CLASSES) + 1e-12);
          const largest = Math.max(...own);
          const powers = Array.from(own, (x) => Math.exp(x - largest));
          expect(outcome.nll).toBeCloseTo(
            Math.log(sum(powers)) + largest - (own[outcome.truth] ?? Number.NaN),
            10,
          );
        });
      }),
    );
  });

  test('answer and rank do not depend on the temperature; large logits do not overflow', () => {
    fc.assert(
      fc.property(sets, fc.double({ min: 0.05, max: 20, noNaN: true }), ({ logits, truths }, temperature) => {
        const key = ({ answer, rank }: Outcome) => [answer, rank];
        expect(outcomesOf(logits, truths, CLASSES, temperature).map(key)).toEqual(
          outcomesOf(logits, truths, CLASSES).map(key),
        );
      }),
    );
    const [far] = outcomesOf(Float32Array.of(3e4, 0, -3e38), Int32Array.of(1), 3, 0.5);
    expect(far).toEqual({ truth: 1, answer: 0, score: 1, rank: 1, nll: 6e4, entropy: 0 });
  });

  test('what does not fit is refused', () => {
    const refused = expect.objectContaining({ code: 'input-shape' });
    const [logits, truths] = [Float32Array.of(1, 2, 3, 4), Int32Array.of(0, 1)];
    expect(() => outcomesOf(logits, truths, 3)).toThrow(refused);
    expect(() => outcomesOf(logits, Int32Array.of(0, 2), 2)).toThrow(refused);
    expect(() => outcomesOf(logits, Int32Array.of(0, -1), 2)).toThrow(refused);
    expect(() => outcomesOf(Float32Array.of(1, Number.NaN, 3, 4), truths, 2)).toThrow(refused);
    expect(() => outcomesOf(logits, truths, 2, 0)).toThrow(refused);
    expect(() => fitTemperature(logits, truths, 3)).toThrow(refused);
  });
});

describe('scores of a set', () => {
  test('add up', () => {
    fc.assert(
      fc.property(outcomes, (set) => {
        const { n, right, top1, perClass, inTopK, balancedAccuracy, balancedHalfWidth } = scoresOfSet(set, 3);
        const classes = [...perClass.values()];
        expect(sum(classes.map(({ support }) => support))).toBe(n);
        expect(sum(classes.map(({ named }) => named))).toBe(n);
        expect(sum(classes.map(({ found }) => found))).toBe(right);
        expect(top1).toBe(n === 0 ? 0 : right / n);
        expect(inTopK).toBeLessThanOrEqual(scoresOfSet(set, 4).inTopK);
        expect([...perClass.keys()]).toEqual([...perClass.keys()].sort((a, b) => a - b));
        const recalls = classes.filter(({ support }) => support > 0).map(({ recall }) => recall);
        expect(balancedAccuracy).toBeCloseTo(n === 0 ? 0 : sum(recalls) / recalls.length, 12);
        expect(balancedHalfWidth).toBeLessThanOrEqual(0.5);
      }),
    );
  });

  test('a rate of nothing is 0; one class alone has the interval of its rate', () => {
    const one = { truth: 2, answer: 2, score: 0.9, rank: 0 };
    const other = { truth: 2, answer: 4, score: 0.3, rank: Number.POSITIVE_INFINITY };
    const { perClass, balancedHalfWidth, inTopK } = scoresOfSet([one, other]);
    expect(perClass.get(2)).toEqual({ support: 2, found: 1, named: 1, precision: 1, recall: 0.5, f1: 2 / 3 });
    expect(perClass.get(4)).toEqual({ support: 0, found: 0, named: 1, precision: 0, recall: 0, f1: 0 });
    const [low, high] = wilson(1, 2);
    expect(balancedHalfWidth).toBeCloseTo((high - low) / 2, 12);
    expect(inTopK).toBe(1);
    expect(scoresOfSet([])).toMatchObject({ n: 0, top1: 0, topK: 0, balancedAccuracy: 0 });
    expect(meanOf([])).toEqual({ nll: 0, entropy: 0 });
  });

  test('coverage counts the answers at the threshold too, and falls with it', () => {
    fc.assert(
      fc.property(outcomes, fc.double({ min: 0, max: 1, noNaN: true }), (set, threshold) => {
        const { answered, right } = coverage(set, threshold);
        expect(right).toBeLessThanOrEqual(answered);
        expect(answered).toBeLessThanOrEqual(coverage(set, threshold / 2).answered);
      }),
    );
    expect(coverage([{ truth: 0, answer: 0, score: 0.5, rank: 0 }], 0.5)).toEqual({ answered: 1, right: 1 });
  });
});

describe('reliability', () => {
  test('every answer is in the row whose edges hold its score', () => {
    fc.assert(
      fc.property(outcomes, fc.integer({ min: 1, max: 40 }), (set, bins) => {
        const rows = reliability(set, bins);
        rows.forEach(({ low, high, n, right }, i) => {
          const own = set.filter(({ score }) => (score > low || i === 0) && score <= high);
          expect(n).toBe(own.length);
          expect(right).toBe(own.filter(({ truth, answer }) => truth === answer).length);
        });
        const error = expectedCalibrationError(rows);
        expect(error).toBeGreaterThanOrEqual(0);
        expect(error).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('a score on an edge is in the lower row, 0 in the first', () => {
    const at = (score: number, bins: number): number =>
      reliability([{ truth: 0, answer: 0, score, rank: 0 }], bins).findIndex(({ n }) => n === 1);
    expect(at(0, 15)).toBe(0);
    for (let bins = 1; bins <= 100; bins++)
      for (let i = 1; i <= bins; i++) expect(at(i / bins, bins)).toBe(i - 1);
  });

  test('what evaluation.json says of a set is read back', () => {
    fc.assert(
      fc.property(outcomes, (outcomes) => {
        const set = evaluationSetOf('own pictures', outcomes);
        expect(sum(set.byConfidenceTenth.map(([answers]) => answers))).toBe(outcomes.length);
        const json: unknown = JSON.parse(JSON.stringify(evaluationFields([set])));
        expect(parseEvaluation(json, 'evaluation.json')).toEqual([set]);
      }),
    );
    const certain = { truth: 0, answer: 0, score: 1, rank: 0 };
    expect(tenthsOf([certain, { ...certain, score: 0.9 }, { ...certain, answer: 1 }])[9]).toEqual([3, 2]);
  });
});

describe('temperature', () => {
  const nllAt = (logits: Float32Array, truths: Int32Array, temperature: number): number =>
    meanOf(outcomesOf(logits, truths, CLASSES, temperature)).nll;

  test('no other temperature fits better', () => {
    fc.assert(
      fc.property(sets, fc.double({ min: 0.05, max: 20, noNaN: true }), ({ logits, truths }, other) => {
        const best = fitTemperature(logits, truths, CLASSES);
        expect(best).toBeGreaterThanOrEqual(0.05);
        expect(best).toBeLessThanOrEqual(20);
        const nll = nllAt(logits, truths, best);
        expect(nll).toBeLessThanOrEqual(nllAt(logits, truths, other) + 1e-12 * (1 + nll));
      }),
    );
  });

  test('twice the logits, twice the temperature', () => {
    fc.assert(
      fc.property(sets, ({ logits, truths }) => {
        const once = fitTemperature(logits, truths, CLASSES);
        fc.pre(once > 0.06 && once < 9 && once !== 1);
        const twice = fitTemperature(
          logits.map((x) => 2 * x),
          truths,
          CLASSES,
        );
        expect(Math.abs(twice / once / 2 - 1)).toBeLessThan(1e-9);
      }),
    );
  });

  test('is clamped where all or nothing is right, and 1 where it changes nothing', () => {
    const logits = Float32Array.of(3, 0, 0, 1);
    expect(fitTemperature(logits, Int32Array.of(0, 1), 2)).toBe(0.05);
    expect(fitTemperature(logits, Int32Array.of(1, 0), 2)).toBe(20);
    expect(fitTemperature(Float32Array.of(900, 0, 0, 1000), Int32Array.of(0, 1), 2)).toBe(0.05);
    expect(fitTemperature(Float32Array.of(2, 2), Int32Array.of(1), 2)).toBe(1);
    expect(fitTemperature(new Float32Array(), new Int32Array(), 3)).toBe(1);
  });

  test('is given up when asked to', () => {
    const aborted = expect.objectContaining({ code: 'aborted' });
    const options = { signal: { aborted: true } };
    expect(() => fitTemperature(Float32Array.of(1, 2), Int32Array.of(0), 2, options)).toThrow(aborted);
  });
});

test('halves hold every row once, each class evenly, the same each time', () => {
  fc.assert(
    fc.property(fc.array(truth, { maxLength: 200 }), (labels) => {
      const truths = Int32Array.from(labels);
      const { fit, report } = halves(truths);
      expect([...fit, ...report].sort((a, b) => a - b)).toEqual(labels.map((_, row) => row));
      expect(fit).toEqual(fit.toSorted());
      expect(Math.abs(fit.length - report.length)).toBeLessThanOrEqual(1);
      for (let c = 0; c < CLASSES; c++) {
        const countIn = (rows: Int32Array): number => rows.filter((row) => truths[row] === c).length;
        expect(Math.abs(countIn(fit) - countIn(report))).toBeLessThanOrEqual(1);
      }
      expect(halves(truths)).toEqual({ fit, report });
    }),
  );
  const { fit } = halves(new Int32Array(100));
  expect(new Set(fit.map((row) => row % 2)).size).toBe(2); // files often come in pairs: not every second row
});

test('computes Wilson intervals as the closed form does', () => {
  // 92 of 274, computed apart
  const [low, high] = wilson(92, 274);
  expect(low).toBeCloseTo(0.2825, 3);
  expect(high).toBeCloseTo(0.3937, 3);
  expect(wilson(0, 10)[0]).toBeCloseTo(0, 12);
});
