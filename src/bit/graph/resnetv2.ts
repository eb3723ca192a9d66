/**
 * BiT as an ONNX graph: ResNetV2 (He et al., arXiv:1603.05027) with GroupNorm and weight-standardized convolutions
 * (Kolesnikov et al., arXiv:1912.11370), as transformers' modeling_bit.py runs it.
 *
 * The graph is some kilobytes; its weights are external data, planned here and filled in by weights.ts.
 */
import type { BitConfig } from '../config.ts';
import { stageWidths } from '../widths.ts';
import { NetworkWriter, type Unit } from './network.ts';
import type { Value } from './onnx.ts';

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
  /** A classifier's number of classes: output `logits` [N, classes] instead of `pooled`, from `classifier.1.*`. */
  readonly classes?: number;
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
  const pooled = net.graph.node('ReduceMean', [last, net.graph.integers([2, 3])], { keepdims: 0 });
  const outputs = [options.classes === undefined ? 'pooled' : 'logits'];
  if (options.classes === undefined) net.graph.output('pooled', pooled, ['N', width]);
  else net.graph.output('logits', net.classifier(pooled, width, options.classes), ['N', options.classes]);
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
