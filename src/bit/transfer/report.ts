/** What held-out scores say about a taught head: rates, mix-ups, pictures out of place, what more pictures would give. */
import type { Outcome } from '../evaluate/outcome.ts';
import { expectedCalibrationError, reliability, tenthsOf } from '../evaluate/reliability.ts';
import { type Examples, type HeldOut, heldOut, silent, type Watch } from './validate.ts';

export interface ClassReport {
  /** Examples that were tested. */
  readonly tested: number;
  /** Of them, those named right. */
  readonly found: number;
  /** All tested examples that were given this name. */
  readonly named: number;
}

export interface Report {
  readonly tested: number;
  readonly right: number;
  readonly classes: readonly ClassReport[];
  /** [classes, classes]: rows are the person's classes, columns the answers. */
  readonly confusion: Int32Array;
  /** The answer for each example; -1 where it was never tested. */
  readonly answers: Int32Array;
  /** Examples that look out of place in their class, the most surprising first. */
  readonly outOfPlace: readonly number[];
}

/** How far the held-out scores can be trusted as chances. */
export interface Confidence {
  /** Tested examples whose own class is among the five likeliest. */
  readonly top5: number;
  /** Expected calibration error over 15 equal bins of the best score (Guo et al., arXiv:1706.04599). */
  readonly ece15: number;
  /** Per tenth of the best score: answers, and right ones. */
  readonly tenths: readonly (readonly [answers: number, right: number])[];
}

/** `scores` [n, classes] are heldOut's; untested examples are left out. */
export function confidenceOf(scores: Float32Array, labels: Int32Array, classes: number): Confidence {
  const outcomes: Outcome[] = [];
  labels.forEach((truth, row) => {
    const own = scores.subarray(row * classes, (row + 1) * classes);
    const chance = own[truth] ?? Number.NaN;
    if (Number.isNaN(chance)) return;
    const score = Math.max(...own);
    // a tie counts for the own class
    const rank = own.filter((other) => other > chance).length;
    outcomes.push({ truth, answer: own.indexOf(score), score, rank });
  });
  return {
    top5: outcomes.filter(({ rank }) => rank < 5).length,
    ece15: expectedCalibrationError(reliability(outcomes)),
    tenths: tenthsOf(outcomes),
  };
}

/** A held-out score of its own class below this, with another class named, makes an example look out of place. */
const OUT_OF_PLACE = 0.1;

/** `scores` [n, classes] are heldOut's. */
export function reportOf(scores: Float32Array, labels: Int32Array, classes: number): Report {
  const confusion = new Int32Array(classes * classes);
  const answers = new Int32Array(labels.length).fill(-1);
  const surprises: { row: number; score: number }[] = [];
  labels.forEach((label, row) => {
    const own = scores.subarray(row * classes, (row + 1) * classes);
    if (Number.isNaN(own[label] ?? Number.NaN)) return;
    const answer = own.indexOf(Math.max(...own));
    answers[row] = answer;
    confusion[label * classes + answer] = (confusion[label * classes + answer] ?? 0) + 1;
    const score = own[label] ?? 0;
    if (answer !== label && score < OUT_OF_PLACE) surprises.push({ row, score });
  });
  const sum = (cells: (i: number) => number): number =>
    Array.from({ length: classes }, (_, i) => confusion[cells(i)] ?? 0).reduce((a, b) => a + b, 0);
  const reports = Array.from({ length: classes }, (_, c) => ({
    tested: sum((i) => c * classes + i),
    found: confusion[c * classes + c] ?? 0,
    named: sum((i) => i * classes + c),
  }));
  return {
    tested: reports.reduce((total, { tested }) => total + tested, 0),
    right: reports.reduce((total, { found }) => total + found, 0),
    classes: reports,
    confusion,
    answers,
    outOfPlace: surprises.sort((a, b) => a.score - b.score || a.row - b.row).map(({ row }) => row),
  };
}

export interface CurvePoint {
  /** Mean number of examples a class that were trained on. */
  readonly perClass: number;
  readonly tested: number;
  readonly right: number;
}

/** Accuracy after a quarter, a half, three quarters and all of the training examples of each fold; `whole` is the last. */
export function learningCurve(
  examples: Examples,
  strength: number,
  whole: HeldOut,
  watch: Watch = {},
): CurvePoint[] {
  const { labels, names, k } = examples;
  const parts = [0.25, 0.5, 0.75, 1];
  return parts.map((part, i) => {
    const { scores } = part === 1 ? whole : heldOut(examples, strength, silent(watch), { part });
    const { tested, right } = reportOf(scores, labels, names.length);
    watch.onProgress?.(i + 1, parts.length);
    const trained = (labels.length * (k - 1)) / Math.max(1, k);
    return { perClass: Math.max(1, (part * trained) / names.length), tested, right };
  });
}
