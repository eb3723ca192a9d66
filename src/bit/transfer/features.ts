/** Pooled features of labelled pictures, as every part of the transfer folder takes them. */
import { BitError } from '../errors.ts';

/** `rows` examples of `width` pooled features each, C order. */
export interface FeatureMatrix {
  readonly rows: number;
  readonly width: number;
  readonly data: Float32Array;
}

/** Throws 'input-shape' unless the numbers fill the matrix and each row has a class in [0, classes). */
export function checkExamples(features: FeatureMatrix, labels: Int32Array, classes: number): void {
  if (features.data.length !== features.rows * features.width || labels.length !== features.rows) {
    throw new BitError(
      'input-shape',
      `${features.data.length} features and ${labels.length} labels are not ${features.rows} examples of ${features.width}`,
    );
  }
  if (features.rows === 0 || classes < 1)
    throw new BitError('input-shape', 'there are no examples to learn from');
  for (const label of labels) {
    if (label < 0 || label >= classes)
      throw new BitError('input-shape', `class ${label} is not one of ${classes} classes`);
  }
  let sum = 0;
  for (let i = 0; i < features.data.length; i++) sum += features.data[i] as number; // float32 cannot overflow it
  if (!Number.isFinite(sum))
    throw new BitError('input-shape', 'a feature is not a finite number, so nothing can be learnt from it');
}

/** The chosen rows, copied. */
export function takeRows({ width, data }: FeatureMatrix, rows: readonly number[]): FeatureMatrix {
  const out = new Float32Array(rows.length * width);
  rows.forEach((row, i) => {
    out.set(data.subarray(row * width, (row + 1) * width), i * width);
  });
  return { rows: rows.length, width, data: out };
}
