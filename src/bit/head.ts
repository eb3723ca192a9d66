import type { Checkpoint } from './checkpoint/checkpoint.ts';
import type { BitConfig } from './config.ts';
import { checkHead } from './conflicts.ts';
import { BitError } from './errors.ts';

/** A linear classifier over pooled features: logits = weight x features + bias. */
export interface Head {
  readonly labels: readonly string[];
  /** [classes, features], C order. */
  readonly weight: Float32Array;
  /** [classes]. */
  readonly bias: Float32Array;
}

/** How logits become scores, as the image-classification pipeline names it. */
export type FunctionToApply = 'softmax' | 'sigmoid' | 'none';

/** One reported class. */
export interface Score {
  readonly index: number;
  readonly label: string;
  readonly score: number;
}

/**
 * The checkpoint's classifier, or null where it holds none or the config has no labels (the reference then leaves it
 * out). Throws 'config-conflict' when hidden_sizes and the classifier's width disagree, 'checkpoint-tensor' for a missing
 * bias or another shape than the config asks for, and whatever reading throws.
 */
export async function readHead(
  config: BitConfig,
  checkpoint: Checkpoint,
  signal?: AbortSignal,
): Promise<Head | null> {
  const { file, tensors } = checkpoint;
  if (config.num_labels === 0 || !tensors.has('classifier.1.weight')) return null;
  checkHead(config, file);
  const features = config.hidden_sizes.at(-1) ?? 0;
  for (const [name, shape] of [
    ['classifier.1.weight', [config.num_labels, features]],
    ['classifier.1.bias', [config.num_labels]],
  ] as const) {
    const found = tensors.get(name);
    const wanted = `num_labels and hidden_sizes ask for ${name} [${shape.join(', ')}]`;
    if (!found)
      throw new BitError('checkpoint-tensor', `${wanted}, which the checkpoint does not hold`, { file });
    if (found.shape.join() !== shape.join())
      throw new BitError('checkpoint-tensor', `${wanted}, the checkpoint holds [${found.shape.join(', ')}]`, {
        file,
      });
  }
  const weight = await checkpoint.read('classifier.1.weight', signal);
  const bias = await checkpoint.read('classifier.1.bias', signal);
  return { labels: config.labels, weight, bias };
}

/**
 * logits [N, classes] of pooled features [N, features]; sums in float64, rounded once.
 * Throws 'input-shape' when the features' length is no multiple of the head's width.
 */
export function applyHead(head: Head, features: Float32Array): Float32Array {
  const classes = head.bias.length;
  const width = head.weight.length / classes;
  if (features.length === 0 || features.length % width !== 0) {
    throw new BitError('input-shape', `${features.length} features do not fit a head of width ${width}`);
  }
  const logits = new Float32Array((features.length / width) * classes);
  for (let n = 0, out = 0; n < features.length; n += width) {
    for (let c = 0; c < classes; c++, out++) {
      let sum = head.bias[c] ?? 0;
      const row = c * width;
      for (let i = 0; i < width; i++) sum += (head.weight[row + i] ?? 0) * (features[n + i] ?? 0);
      logits[out] = sum;
    }
  }
  return logits;
}

/**
 * What the reference's classification model returns for pooled features [N, features]: [N, classes]; with num_labels 0,
 * where its classifier only flattens, the features themselves. Null where there is no classifier.
 */
export function logitsOf(
  config: Pick<BitConfig, 'num_labels'>,
  head: Head | null,
  features: Float32Array,
): Float32Array | null {
  if (head) return applyHead(head, features);
  return config.num_labels === 0 ? features.slice() : null;
}

/**
 * The pipeline's choice (transformers pipelines/image_classification.py): sigmoid for several labels at once and for a
 * single label (also in regression), else softmax.
 */
export function functionToApply(config: {
  readonly num_labels: number;
  readonly problem_type: string | null;
}): FunctionToApply {
  return config.problem_type === 'multi_label_classification' || config.num_labels === 1
    ? 'sigmoid'
    : 'softmax';
}

/** Scores of one row of logits; softmax subtracts the maximum first, and divides by the temperature (Guo et al., arXiv:1706.04599). */
export function scoresOf(logits: Float32Array, apply: FunctionToApply, temperature = 1): Float32Array {
  if (apply === 'none') return logits.slice();
  if (apply === 'sigmoid') return logits.map((x) => 1 / (1 + Math.exp(-x)));
  const largest = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const powers = Float64Array.from(logits, (x) => Math.exp((x - largest) / temperature));
  const sum = powers.reduce((a, b) => a + b, 0);
  return Float32Array.from(powers, (p) => p / sum);
}

/** The k largest scores, descending, ties in index order; k is capped at the number of classes. */
export function topK(scores: Float32Array, labels: readonly string[], k = 5): Score[] {
  return Array.from(scores, (score, index) => ({ index, label: labels[index] ?? `LABEL_${index}`, score }))
    .sort((a, b) => b.score - a.score || a.index - b.index)
    .slice(0, Math.max(0, k));
}
