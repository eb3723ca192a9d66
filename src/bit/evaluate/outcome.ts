/** What a classifier said of each labelled picture, and how likely it held the truth to be. */
import { BitError } from '../errors.ts';

/** One answered picture; classes are counted from 0. */
export interface Outcome {
  readonly truth: number;
  readonly answer: number;
  /** Probability of the answer, in [0, 1]. */
  readonly score: number;
  /** Classes that scored above the truth; of equal ones, those of a lower index. Infinity where unknown. */
  readonly rank: number;
}

/** An outcome of which all probabilities were known. */
export interface Likely extends Outcome {
  /** Negative log-likelihood of the truth, in nats. */
  readonly nll: number;
  /** Entropy of all classes' probabilities, in nats. */
  readonly entropy: number;
}

/**
 * Outcomes of `logits` [n, classes] with `truths` [n], by a softmax of logits / temperature; float64 from the float32
 * logits. Throws 'input-shape' when lengths disagree, a truth is outside [0, classes), a logit is not finite, or the
 * temperature is not over 0.
 */
export function outcomesOf(
  logits: Float32Array,
  truths: Int32Array,
  classes: number,
  temperature = 1,
): Likely[] {
  checkRows(logits, truths, classes);
  if (!(temperature > 0)) throw new BitError('input-shape', `a temperature of ${temperature} is not over 0`);
  return Array.from(truths, (truth, row) =>
    outcomeOf(logits.subarray(row * classes, (row + 1) * classes), truth, temperature),
  );
}

function outcomeOf(logits: Float32Array, truth: number, temperature: number): Likely {
  let answer = 0;
  for (let c = 1; c < logits.length; c++) if ((logits[c] ?? 0) > (logits[answer] ?? 0)) answer = c;
  const largest = logits[answer] ?? 0;
  const own = logits[truth] ?? 0;
  let rank = 0;
  let sum = 0;
  let weighted = 0;
  for (let c = 0; c < logits.length; c++) {
    const logit = logits[c] ?? 0;
    if (logit > own || (logit === own && c < truth)) rank++;
    const below = (logit - largest) / temperature;
    const power = Math.exp(below);
    sum += power;
    weighted += power * below;
  }
  const logSum = Math.log(sum);
  return {
    truth,
    answer,
    score: 1 / sum,
    rank,
    nll: logSum + (largest - own) / temperature,
    entropy: logSum - weighted / sum,
  };
}

/** Throws 'input-shape' unless `logits` are [n, classes], all finite, and `truths` [n] are in [0, classes). */
export function checkRows(logits: Float32Array, truths: Int32Array, classes: number): void {
  if (logits.length !== truths.length * classes) {
    throw new BitError(
      'input-shape',
      `${logits.length} logits are not those of ${truths.length} pictures in ${classes} classes`,
    );
  }
  const stray = truths.find((truth) => truth < 0 || truth >= classes);
  if (stray !== undefined) throw new BitError('input-shape', `there is no class ${stray} of ${classes}`);
  if (!logits.every(Number.isFinite)) throw new BitError('input-shape', 'a logit is no finite number');
}
