import { expect, test } from 'vitest';
import { type Checkpoint, checkpointOf } from '../checkpoint/checkpoint.ts';
import { parseBitConfig } from '../config.ts';
import { buildGraph, stageStrides } from './resnetv2.ts';
import { standardize } from './standardize.ts';
import { checkWeights, loadWeights } from './weights.ts';

const small = parseBitConfig({ embedding_size: 8, hidden_sizes: [16, 32], depths: [1, 2], num_groups: 4 });

test('standardized kernels have mean 0 and variance 1; constant ones become zeros', () => {
  const kernel = Float32Array.of(1, 2, 3, 4, 7, 7, 7, 7);
  standardize(kernel, 2);
  const s = Math.sqrt(1.25 + 1e-8);
  expect([...kernel]).toEqual([...[-1.5, -0.5, 0.5, 1.5].map((d) => Math.fround(d / s)), 0, 0, 0, 0]);
});

test('a BiT-50 graph is kilobytes and plans every weight but the classifier', () => {
  const graph = buildGraph(parseBitConfig({}));
  expect(graph.bytes.length).toBeLessThan(128 * 1024);
  expect(graph.weightLength).toBe(23_500_352); // google/bit-50 without its classifier
});

test('the same config gives the same bytes', () =>
  expect(buildGraph(small).bytes).toEqual(buildGraph(small).bytes));

test('both norm forms plan the same tensors at the same places', () => {
  expect(buildGraph(small, { form: 'reduce' }).weights).toEqual(
    buildGraph(small, { form: 'two-step' }).weights,
  );
});

test.each([
  [32, [1, 2, 2, 2], [1, 1, 1, 1]],
  [16, [1, 2, 2, 1], [1, 1, 1, 2]],
  [8, [1, 2, 1, 1], [1, 1, 2, 4]],
  [1, [1, 1, 1, 1], [1, 2, 4, 8]],
])('output_stride %d', (output_stride, strides, dilations) => {
  const stages = stageStrides(parseBitConfig({ output_stride }));
  expect(stages.map(({ stride }) => stride)).toEqual(strides);
  expect(stages.map(({ dilation }) => dilation)).toEqual(dilations);
});

function zeros(shapes: ReadonlyMap<string, readonly number[]>): Checkpoint {
  const tensors = new Map([...shapes].map(([name, shape]) => [name, { name, shape, dtype: 'F32' as const }]));
  return checkpointOf('memory', 'zeros', tensors, async ({ shape }) => ({
    blob: new Blob(),
    decode: () => new Float32Array(shape.reduce((a, b) => a * b, 1)),
  }));
}

test('a missing or misshapen tensor is named', () => {
  const graph = buildGraph(small);
  const shapes = new Map(graph.weights.map(({ name, shape }) => [name, shape]));
  expect(() => checkWeights(graph, zeros(shapes))).not.toThrow();
  shapes.set('norm.bias', [31]);
  expect(() => checkWeights(graph, zeros(shapes))).toThrow(/norm\.bias is \[31\].*\[32\]/);
  shapes.delete('norm.bias');
  expect(() => checkWeights(graph, zeros(shapes))).toThrow(
    expect.objectContaining({ code: 'checkpoint-tensor' }),
  );
});

test('loading reports progress to the end and can be cancelled', async () => {
  const graph = buildGraph(small);
  const checkpoint = zeros(new Map(graph.weights.map(({ name, shape }) => [name, shape])));
  const seen: number[] = [];
  await loadWeights(graph, checkpoint, { onProgress: (done) => seen.push(done) });
  expect(seen.at(-1)).toBe(graph.weightLength);
  await expect(loadWeights(graph, checkpoint, { signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: 'aborted',
  });
});
