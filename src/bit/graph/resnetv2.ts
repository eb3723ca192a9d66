/**
 * BiT as an ONNX graph: ResNetV2 (He et al., arXiv:1603.05027) with GroupNorm and weight-standardized convolutions
 * (Kolesnikov et al., arXiv:1912.11370), as transformers' modeling_bit.py runs it.
 *
 * The graph is some kilobytes; its weights are external data, planned here and filled in by weights.ts.
 */
import type { BitConfig } from '../config.ts';
import { midWidth, stageWidths } from '../widths.ts';
import { activate } from './activations.ts';
import { BYTES_PER_VALUE, FLOAT, FLOAT16, OnnxWriter, type Value } from './onnx.ts';

/** Epsilon of every GroupNorm (transformers `BitGroupNormActivation`). */
const GROUP_NORM_EPSILON = 1e-5;

/**
 * How GroupNorm is written: 'two-step' is exact and fastest on WASM (means over rows, then over the group; the affine as
 * a depthwise 1x1 Conv that fuses with ReLU), 'reduce' is fastest on WebGPU (statistics per channel, then per group).
 */
export type NormForm = 'two-step' | 'reduce';

/**
 * What convolutions and the activations between them are: 'float16' halves kernels and memory traffic, with float32 at
 * both ends of the network and inside every norm and activation function (squares of activations pass float16's 65504).
 */
export type Precision = 'float32' | 'float16';

/** A tensor of the external buffer: where it lies and how it is made from the checkpoint's. */
export interface PlannedTensor {
  /** Canonical checkpoint name. */
  readonly name: string;
  readonly shape: readonly number[];
  /** How its values lie in the buffer, little-endian. */
  readonly dtype: 'F32' | 'F16';
  /** Position in the buffer in bytes, a multiple of 4. */
  readonly byteOffset: number;
  readonly standardize: boolean;
}

export interface BitGraph {
  /** The ONNX file: input `pixel_values` [N, C, H, W], output `pooled` [N, features] and those asked for. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly weights: readonly PlannedTensor[];
  /** Values in all weights together. */
  readonly weightLength: number;
  /** Length of the external buffer in bytes. */
  readonly weightBytes: number;
  readonly outputs: readonly string[];
}

/** Outputs beside `pooled`: `last_hidden_state` [N, C, h, w] and `hidden_state_{i}` (0 = stem output). */
export interface GraphOptions {
  readonly form?: NormForm;
  readonly precision?: Precision;
  readonly hiddenStates?: boolean;
  readonly lastHiddenState?: boolean;
  /** Only these parts of the network. Input `features_before` unless it starts with the stem, output `features` unless it has the end. */
  readonly parts?: PartRange;
}

/** Parts [from, to): 0 is the stem, then one a unit, and the last is the end (final norm and pool). */
export interface PartRange {
  readonly from: number;
  readonly to: number;
}

/** How many parts a network has. */
export function partCount(config: BitConfig): number {
  return stageWidths(config).reduce((sum, _, i) => sum + (config.depths[i] ?? 0), 2);
}

/** Stride and dilation of each stage (modeling_bit.py, BitEncoder): past output_stride, strides turn into dilation. */
export function stageStrides(config: BitConfig): { stride: number; dilation: number }[] {
  let reached = 4;
  let dilation = 1;
  return stageWidths(config).map((_, stage) => {
    let stride = stage === 0 ? 1 : 2;
    if (reached >= config.output_stride) {
      dilation *= stride;
      stride = 1;
    }
    reached *= stride;
    return { stride, dilation };
  });
}

