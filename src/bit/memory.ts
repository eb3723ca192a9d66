/** What a network needs of memory, from its config alone: nothing of a checkpoint is read. */
import type { BitConfig, HiddenAct } from './config.ts';
import { buildGraph, stageStrides } from './graph/resnetv2.ts';
import { type Extent, resizedExtent } from './image/geometry.ts';
import type { ProcessorConfig } from './image/processor-config.ts';
import { midWidth, stageWidths } from './widths.ts';

/** The most that WebAssembly's 32-bit memory grows to here: 65,536 pages of 64 KiB, less one that no allocator gets. */
export const WASM_HEAP_BYTES = 4_294_901_760;
/** ONNX Runtime's own: static data, stacks of eight threads, the session's graph. One thread measured 7.6 MB. */
const RUNTIME_BYTES = 16e6;
/** What the holes between maps of many sizes add to them: R50 measured 1.24 to 1.32 at 224 to 896 px, R152x4 1.58 at 480. */
const HOLES = 1.6;

/** Side of a picture that is neither resized nor cropped, where one has to be assumed: most published nets take it. */
const UNSIZED_SIDE = 448;

export interface MemoryNeed {
  /** Weights of the backbone in float32, bytes. */
  readonly weights: number;
  /** Feature maps and work space that are alive at once at the worst moment of a run on WASM, bytes. */
  readonly activations: number;
  /** The largest single tensor, weights or feature map, bytes. */
  readonly largestTensor: number;
  /** What the heap must hold to run on WASM, bytes; compare with WASM_HEAP_BYTES. */
  readonly wasm: number;
}

/** Estimates the need for one picture of `size` pixels. Pure: for a shelf of models as for one that is opened. */
export function memoryNeed(config: BitConfig, size: Extent): MemoryNeed {
  const { weights: planned, weightLength } = buildGraph(config);
  const weights = 4 * weightLength;
  const maps = new Maps(config);
  maps.run(size);
  const tensors = planned.map(({ shape }) => 4 * shape.reduce((a, b) => a * b, 1));
  return {
    weights,
    activations: maps.most,
    largestTensor: tensors.reduce((a, b) => Math.max(a, b), maps.largest),
    wasm: heap(weights, maps.most),
  };
}

const heap = (weights: number, activations: number): number =>
  Math.ceil(weights + HOLES * activations) + RUNTIME_BYTES;

/** MemoryNeed's `wasm` for a backbone of so many parameters: builds no graph, so that a whole catalogue takes no time. */
export function wasmNeed(config: BitConfig, size: Extent, parameters: number): number {
  const maps = new Maps(config);
  maps.run(size);
  return heap(4 * parameters, maps.most);
}

/** The size that a processor gives most pictures; where it crops nothing, of a square one. */
export function usualInput({ doCenterCrop, cropSize, doResize, size }: ProcessorConfig): Extent {
  if (doCenterCrop && cropSize) return cropSize;
  const square = { height: UNSIZED_SIDE, width: UNSIZED_SIDE };
  return doResize && size ? resizedExtent(size, square) : square;
}

/** A feature map [1, channels, height, width]. */
interface FeatureMap extends Extent {
  readonly channels: number;
}

const bytesOf = ({ channels, height, width }: FeatureMap): number => 4 * channels * height * width;

/** Temporary maps beside the result while an activation is computed; what ONNX Runtime fuses or does in place has none. */
const TEMPORARIES: Partial<Record<HiddenAct, number>> = {
  relu2: 1,
  silu: 1,
  swish: 1,
  quick_gelu: 1,
  mish: 1,
  hardswish: 1,
  prelu: 1,
  laplace: 1,
  gelu: 2,
  gelu_10: 2,
  gelu_accurate: 2,
  gelu_fast: 2,
  gelu_new: 2,
  gelu_python: 2,
  gelu_python_tanh: 2,
  gelu_pytorch_tanh: 2,
  sqrtsoftplus: 2,
  xielu: 3,
};

