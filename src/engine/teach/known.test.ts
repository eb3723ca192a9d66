import { expect, test } from 'vitest';
import { gramOf } from '../../bit/index.ts';
import { KnownRows } from './known.ts';

const row = (seed: number): Float32Array =>
  Float32Array.from({ length: 9 }, (_, i) => Math.sin(seed + 7 * i));
const matrixOf = (rows: readonly Float32Array[]) => ({
  rows: rows.length,
  width: 9,
  data: Float32Array.from(rows.flatMap((one) => [...one])),
});
const all = Array.from({ length: 8 }, (_, i) => row(i));
const at = (...places: number[]): Float32Array[] => places.map((place) => all[place] ?? row(99));

test.each([
  ['added behind', at(0, 1, 2), at(0, 1, 2, 3)],
  ['removed', at(0, 1, 2, 3), at(0, 2, 3)],
  ['brought back between others', at(0, 2, 3), at(0, 1, 2, 3)],
  ['in another order, with some new and some gone', at(0, 1, 2, 3), at(5, 3, 6, 0)],
  ['none of them known', at(0, 1), at(4, 5, 6)],
])('products of rows %s are those of all at once', (_, before, after) => {
  const known = new KnownRows();
  known.gramFor(matrixOf(before), before);
  const gram = known.gramFor(matrixOf(after), after);
  expect(gram?.values).toEqual(gramOf(matrixOf(after)).values);
});

test('other features of the same picture are other rows', () => {
  const known = new KnownRows();
  known.gramFor(matrixOf(at(0, 1)), at(0, 1));
  const after = [row(50), ...at(1)];
  expect(known.gramFor(matrixOf(after), after)?.values).toEqual(gramOf(matrixOf(after)).values);
});

test('plain views among known ones leave the other views known', () => {
  const known = new KnownRows();
  const whole = known.gramFor(matrixOf(all), all);
  const plain = at(0, 3, 6);
  expect(known.gramFor(matrixOf(plain), plain)?.values).toEqual(gramOf(matrixOf(plain)).values);
  expect(known.gramFor(matrixOf(all), all)).toBe(whole);
});

test('learning starts from what is left of the last one', () => {
  const known = new KnownRows();
  const fit = {
    outputs: 2,
    coefficients: Float64Array.of(1, 2, 3, 4, 5, 6),
    intercepts: Float64Array.of(7, 8),
    logits: new Float64Array(6),
    dataLoss: 0,
    weightNorm2: 0,
    iterations: 1,
    firstNorm: 1,
  };
  known.ended(at(0, 1, 2), 'a,b', fit);
  expect(known.startFor(at(2, 4, 0), 'a,b')?.coefficients).toEqual(Float64Array.of(5, 6, 0, 0, 1, 2));
  expect(known.startFor(at(2, 4, 0), 'b,a')).toBeNull();
});
