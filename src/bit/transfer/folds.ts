/** Which examples are tested together: near-duplicates and bursts never stand on both sides of a test. */
import { throwIfAborted } from '../errors.ts';
import type { FeatureMatrix } from './features.ts';

/** Two pictures whose squared distance is below this part of their class's mean one count as takes of one scene. */
export const NEAR_DUPLICATE = 0.1;

/**
 * A group number for each example. Two examples share one when they have the same burst, or when they lie as near to
 * each other as near-duplicates do, measured by how far the pictures of a class lie apart on average; groups are
 * numbered by first appearance. Throws 'aborted'.
 */
export function groupsOf(
  features: FeatureMatrix,
  labels: Int32Array,
  bursts: readonly (string | null)[],
  signal?: Pick<AbortSignal, 'aborted'>,
): Int32Array {
  const { rows, width, data } = features;
  const parent = Int32Array.from({ length: rows }, (_, i) => i);
  const rootOf = (i: number): number => {
    let root = i;
    while (parent[root] !== root) root = parent[root] ?? root;
    for (let at = i; at !== root; ) {
      const next = parent[at] ?? root;
      parent[at] = root;
      at = next;
    }
    return root;
  };
  const join = (i: number, j: number): void => {
    const [a, b] = [rootOf(i), rootOf(j)];
    parent[Math.max(a, b)] = Math.min(a, b);
  };
  const firstOfBurst = new Map<string, number>();
  bursts.forEach((burst, i) => {
    if (burst === null) return;
    const first = firstOfBurst.get(burst);
    if (first === undefined) firstOfBurst.set(burst, i);
    else join(first, i);
  });
  const near = NEAR_DUPLICATE * withinClass(features, labels);
  for (let first = 0; first < rows; first += BESIDE) {
    throwIfAborted(signal);
    const last = Math.min(first + BESIDE, rows);
    for (let j = 0; j < last; j++) {
      for (let i = Math.max(first, j + 1); i < last; i++) {
        const squares = distanceUnder(near, data, i * width, j * width, width);
        if (squares < near || squares === 0) join(i, j);
      }
    }
  }
  const numbers = new Map<number, number>();
  return parent.map((_, i) => {
    const root = rootOf(i);
    const number = numbers.get(root) ?? numbers.size;
    numbers.set(root, number);
    return number;
  });
}

/** Rows that another one is compared with while it is in the nearest cache. */
const BESIDE = 16;
/** Numbers between two looks whether a pair is known to be far apart. */
const LOOK_EVERY = 32;

/** Squared distance of two rows, or something over `limit`: most pairs are far apart, and known to be so early. */
function distanceUnder(limit: number, data: Float32Array, p: number, q: number, width: number): number {
  let squares = 0;
  const whole = width - (width % LOOK_EVERY);
  for (let from = 0; from < whole && squares <= limit; from += LOOK_EVERY) {
    let odd = 0;
    for (let d = from; d < from + LOOK_EVERY; d += 2) {
      const gap = (data[p + d] as number) - (data[q + d] as number);
      const next = (data[p + d + 1] as number) - (data[q + d + 1] as number);
      squares += gap * gap;
      odd += next * next;
    }
    squares += odd;
  }
  for (let d = whole; d < width && squares <= limit; d++)
    squares += ((data[p + d] as number) - (data[q + d] as number)) ** 2;
  return squares;
}

/** Mean squared distance of two examples of one class: twice the variance around the class's mean. */
function withinClass({ rows, width, data }: FeatureMatrix, labels: Int32Array): number {
  const classes = Math.max(0, ...labels) + 1;
  const means = new Float64Array(classes * width);
  const counts = new Int32Array(classes);
  labels.forEach((label, i) => {
    counts[label] = (counts[label] ?? 0) + 1;
    for (let d = 0; d < width; d++)
      means[label * width + d] = (means[label * width + d] ?? 0) + (data[i * width + d] ?? 0);
  });
  let squares = 0;
  labels.forEach((label, i) => {
    for (let d = 0; d < width; d++) {
      const gap = (data[i * width + d] ?? 0) - (means[label * width + d] ?? 0) / (counts[label] ?? 1);
      squares += gap * gap;
    }
  });
  const freedom = rows - counts.filter((count) => count > 0).length;
  return freedom > 0 ? (2 * squares) / freedom : 0;
}

