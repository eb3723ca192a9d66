import { scoresOf, topK } from '../../bit/head.ts';
import type { Classification } from '../../engine/protocol.ts';

/** The answer with its scores made anew from its logits, divided by the temperature; as it is where it has no softmax or no logits. */
export function rescored<A extends Omit<Classification, 'features' | 'maps'>>(
  answer: A,
  labels: readonly string[],
  temperature: number,
): A {
  const { logits, functionToApply, scores } = answer;
  if (logits === null || functionToApply !== 'softmax') return answer;
  return { ...answer, scores: topK(scoresOf(logits, 'softmax', temperature), labels, scores.length) };
}
