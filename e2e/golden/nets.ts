/** Seeded random BiTs: every field of the config, far beyond what was published, with weights and a picture. */
import { HIDDEN_ACTS } from '../../src/bit/config.ts';
import type { ExternalWeights } from '../../src/engine/weights.ts';
import type { Fields, Tensor } from './reference.ts';

/** Uniform numbers in [0, 1): mulberry32. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface Net {
  readonly fields: Fields;
  readonly pixels: Tensor;
  /** Values of a tensor: the same for the same name. */
  readonly tensor: (name: string, length: number) => Float32Array;
}

/** One net of a seed. Most can be built and run; some the reference refuses. */
export function randomNet(seed: number): Net {
  const next = random(seed);
  const whole = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1));
  const one = <T>(choices: readonly T[]): T => choices[whole(0, choices.length - 1)] as T;
  const chance = (p: number): boolean => next() < p;

  const layer_type = one(['preactivation', 'bottleneck']);
  const num_groups = one([1, 1, 2, 2, 3, 4, 4, 5, 8, 8, 8, 16, chance(0.3) ? 32 : 2]);
  const width_factor = chance(0.25) ? whole(2, 3) : 1;
  const global_padding = one([
    null,
    null,
    null,
    null,
    'SAME',
    'SAME',
    'same',
    'Same',
    chance(0.5) ? 'VALID' : 'valid',
  ]);
  const valid = global_padding?.toUpperCase() === 'VALID';
  const stages = valid ? one([1, 2]) : one([1, 2, 2, 3, 3, 4, 5]);
  const plain = layer_type === 'preactivation' && !chance(0.05);
  const hidden_sizes = Array.from({ length: stages }, (_, i) =>
    hiddenSize(next, num_groups, width_factor, plain && i === stages - 1),
  );
  const depths = hidden_sizes.map(() => one([1, 1, 1, 2, 3]));
  if (chance(0.1)) depths.push(1);
  if (chance(0.03)) hidden_sizes.push(64);
  const num_channels = one([3, 3, 1, 4]);
  const fields: Fields = {
    num_channels,
    embedding_size: num_groups * whole(num_groups === 1 ? 2 : 1, Math.max(2, Math.floor(16 / num_groups))),
    hidden_sizes,
    depths,
    layer_type,
    hidden_act: one(HIDDEN_ACTS),
    global_padding,
    num_groups,
    embedding_dynamic_padding: chance(0.4),
    output_stride: one([1, 2, 4, 5, 7, 8, 16, 32, 32, 33, 64]),
    width_factor,
  };
  const side = (): number =>
    valid
      ? whole(15, 18 + whole(0, 1))
      : chance(0.25)
        ? whole(1, 8)
        : chance(0.8)
          ? whole(9, 33)
          : whole(34, 49);
  const shape = [one([1, 1, 2, 3]), num_channels, side(), side()] as const;
  const data = Float64Array.from({ length: shape.reduce((a, b) => a * b) }, () => Math.fround(normal(next)));
  return { fields, pixels: { shape, data }, tensor: (name, length) => weights(seed, name, length) };
}

/** A width whose stage and middle widths the groups divide, where 200 tries find one. */
function hiddenSize(next: () => number, groups: number, factor: number, plain: boolean): number {
  for (let i = 0; i < 200; i++) {
    const size = 1 + Math.floor(next() * (groups > 8 ? 140 : 64));
    const width = eighths(size * factor);
    const fits = width % groups === 0 && eighths(width / 4) % groups === 0;
    if (fits && (!plain || width === size)) return size;
  }
  return 64;
}

const eighths = (v: number): number => {
  const n = Math.max(8, Math.floor((v + 4) / 8) * 8);
  return n < 0.9 * v ? n + 8 : n;
};

/** Box–Muller. */
function normal(next: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}

function weights(seed: number, name: string, length: number): Float32Array {
  let key = seed;
  for (const letter of name) key = Math.imul(key ^ letter.charCodeAt(0), 0x01000193);
  const next = random(key);
  if (/activation\.beta$/.test(name)) return Float32Array.of(0.5);
  if (/activation\.eps$/.test(name)) return Float32Array.of(-1e-6);
  if (/activation\.alpha_.$/.test(name)) return Float32Array.of(-0.5 + next());
  if (/activation\.weight$/.test(name)) return Float32Array.of(next());
  if (!/conv/.test(name)) {
    const center = name.endsWith('.weight') ? 1 : 0;
    return Float32Array.from({ length }, () => center + 0.3 * normal(next));
  }
  const scale = 10 ** (-2 + 2 * next());
  return Float32Array.from({ length }, () => scale * (normal(next) + 0.2));
}

/** Weights that all lie in one buffer, as a session takes them. */
export function inMemory(data: Uint8Array<ArrayBuffer>): ExternalWeights {
  return { data, ms: () => 0, check: () => undefined };
}
