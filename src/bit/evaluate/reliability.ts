/** How far scores can be taken as chances of being right. */
import type { EvaluationSet } from '../evaluation.ts';
import type { Outcome } from './outcome.ts';
import { scoresOfSet } from './scores.ts';

/** The answers whose score is over `low` and at most `high`; the first bin has 0 too. */
export interface ReliabilityRow {
  readonly low: number;
  readonly high: number;
  readonly n: number;
  readonly right: number;
  /** Mean score; null of none. */
  readonly confidence: number | null;
  /** right / n; null of none. */
  readonly accuracy: number | null;
}

/** A reliability diagram's rows (Guo et al., arXiv:1706.04599): `bins` of equal width, the lowest scores first. */
export function reliability(outcomes: readonly Outcome[], bins = 15): ReliabilityRow[] {
  const counts = Array.from({ length: bins }, () => ({ n: 0, right: 0, sure: 0 }));
  for (const { truth, answer, score } of outcomes) {
    const count = counts[binOf(score, bins)];
    if (!count) continue;
    count.n++;
    count.right += truth === answer ? 1 : 0;
    count.sure += score;
  }
  return counts.map(({ n, right, sure }, i) => ({
    low: i / bins,
    high: (i + 1) / bins,
    n,
    right,
    confidence: n === 0 ? null : sure / n,
    accuracy: n === 0 ? null : right / n,
  }));
}

function binOf(score: number, bins: number): number {
  let bin = Math.min(bins - 1, Math.max(0, Math.ceil(score * bins) - 1));
  // the product is rounded: a score beside an edge belongs where the edges, as they are given, put it
  if (bin > 0 && score <= bin / bins) bin--;
  if (bin < bins - 1 && score > (bin + 1) / bins) bin++;
  return bin;
}

/** The mean gap between score and accuracy over the bins' answers (Guo et al., eq. 5), in [0, 1]; 0 of none. */
export function expectedCalibrationError(rows: readonly ReliabilityRow[]): number {
  let total = 0;
  let gaps = 0;
  for (const { n, accuracy, confidence } of rows) {
    total += n;
    gaps += n * Math.abs((accuracy ?? 0) - (confidence ?? 0));
  }
  return total === 0 ? 0 : gaps / total;
}

/** Answers and right ones per tenth of the score, as evaluation.json counts them: a tenth has its lower end, the last 1 too. */
export function tenthsOf(outcomes: readonly Outcome[]): [answers: number, right: number][] {
  const tenths = Array.from({ length: 10 }, (): [number, number] => [0, 0]);
  for (const { truth, answer, score } of outcomes) {
    const tenth = tenths[Math.min(9, Math.floor(score * 10))];
    if (!tenth) continue;
    tenth[0] += 1;
    tenth[1] += truth === answer ? 1 : 0;
  }
  return tenths;
}

/** What evaluation.json says of a set with these outcomes. */
export function evaluationSetOf(name: string, outcomes: readonly Outcome[]): EvaluationSet {
  const { n, top1, topK } = scoresOfSet(outcomes, 5);
  const ece15 = expectedCalibrationError(reliability(outcomes));
  return { name, n, top1, top5: topK, ece15, byConfidenceTenth: tenthsOf(outcomes) };
}
