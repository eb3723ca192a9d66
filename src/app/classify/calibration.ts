import type { EvaluationSet } from '../../engine/protocol.ts';

/** The line where nothing is known about the model, per cent. */
export const UNKNOWN_LINE = 50;

/** Answers of one tenth of confidence, over all tested sets together. */
export interface Tenth {
  readonly answers: number;
  readonly right: number;
}

/** What calibration needs to know of a model: its tests, and whether its own preprocessing is used. */
export interface Tested {
  readonly evaluation: readonly EvaluationSet[];
  readonly processorAssumed: boolean;
}

/** The ten tenths pooled over the model's sets; null when there are none, or they do not hold for assumed preprocessing. */
export function pooledTenths(model: Tested): readonly Tenth[] | null {
  if (model.processorAssumed || model.evaluation.length === 0) return null;
  return Array.from({ length: 10 }, (_, tenth) => {
    let answers = 0;
    let right = 0;
    for (const set of model.evaluation) {
      answers += set.byConfidenceTenth[tenth]?.[0] ?? 0;
      right += set.byConfidenceTenth[tenth]?.[1] ?? 0;
    }
    return { answers, right };
  });
}

/**
 * Where the "not sure" line starts, per cent: the lowest tenth from which on every tenth was right at least half of
 * the time (a tenth without answers is no evidence against); 50 without evidence, or when no tenth reaches it.
 */
export function defaultLine(model: Tested): number {
  const tenths = pooledTenths(model);
  if (tenths === null) return UNKNOWN_LINE;
  let line: number | undefined;
  for (let tenth = 9; tenth >= 0; tenth--) {
    const { answers, right } = tenths[tenth] ?? { answers: 0, right: 0 };
    if (answers > 0 && right * 2 < answers) break;
    if (answers > 0) line = tenth * 10;
  }
  return line ?? UNKNOWN_LINE;
}

/** The tenth of confidence that a score in [0, 1] falls in, 0 to 9. */
export const tenthOf = (score: number): number => Math.max(0, Math.min(9, Math.floor(score * 10)));

/** True when the answer counts: its score reaches the line (per cent). */
export const isSure = (score: number, line: number): boolean => score * 100 >= line;
