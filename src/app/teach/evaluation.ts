import type { EvaluationSet } from '../../engine/protocol.ts';
import type { Scores } from '../../engine/teach/protocol.ts';

/** Held-out scores as a tested set, so that a taught head is calibrated as a published model is. */
export function evaluationOf({ tested, right, confidence }: Scores, name: string): EvaluationSet[] {
  if (tested === 0) return [];
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
