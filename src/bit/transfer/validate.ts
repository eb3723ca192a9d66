/** How good a taught head is, on examples it had not seen: grouped cross-validation. */
import { throwIfAborted } from '../errors.ts';
import { scoresOf } from '../head.ts';
import type { FeatureMatrix } from './features.ts';
import type { Gram } from './gram.ts';
import { fitLogistic, type LogisticFit } from './logistic.ts';
import { productsOf } from './products.ts';

/** Candidate strengths C, in units of 1 / the mean squared length of a centred example. */
export const STRENGTHS = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100] as const;

/** Of the gradient: a tested head need not be nearer to its optimum than a score's third digit shows. */
const TESTED_TOLERANCE = 1e-5;

export interface Examples {
  readonly features: FeatureMatrix;
  /** Products of the features, or null where there are too many examples for it. */
  readonly gram: Gram | null;
  readonly labels: Int32Array;
  readonly names: readonly string[];
  /** From `stratifiedFolds`; -1 is never tested. */
  readonly folds: Int32Array;
  readonly k: number;
  /** One weight an example. */
  readonly weights?: Float64Array;
}

export interface HeldOut {
  /** [n, classes]: the scores of each example by a head that had not seen it; NaN where it was never tested. */
  readonly scores: Float32Array;
  /** Mean cross-entropy of the tested ones, each class counted alike. */
  readonly loss: number;
}

export interface Watch {
  readonly signal?: Pick<AbortSignal, 'aborted'>;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface HowHeldOut {
  /** In (0, 1]: trains on that share of each class's examples (1). */
  readonly part?: number;
  /** What each round ended with, written here; a round starts from what stands here already. The optimum is the same. */
  readonly rounds?: (LogisticFit | undefined)[];
}

/** Scores of every tested example at one strength. */
export function heldOut(
  examples: Examples,
  strength: number,
  watch: Watch = {},
  { part = 1, rounds = [] }: HowHeldOut = {},
): HeldOut {
  const { labels, names, folds, k } = examples;
  const classes = names.length;
  const scores = new Float32Array(labels.length * classes).fill(Number.NaN);
  for (let fold = 0; fold < k; fold++) {
    throwIfAborted(watch.signal);
    const test: number[] = [];
    const train: number[] = [];
    for (const [i, of] of folds.entries()) (of === fold ? test : train).push(i);
    const rows = share(train, labels, classes, part);
    rounds[fold] = testFold(examples, rows, test, { strength, start: rounds[fold] }, scores, watch);
    watch.onProgress?.(fold + 1, k);
  }
  return { scores, loss: balancedLoss(scores, labels, classes) };
}

/** Trains on some rows and writes the scores of others. */
function testFold(
  { features, gram, labels, names, weights }: Examples,
  train: readonly number[],
  test: readonly number[],
  { strength, start }: { readonly strength: number; readonly start: LogisticFit | undefined },
  scores: Float32Array,
  { signal }: Watch,
): LogisticFit {
  const products = productsOf(features, gram, train);
  const seen = Int32Array.from(train, (row) => labels[row] ?? 0);
  const fit = fitLogistic(products, seen, names.length, {
    strength,
    tolerance: TESTED_TOLERANCE,
    ...(start && { start }),
    ...(weights && { weights: Float64Array.from(train, (row) => weights[row] ?? 1) }),
    ...(signal && { signal }),
  });
  const { outputs, intercepts } = fit;
  const logits = products.across(test, fit.coefficients, outputs);
  const own = new Float32Array(names.length); // of two classes the first has logit 0
  test.forEach((row, i) => {
    for (let k = 0; k < outputs; k++)
      own[names.length - outputs + k] = (logits[i * outputs + k] ?? 0) + (intercepts[k] ?? 0);
    scores.set(scoresOf(own, 'softmax'), row * names.length);
  });
  return fit;
}

/** The first `part` of each class's rows, at least one. */
function share(rows: readonly number[], labels: Int32Array, classes: number, part: number): number[] {
  if (part >= 1) return [...rows];
  const byClass = Array.from({ length: classes }, (): number[] => []);
  for (const row of rows) byClass[labels[row] ?? 0]?.push(row);
  return byClass.flatMap((own) => own.slice(0, Math.ceil(own.length * part))).sort((a, b) => a - b);
}

function balancedLoss(scores: Float32Array, labels: Int32Array, classes: number): number {
  const sums = new Float64Array(classes);
  const counts = new Int32Array(classes);
  labels.forEach((label, i) => {
    const score = scores[i * classes + label] ?? Number.NaN;
    if (Number.isNaN(score)) return;
    sums[label] = (sums[label] ?? 0) - Math.log(Math.max(score, 1e-12));
    counts[label] = (counts[label] ?? 0) + 1;
  });
  const tested = [...sums.keys()].filter((c) => (counts[c] ?? 0) > 0);
  return tested.reduce((sum, c) => sum + (sums[c] ?? 0) / (counts[c] ?? 1), 0) / Math.max(1, tested.length);
}

export interface Chosen extends HeldOut {
  /** C. */
  readonly strength: number;
  /** Loss at each candidate, in the order tried. */
  readonly tried: readonly { readonly strength: number; readonly loss: number }[];
}

/** The strength whose held-out loss is least; a tie goes to the stronger penalty. `meanSquare` sets the scale. */
export function chooseStrength(examples: Examples, meanSquare: number, watch: Watch = {}): Chosen {
  const tried: { strength: number; loss: number }[] = [];
  let best: Chosen | null = null;
  const rounds: (LogisticFit | undefined)[] = [];
  for (const [i, factor] of STRENGTHS.entries()) {
    const strength = factor / Math.max(meanSquare, Number.MIN_VALUE);
    const result = heldOut(examples, strength, silent(watch), { rounds });
    tried.push({ strength, loss: result.loss });
    if (!best || result.loss < best.loss - 1e-9) best = { ...result, strength, tried };
    watch.onProgress?.(i + 1, STRENGTHS.length);
    // past the optimum the loss only rises: two worse ones in a row end the search
    if (tried.slice(-2).every(({ loss }) => loss > (best?.loss ?? 0) + 1e-9) && tried.length > 2) break;
  }
  if (!best) throw new Error('there are no strengths to try');
  return best;
}

/** The same signal, without progress. */
export const silent = ({ signal }: Watch): Watch => (signal ? { signal } : {});
