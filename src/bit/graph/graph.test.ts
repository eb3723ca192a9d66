import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { type Checkpoint, checkpointOf } from '../checkpoint/checkpoint.ts';
import { parseBitConfig } from '../config.ts';
import { buildGraph, stageStrides } from './resnetv2.ts';
import { standardize } from './standardize.ts';
import { checkWeights, loadWeights, prepareWeights } from './weights.ts';

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

/** A change here changes what every user's device computes: measure speed and numbers before taking a new hash over. */
test.each([
  [{}, 'two-step', 'fa6fc0df2139a409'],
  [{}, 'reduce', '3ef99c9a2605016f'],
  [
    { layer_type: 'bottleneck', global_padding: 'SAME', embedding_dynamic_padding: true, output_stride: 8 },
    'two-step',
    '6324758af9a48f68',
  ],
] as const)('the float32 graph of %o in the form %s is the one that was measured', (json, form, hash) => {
  const { bytes } = buildGraph(parseBitConfig(json), { form });
  expect(createHash('sha256').update(bytes).digest('hex').slice(0, 16)).toBe(hash);
});

test('float16 plans kernels of two bytes a value and leaves the norms float32, all at multiples of 4', () => {
  const config = parseBitConfig({
    num_channels: 1,
    embedding_size: 5,
    num_groups: 1,
    hidden_sizes: [8],
    depths: [1],
  });
  const { weights, weightLength, weightBytes } = buildGraph(config, { precision: 'float16' });
  expect(weights.map(({ name, dtype }) => dtype === (/conv/.test(name) ? 'F16' : 'F32'))).not.toContain(
    false,
  );
  expect(weights[0]).toMatchObject({ name: 'embedder.convolution.weight', byteOffset: 0 });
  expect(weights[1]).toMatchObject({ dtype: 'F32', byteOffset: 492 }); // 245 halves and two bytes of padding
  expect(weights.every(({ byteOffset }) => byteOffset % 4 === 0)).toBe(true);
  expect(weightLength).toBe(buildGraph(config).weightLength);
  expect(buildGraph(config).weightBytes).toBe(4 * weightLength);
  expect(weightBytes).toBeLessThan(2.5 * weightLength);
});

test('a tensor becomes halves, standardized', () => {
  const planned = { name: 'w', shape: [2, 2, 1, 1], byteOffset: 4, standardize: true } as const;
  const bytes = prepareWeights({ ...planned, dtype: 'F16' }, Float32Array.of(1, 3, 5, 5));
  expect([...new Uint16Array(bytes.buffer)]).toEqual([0xbc00, 0x3c00, 0, 0]);
});

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
