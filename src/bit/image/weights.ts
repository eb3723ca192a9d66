/** Pillow's filter numbers (PIL.Image.Resampling), as `resample` in preprocessor_config.json stores them. */
export const FILTER = { nearest: 0, lanczos: 1, bilinear: 2, bicubic: 3, box: 4, hamming: 5 } as const;
export type Filter = (typeof FILTER)[keyof typeof FILTER];
/** The filters that average; nearest only picks. */
export type AveragingFilter = Exclude<Filter, 0>;

/** The library whose integer rounding is reproduced. */
export type ProcessorBackend = 'torchvision' | 'pil';

/** Integer weights of the output pixels [from, from + length) of one axis. */
export interface AxisWeights {
  readonly length: number;
  /** First input pixel of each output pixel. */
  readonly start: Int32Array;
  /** Number of input pixels of each output pixel. */
  readonly count: Int32Array;
  /** `taps` slots per output pixel, the first `count` of them used. */
  readonly weight: Int32Array;
  readonly taps: number;
  /** The weights sum to about 2^bits. */
  readonly bits: number;
}

interface Kernel {
  readonly support: number;
  readonly at: (x: number) => number;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI);
}

function cubic(x: number): number {
  const a = -0.5; // Keys 1981; Pillow's and torchvision's antialiased choice
  const t = Math.abs(x);
  if (t < 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
  return t < 2 ? (((t - 5) * t + 8) * t - 4) * a : 0;
}

function hamming(x: number): number {
  const t = Math.abs(x);
  if (t === 0) return 1;
  if (t >= 1) return 0;
  return (Math.sin(t * Math.PI) / (t * Math.PI)) * (0.54 + 0.46 * Math.cos(t * Math.PI));
}

/** libImaging/Resample.c of Pillow 12.3: each filter and half its width at scale 1. */
const KERNELS: Readonly<Record<AveragingFilter, Kernel>> = {
  [FILTER.box]: { support: 0.5, at: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  [FILTER.bilinear]: { support: 1, at: (x) => Math.max(1 - Math.abs(x), 0) },
  [FILTER.hamming]: { support: 1, at: hamming },
  [FILTER.bicubic]: { support: 2, at: cubic },
  [FILTER.lanczos]: { support: 3, at: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

/** Pillow: PRECISION_BITS = 32 - 8 - 2 of Resample.c. */
const PILLOW_BITS = 22;

/** torchvision (ATen, UpSampleKernel.cpp): the largest precision at which the largest weight still fits int16. */
function torchBits(largest: number): number {
  let bits = 0;
  while (bits < PILLOW_BITS && Math.trunc(0.5 + largest * 2 ** (bits + 1)) < 32768) bits++;
  return bits;
}

/**
 * Weights with which `input` pixels become `output` pixels, for the output pixels [from, to) only.
 * Computed in float64 and rounded once, as both libraries do.
 */
export function axisWeights(
  backend: ProcessorBackend,
  filter: AveragingFilter,
  input: number,
  output: number,
  from = 0,
  to = output,
): AxisWeights {
  const kernel = KERNELS[filter];
  const scale = input / output;
  const stretch = Math.max(scale, 1);
  const support = kernel.support * stretch;
  const perInput = 1 / stretch;
  const taps = Math.ceil(support) * 2 + 1;
  const length = to - from;
  const start = new Int32Array(length);
  const count = new Int32Array(length);
  const exact = new Float64Array(length * taps);
  const row = new Float64Array(taps);
  let largest = 0;
  // torchvision's precision depends on the whole axis, so there all its weights are looked at.
  const [first, last] = backend === 'pil' ? [from, to] : [0, output];
  for (let i = first; i < last; i++) {
    const centre = (i + 0.5) * scale;
    const lo = Math.max(Math.trunc(centre - support + 0.5), 0);
    const n = Math.min(Math.trunc(centre + support + 0.5), input) - lo;
    let sum = 0;
    for (let k = 0; k < n; k++) {
      const w = kernel.at((k + lo - centre + 0.5) * perInput);
      row[k] = w;
      sum += w;
    }
    for (let k = 0; k < n; k++) {
      const w = sum === 0 ? (row[k] as number) : (row[k] as number) / sum;
      row[k] = w;
      if (w > largest) largest = w;
    }
    if (i < from || i >= to) continue;
    start[i - from] = lo;
    count[i - from] = n;
    exact.set(row.subarray(0, n), (i - from) * taps);
  }
  const bits = backend === 'pil' ? PILLOW_BITS : torchBits(largest);
  const unit = 2 ** bits;
  const weight = Int32Array.from(exact, (w) => Math.trunc(w * unit + (w < 0 ? -0.5 : 0.5)));
  return { length, start, count, weight, taps, bits };
}
