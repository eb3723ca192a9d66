import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type FeatureMatrix, takeRows } from './features.ts';
import { groupsOf, stratifiedFolds } from './folds.ts';
import { gramOf } from './gram.ts';
import { distanceTo, learnNovelty } from './novelty.ts';
import { learnHead } from './probe.ts';
import { productsOfFeatures, productsOfGram } from './products.ts';
import { confidenceOf, learningCurve, reportOf } from './report.ts';
import { chooseStrength, type Examples } from './validate.ts';

/** Seeded noise in [-1, 1) around a centre for each class. */
function made(perClass: number, classes: number, width: number, spread: number): [FeatureMatrix, Int32Array] {
  let state = 7;
  const noise = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
  const centres = Array.from({ length: classes * width }, noise);
  const rows = perClass * classes;
  const labels = Int32Array.from({ length: rows }, (_, i) => i % classes);
  const data = Float32Array.from(
    { length: rows * width },
    (_, at) => (centres[(Math.floor(at / width) % classes) * width + (at % width)] ?? 0) + spread * noise(),
  );
  return [{ rows, width, data }, labels];
}

function examplesOf([features, labels]: [FeatureMatrix, Int32Array], classes: number): Examples {
  const groups = groupsOf(features, labels, new Array<null>(features.rows).fill(null));
  const names = Array.from({ length: classes }, (_, i) => `class ${i}`);
  return { features, gram: gramOf(features), labels, names, ...stratifiedFolds(labels, groups, classes) };
}

test('rows added to a Gram matrix give what all at once give', () => {
  const [features] = made(7, 3, 13, 1);
  const first = { rows: 10, width: 13, data: features.data.slice(0, 130) };
  expect(gramOf(features, gramOf(first)).values).toEqual(gramOf(features).values);
});

test('both forms of the products agree, for any number of outputs', () => {
  const [features] = made(3, 3, 11, 1);
  for (const outputs of [1, 3, 4, 6]) {
    const a = Float64Array.from({ length: 9 * outputs }, (_, i) => Math.sin(i));
    const one = productsOfGram(gramOf(features)).times(a, outputs);
    const other = productsOfFeatures(features).times(a, outputs);
    one.forEach((value, i) => {
      expect(value).toBeCloseTo(other[i] ?? Number.NaN, 5);
    });
  }
});

describe('folds', () => {
  test('near-duplicates and bursts share a group', () => {
    const data = Float32Array.of(1, 0, 1, 0.1, 5, 1, -1, -1, 0, 3);
    const labels = Int32Array.of(0, 0, 1, 1, 0);
    const groups = groupsOf({ rows: 5, width: 2, data }, labels, [null, null, 'b', 'b', null]);
    expect([...groups]).toEqual([0, 0, 1, 1, 2]);
  });

  test('a group is never split, every class of two groups is tested, classes are spread evenly', () => {
    const sets = fc.array(fc.record({ label: fc.nat(3), group: fc.nat(30) }), {
      minLength: 8,
      maxLength: 80,
    });
    fc.assert(
      fc.property(sets, (set) => {
        const labels = Int32Array.from(set, ({ group }) => group % 4); // a group has one class here
        const groups = Int32Array.from(set, ({ group }) => group);
        const { folds, k } = stratifiedFolds(labels, groups, 4);
        const foldOf = new Map<number, number>();
        groups.forEach((group, i) => {
          expect(foldOf.get(group) ?? folds[i]).toBe(folds[i]);
          foldOf.set(group, folds[i] ?? -1);
        });
        for (let c = 0; c < 4; c++) {
          const own = new Set([...groups].filter((_, i) => labels[i] === c));
          const tested = new Set([...folds].filter((_, i) => labels[i] === c));
          if (own.size === 1) expect([...tested]).toEqual([-1]);
          if (own.size >= 2) expect(tested.size).toBe(k);
        }
      }),
    );
  });
});

test('products of some rows, and across to others, are those of the rows alone', () => {
  const [features] = made(4, 3, 11, 1);
  const [train, others] = [
    [0, 2, 3, 5, 7, 8, 11],
    [1, 4, 6, 9, 10],
  ] as const;
  const a = Float64Array.from({ length: train.length * 3 }, (_, i) => Math.cos(i));
  const own = productsOfGram(gramOf(takeRows(features, train)));
  for (const products of [productsOfGram(gramOf(features), train), productsOfFeatures(features, train)]) {
    expect(products.meanSquare).toBeCloseTo(own.meanSquare, 10);
    expect([...products.across(train, a, 3)]).toEqual(
      [...products.times(a, 3)].map((x) => expect.closeTo(x, 9)),
    );
    expect([...products.times(a, 3)]).toEqual([...own.times(a, 3)].map((x) => expect.closeTo(x, 9)));
  }
  const [byGram, byFeatures] = [productsOfGram(gramOf(features), train), productsOfFeatures(features, train)];
  expect([...byGram.across(others, a, 3)]).toEqual(
    [...byFeatures.across(others, a, 3)].map((x) => expect.closeTo(x, 9)),
  );
});

