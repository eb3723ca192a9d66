/** Whether a device's answer on a fixed input is the one WASM gives in float32. */
import {
  applyHead,
  type BitConfigFields,
  BitError,
  featureShapes,
  functionToApply,
  type Head,
  type ProcessorConfig,
  scoresOf,
  topK,
} from '../bit/index.ts';
import type { PlainTensor, Precision } from './protocol.ts';

/** Largest |d|/(1+|ref|) between two devices that still counts as the same answer; full-size nets measured 1.2e-4. */
const SAME = 1e-3;
/** Largest move of a probability that float16 may cause. */
const SAME_PROBABILITY = 5e-3;
/**
 * The same for pooled features where there is no head: a softmax moves a probability by at most a quarter of what its
 * logits move, so 5e-3 leaves them 2e-2.
 */
const SAME_HALF_FEATURES = 4 * SAME_PROBABILITY;
/** Side of the check's input where the network takes any size: every stage still sees more than one pixel. */
const SIDE = 64;
/** VALID padding lets little but 15 to 18 pixels through. */
const SMALL_SIDE = 16;

export interface Verdict {
  /** Largest |d|/(1+|ref|) of pooled features and logits. */
  readonly error: number;
  /** Why it fails; null when it passes. */
  readonly failure: string | null;
}

/** A fixed input in [-1, 1), of the processor's size up to 64 pixels a side, or of a size that goes through the network. */
export function probeInput(config: BitConfigFields, processor: ProcessorConfig): PlainTensor {
  const own = processor.cropSize ?? { height: SIDE, width: SIDE };
  const most = { height: Math.min(own.height, SIDE), width: Math.min(own.width, SIDE) };
  const small = { height: SMALL_SIDE, width: SMALL_SIDE };
  const { height, width } = [most, own, small].find((size) => goesThrough(config, size)) ?? most;
  return noise([1, config.num_channels, height, width]);
}

/** A fixed tensor in [-1, 1). */
export function noise(shape: readonly number[]): PlainTensor {
  const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
  for (let i = 0, state = 1; i < data.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0; // Numerical Recipes' generator: any fixed noise will do
    data[i] = state / 2 ** 31 - 1;
  }
  return { data, shape };
}

function goesThrough(config: BitConfigFields, { height, width }: { height: number; width: number }): boolean {
  try {
    featureShapes(config, height, width);
    return true;
  } catch (error) {
    if (error instanceof BitError && error.code === 'input-shape') return false;
    throw error;
  }
}

/** Compares pooled features [1, C] with the reference's, and through the head what a person would be told. */
export function judge(
  pooled: Float32Array,
  reference: Float32Array,
  head: Head | null,
  config: Pick<BitConfigFields, 'num_labels' | 'problem_type'>,
  precision: Precision,
): Verdict {
  const features = distance(pooled, reference);
  const logits = head ? applyHead(head, pooled) : pooled;
  const expected = head ? applyHead(head, reference) : reference;
  const error = Math.max(features, distance(logits, expected));
  if (precision === 'float32') {
    return { error, failure: error <= SAME ? null : `off by ${error.toExponential(1)} from WASM` };
  }
  if (!head) {
    const passes = features <= SAME_HALF_FEATURES;
    return { error, failure: passes ? null : `features off by ${features.toExponential(1)} from float32` };
  }
  const apply = functionToApply(config);
  return { error, failure: judgeScores(scoresOf(logits, apply), scoresOf(expected, apply), head.labels) };
}

function judgeScores(scores: Float32Array, expected: Float32Array, labels: readonly string[]): string | null {
  const moved = expected.reduce((most, p, i) => worse(most, Math.abs((scores[i] ?? Number.NaN) - p)), 0);
  if (!(moved <= SAME_PROBABILITY)) return `a probability moves by ${moved.toExponential(1)} from float32`;
  const best = (row: Float32Array): string =>
    topK(row, labels)
      .map(({ index }) => index)
      .join();
  return best(scores) === best(expected) ? null : 'the five likeliest classes differ from float32';
}

/** Largest |d|/(1+|ref|); another length or NaN counts as infinitely far. */
function distance(actual: Float32Array, reference: Float32Array): number {
  if (actual.length !== reference.length) return Number.POSITIVE_INFINITY;
  return reference.reduce(
    (most, value, i) => worse(most, Math.abs((actual[i] ?? Number.NaN) - value) / (1 + Math.abs(value))),
    0,
  );
}

const worse = (most: number, d: number): number =>
  Number.isNaN(d) ? Number.POSITIVE_INFINITY : Math.max(most, d);
