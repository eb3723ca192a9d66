/**
 * BiT a second time, as plainly as it can be said: float64, naive loops, one image axis at a time, raw kernels in. It
 * shares nothing with src/bit but the tensors' names, so that the two can be tested against each other. Where the
 * reference implementation raises, this throws `Crash`.
 */

/** config.json's own fields; what is missing has the class default. */
export interface Fields {
  readonly num_channels?: number;
  readonly embedding_size?: number;
  readonly hidden_sizes?: readonly number[];
  readonly depths?: readonly number[];
  readonly layer_type?: string;
  readonly hidden_act?: string;
  readonly global_padding?: string | null;
  readonly num_groups?: number;
  readonly embedding_dynamic_padding?: boolean;
  readonly output_stride?: number;
  readonly width_factor?: number;
}

/** [N, C, H, W], C order. */
export interface Tensor {
  readonly shape: readonly [number, number, number, number];
  readonly data: Float64Array;
}

/** A checkpoint tensor's values by its canonical name; `length` is how many the network expects. */
export type Weights = (name: string, length: number) => ArrayLike<number>;

export interface Outputs {
  readonly hiddenStates: readonly Tensor[];
  readonly lastHiddenState: Tensor;
  /** [N, C] */
  readonly pooled: Float64Array;
}

/** The reference implementation raises here: whatever the picture, or because of its size. */
export class Crash extends Error {
  readonly code: 'config-conflict' | 'input-shape';

