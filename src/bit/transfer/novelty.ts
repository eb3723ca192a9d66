/**
 * "None of these": softmax cannot say it, so it is said by distance. A picture is unlike what was taught when even the
 * taught picture nearest to it points another way, further than held-out taught pictures do.
 */
import { checkExamples, type FeatureMatrix } from './features.ts';
import { meanRow, unitRows } from './folds.ts';

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

/**
 * Learns the threshold from held-out distances (split conformal: the ceil((n + 1) 0.95)-th smallest of n).
 * `folds` are stratifiedFolds'. Null when fewer than 20 examples can be held out: too few for a quantile of 5 %.
 */
export function learnNovelty(
  features: FeatureMatrix,
  labels: Int32Array,
  classes: number,
  folds: Int32Array,
): { readonly novelty: Novelty; readonly check: NoveltyCheck } | null {
  checkExamples(features, labels, classes);
  const mean = meanRow(features);
  const taught: FeatureMatrix = { ...features, data: unitRows(features, mean) };
  const tested = [...folds.keys()].filter((row) => (folds[row] ?? -1) >= 0);
  if (tested.length < 20) return null;
  const known = tested.map((row) => nearest(taught, row, (other) => folds[other] !== folds[row]));
  const threshold = quantile(known);
  const strange = tested.map((row) => nearest(taught, row, (other) => labels[other] !== labels[row]));
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

/** 1 - cosine to the nearest taught picture, in [0, 2], for pooled features [width]. */
export function distanceTo({ mean, taught }: Novelty, features: Float32Array): number {
  const one = { rows: 1, width: taught.width, data: features };
  const unit = unitRows(one, mean);
  let most = -1;
  for (let row = 0; row < taught.rows; row++)
    most = Math.max(most, cosine(unit, 0, taught.data, row, taught.width));
  return 1 - most;
}

function nearest(
  { rows, width, data }: FeatureMatrix,
  row: number,
  counts: (other: number) => boolean,
): number {
  let most = -1;
  for (let other = 0; other < rows; other++)
    if (other !== row && counts(other)) most = Math.max(most, cosine(data, row, data, other, width));
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
