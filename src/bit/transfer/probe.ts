/** Labelled pooled features -> Head: the linear probe as everything else uses it. */
import type { Head } from '../head.ts';
import { checkExamples, type FeatureMatrix } from './features.ts';
import { type Gram, gramOf } from './gram.ts';
import { fitLogistic, type LogisticFit, type LogisticOptions } from './logistic.ts';
import { CentredRows, productsOf } from './products.ts';

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
function headOf(features: FeatureMatrix, fit: LogisticFit, labels: readonly string[]): Head {
  const { outputs, coefficients, intercepts } = fit;
  const { width } = features;
  const own = new CentredRows(features);
  const weights = own.weights(coefficients, outputs);
  const weight = new Float32Array(labels.length * width);
  const bias = new Float32Array(labels.length);
  for (let k = 0; k < outputs; k++) {
    const row = weights.subarray(k * width, (k + 1) * width);
    let shift = 0;
    for (let d = 0; d < width; d++) shift += (row[d] as number) * (own.mean[d] as number);
    const target = outputs === 1 ? 1 : k; // of two classes the first has logit 0
    weight.set(row, target * width);
    bias[target] = (intercepts[k] ?? 0) - shift;
  }
  return { labels, weight, bias };
}
