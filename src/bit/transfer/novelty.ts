/**
 * "None of these": softmax cannot say it, so it is said by distance. A picture is unlike what was taught when even the
 * taught picture nearest to it points another way, further than held-out taught pictures do.
 */
import { throwIfAborted } from '../errors.ts';
import { checkExamples, type FeatureMatrix } from './features.ts';
import { meanRow, unitRows } from './folds.ts';
import type { Gram } from './gram.ts';
import { multiplyInto } from './multiply.ts';
import type { Watch } from './validate.ts';

export interface Novelty {
  /** Mean of the taught features, [width]. */
  readonly mean: Float64Array;
  /** Centred taught features of length 1, [rows, width]. */
  readonly taught: FeatureMatrix;
  /** Distances above it count as "none of these". */
  readonly threshold: number;
}

/** How well "none of these" was told apart, on pictures held out. */
export interface NoveltyCheck {
  /** Taught pictures, compared with other folds only, that were wrongly called none of these. */
  readonly taughtCalledNone: number;
  readonly taught: number;
  /** Pictures of a class that was left out, compared with the other classes only, that were rightly called so. */
  readonly strangersCalledNone: number;
  readonly strangers: number;
}

/** Part of the taught pictures, held out, that may lie beyond the threshold. */
const BEYOND = 0.05;

/** Tested pictures are compared with all; of more than this every second, third, ... one is. */
const MOST_TESTED = 500;
/** Rows whose cosines are taken at a time. */
const ROWS = 16;

/**
 * Learns the threshold from held-out distances (split conformal: the ceil((n + 1) 0.95)-th smallest of n).
 * `folds` are stratifiedFolds'; `gram`, where given, holds the features' products. Null when fewer than 20 examples can
 * be held out: too few for a quantile of 5 %. Throws 'aborted'.
 */
export function learnNovelty(
  features: FeatureMatrix,
  labels: Int32Array,
  classes: number,
  folds: Int32Array,
  { gram = null, signal }: { readonly gram?: Gram | null; readonly signal?: Watch['signal'] } = {},
): { readonly novelty: Novelty; readonly check: NoveltyCheck } | null {
  checkExamples(features, labels, classes);
  const mean = meanRow(features);
  const taught: FeatureMatrix = { ...features, data: unitRows(features, mean) };
  const testable = [...folds.keys()].filter((row) => (folds[row] ?? -1) >= 0);
  if (testable.length < 20) return null;
  const step = gram ? 1 : Math.ceil(testable.length / MOST_TESTED);
  const tested = testable.filter((_, i) => i % step === 0);
  const known: number[] = [];
  const strange: number[] = [];
  /** Cosines of one row with all. */
  const use = (row: number, cosines: Float64Array): void => {
    let [same, other] = [-1, -1];
    for (let i = 0; i < cosines.length; i++) {
      const value = cosines[i] as number;
      if (value > same && folds[i] !== folds[row]) same = value;
      if (value > other && labels[i] !== labels[row]) other = value;
    }
    known.push(1 - same);
    strange.push(1 - other);
  };
  if (gram) for (const row of tested) use(row, cosinesOfGram(gram, row));
  else cosinesOfRows(taught, tested, use, signal);
  const threshold = quantile(known);
  // the threshold that counts a picture must not have been set by it: each half is judged by the other's
  const halves = [0, 1].map((half) => quantile(known.filter((_, i) => i % 2 === half)));
  const beyond = (distance: number, i: number): boolean => distance > (halves[1 - (i % 2)] ?? threshold);
  return {
    novelty: { mean, taught, threshold },
    check: {
      taughtCalledNone: known.filter(beyond).length,
      taught: known.length,
      strangersCalledNone: classes > 1 ? strange.filter(beyond).length : 0,
      strangers: classes > 1 ? strange.length : 0,
    },
  };
}

const centres = new WeakMap<Gram, { readonly means: Float64Array; readonly total: number }>();

/** Of centred rows, from their products. */
function cosinesOfGram(gram: Gram, row: number): Float64Array {
  const n = gram.size;
  const own = centres.get(gram) ?? centreOf(gram);
  centres.set(gram, own);
  const { means, total } = own;
  const product = (i: number, j: number): number =>
    gram.at(i, j) - (means[i] as number) - (means[j] as number) + total;
  const length = Math.sqrt(Math.max(product(row, row), 0));
  const out = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const both = length * Math.sqrt(Math.max(product(i, i), 0));
    out[i] = both > 0 ? product(row, i) / both : 0;
  }
  return out;
}

function centreOf({ size, values }: Gram): { means: Float64Array; total: number } {
  const means = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    let sum = 0;
    for (let j = 0; j < size; j++) sum += values[i * size + j] as number;
    means[i] = sum / size;
  }
  return { means, total: means.reduce((a, b) => a + b, 0) / size };
}

function cosinesOfRows(
  { rows, width, data }: FeatureMatrix,
  tested: readonly number[],
  use: (row: number, cosines: Float64Array) => void,
  signal: Watch['signal'],
): void {
  const block = (from: readonly number[]): Float64Array => {
    const out = new Float64Array(from.length * width);
    from.forEach((row, i) => {
      out.set(data.subarray(row * width, (row + 1) * width), i * width);
    });
    return out;
  };
  for (let at = 0; at < tested.length; at += ROWS) {
    throwIfAborted(signal);
    const own = tested.slice(at, at + ROWS);
    const vectors = block(own);
    const cosines = new Float64Array(own.length * rows);
    for (let from = 0; from < rows; from += ROWS) {
      const others = Array.from({ length: Math.min(ROWS, rows - from) }, (_, i) => from + i);
      multiplyInto(cosines, rows, from, block(others), others.length, width, vectors, own.length);
    }
    own.forEach((row, i) => {
      use(row, cosines.subarray(i * rows, (i + 1) * rows));
    });
  }
}

/** 1 - cosine to the nearest taught picture, in [0, 2], for pooled features [width]. */
export function distanceTo({ mean, taught }: Novelty, features: Float32Array): number {
  const one = { rows: 1, width: taught.width, data: features };
  const unit = unitRows(one, mean);
  let most = -1;
  for (let row = 0; row < taught.rows; row++)
    most = Math.max(most, cosine(unit, 0, taught.data, row, taught.width));
  return 1 - most;
}

function cosine(a: Float32Array, i: number, b: Float32Array, j: number, width: number): number {
  let sum = 0;
  for (let d = 0; d < width; d++) sum += (a[i * width + d] ?? 0) * (b[j * width + d] ?? 0);
  return sum;
}

function quantile(distances: readonly number[]): number {
  const sorted = [...distances].sort((a, b) => a - b);
  const at = Math.ceil((sorted.length + 1) * (1 - BEYOND)) - 1;
  return sorted[Math.min(at, sorted.length - 1)] ?? Number.POSITIVE_INFINITY;
}
