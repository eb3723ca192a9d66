/** Multiply-adds of a network, from its config alone: to guess the time of one net from that of another. */
import type { BitConfig } from './config.ts';
import { stageStrides } from './graph/resnetv2.ts';
import { featureShapes } from './graph/shapes.ts';
import type { Extent } from './image/geometry.ts';
import { midWidth, stageWidths } from './widths.ts';

/**
 * Of one picture of `size` pixels: convolutions and classifier, as timm's model cards count them (norms, activations and
 * pools are left out). Throws 'input-shape' for a size that does not go through.
 */
export function multiplyAdds(config: BitConfig, size: Extent): number {
  const shapes = featureShapes(config, size.height, size.width);
  const [, , stemHeight, stemWidth] = shapes[0] ?? [1, 0, 0, 0];
  // the stem's convolution is seen before its pool halves it
  let sum = 4 * stemHeight * stemWidth * config.embedding_size * config.num_channels * 49;
  let channels = config.embedding_size;
  let places = stemHeight * stemWidth;
  const strides = stageStrides(config);
  for (const [i, out] of stageWidths(config).entries()) {
    const middle = midWidth(out);
    for (let layer = 0; layer < (config.depths[i] ?? 0); layer++) {
      const before = places;
      if (layer === 0) {
        const [, , height, width] = shapes[i + 1] ?? [1, 0, 0, 0];
        places = (strides[i]?.stride ?? 1) === 1 ? before : height * width;
        sum += places * channels * out;
      }
      sum += before * channels * middle + places * (9 * middle * middle + middle * out);
      channels = out;
    }
  }
  return sum + channels * config.num_labels;
}
