import type { EvaluationSet } from '../../engine/protocol.ts';
import type { Learnt, Scores } from '../../engine/teach/protocol.ts';

/**
 * Held-out scores as a tested set, so that a taught head is calibrated as a published model is. None where the tests are
 * of what was taught before: a head must not be said to have passed them.
 */
export function evaluationOf(
  learnt: Pick<Learnt, 'revision'>,
  scores: Scores | null,
  name: string,
): EvaluationSet[] {
  if (scores === null || scores.tested === 0 || scores.revision !== learnt.revision) return [];
  const { tested, right, confidence } = scores;
  return [
    {
      name,
      n: tested,
      top1: right / tested,
      top5: confidence.top5 / tested,
      ece15: confidence.ece15,
      byConfidenceTenth: confidence.tenths,
    },
  ];
}