/** Walks through the network as resnetv2.ts writes it and notes what is alive. */
class Maps {
  /** Bytes alive at the worst moment. */
  most = 0;
  /** Bytes of the largest map. */
  largest = 0;
  private readonly config: BitConfig;
  private input = 0;

  constructor(config: BitConfig) {
    this.config = config;
  }

  run({ height, width }: Extent): void {
    const { config } = this;
    const pixels = { channels: config.num_channels, height, width };
    this.input = bytesOf(pixels);
    let x = this.stem(pixels);
    const strides = stageStrides(config);
    stageWidths(config).forEach((out, i) => {
      const { stride, dilation } = strides[i] ?? { stride: 1, dilation: 1 };
      for (let j = 0; j < (config.depths[i] ?? 0); j++)
        x = this.unit(x, out, j === 0 ? stride : 1, dilation, j === 0);
    });
    this.norm(x, []);
  }

  private stem(pixels: FeatureMap): FeatureMap {
    const x = this.conv(pixels, this.config.embedding_size, 7, 2, 1, []);
    const padded = { ...x, height: x.height + 2, width: x.width + 2 };
    this.alive(x, padded);
    if (this.config.layer_type === 'bottleneck') this.norm(padded, []);
    const pooled = { ...x, height: Math.ceil(x.height / 2), width: Math.ceil(x.width / 2) };
    this.alive(padded, pooled);
    return pooled;
  }

  private unit(
    x: FeatureMap,
    channels: number,
    stride: number,
    dilation: number,
    first: boolean,
  ): FeatureMap {
    const middle = midWidth(channels);
    const preactivation = this.config.layer_type === 'preactivation';
    if (preactivation) this.norm(x, first ? [] : [x]); // what it gives is of x's size: `x` stands for both
    const shortcut = first ? this.conv(x, channels, 1, stride, 1, []) : x;
    if (first && !preactivation) this.norm(shortcut, [x]);
    let y = this.conv(x, middle, 1, 1, 1, [shortcut]);
    this.norm(y, [shortcut]);
    y = this.conv(y, middle, 3, stride, preactivation ? 1 : dilation, [shortcut]);
    this.norm(y, [shortcut]);
    y = this.conv(y, channels, 1, 1, 1, [shortcut]);
    if (!preactivation) this.norm(y, [shortcut]);
    return y;
  }

  /** GroupNorm and activation of x, which is overwritten unless it is among `others`. */
  private norm(x: FeatureMap, others: readonly FeatureMap[]): void {
    const copies = Math.max(2, 1 + (TEMPORARIES[this.config.hidden_act] ?? 0));
    this.alive(...new Array<FeatureMap>(copies).fill(x), ...others);
  }

  /** A convolution; the runtime expands the input where the kernel is no plain product and there are many channels. */
  private conv(
    x: FeatureMap,
    channels: number,
    kernel: number,
    stride: number,
    dilation: number,
    others: readonly FeatureMap[],
  ): FeatureMap {
    const pad =
      this.config.global_padding === 'VALID' ? 0 : Math.floor((stride - 1 + dilation * (kernel - 1)) / 2);
    const length = (n: number): number =>
      Math.max(1, Math.floor((n + 2 * pad - dilation * (kernel - 1) - 1) / stride) + 1);
    const y = { channels, height: length(x.height), width: length(x.width) };
    const places = y.height * y.width;
    const expanded =
      (kernel > 1 || stride > 1) && channels > places
        ? [{ ...y, channels: x.channels * kernel * kernel }]
        : [];
    this.alive(x, y, ...others, ...expanded);
    return y;
  }

  private alive(...maps: readonly FeatureMap[]): void {
    for (const map of maps) this.largest = Math.max(this.largest, bytesOf(map));
    this.most = Math.max(this.most, this.input + maps.reduce((sum, map) => sum + bytesOf(map), 0));
  }
}