/** Builds the graph of a backbone. Pure: the same config and options give the same bytes. */
export function buildGraph(config: BitConfig, options: GraphOptions = {}): BitGraph {
  const net = new NetworkWriter(config, options.form ?? 'two-step', options.precision ?? 'float32');
  const preactivation = config.layer_type === 'preactivation';
  const hidden: Value[] = [];

  const { from, to } = options.parts ?? { from: 0, to: partCount(config) };
  let part = 0;
  const wanted = (): boolean => {
    const inside = part >= from && part < to;
    part++;
    return inside;
  };

  let x = wanted()
    ? net.stem(net.graph.input('pixel_values', ['N', config.num_channels, 'H', 'W']))
    : net.narrow(net.graph.input('features_before', ['N', 'C', 'h', 'w']));
  hidden.push(x);

  let width = config.embedding_size;
  const strides = stageStrides(config);
  stageWidths(config).forEach((out, i) => {
    const { stride, dilation } = strides[i] ?? { stride: 1, dilation: 1 };
    for (let j = 0; j < (config.depths[i] ?? 0); j++) {
      const unit: Unit = {
        prefix: `encoder.stages.${i}.layers.${j}.`,
        input: width,
        output: out,
        stride: j === 0 ? stride : 1,
        // the first layer of a dilated stage still convolves as the stage before it
        dilation: preactivation ? 1 : j > 0 ? dilation : dilation <= 2 ? 1 : 2,
        first: j === 0,
      };
      if (wanted()) x = preactivation ? net.preactivationUnit(x, unit) : net.bottleneckUnit(x, unit);
      width = out;
    }
    hidden.push(x);
  });

  if (!wanted()) {
    net.graph.output('features', net.widen(x), ['N', 'C', 'h', 'w']);
    return net.finish(['features']);
  }
  const last = preactivation ? net.wideNormAct(x, 'norm', width) : net.widen(x);
  const outputs = ['pooled'];
  net.graph.output(
    'pooled',
    net.graph.node('ReduceMean', [last, net.graph.integers([2, 3])], { keepdims: 0 }),
    ['N', width],
  );
  if (options.lastHiddenState) {
    net.graph.output('last_hidden_state', last, ['N', width, 'h', 'w']);
    outputs.push('last_hidden_state');
  }
  if (options.hiddenStates) {
    hidden.forEach((value, i) => {
      net.graph.output(
        `hidden_state_${i}`,
        net.widen(value),
        ['N', 'c', 'h', 'w'].map((d) => `${d}${i}`),
      );
      outputs.push(`hidden_state_${i}`);
    });
  }
  return net.finish(outputs);
}

interface Unit {
  readonly prefix: string;
  readonly input: number;
  readonly output: number;
  readonly stride: number;
  readonly dilation: number;
  /** The first layer of its stage, which has a projection shortcut. */
  readonly first: boolean;
}

class NetworkWriter {
  readonly graph = new OnnxWriter();
  readonly weights: PlannedTensor[] = [];
  weightLength = 0;
  weightBytes = 0;
  private readonly config: BitConfig;
  private readonly form: NormForm;
  private readonly half: boolean;

  constructor(config: BitConfig, form: NormForm, precision: Precision) {
    this.config = config;
    this.form = form;
    this.half = precision === 'float16';
  }

  /** To float32, where the network is float16. */
  widen(x: Value): Value {
    return this.half ? this.graph.node('Cast', [x], { to: FLOAT }) : x;
  }

  /** Back to float16, where the network is. */
  narrow(x: Value): Value {
    return this.half ? this.graph.node('Cast', [x], { to: FLOAT16 }) : x;
  }

  finish(outputs: readonly string[]): BitGraph {
    const { weights, weightLength, weightBytes } = this;
    return { bytes: this.graph.finish('bit'), weights, weightLength, weightBytes, outputs };
  }

  stem(pixels: Value): Value {
    const { config, graph } = this;
    let x = this.conv(
      this.narrow(pixels),
      'embedder.convolution',
      config.num_channels,
      config.embedding_size,
      7,
      2,
      1,
    );
    if (config.global_padding !== 'SAME') x = this.zeroPad(x, graph.integers([0, 0, 1, 1, 0, 0, 1, 1]));
    if (config.layer_type === 'bottleneck') x = this.normAct(x, 'embedder.norm', config.embedding_size);
    if (config.embedding_dynamic_padding) x = this.zeroPad(x, this.dynamicPoolPads(x));
    return graph.node('MaxPool', [x], { kernel_shape: [3, 3], strides: [2, 2] });
  }

  preactivationUnit(x: Value, unit: Unit): Value {
    const { prefix, input, output, stride, first } = unit;
    const middle = midWidth(output);
    const a = this.normAct(x, `${prefix}norm1`, input);
    const shortcut = first ? this.conv(a, `${prefix}downsample.conv`, input, output, 1, stride, 1) : x;
    let y = this.conv(a, `${prefix}conv1`, input, middle, 1, 1, 1);
    y = this.normAct(y, `${prefix}norm2`, middle);
    y = this.conv(y, `${prefix}conv2`, middle, middle, 3, stride, 1);
    y = this.normAct(y, `${prefix}norm3`, middle);
    y = this.conv(y, `${prefix}conv3`, middle, output, 1, 1, 1);
    return this.graph.node('Add', [y, shortcut]);
  }

