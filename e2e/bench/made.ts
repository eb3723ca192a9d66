/** Weights and pixels that need no file: made from integers, the same on every machine and in every worker. */
import { checkpointOf } from '../../src/bit/checkpoint/checkpoint.ts';
import type { BitGraph, Checkpoint } from '../../src/bit/index.ts';
import { fmix32 } from '../golden/recipe.ts';

/** `length` values, uniform in [-1, 1), that depend on the text alone. */
export function madeValues(text: string, length: number): Float32Array<ArrayBuffer> {
  let key = 0;
  for (const letter of text) key = fmix32(key + (letter.codePointAt(0) ?? 0) + 0x9e3779b1);
  const values = new Float32Array(length);
  for (let i = 0; i < length; i++) {
    values[i] = ((fmix32(key + Math.imul(i + 1, 0x85ebca77)) >>> 8) - 8_388_608) / 8_388_608;
  }
  return values;
}

/** A tensor of a BiT: kernels and shifts of about 0.1, scales about 1. */
export function madeTensor(name: string, shape: readonly number[]): Float32Array<ArrayBuffer> {
  const values = madeValues(
    name,
    shape.reduce((a, b) => a * b, 1),
  );
  const offset = /norm\d?\.weight$/.test(name) ? 1 : 0;
  for (let i = 0; i < values.length; i++) values[i] = offset + 0.1 * (values[i] ?? 0);
  return values;
}

/** A checkpoint that holds every tensor of the graph. */
export function madeCheckpoint(graph: BitGraph): Checkpoint {
  const tensors = new Map(
    graph.weights.map(({ name, shape }) => [name, { name, shape, dtype: 'F32' as const }]),
  );
  return checkpointOf('memory', 'made', tensors, async ({ name, shape }) => ({
    blob: new Blob(),
    decode: () => madeTensor(name, shape),
  }));
}
