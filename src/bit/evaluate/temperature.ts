/** Temperature scaling: one number that makes a classifier's scores better chances, and leaves its answers alone. */
import { throwIfAborted } from '../errors.ts';
import { checkRows } from './outcome.ts';

/** Temperatures stay within this and its inverse. */
const MAX_TEMPERATURE = 20;
/** A step of 1 / T, of itself, at which the optimum counts as reached. */
const TOLERANCE = 1e-12;
const MAX_ITERATIONS = 100;

/**
 * The temperature T at which the mean negative log-likelihood of `truths` [n] under a softmax of `logits` [n, classes]
 * / T is least (Guo et al., arXiv:1706.04599), to about 1e-10 of itself. Clamped to [0.05, 20]: where every answer is
 * right the optimum is T = 0, and where logits say nothing of the truth it is infinite; neither is a classifier's
 * confidence. 1 where every T fits alike (no pictures, equal logits).
 *
 * The loss is convex in 1 / T; its slope is the mean of the logits' expectation less the truth's logit, its curvature
 * their variance. Newton's method, kept within a bracket. Throws as outcomesOf does, and 'aborted'.
 */
export function fitTemperature(
  logits: Float32Array,
  truths: Int32Array,
  classes: number,
  { signal }: { readonly signal?: Pick<AbortSignal, 'aborted'> } = {},
): number {
  checkRows(logits, truths, classes);
  const at = (inverse: number) => {
    throwIfAborted(signal);
    return derivatives(logits, truths, classes, inverse);
  };
  let [low, high] = [1 / MAX_TEMPERATURE, MAX_TEMPERATURE];
  const ends = [at(low).slope, at(high).slope] as const;
  if (ends[0] === 0 && ends[1] === 0) return 1;
  if (ends[0] >= 0) return MAX_TEMPERATURE;
  if (ends[1] <= 0) return 1 / MAX_TEMPERATURE;
  let here = 1;
  let now = at(here);
  for (let i = 0; i < MAX_ITERATIONS && now.slope !== 0; i++) {
    if (now.slope < 0) low = here;
    else high = here;
    const newton = here - now.slope / now.curvature;
    const next = newton > low && newton < high ? newton : Math.sqrt(low * high);
    const step = Math.abs(next - here);
    here = next;
    if (step <= TOLERANCE * here) break;
    now = at(here);
  }
  return 1 / here;
}

/** First and second derivative of the mean negative log-likelihood in `inverse` = 1 / T. */
function derivatives(
  logits: Float32Array,
  truths: Int32Array,
  classes: number,
  inverse: number,
): { readonly slope: number; readonly curvature: number } {
  let slope = 0;
  let curvature = 0;
  truths.forEach((truth, row) => {
    const start = row * classes;
    let largest = Number.NEGATIVE_INFINITY;
    for (let i = start; i < start + classes; i++) largest = Math.max(largest, logits[i] as number);
    let sum = 0;
    let first = 0;
    let second = 0;
    for (let i = start; i < start + classes; i++) {
      const below = (logits[i] as number) - largest;
      const power = Math.exp(below * inverse);
      sum += power;
      first += power * below;
      second += power * below * below;
    }
    const mean = first / sum;
    slope += mean - ((logits[start + truth] as number) - largest);
    curvature += second / sum - mean * mean;
  });
  return { slope: slope / truths.length || 0, curvature: curvature / truths.length || 0 };
}

/**
 * Row numbers in two halves, ascending: one to fit on, one to report on. Each class is shuffled, always alike, and dealt
 * out in turn, so that the halves differ by at most one row, in each class too. The same truths give the same halves.
 */
export function halves(truths: Int32Array): { readonly fit: Int32Array; readonly report: Int32Array } {
  const rowsOf = new Map<number, number[]>();
  truths.forEach((truth, row) => {
    const rows = rowsOf.get(truth);
    if (rows) rows.push(row);
    else rowsOf.set(truth, [row]);
  });
  const random = seeded();
  const fit: number[] = [];
  const report: number[] = [];
  let turn = 0;
  for (const [, rows] of [...rowsOf].sort(([a], [b]) => a - b)) {
    const keyed = rows.map((row) => ({ row, key: random() })).sort((a, b) => a.key - b.key || a.row - b.row);
    for (const { row } of keyed) (turn++ % 2 === 0 ? fit : report).push(row);
  }
  return { fit: Int32Array.from(fit).sort(), report: Int32Array.from(report).sort() };
}

/** Numbers in [0, 2^32), the same each time; mulberry32 (Tommy Ettinger, public domain). */
function seeded(): () => number {
  let state = 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}