  bottleneckUnit(x: Value, unit: Unit): Value {
    const { prefix, input, output, stride, dilation, first } = unit;
    const middle = midWidth(output);
    const shortcut = first
      ? this.norm(
          this.conv(x, `${prefix}downsample.conv`, input, output, 1, stride, 1),
          `${prefix}downsample.norm`,
          output,
        )
      : this.widen(x);
    let y = this.conv(x, `${prefix}conv1`, input, middle, 1, 1, 1);
    y = this.normAct(y, `${prefix}norm1`, middle);
    y = this.conv(y, `${prefix}conv2`, middle, middle, 3, stride, dilation);
    y = this.normAct(y, `${prefix}norm2`, middle);
    y = this.conv(y, `${prefix}conv3`, middle, output, 1, 1, 1);
    y = this.norm(y, `${prefix}norm3`, output);
    return this.narrow(this.activation(this.graph.node('Add', [y, shortcut]), prefix));
  }

  normAct(x: Value, name: string, channels: number): Value {
    return this.narrow(this.wideNormAct(x, name, channels));
  }

  /** Norm and activation, float32 in every precision. */
  wideNormAct(x: Value, name: string, channels: number): Value {
    return this.activation(this.norm(x, name, channels), `${name}.`);
  }

  /** hidden_act; where it has parameters, each module that `prefix` names has its own. */
  private activation(x: Value, prefix: string): Value {
    return activate(this.graph, this.config.hidden_act, x, (leaf, shape) =>
      this.weight(`${prefix}activation.${leaf}`, shape),
    );
  }

  /** GroupNorm, float32 in every precision. */
  private norm(x: Value, name: string, channels: number): Value {
    const wide = this.widen(x);
    switch (this.form) {
      case 'two-step':
        return this.normInTwoSteps(wide, name, channels);
      case 'reduce':
        return this.normByReduction(wide, name, channels);
    }
  }

  /** Scale and shift a channel as a depthwise 1x1 Conv, which fuses with a ReLU behind it. */
  private affine(x: Value, name: string, channels: number): Value {
    const scale = this.weight(`${name}.weight`, [channels], [channels, 1, 1, 1]);
    const shift = this.weight(`${name}.bias`, [channels]);
    return this.graph.node('Conv', [x, scale, shift], { kernel_shape: [1, 1], group: channels });
  }

  /**
   * GroupNorm whose means are taken in two steps, over W and then over the rest of the group: ONNX Runtime's CPU sums
   * are naive, and over 100,000 values of one group they lose two digits that the logits of a full-size net then miss.
   */
  private normInTwoSteps(x: Value, name: string, channels: number): Value {
    const { graph } = this;
    const groups = this.config.num_groups;
    const rows = graph.node(
      'Concat',
      [graph.integers([0, groups, -1]), graph.node('Shape', [x], { start: 3, end: 4 })],
      { axis: 0 },
    );
    const grouped = graph.node('Reshape', [x, rows]);
    const mean = (type: string, value: Value): Value => {
      const inner = graph.node(type, [value, graph.integers([3])], { keepdims: 1 });
      return graph.node('ReduceMean', [inner, graph.integers([2])], { keepdims: 1 });
    };
    const deviation = graph.node('Sub', [grouped, mean('ReduceMean', grouped)]);
    const width = graph.node('Cast', [graph.node('Shape', [x], { start: 3, end: 4 })], { to: 1 });
    const variance = graph.node('Div', [mean('ReduceSumSquare', deviation), width]);
    const sd = graph.node('Sqrt', [graph.node('Add', [variance, graph.floats([GROUP_NORM_EPSILON], [])])]);
    const scaled = graph.node('Mul', [deviation, graph.node('Reciprocal', [sd])]);
    const normed = graph.node('Reshape', [scaled, graph.node('Shape', [x])]);
    return this.affine(normed, name, channels);
  }

