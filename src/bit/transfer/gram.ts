/**
 * Inner products of all examples with each other. Everything that is learnt here (the optimum of a penalized linear
 * classifier lies in the span of its examples) needs the features only through them, so folds, strengths and warm
 * restarts share one matrix, and an added picture costs one row.
 */
import type { FeatureMatrix } from './features.ts';

/** Symmetric [n, n] in float64, C order. */
export class Gram {
  readonly size: number;
  readonly values: Float64Array;

  constructor(size: number, values: Float64Array) {
    this.size = size;
    this.values = values;
  }

  at(i: number, j: number): number {
    return this.values[i * this.size + j] ?? 0;
  }

  /** The matrix of the chosen examples alone. */
  take(rows: readonly number[]): Gram {
    const n = rows.length;
    const values = new Float64Array(n * n);
    rows.forEach((row, i) => {
      rows.forEach((column, j) => {
        values[i * n + j] = this.at(row, column);
      });
    });
    return new Gram(n, values);
  }
}

/** Rows and columns of one tile: 4 x 4 sums stay in registers while the features stream past. */
const TILE = 4;

/**
 * The Gram matrix of `features`, sums in float64. Where `known` holds the products of the first rows already (examples
 * were added behind them), only the new rows are computed.
 */
export function gramOf(features: FeatureMatrix, known?: Gram): Gram {
  const { rows: n, width, data } = features;
  const values = new Float64Array(n * n);
  const done = known && known.size <= n ? known.size : 0;
  for (let i = 0; known && i < done; i++) values.set(known.values.subarray(i * done, (i + 1) * done), i * n);
  for (let i = done - (done % TILE); i < n; i += TILE) {
    for (let j = 0; j <= i; j += TILE) tile(data, width, n, values, i, j);
  }
  return new Gram(n, values);
}

function tile(
  data: Float32Array,
  width: number,
  n: number,
  values: Float64Array,
  i: number,
  j: number,
): void {
  if (i + TILE <= n && j + TILE <= n) {
    fullTile(data, width, n, values, i, j);
    return;
  }
  for (let row = i; row < Math.min(i + TILE, n); row++) {
    for (let column = j; column < Math.min(j + TILE, n); column++) {
      let sum = 0;
      for (let k = 0; k < width; k++) sum += (data[row * width + k] ?? 0) * (data[column * width + k] ?? 0);
      values[row * n + column] = sum;
      values[column * n + row] = sum;
    }
  }
}

function fullTile(
  data: Float32Array,
  width: number,
  n: number,
  values: Float64Array,
  i: number,
  j: number,
): void {
  const [p0, p1, p2, p3] = [i * width, (i + 1) * width, (i + 2) * width, (i + 3) * width] as const;
  const [q0, q1, q2, q3] = [j * width, (j + 1) * width, (j + 2) * width, (j + 3) * width] as const;
  let s00 = 0,
    s01 = 0,
    s02 = 0,
    s03 = 0;
  let s10 = 0,
    s11 = 0,
    s12 = 0,
    s13 = 0;
  let s20 = 0,
    s21 = 0,
    s22 = 0,
    s23 = 0;
  let s30 = 0,
    s31 = 0,
    s32 = 0,
    s33 = 0;
  for (let k = 0; k < width; k++) {
    const a0 = data[p0 + k] ?? 0;
    const a1 = data[p1 + k] ?? 0;
    const a2 = data[p2 + k] ?? 0;
    const a3 = data[p3 + k] ?? 0;
    const b0 = data[q0 + k] ?? 0;
    const b1 = data[q1 + k] ?? 0;
    const b2 = data[q2 + k] ?? 0;
    const b3 = data[q3 + k] ?? 0;
    s00 += a0 * b0;
    s01 += a0 * b1;
    s02 += a0 * b2;
    s03 += a0 * b3;
    s10 += a1 * b0;
    s11 += a1 * b1;
    s12 += a1 * b2;
    s13 += a1 * b3;
    s20 += a2 * b0;
    s21 += a2 * b1;
    s22 += a2 * b2;
    s23 += a2 * b3;
    s30 += a3 * b0;
    s31 += a3 * b1;
    s32 += a3 * b2;
    s33 += a3 * b3;
  }
  const sums = [s00, s01, s02, s03, s10, s11, s12, s13, s20, s21, s22, s23, s30, s31, s32, s33];
  sums.forEach((sum, at) => {
    const row = i + (at >> 2);
    const column = j + (at & 3);
    values[row * n + column] = sum;
    values[column * n + row] = sum;
  });
}