  constructor(code: Crash['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * Runs the network on pixel_values. `round` is applied to every value between two steps: with Math.fround, the distance
 * to the run without it tells how far float32 alone, however well it sums, moves this net's answer.
 */
export function forward(
  fields: Fields,
  weights: Weights,
  pixels: Tensor,
  round: (value: number) => number = (value) => value,
): Outputs {
  return new Network(fields, weights, round).run(pixels);
}

function makeDiv(v: number): number {
  const n = Math.max(8, Math.floor(Math.trunc(v + 4) / 8) * 8);
  return n < 0.9 * v ? n + 8 : n;
}

class Network {
  private readonly f: Required<Fields>;
  private readonly weights: Weights;
  private readonly padding: string | null;
  private readonly round: (value: number) => number;

  constructor(fields: Fields, weights: Weights, round: (value: number) => number) {
    this.round = round;
    this.f = {
      num_channels: 3,
      embedding_size: 64,
      hidden_sizes: [256, 512, 1024, 2048],
      depths: [3, 4, 6, 3],
      layer_type: 'preactivation',
      hidden_act: 'relu',
      global_padding: null,
      num_groups: 32,
      embedding_dynamic_padding: false,
      output_stride: 32,
      width_factor: 1,
      ...fields,
    };
    this.weights = weights;
    this.padding = this.f.global_padding === null ? null : this.f.global_padding.toUpperCase();
    this.build();
  }

  /** What the modules' constructors refuse, and what fails at every size. */
  private build(): void {
    const { f } = this;
    const widths = f.hidden_sizes.slice(0, f.depths.length).map((size) => makeDiv(size * f.width_factor));
    for (const channels of [f.embedding_size, ...widths, ...widths.map((width) => makeDiv(width * 0.25))])
      if (channels % f.num_groups !== 0) throw new Crash('config-conflict', 'num_groups');
    if (f.layer_type === 'preactivation' && f.hidden_sizes.at(-1) !== widths.at(-1))
      throw new Crash('config-conflict', 'the final norm');
  }

  run(pixels: Tensor): Outputs {
    const { f } = this;
    const preactivation = f.layer_type === 'preactivation';
    let x = this.stem(pixels);
    const hiddenStates = [x];
    let reached = 4;
    let dilation = 1;
    for (let i = 0; i < Math.min(f.depths.length, f.hidden_sizes.length); i++) {
      let stride = i === 0 ? 1 : 2;
      if (reached >= f.output_stride) {
        dilation *= stride;
        stride = 1;
      }
      const width = makeDiv((f.hidden_sizes[i] ?? 0) * f.width_factor);
      for (let j = 0; j < (f.depths[i] ?? 0); j++) {
        const name = `encoder.stages.${i}.layers.${j}`;
        const s = j === 0 ? stride : 1;
        if (preactivation) x = this.preactivationBlock(x, name, width, s, j === 0);
        else {
          const d = j > 0 ? dilation : dilation === 1 || dilation === 2 ? 1 : 2;
          x = this.bottleneckBlock(x, name, width, s, d, j === 0);
        }
      }
      reached *= stride;
      hiddenStates.push(x);
    }
    if (preactivation) x = this.normAct(x, 'norm');
    return { hiddenStates, lastHiddenState: x, pooled: meanOverSpace(x) };
  }

  private stem(pixels: Tensor): Tensor {
    const { f } = this;
    if (pixels.shape[1] !== f.num_channels) throw new Crash('input-shape', 'num_channels');
    let x = this.conv(pixels, 'embedder.convolution', f.embedding_size, 7, 2, 1);
    if (this.padding !== 'SAME') x = pad(x, [1, 1], [1, 1]);
    if (f.layer_type === 'bottleneck') x = this.normAct(x, 'embedder.norm');
    if (f.embedding_dynamic_padding) x = dynamicPad(x, 3, 2, 1);
    return maxPool(x);
  }

  private preactivationBlock(x: Tensor, name: string, width: number, stride: number, first: boolean): Tensor {
    const mid = makeDiv(width * 0.25);
    const a = this.normAct(x, `${name}.norm1`);
    const shortcut = first ? this.conv(a, `${name}.downsample.conv`, width, 1, stride, 1) : x;
    let y = this.conv(a, `${name}.conv1`, mid, 1, 1, 1);
    y = this.conv(this.normAct(y, `${name}.norm2`), `${name}.conv2`, mid, 3, stride, 1);
    y = this.conv(this.normAct(y, `${name}.norm3`), `${name}.conv3`, width, 1, 1, 1);
    return this.rounded(add(y, shortcut));
  }

  private bottleneckBlock(
    x: Tensor,
    name: string,
    width: number,
    stride: number,
    dilation: number,
    first: boolean,
  ): Tensor {
    const mid = makeDiv(width * 0.25);
    let y = this.normAct(this.conv(x, `${name}.conv1`, mid, 1, 1, 1), `${name}.norm1`);
    y = this.normAct(this.conv(y, `${name}.conv2`, mid, 3, stride, dilation), `${name}.norm2`);
    y = this.norm(this.conv(y, `${name}.conv3`, width, 1, 1, 1), `${name}.norm3`);
    const shortcut = first
      ? this.norm(this.conv(x, `${name}.downsample.conv`, width, 1, stride, 1), `${name}.downsample.norm`)
      : x;
    return this.act(this.rounded(add(y, shortcut)), name);
  }

  private conv(x: Tensor, name: string, output: number, k: number, stride: number, dilation: number): Tensor {
    const [, input] = x.shape;
    const kernel = this.standardized(`${name}.weight`, output, input * k * k);
    const even = (dilation * (k - 1)) % 2 === 0;
    let padded = x;
    if (this.padding === 'SAME' && !(stride === 1 && even)) padded = dynamicPad(x, k, stride, dilation);
    else if (this.padding !== 'VALID') {
      const p = Math.floor((stride - 1 + dilation * (k - 1)) / 2);
      padded = pad(x, [p, p], [p, p]);
    }
    return this.rounded(convolve(padded, kernel, output, k, stride, dilation));
  }

  /** Raw kernels to zero mean and unit variance, one output channel at a time. */
  private standardized(name: string, output: number, n: number): Float64Array {
    const raw = this.get(name, output * n);
    if (n === 1) throw new Crash('config-conflict', 'one value in a filter');
    const out = new Float64Array(output * n);
    for (let o = 0; o < output; o++) {
      let mean = 0;
      for (let i = 0; i < n; i++) mean += (raw[o * n + i] ?? Number.NaN) / n;
      let variance = 0;
      for (let i = 0; i < n; i++) variance += ((raw[o * n + i] ?? Number.NaN) - mean) ** 2 / n;
      for (let i = 0; i < n; i++)
        out[o * n + i] = ((raw[o * n + i] ?? Number.NaN) - mean) / Math.sqrt(variance + 1e-8);
    }
    return out;
  }

  private get(name: string, length: number): ArrayLike<number> {
    const values = this.weights(name, length);
    if (values.length !== length) throw new Error(`${name} has ${values.length} values, expected ${length}`);
    return values;
  }

  private normAct(x: Tensor, name: string): Tensor {
    return this.act(this.norm(x, name), name);
  }

  private norm(x: Tensor, name: string): Tensor {
    const [n, channels, h, w] = x.shape;
    const groups = this.f.num_groups;
    const perGroup = channels / groups;
    if (n * perGroup * h * w === 1) throw new Crash('input-shape', 'one value in a group');
    const gamma = this.get(`${name}.weight`, channels);
    const beta = this.get(`${name}.bias`, channels);
    const out = new Float64Array(x.data.length);
    const size = perGroup * h * w;
    for (let start = 0; start < out.length; start += size) {
      let mean = 0;
      for (let i = 0; i < size; i++) mean += at(x, start + i) / size;
      let variance = 0;
      for (let i = 0; i < size; i++) variance += (at(x, start + i) - mean) ** 2 / size;
      for (let i = 0; i < size; i++) {
        const c = Math.floor((start + i) / (h * w)) % channels;
        const normed = (at(x, start + i) - mean) / Math.sqrt(variance + 1e-5);
        out[start + i] = normed * (gamma[c] ?? Number.NaN) + (beta[c] ?? Number.NaN);
      }
    }
    return this.rounded({ shape: x.shape, data: out });
  }

  private rounded({ shape, data }: Tensor): Tensor {
    return { shape, data: data.map((value) => this.round(value)) };
  }

  private act(x: Tensor, name: string): Tensor {
    const parameter = (leaf: string): number => this.get(`${name}.activation.${leaf}`, 1)[0] ?? Number.NaN;
    const f = activation(this.f.hidden_act, parameter);
    return this.rounded({ shape: x.shape, data: x.data.map((value) => f(value)) });
  }
}

/** The formulas of transformers' ACT2FN and of torch.nn, one number at a time. */
export function activation(name: string, parameter: (leaf: string) => number): (x: number) => number {
  const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
  const softplus = (x: number): number => (x > 20 ? x : Math.log1p(Math.exp(x)));
  const gelu = (x: number): number => x * 0.5 * (1 + erf(x / Math.SQRT2));
  const tanhGelu = (x: number): number =>
    0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
  const table: Readonly<Record<string, () => (x: number) => number>> = {
    relu: () => (x) => Math.max(x, 0),
    relu2: () => (x) => Math.max(x, 0) ** 2,
    relu6: () => (x) => Math.min(Math.max(x, 0), 6),
    leaky_relu: () => (x) => (x > 0 ? x : 0.01 * x),
    gelu: () => gelu,
    gelu_python: () => gelu,
    gelu_10: () => (x) => Math.min(Math.max(gelu(x), -10), 10),
    gelu_new: () => tanhGelu,
    gelu_accurate: () => tanhGelu,
    gelu_pytorch_tanh: () => tanhGelu,
    gelu_python_tanh: () => tanhGelu,
    gelu_fast: () => (x) => 0.5 * x * (1 + Math.tanh(x * 0.7978845608 * (1 + 0.044715 * x * x))),
    quick_gelu: () => (x) => x * sigmoid(1.702 * x),
    silu: () => (x) => x * sigmoid(x),
    swish: () => (x) => x * sigmoid(x),
    sigmoid: () => sigmoid,
    tanh: () => Math.tanh,
    mish: () => (x) => x * Math.tanh(softplus(x)),
    hardswish: () => (x) => (x * Math.min(Math.max(x + 3, 0), 6)) / 6,
    // biome-ignore lint/suspicious/noApproximativeNumericConstant: activations.py has these six digits, not the constant
    laplace: () => (x) => 0.5 * (1 + erf((x - 0.707107) / (0.282095 * Math.SQRT2))),
    sqrtsoftplus: () => (x) => Math.sqrt(softplus(x)),
    linear: () => (x) => x,
    prelu: () => {
      const slope = parameter('weight');
      return (x) => (x > 0 ? x : slope * x);
    },
    xielu: () => {
      const [p, n, beta, eps] = ['alpha_p', 'alpha_n', 'beta', 'eps'].map(parameter) as [
        number,
        number,
        number,
        number,
      ];
      const positive = softplus(p);
      const negative = beta + softplus(n);
      return (x) =>
        x > 0 ? positive * x * x + beta * x : (Math.expm1(Math.min(x, eps)) - x) * negative + beta * x;
    },
  };
  const made = table[name];
  if (!made) throw new Crash('config-conflict', `KeyError: ${name}`);
  return made();
}

/** The error function: its Taylor series near 0, the continued fraction of erfc beyond (Abramowitz & Stegun 7.1.5, 7.1.14). */
function erf(x: number): number {
  const z = Math.abs(x);
  if (z < 2.5) {
    let term = z;
    let sum = z;
    for (let n = 1; Math.abs(term) > 1e-18 * sum; n++) {
      term *= (-z * z) / n;
      sum += term / (2 * n + 1);
    }
    return (Math.sign(x) * 2 * sum) / Math.sqrt(Math.PI);
  }
  let fraction = z;
  for (let n = 100; n > 0; n--) fraction = z + n / 2 / fraction;
  return Math.sign(x) * (1 - Math.exp(-z * z) / (Math.sqrt(Math.PI) * fraction));
}

const at = ({ data }: Tensor, i: number): number => data[i] ?? Number.NaN;

type Ends = readonly [before: number, after: number];

function pad(x: Tensor, [top, bottom]: Ends, [left, right]: Ends): Tensor {
  const [n, c, h, w] = x.shape;
  const [H, W] = [top + h + bottom, left + w + right];
  const data = new Float64Array(n * c * H * W);
  for (let plane = 0; plane < n * c; plane++)
    for (let i = 0; i < h; i++)
      for (let j = 0; j < w; j++) data[(plane * H + top + i) * W + left + j] = at(x, (plane * h + i) * w + j);
  return { shape: [n, c, H, W], data };
}

function dynamicPad(x: Tensor, k: number, stride: number, dilation: number): Tensor {
  const [rows, columns] = [x.shape[2], x.shape[3]].map((n): Ends => {
    const t = Math.max((Math.ceil(n / stride) - 1) * stride + (k - 1) * dilation + 1 - n, 0);
    return [Math.floor(t / 2), t - Math.floor(t / 2)];
  }) as [Ends, Ends];
  return pad(x, rows, columns);
}

function convolve(
  x: Tensor,
  kernel: Float64Array,
  output: number,
  k: number,
  stride: number,
  dilation: number,
): Tensor {
  const [n, input, h, w] = x.shape;
  const reach = dilation * (k - 1) + 1;
  if (h < reach || w < reach) throw new Crash('input-shape', 'the kernel is larger than its input');
  const H = Math.floor((h - reach) / stride) + 1;
  const W = Math.floor((w - reach) / stride) + 1;
  const data = new Float64Array(n * output * H * W);
  for (let image = 0, p = 0; image < n; image++)
    for (let o = 0; o < output; o++)
      for (let i = 0; i < H; i++)
        for (let j = 0; j < W; j++, p++) {
          let sum = 0;
          for (let c = 0, q = o * input * k * k; c < input; c++)
            for (let a = 0; a < k; a++) {
              const row = ((image * input + c) * h + i * stride + a * dilation) * w + j * stride;
              for (let b = 0; b < k; b++, q++)
                sum += (kernel[q] as number) * (x.data[row + b * dilation] as number);
            }
          data[p] = sum;
        }
  return { shape: [n, output, H, W], data };
}

/** 3 x 3, stride 2, no padding. */
function maxPool(x: Tensor): Tensor {
  const [n, c, h, w] = x.shape;
  if (h < 3 || w < 3) throw new Crash('input-shape', 'nothing to pool');
  const H = Math.floor((h - 3) / 2) + 1;
  const W = Math.floor((w - 3) / 2) + 1;
  const data = new Float64Array(n * c * H * W);
  for (let plane = 0, p = 0; plane < n * c; plane++)
    for (let i = 0; i < H; i++)
      for (let j = 0; j < W; j++, p++) {
        let most = Number.NEGATIVE_INFINITY;
        for (let a = 0; a < 3; a++)
          for (let b = 0; b < 3; b++) most = Math.max(most, at(x, (plane * h + 2 * i + a) * w + 2 * j + b));
        data[p] = most;
      }
  return { shape: [n, c, H, W], data };
}

/** y + shortcut, where an axis of 1 stretches to the other's. */
function add(y: Tensor, shortcut: Tensor): Tensor {
  const [n, c, h, w] = y.shape;
  const [, , sh, sw] = shortcut.shape;
  const stretched = (a: number, b: number): number => {
    if (a !== b && a !== 1 && b !== 1) throw new Crash('input-shape', 'the residual add');
    return Math.max(a, b);
  };
  const H = stretched(h, sh);
  const W = stretched(w, sw);
  const data = new Float64Array(n * c * H * W);
  for (let plane = 0, p = 0; plane < n * c; plane++)
    for (let i = 0; i < H; i++)
      for (let j = 0; j < W; j++, p++)
        data[p] =
          at(y, (plane * h + (h === 1 ? 0 : i)) * w + (w === 1 ? 0 : j)) +
          at(shortcut, (plane * sh + (sh === 1 ? 0 : i)) * sw + (sw === 1 ? 0 : j));
  return { shape: [n, c, H, W], data };
}

function meanOverSpace({ shape: [n, c, h, w], data }: Tensor): Float64Array {
  const out = new Float64Array(n * c);
  for (const [i, value] of data.entries()) {
    const plane = Math.floor(i / (h * w));
    out[plane] = (out[plane] ?? 0) + value / (h * w);
  }
  return out;
}