test('a Gram matrix of more features than fit a block is that of plain sums', () => {
  const [features] = made(12, 3, 1030, 1);
  const gram = gramOf(features);
  for (const [i, j] of [
    [0, 0],
    [35, 3],
    [17, 34],
  ] as const) {
    let sum = 0;
    for (let d = 0; d < 1030; d++)
      sum += (features.data[i * 1030 + d] ?? 0) * (features.data[j * 1030 + d] ?? 0);
    expect(gram.at(i, j)).toBeCloseTo(sum, 9);
  }
});

test('"none of these" is the same with and without the products', () => {
  const [features, labels] = made(15, 3, 16, 1);
  const { folds } = examplesOf([features, labels], 3);
  const plain = learnNovelty(features, labels, 3, folds);
  const known = learnNovelty(features, labels, 3, folds, { gram: gramOf(features) });
  expect(known?.check).toEqual(plain?.check);
  expect(known?.novelty.threshold).toBeCloseTo(plain?.novelty.threshold ?? Number.NaN, 5);
});

test('the strength is chosen on held-out examples; the report adds up', () => {
  const examples = examplesOf(made(12, 3, 8, 2), 3);
  const chosen = chooseStrength(examples, productsOfGram(gramOf(examples.features)).meanSquare);
  expect(chosen.loss).toBe(Math.min(...chosen.tried.map(({ loss }) => loss)));
  const report = reportOf(chosen.scores, examples.labels, 3);
  expect(report.tested).toBe(36);
  expect(report.right).toBe([0, 4, 8].reduce((sum, i) => sum + (report.confusion[i] ?? 0), 0));
  expect(report.right / report.tested).toBeGreaterThan(0.5);
  const curve = learningCurve(examples, chosen.strength, chosen);
  expect(curve.at(-1)).toMatchObject({ tested: 36, right: report.right });
});

test('confidence is counted per tenth of the best score', () => {
  const scores = Float32Array.of(0.75, 0.25, 0.0625, 0.9375, 0.5625, 0.4375, Number.NaN, Number.NaN);
  const { tenths, top5, ece15 } = confidenceOf(scores, Int32Array.of(0, 1, 1, 0), 2);
  expect(top5).toBe(3);
  expect(tenths[7]).toEqual([1, 1]);
  expect(tenths[9]).toEqual([1, 1]);
  expect(tenths[5]).toEqual([1, 0]);
  expect(ece15).toBeCloseTo((0.25 + 0.0625 + 0.5625) / 3, 6);
});

test('a mislabelled example looks out of place', () => {
  const [features, labels] = made(15, 2, 8, 0.4);
  labels[4] = 1;
  const examples = examplesOf([features, labels], 2);
  const { scores } = chooseStrength(examples, 1);
  expect(reportOf(scores, labels, 2).outOfPlace[0]).toBe(4);
});

test('the same examples give the same head; a start from the optimum takes no step', () => {
  const [features, labels] = made(10, 3, 6, 1);
  const names = ['a', 'b', 'c'];
  const once = learnHead(features, labels, names, { strength: 1 });
  expect(learnHead(features, labels, names, { strength: 1 }).head).toEqual(once.head);
  const again = learnHead(features, labels, names, { strength: 1, start: once.fit });
  expect(again.fit.iterations).toBeLessThan(once.fit.iterations / 2);
  expect(again.fit.dataLoss).toBeCloseTo(once.fit.dataLoss, 5);
});

test('what lies elsewhere is none of these; what was taught is not', () => {
  const [features, labels] = made(15, 3, 16, 0.3);
  const learnt = learnNovelty(features, labels, 3, examplesOf([features, labels], 3).folds);
  if (!learnt) throw new Error('there are enough examples');
  expect(learnt.check.strangersCalledNone).toBe(45);
  expect(learnt.check.taughtCalledNone).toBeLessThan(8);
  expect(distanceTo(learnt.novelty, features.data.slice(0, 16))).toBeCloseTo(0, 5);
  const stranger = Float32Array.from({ length: 16 }, (_, i) => (i % 2 ? 3 : -3));
  expect(distanceTo(learnt.novelty, stranger)).toBeGreaterThan(learnt.novelty.threshold);
});

test.each([
  ['one class', 1, [0, 0]],
  ['a class out of range', 2, [0, 2]],
])('%s is refused', (_, classes, labels) => {
  const features = { rows: 2, width: 1, data: Float32Array.of(1, 2) };
  const names = Array.from({ length: classes }, (__, i) => `${i}`);
  expect(() => learnHead(features, Int32Array.from(labels), names, { strength: 1 })).toThrow(
    expect.objectContaining({ code: 'input-shape' }),
  );
});
