/** Labelled pooled features -> Head: the linear probe as everything else uses it. */
import type { Head } from '../head.ts';
import { checkExamples, type FeatureMatrix } from './features.ts';
import { type Gram, gramOf } from './gram.ts';
import { fitLogistic, type LogisticFit, type LogisticOptions } from './logistic.ts';
import { productsOf } from './products.ts';

export interface Probe {
  /** weight [classes, width] and bias [classes] over the features as they are; two classes have rows 0 and w. */
  readonly head: Head;
  readonly fit: LogisticFit;
}

/**
 * Learns a head from examples. `gram`, where given, holds the features' products. Throws 'input-shape' when the
 * examples do not fit each other or there are fewer than two classes, and 'aborted'.
 */
export function learnHead(
  features: FeatureMatrix,
  labels: Int32Array,
  names: readonly string[],
  options: LogisticOptions & { readonly gram?: Gram },
): Probe {
  checkExamples(features, labels, names.length);
  const isWide = features.rows <= 2 * features.width;
  const gram = options.gram ?? (isWide ? gramOf(features) : null);
  const fit = fitLogistic(productsOf(features, gram), labels, names.length, options);
  return { head: headOf(features, fit, names), fit };
}

/** W = sum a_i (x_i - mean); the mean's part of the logits moves into the bias. */
function headOf({ rows, width, data }: FeatureMatrix, fit: LogisticFit, labels: readonly string[]): Head {
  const { outputs, coefficients, intercepts } = fit;
  const classes = labels.length;
  const mean = new Float64Array(width);
  for (let i = 0; i < rows; i++)
    for (let d = 0; d < width; d++) mean[d] = (mean[d] ?? 0) + (data[i * width + d] ?? 0) / rows;
  const weight = new Float32Array(classes * width);
  const bias = new Float32Array(classes);
  for (let k = 0; k < outputs; k++) {
    const row = new Float64Array(width);
    let sum = 0;
    for (let i = 0; i < rows; i++) {
      const a = coefficients[i * outputs + k] ?? 0;
      sum += a;
      for (let d = 0; d < width; d++) row[d] = (row[d] ?? 0) + a * (data[i * width + d] ?? 0);
    }
    let shift = 0;
    for (let d = 0; d < width; d++) {
      row[d] = (row[d] ?? 0) - sum * (mean[d] ?? 0);
      shift += (row[d] ?? 0) * (mean[d] ?? 0);
    }
    const target = outputs === 1 ? 1 : k; // of two classes the first has logit 0
    weight.set(row, target * width);
    bias[target] = (intercepts[k] ?? 0) - shift;
  }
  return { labels, weight, bias };
}
