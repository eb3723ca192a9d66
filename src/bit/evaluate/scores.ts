/** What the outcomes of a labelled set come to: rates of the whole and of each class. */
import type { Likely, Outcome } from './outcome.ts';
import { wilson } from './wilson.ts';

/** One class; a rate of nothing is 0. */
export interface ClassScores {
  /** Pictures of it. */
  readonly support: number;
  /** Of them, those named right. */
  readonly found: number;
  /** All pictures that were given this name. */
  readonly named: number;
  /** found / named. */
  readonly precision: number;
  /** found / support. */
  readonly recall: number;
  /** Harmonic mean of precision and recall. */
  readonly f1: number;
}

export interface SetScores {
  readonly n: number;
  readonly right: number;
  /** right / n; 0 of none. */
  readonly top1: number;
  /** Pictures whose truth is among the k likeliest; a rank that is unknown counts as further down. */
  readonly inTopK: number;
  /** inTopK / n; 0 of none. */
  readonly topK: number;
  /** Every class that occurs as truth or answer, by index, in its order. */
  readonly perClass: ReadonlyMap<number, ClassScores>;
  /** Mean recall of the classes that occur as truth; 0 of none. */
  readonly balancedAccuracy: number;
  /**
   * Half the width of its 95 % interval: the square root of the summed squared half-widths of each class's Wilson
   * interval, divided by the number of classes (errors of separate classes are independent).
   */
  readonly balancedHalfWidth: number;
}

/** Rates of a set, its classes counted by index; `k` is that of top-k. */
export function scoresOfSet(outcomes: readonly Outcome[], k = 5): SetScores {
  const counts = new Map<number, { support: number; found: number; named: number }>();
  const countOf = (index: number) => {
    const count = counts.get(index) ?? { support: 0, found: 0, named: 0 };
    counts.set(index, count);
    return count;
  };
  let right = 0;
  let inTopK = 0;
  for (const { truth, answer, rank } of outcomes) {
    countOf(truth).support++;
    countOf(answer).named++;
    if (rank < k) inTopK++;
    if (truth !== answer) continue;
    countOf(truth).found++;
    right++;
  }
  const classes = [...counts].sort(([a], [b]) => a - b);
  const perClass = new Map(
    classes.map(([index, count]) => {
      const { support, found, named } = count;
      const rates = {
        precision: rate(found, named),
        recall: rate(found, support),
        f1: rate(2 * found, support + named),
      };
      return [index, { ...count, ...rates }] as const;
    }),
  );
  const present = [...perClass.values()].filter(({ support }) => support > 0);
  const squares = present.reduce((sum, { found, support }) => {
    const [low, high] = wilson(found, support);
    return sum + ((high - low) / 2) ** 2;
  }, 0);
  const n = outcomes.length;
  return {
    n,
    right,
    top1: rate(right, n),
    inTopK,
    topK: rate(inTopK, n),
    perClass,
    balancedAccuracy: rate(
      present.reduce((sum, { recall }) => sum + recall, 0),
      present.length,
    ),
    balancedHalfWidth: rate(Math.sqrt(squares), present.length),
  };
}

const rate = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

/** Means of the negative log-likelihood and of the entropy, in nats; 0 of none. */
export function meanOf(outcomes: readonly Likely[]): { readonly nll: number; readonly entropy: number } {
  const sum = (value: (outcome: Likely) => number): number =>
    outcomes.reduce((total, outcome) => total + value(outcome), 0);
  return {
    nll: rate(
      sum(({ nll }) => nll),
      outcomes.length,
    ),
    entropy: rate(
      sum(({ entropy }) => entropy),
      outcomes.length,
    ),
  };
}

/** Counts of those that are answered, where an answer takes a score of `threshold` or more, and of the right ones. */
export function coverage(
  outcomes: readonly Outcome[],
  threshold: number,
): { readonly answered: number; readonly right: number } {
  const answered = outcomes.filter(({ score }) => score >= threshold);
  return {
    answered: answered.length,
    right: answered.filter(({ truth, answer }) => truth === answer).length,
  };
}