/** Rows centred on their common mean and scaled to length 1 (a row at the mean stays 0). */
export function unitRows(
  { rows, width, data }: FeatureMatrix,
  mean = meanRow({ rows, width, data }),
): Float32Array {
  const out = new Float32Array(data.length);
  for (let i = 0; i < rows; i++) {
    let squares = 0;
    for (let d = 0; d < width; d++) {
      const value = (data[i * width + d] ?? 0) - (mean[d] ?? 0);
      out[i * width + d] = value;
      squares += value * value;
    }
    const scale = squares > 0 ? 1 / Math.sqrt(squares) : 0;
    for (let d = 0; d < width; d++) out[i * width + d] = (out[i * width + d] ?? 0) * scale;
  }
  return out;
}

/** Mean of the rows, [width]. */
export function meanRow({ rows, width, data }: FeatureMatrix): Float64Array {
  const mean = new Float64Array(width);
  for (let i = 0; i < rows; i++)
    for (let d = 0; d < width; d++) mean[d] = (mean[d] ?? 0) + (data[i * width + d] ?? 0);
  return mean.map((sum) => sum / rows);
}

/**
 * Fold numbers in [0, k) for each example: groups whole, each class spread as evenly as its groups allow, the same for
 * the same examples. k is `most`, or the number of groups of the class that has fewest but at least two; a class with
 * one group alone cannot be tested, and its fold is -1: always trained on.
 */
export function stratifiedFolds(
  labels: Int32Array,
  groups: Int32Array,
  classes: number,
  most = 5,
): { readonly folds: Int32Array; readonly k: number } {
  const members = new Map<number, number[]>();
  groups.forEach((group, i) => {
    const list = members.get(group);
    if (list) list.push(i);
    else members.set(group, [i]);
  });
  const classOf = (rows: readonly number[]): number => majority(rows, labels, classes);
  const groupsPerClass = new Int32Array(classes);
  for (const rows of members.values())
    groupsPerClass[classOf(rows)] = (groupsPerClass[classOf(rows)] ?? 0) + 1;
  const testable = groupsPerClass.filter((count) => count >= 2);
  const k = testable.length === 0 ? 0 : Math.min(most, ...testable);
  const folds = new Int32Array(labels.length).fill(-1);
  if (k === 0) return { folds, k };
  const filled = Array.from({ length: classes }, () => new Int32Array(k));
  const sizes = new Int32Array(k);
  const ordered = [...members.values()].sort((a, b) => b.length - a.length || (a[0] ?? 0) - (b[0] ?? 0));
  for (const rows of ordered) {
    const label = classOf(rows);
    if ((groupsPerClass[label] ?? 0) < 2) continue;
    const counts = filled[label] ?? new Int32Array(k);
    let best = 0;
    for (let fold = 1; fold < k; fold++) {
      const by = (counts[fold] ?? 0) - (counts[best] ?? 0) || (sizes[fold] ?? 0) - (sizes[best] ?? 0);
      if (by < 0) best = fold;
    }
    for (const row of rows) folds[row] = best;
    counts[best] = (counts[best] ?? 0) + rows.length;
    sizes[best] = (sizes[best] ?? 0) + rows.length;
  }
  return { folds, k };
}

function majority(rows: readonly number[], labels: Int32Array, classes: number): number {
  const counts = new Int32Array(classes);
  for (const row of rows) counts[labels[row] ?? 0] = (counts[labels[row] ?? 0] ?? 0) + 1;
  return counts.indexOf(Math.max(...counts));
}
