import { expect, test } from 'vitest';
import { checkpointOf } from '../bit/checkpoint/checkpoint.ts';
import { BitError, buildGraph, type Checkpoint, parseBitConfig } from '../bit/index.ts';
import { createSession } from './session.ts';
import { openWeights } from './weights.ts';

const graph = buildGraph(
  parseBitConfig({ embedding_size: 8, hidden_sizes: [16, 32], depths: [1, 2], num_groups: 4 }),
);
const WASM = { device: 'wasm', precision: 'float32' } as const;
const { signal } = new AbortController();
const nothing = (): ArrayBuffer => new ArrayBuffer(0);

/** A checkpoint of ones whose tensors are made by `decode`. */
function checkpoint(
  decode = (length: number, _name: string) => new Float32Array(length).fill(1),
): Checkpoint {
  const tensors = new Map(
    graph.weights.map(({ name, shape }) => [name, { name, shape, dtype: 'F16' as const }]),
  );
  return checkpointOf('memory', 'model.safetensors', tensors, async ({ name, shape }) => ({
    blob: new Blob(),
    decode: () =>
      decode(
        shape.reduce((a, b) => a * b, 1),
        name,
      ),
  }));
}

test('the runtime takes each tensor when it wants it, and no buffer of all of them is ever made', async () => {
  const made: string[] = [];
  let largest = 0;
  const steps: [number, number][] = [];
  const weights = await openWeights(
    graph,
    checkpoint((length, name) => {
      made.push(name);
      largest = Math.max(largest, length);
      return new Float32Array(length).fill(1);
    }),
    { signal, onProgress: (done, total) => steps.push([done, total]) },
    nothing,
  );
  expect(made).toEqual([]); // nothing is decoded before it is asked for
  expect(weights.data.buffer.byteLength).toBe(0);
  const session = await createSession(graph, weights, WASM);
  expect(new Set(made)).toEqual(new Set(graph.weights.map(({ name }) => name)));
  expect(largest).toBeLessThan(graph.weightLength / 2);
  expect(steps.at(-1)).toEqual([graph.weightLength, graph.weightLength]);
  const out = await session.run({ data: new Float32Array(3 * 32 * 32), shape: [1, 3, 32, 32] });
  expect(out.get('pooled')?.data).toEqual(new Float32Array(32).fill(1)); // zeros in, the last norm's bias out
  await session.release();
});

test('what is wrong with a tensor arrives as it was thrown', async () => {
  const damaged = new BitError('checkpoint-header', 'its checksum differs', { file: 'model.npz' });
  const weights = await openWeights(
    graph,
    checkpoint((length, name) => {
      if (name === 'norm.weight') throw damaged;
      return new Float32Array(length);
    }),
    { signal },
    nothing,
  );
  await expect(createSession(graph, weights, WASM)).rejects.toBe(damaged);
});

test('a file that changed meanwhile is named', async () => {
  const weights = await openWeights(graph, checkpoint(), { signal }, () => {
    throw new DOMException('gone', 'NotReadableError');
  });
  await expect(createSession(graph, weights, WASM)).rejects.toMatchObject({
    code: 'checkpoint-truncated',
    file: 'model.safetensors',
  });
});

test('cancelling is heard between two tensors', async () => {
  let asked = 0;
  const weights = await openWeights(graph, checkpoint(), { signal, cancelled: () => ++asked === 3 }, nothing);
  await expect(createSession(graph, weights, WASM)).rejects.toMatchObject({ code: 'aborted' });
  expect(asked).toBe(3);
});

test('a runtime that does not ask for the tensors is no success', async () => {
  const weights = await openWeights(graph, checkpoint(), { signal }, nothing);
  expect(() => weights.check()).toThrow(/without asking for embedder\.convolution\.weight/);
});

test('where nothing reads at once, all are read before', async () => {
  const weights = await openWeights(graph, checkpoint(), { signal });
  expect(weights.data.length).toBe(graph.weightBytes);
  expect(() => weights.check()).not.toThrow();
});
