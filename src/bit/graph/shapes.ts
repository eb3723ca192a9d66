/** Which sizes a BiT can see: the shapes of its feature maps, or where and why a picture of that size does not go through. */
import type { BitConfig } from '../config.ts';
import { BitError } from '../errors.ts';
import { midWidth, stageWidths } from '../widths.ts';
import { stageStrides } from './resnetv2.ts';

/** [N, C, H, W] */
export type FeatureShape = readonly [batch: number, channels: number, height: number, width: number];

/** Rows and columns of a feature map. */
type Size = readonly [height: number, width: number];

/**
 * Shapes of the hidden states (stem output, then each stage's) for pixel_values [batch, num_channels, height, width];
 * the last one is also last_hidden_state's. Throws 'input-shape', naming the place and the fields, where the reference
 * fails: a kernel or the pool larger than what it sees, a residual sum of two sizes, a group of one value.
 */
export function featureShapes(
  config: BitConfig,
  height: number,
  width: number,
  batch = 1,
): readonly FeatureShape[] {
  if (!(Number.isInteger(height) && Number.isInteger(width) && height > 0 && width > 0 && batch > 0))
    throw new BitError('input-shape', `there is no picture of ${shown([height, width])} x ${batch}`);
  const walk = new Walk(config, [height, width], batch);
  let channels = config.embedding_size;
  let size = walk.stem();
  const shapes: FeatureShape[] = [[batch, channels, ...size]];
  const strides = stageStrides(config);
  for (const [i, out] of stageWidths(config).entries()) {
    const { stride = 1, dilation = 1 } = strides[i] ?? {};
    for (let j = 0; j < (config.depths[i] ?? 0); j++) {
      const place = `stage ${i + 1}, layer ${j + 1}`;
      const first = j === 0;
      const bent = config.layer_type === 'preactivation' ? 1 : first ? firstDilation(dilation) : dilation;
      size = walk.layer(size, {
        place,
        input: channels,
        output: out,
        stride: first ? stride : 1,
        bent,
        first,
      });
      channels = out;
    }
    shapes.push([batch, channels, ...size]);
  }
  if (config.layer_type === 'preactivation') walk.norm(size, channels, 'the final norm');
  return shapes;
}

/**
 * Throws 'input-shape' for pixel_values of a shape that the network cannot take: not [N, num_channels, H, W], or a size
 * that does not go through (see `featureShapes`).
 */
export function checkInput(config: BitConfig, shape: readonly number[]): void {
  const [batch = 0, channels, height = 0, width = 0] = shape;
  if (shape.length !== 4 || channels !== config.num_channels) {
    const message = `pixel_values is [${shape.join(', ')}], the model takes [N, ${config.num_channels}, H, W]`;
    throw new BitError('input-shape', message);
  }
  featureShapes(config, height, width, batch);
}

/** The first layer of a dilated stage still convolves as the stage before it (1 for a dilation of 1 or 2, else 2). */
const firstDilation = (dilation: number): number => (dilation <= 2 ? 1 : 2);

const shown = ([height, width]: Size): string => `${height} x ${width}`;

interface Layer {
  readonly place: string;
  readonly input: number;
  readonly output: number;
  readonly stride: number;
  /** Dilation of the 3 x 3 convolution. */
  readonly bent: number;
  readonly first: boolean;
}

class Walk {
  private readonly config: BitConfig;
  private readonly pixels: Size;
  private readonly batch: number;

  constructor(config: BitConfig, pixels: Size, batch: number) {
    this.config = config;
    this.pixels = pixels;
    this.batch = batch;
  }

  stem(): Size {
    const { config } = this;
    let size = this.conv(this.pixels, "the stem's convolution", 7, 2, 1);
    if (config.global_padding !== 'SAME') size = [size[0] + 2, size[1] + 2];
    if (config.layer_type === 'bottleneck') this.norm(size, config.embedding_size, "the stem's norm");
    if (config.embedding_dynamic_padding) size = [size[0] + 1 + (size[0] % 2), size[1] + 1 + (size[1] % 2)];
    if (size[0] < 3 || size[1] < 3) {
      const without = config.embedding_dynamic_padding ? '' : ' without embedding_dynamic_padding';
      throw this.refusal(`the stem's 3 x 3 max pool sees ${shown(size)}`, without);
    }
    return [Math.floor((size[0] - 3) / 2) + 1, Math.floor((size[1] - 3) / 2) + 1];
  }

  layer(size: Size, { place, input, output, stride, bent, first }: Layer): Size {
    const preactivation = this.config.layer_type === 'preactivation';
    const middle = midWidth(output);
    if (preactivation) this.norm(size, input, `${place}'s norm1`);
    this.norm(size, middle, `${place}'s ${preactivation ? 'norm2' : 'norm1'}`);
    const inner = this.conv(size, `${place}'s conv2`, 3, stride, bent);
    this.norm(inner, middle, `${place}'s ${preactivation ? 'norm3' : 'norm2'}`);
    const shortcut = first ? this.conv(size, `${place}'s shortcut`, 1, stride, 1) : size;
    if (!preactivation) {
      this.norm(inner, output, `${place}'s norm3`);
      if (first) this.norm(shortcut, output, `${place}'s downsample.norm`);
    }
    const sum = [0, 1].map((axis) => {
      const [a = 0, b = 0] = [inner[axis], shortcut[axis]];
      if (a !== b && a !== 1 && b !== 1) {
        throw this.refusal(`${place}'s conv2 gives ${shown(inner)}, its shortcut ${shown(shortcut)}`);
      }
      return Math.max(a, b); // an axis of 1 stretches
    });
    return [sum[0] ?? 0, sum[1] ?? 0];
  }

  /** A group of one value has no variance: torch's group_norm raises. */
  norm(size: Size, channels: number, place: string): void {
    const { num_groups } = this.config;
    if (this.batch * (channels / num_groups) * size[0] * size[1] !== 1) return;
    throw new BitError(
      'input-shape',
      `num_groups ${num_groups}: at ${shown(this.pixels)} ${place} sees ${channels} channels of 1 x 1, one value a group, which cannot be normalized`,
    );
  }

  private conv(size: Size, place: string, kernel: number, stride: number, dilation: number): Size {
    const { global_padding } = this.config;
    if (global_padding === 'SAME') return [Math.ceil(size[0] / stride), Math.ceil(size[1] / stride)];
    const reach = dilation * (kernel - 1) + 1;
    const pad = global_padding === 'VALID' ? 0 : Math.floor((stride - 1 + reach - 1) / 2);
    if (size[0] + 2 * pad < reach || size[1] + 2 * pad < reach)
      throw this.refusal(`${place} reaches over ${shown([reach, reach])}, but sees ${shown(size)}`);
    const along = (n: number): number => Math.floor((n + 2 * pad - reach) / stride) + 1;
    return [along(size[0]), along(size[1])];
  }

  private refusal(what: string, more = ''): BitError {
    const padding = this.config.global_padding ?? 'null';
    return new BitError(
      'input-shape',
      `global_padding ${padding}${more}: at ${shown(this.pixels)} (height x width) ${what}`,
    );
  }
}
