/** A temperature from half of a labelled set's answers, and what it does to the other half. */
import {
  evaluationSetOf,
  expectedCalibrationError,
  fitTemperature,
  halves,
  outcomesOf,
  reliability,
} from '../bit/index.ts';
import type { Calls } from './protocol.ts';

/** Throws 'input-shape' when lengths disagree, and 'aborted'. */
export function calibrate(
  { logits, truths, classes, name }: Calls['calibrate']['input'],
  signal: AbortSignal,
): Calls['calibrate']['output'] {
  const { fit, report } = halves(truths);
  const temperature = fitTemperature(rowsOf(logits, fit, classes), pick(truths, fit), classes, { signal });
  const held = rowsOf(logits, report, classes);
  const known = pick(truths, report);
  const before = outcomesOf(held, known, classes);
  const after = outcomesOf(held, known, classes, temperature);
  return {
    temperature,
    fitted: fit.length,
    before: expectedCalibrationError(reliability(before)),
    after: expectedCalibrationError(reliability(after)),
    tested: evaluationSetOf(name, after),
  };
}

function rowsOf(logits: Float32Array, rows: Int32Array, classes: number): Float32Array {
  const out = new Float32Array(rows.length * classes);
  rows.forEach((row, i) => {
    out.set(logits.subarray(row * classes, (row + 1) * classes), i * classes);
  });
  return out;
}

const pick = (values: Int32Array, rows: Int32Array): Int32Array => rows.map((row) => values[row] ?? 0);