  /** GroupNorm by per-channel means, averaged over each group's channels; the variance is of the deviations (two passes). */
  private normByReduction(x: Value, name: string, channels: number): Value {
    const { graph } = this;
    const groups = this.config.num_groups;
    const perGroup = channels / groups;
    const groupMean = (value: Value): Value => {
      const perChannel = graph.node('ReduceMean', [value, graph.integers([2, 3])], { keepdims: 1 });
      const grouped = graph.node('Reshape', [perChannel, graph.integers([0, groups, perGroup, 1])]);
      return graph.node('ReduceMean', [grouped, graph.integers([2])], { keepdims: 1 });
    };
    const spread = (value: Value): Value => {
      const expanded = graph.node('Add', [
        value,
        graph.floats(new Array<number>(perGroup).fill(0), [1, 1, perGroup, 1]),
      ]);
      return graph.node('Reshape', [expanded, graph.integers([0, channels, 1, 1])]);
    };
    const deviation = graph.node('Sub', [x, spread(groupMean(x))]);
    const variance = groupMean(graph.node('Mul', [deviation, deviation]));
    const sd = graph.node('Sqrt', [graph.node('Add', [variance, graph.floats([GROUP_NORM_EPSILON], [])])]);
    const scale = graph.node('Div', [
      this.weight(`${name}.weight`, [channels], [1, channels, 1, 1]),
      spread(sd),
    ]);
    const shift = this.weight(`${name}.bias`, [channels], [1, channels, 1, 1]);
    return graph.node('Add', [graph.node('Mul', [deviation, scale]), shift]);
  }

  private conv(
    x: Value,
    name: string,
    input: number,
    output: number,
    kernel: number,
    stride: number,
    dilation: number,
  ): Value {
    const weight = this.weight(`${name}.weight`, [output, input, kernel, kernel], undefined, true);
    const attributes = {
      kernel_shape: [kernel, kernel],
      strides: [stride, stride],
      dilations: [dilation, dilation],
    };
    // ONNX's SAME_UPPER is transformers' DynamicPad2d formula with the odd pixel after; a 1x1 kernel never pads
    if (this.config.global_padding === 'SAME' && stride > 1 && kernel > 1) {
      return this.graph.node('Conv', [x, weight], { ...attributes, auto_pad: 'SAME_UPPER' });
    }
    const pad =
      this.config.global_padding === 'VALID' ? 0 : Math.floor((stride - 1 + dilation * (kernel - 1)) / 2);
    return this.graph.node('Conv', [x, weight], { ...attributes, pads: [pad, pad, pad, pad] });
  }

  /**
   * Pads with zeros in front of the max pool. The value is -0: ONNX Runtime merges a Pad of +0 into MaxPool's own
   * padding, which means -infinity (wrong wherever the border's maximum is negative); -0 is the same number and is left alone.
   */
  private zeroPad(x: Value, pads: Value): Value {
    const zero = this.half ? this.graph.negativeZeroHalf() : this.graph.floats([-0], []);
    return this.graph.node('Pad', [x, pads, zero]);
  }

  /** DynamicPad2d for kernel 3, stride 2: an axis of n gets 1 + n mod 2 zeros, of which n mod 2 come before. */
  private dynamicPoolPads(x: Value): Value {
    const { graph } = this;
    const size = graph.node('Shape', [x], { start: 2, end: 4 });
    const before = graph.node('Mod', [size, graph.integers([2])]);
    return graph.node(
      'Concat',
      [graph.integers([0, 0]), before, graph.integers([0, 0]), graph.integers([1, 1])],
      { axis: 0 },
    );
  }

  /** Plans a tensor of the external buffer; `as` is its shape in the graph where that differs from the checkpoint's. */
  private weight(
    name: string,
    shape: readonly number[],
    as: readonly number[] = shape,
    standardize = false,
  ): Value {
    const type = this.half && standardize ? FLOAT16 : FLOAT; // the norms' parameters are used in float32
    const byteOffset = this.weightBytes;
    this.weights.push({ name, shape, dtype: type === FLOAT16 ? 'F16' : 'F32', byteOffset, standardize });
    const length = shape.reduce((a, b) => a * b, 1);
    this.weightLength += length;
    this.weightBytes += 4 * Math.ceil((BYTES_PER_VALUE[type] * length) / 4);
    return this.graph.external(name, as, byteOffset, type);
  }
}
