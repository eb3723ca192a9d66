/**
 * Class activation maps (Zhou et al., arXiv:1512.04150). A BiT's logit is a weighted sum of the channels' means over the
 * last feature map; taken before the mean, the same sum says how much each place of the picture adds to the class.
 */
import { BitError } from './errors.ts';
import type { Head } from './head.ts';

/** A network's last feature map: behind the final norm and activation, in front of the mean that gives `pooled`. */
export interface FeatureMap {
  readonly data: Float32Array;
  /** [C, h, w], or [1, C, h, w] of a batch of one. */
  readonly shape: readonly number[];
}

/** How much each place adds to one class. */
export interface ClassMap {
  /** [height, width], in logits: its mean and the class's bias make the logit. */
  readonly data: Float32Array;
  readonly width: number;
  readonly height: number;
}

/** What speaks for a class, in parts of the strongest place. */
export interface Support {
  /** [height, width], 0 to 1; 0 where the map is negative. */
  readonly data: Float32Array;
  readonly width: number;
  readonly height: number;
  /** The map's largest value, in logits; 0 when no place speaks for the class, and then all of `data` is 0. */
  readonly peak: number;
}

/**
 * The map of class `index`: sum over c of weight[index, c] x features[c, y, x]; sums in float64, rounded once. The bias
 * belongs to no place and is left out, so mean(map) + bias[index] is the logit.
 * Throws 'input-shape' for features of another rank, batch or width than the head takes, and for a class it lacks.
 */
export function classActivationMap(head: Head, index: number, { data, shape }: FeatureMap): ClassMap {
  const classes = head.bias.length;
  const channels = head.weight.length / classes;
  const [c = 0, height = 0, width = 0] = shape.length === 4 && shape[0] === 1 ? shape.slice(1) : shape;
  const places = height * width;
  const batched = shape.length === 4 && shape[0] === 1;
  if (!(batched || shape.length === 3) || c !== channels || places === 0 || data.length !== c * places)
    throw new BitError(
      'input-shape',
      `a feature map [${shape.join(', ')}] of ${data.length} values does not fit a head of width ${channels}`,
    );
  if (!Number.isInteger(index) || index < 0 || index >= classes)
    throw new BitError('input-shape', `there is no class ${index} in a head of ${classes}`);
  const sums = new Float64Array(places);
  for (let channel = 0; channel < channels; channel++) {
    const weight = head.weight[index * channels + channel] ?? 0;
    const row = channel * places;
    for (let i = 0; i < places; i++) sums[i] = (sums[i] ?? 0) + weight * (data[row + i] ?? 0);
  }
  return { data: Float32Array.from(sums), width, height };
}

/** The positive part of a class map, scaled to its peak; two of them cannot be compared. */
export function supportOf({ data, width, height }: ClassMap): Support {
  const peak = data.reduce((most, value) => Math.max(most, value), 0);
  const scale = peak > 0 ? 1 / peak : 0;
  return { data: data.map((value) => Math.max(0, value) * scale), width, height, peak };
}
