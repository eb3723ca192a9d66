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

  /** [rows, columns] of the matrix, C order. */
  part(rows: readonly number[], columns: readonly number[]): Float64Array {
    const { size, values } = this;
    const out = new Float64Array(rows.length * columns.length);
    const picked = Int32Array.from(columns);
    rows.forEach((row, i) => {
      const from = row * size;
      const to = i * picked.length;
      for (let j = 0; j < picked.length; j++) out[to + j] = values[from + (picked[j] as number)] as number;
    });
    return out;
  }

  /** The matrix of the chosen examples alone. */
  take(rows: readonly number[]): Gram {
    return new Gram(rows.length, this.part(rows, rows));
  }
}

/** Rows and columns of one tile: nine sums and six factors fill the sixteen registers. */
const TILE = 3;
/** Features and columns at a time: 30 columns of 512 numbers stay in the nearest caches while all rows pass by. */
const DEPTH = 512;
const COLUMNS = 30;

/**
 * The Gram matrix of `features`, sums in float64. Where `known` holds the products of the first rows already (examples
 * were added behind them), only the new rows are computed.
 */
export function gramOf(features: FeatureMatrix, known?: Gram): Gram {
  const { rows: n, width, data } = features;
  if (known?.size === n) return known;
  const values = new Float64Array(n * n);
  const done = known && known.size < n ? known.size : 0;
  for (let i = 0; known && i < done; i++) values.set(known.values.subarray(i * done, (i + 1) * done), i * n);
  const panel = new Float64Array(n * DEPTH);
  for (let from = 0; from < width; from += DEPTH) {
    const depth = Math.min(DEPTH, width - from);
    for (let i = 0; i < n; i++)
      panel.set(data.subarray(i * width + from, i * width + from + depth), i * DEPTH);
    for (let left = 0; left < n; left += COLUMNS) {
      for (let i = Math.max(done, left); i < n; i += TILE) {
        const right = Math.min(left + COLUMNS, i + TILE, n);
        for (let j = left; j < right; j += TILE) {
          if (i + TILE <= n && j + TILE <= n) fullTile(panel, depth, n, values, i, j);
          else edgeTile(panel, depth, n, values, i, j);
        }
      }
    }
  }
  for (let i = done; i < n; i++) for (let j = 0; j < i; j++) values[j * n + i] = values[i * n + j] as number;
  return new Gram(n, values);
}

/** Adds to the products on and below the diagonal; those above it are mirrored at the end. */
function edgeTile(
  x: Float64Array,
  depth: number,
  n: number,
  values: Float64Array,
  i: number,
  j: number,
): void {
  for (let row = i; row < Math.min(i + TILE, n); row++) {
    for (let column = j; column < Math.min(j + TILE, row + 1); column++) {
      let sum = 0;
      for (let k = 0; k < depth; k++)
        sum += (x[row * DEPTH + k] as number) * (x[column * DEPTH + k] as number);
      values[row * n + column] = (values[row * n + column] as number) + sum;
    }
  }
}

function fullTile(
  x: Float64Array,
  depth: number,
  n: number,
  values: Float64Array,
  i: number,
  j: number,
): void {
  const [p0, p1, p2] = [i * DEPTH, (i + 1) * DEPTH, (i + 2) * DEPTH] as const;
  const [q0, q1, q2] = [j * DEPTH, (j + 1) * DEPTH, (j + 2) * DEPTH] as const;
  let s00 = 0;
  let s01 = 0;
  let s02 = 0;
  let s10 = 0;
  let s11 = 0;
  let s12 = 0;
  let s20 = 0;
  let s21 = 0;
  let s22 = 0;
  for (let k = 0; k < depth; k++) {
    const a0 = x[p0 + k] as number;
    const a1 = x[p1 + k] as number;
    const a2 = x[p2 + k] as number;
    const b0 = x[q0 + k] as number;
    const b1 = x[q1 + k] as number;
    const b2 = x[q2 + k] as number;
    s00 += a0 * b0;
    s01 += a0 * b1;
    s02 += a0 * b2;
    s10 += a1 * b0;
    s11 += a1 * b1;
    s12 += a1 * b2;
    s20 += a2 * b0;
    s21 += a2 * b1;
    s22 += a2 * b2;
  }
  const sums = [s00, s01, s02, s10, s11, s12, s20, s21, s22] as const;
  for (let at = 0; at < sums.length; at++) {
    const row = i + Math.floor(at / TILE);
    const column = j + (at % TILE);
    const place = row * n + column;
    if (column <= row) values[place] = (values[place] as number) + (sums[at] as number);
  }
}
