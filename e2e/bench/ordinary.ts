/**
 * The same network as the ordinary route gives it: PyTorch's modules one by one, as torch.onnx writes them. Weight
 * standardization stays in the graph, GroupNorm is an InstanceNormalization between reshapes, ReLU and Pad are apart.
 */
import type { BitConfig } from '../../src/bit/config.ts';
import { OnnxWriter, type Value } from '../../src/bit/graph/onnx.ts';
import type { BitGraph, PlannedTensor } from '../../src/bit/graph/resnetv2.ts';
import { STANDARDIZATION_EPSILON } from '../../src/bit/graph/standardize.ts';
import { midWidth, stageWidths } from '../../src/bit/widths.ts';

/** Epsilon of every GroupNorm (transformers `BitGroupNormActivation`). */
const GROUP_NORM_EPSILON = 1e-5;

/**
 * Builds the export of a preactivation BiT with symmetric padding and an output stride of 32, as the published ones are.
 * ONNX Runtime merges the stem's Pad into the pool with a border of -infinity, which is wrong; with `padValue` -0 it
 * leaves the Pad alone, and the network must give what ours gives.
 */
export function buildOrdinaryGraph(config: BitConfig, padValue: 0 | -0): BitGraph {
  const published =
    config.layer_type === 'preactivation' &&
    config.global_padding === null &&
    config.output_stride === 32 &&
    config.hidden_act === 'relu' &&
    !config.embedding_dynamic_padding;
  if (!published) throw new Error('the ordinary export is written for the published shape of BiT only');

  const net = new ExportWriter(config.num_groups);
  const { graph } = net;
  let x = graph.input('pixel_values', ['N', config.num_channels, 'H', 'W']);
  x = net.conv(x, 'embedder.convolution', config.num_channels, config.embedding_size, 7, 2);
  x = graph.node('Pad', [x, graph.integers([0, 0, 1, 1, 0, 0, 1, 1]), graph.floats([padValue], [])]);
  x = graph.node('MaxPool', [x], { kernel_shape: [3, 3], strides: [2, 2] });

  let width = config.embedding_size;
  stageWidths(config).forEach((out, i) => {
    const middle = midWidth(out);
    for (let j = 0; j < (config.depths[i] ?? 0); j++) {
      const prefix = `encoder.stages.${i}.layers.${j}.`;
      const stride = i > 0 && j === 0 ? 2 : 1;
      const a = net.normAct(x, `${prefix}norm1`, width);
      const shortcut = j === 0 ? net.conv(a, `${prefix}downsample.conv`, width, out, 1, stride) : x;
      let y = net.conv(a, `${prefix}conv1`, width, middle, 1, 1);
      y = net.conv(net.normAct(y, `${prefix}norm2`, middle), `${prefix}conv2`, middle, middle, 3, stride);
      y = net.conv(net.normAct(y, `${prefix}norm3`, middle), `${prefix}conv3`, middle, out, 1, 1);
      x = graph.node('Add', [y, shortcut]);
      width = out;
    }
  });
  const pooled = graph.node('GlobalAveragePool', [net.normAct(x, 'norm', width)]);
  graph.output('pooled', graph.node('Flatten', [pooled], { axis: 1 }), ['N', width]);
  return {
    bytes: graph.finish('ordinary'),
    weights: net.weights,
    weightLength: net.weightLength,
    weightBytes: 4 * net.weightLength,
    outputs: ['pooled'],
  };
}

class ExportWriter {
  readonly graph = new OnnxWriter();
  readonly weights: PlannedTensor[] = [];
  weightLength = 0;
  private readonly groups: number;

  constructor(groups: number) {
    this.groups = groups;
  }

  /** A convolution of the raw kernel, standardized here: F.batch_norm of [1, O, -1] without running statistics. */
  conv(x: Value, name: string, input: number, output: number, kernel: number, stride: number): Value {
    const { graph } = this;
    const raw = this.weight(`${name}.weight`, [output, input, kernel, kernel]);
    const rows = graph.node('Reshape', [raw, graph.integers([1, output, -1])]);
    const mean = (value: Value): Value =>
      graph.node('ReduceMean', [value, graph.integers([0, 2])], { keepdims: 1 });
    const deviation = graph.node('Sub', [rows, mean(rows)]);
    const variance = mean(graph.node('Mul', [deviation, deviation]));
    const epsilon = graph.floats([STANDARDIZATION_EPSILON], []);
    const sd = graph.node('Sqrt', [graph.node('Add', [variance, epsilon])]);
    const standardized = graph.node('Reshape', [
      graph.node('Div', [deviation, sd]),
      graph.integers([output, input, kernel, kernel]),
    ]);
    const pad = Math.floor((stride - 1 + kernel - 1) / 2);
    return graph.node('Conv', [x, standardized], {
      kernel_shape: [kernel, kernel],
      strides: [stride, stride],
      pads: [pad, pad, pad, pad],
    });
  }

  /** torch.onnx's GroupNorm: InstanceNormalization of [N, groups, -1] with scale 1 and bias 0, then Mul and Add. */
  normAct(x: Value, name: string, channels: number): Value {
    const { graph, groups } = this;
    const grouped = graph.node('Reshape', [x, graph.integers([0, groups, -1])]);
    const constant = (value: number): Value => graph.floats(new Array<number>(groups).fill(value));
    const normed = graph.node('InstanceNormalization', [grouped, constant(1), constant(0)], {
      epsilon: { float: GROUP_NORM_EPSILON },
    });
    const back = graph.node('Reshape', [normed, graph.node('Shape', [x])]);
    const scaled = graph.node('Mul', [back, this.weight(`${name}.weight`, [channels], [channels, 1, 1])]);
    const shifted = graph.node('Add', [scaled, this.weight(`${name}.bias`, [channels], [channels, 1, 1])]);
    return graph.node('Relu', [shifted]);
  }

  private weight(name: string, shape: readonly number[], as: readonly number[] = shape): Value {
    const byteOffset = 4 * this.weightLength;
    this.weights.push({ name, shape, dtype: 'F32', byteOffset, standardize: false });
    this.weightLength += shape.reduce((a, b) => a * b, 1);
    return this.graph.external(name, as, byteOffset);
  }
}
