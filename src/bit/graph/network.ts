/** The parts of a BiT as ONNX nodes: stem and residual units, in float32 or float16. */
import type { BitConfig } from '../config.ts';
import { midWidth } from '../widths.ts';
import { activate } from './activations.ts';
import { normByReduction, normInTwoSteps } from './norms.ts';
import { BYTES_PER_VALUE, FLOAT, FLOAT16, OnnxWriter, type Value } from './onnx.ts';
import type { BitGraph, NormForm, PlannedTensor, Precision } from './resnetv2.ts';

/** One residual unit (`layers.{j}` of a stage). */
export interface Unit {
  readonly prefix: string;
  readonly input: number;
  readonly output: number;
  readonly stride: number;
  readonly dilation: number;
  /** The first layer of its stage, which has a projection shortcut. */
  readonly first: boolean;
}

/** Writes the parts of a network one after the other, and plans their weights in the same order. */
export class NetworkWriter {
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

  /** A linear classifier over pooled features. */
  classifier(pooled: Value, width: number, classes: number): Value {
    const weight = this.weight('classifier.1.weight', [classes, width]);
    const bias = this.weight('classifier.1.bias', [classes]);
    return this.graph.node('Gemm', [pooled, weight, bias], { transB: 1 });
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
    const norm = {
      graph: this.graph,
      groups: this.config.num_groups,
      channels,
      parameter: (leaf: 'weight' | 'bias', as?: readonly number[]) =>
        this.weight(`${name}.${leaf}`, [channels], as),
    };
    return this.form === 'two-step' ? normInTwoSteps(wide, norm) : normByReduction(wide, norm);
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
