/** Someone else's .onnx through the engine, on onnxruntime-web's WASM in Node. */
import { expect, test } from 'vitest';
import { madeCheckpoint, madeValues } from '../../e2e/bench/made.ts';
import { buildOrdinaryGraph } from '../../e2e/bench/ordinary.ts';
import { OnnxWriter, type Value } from '../bit/graph/onnx.ts';
import { loadWeights, type NamedBlob, parseBitConfig } from '../bit/index.ts';
import { type Model, openModel } from './model.ts';
import type { Choices } from './protocol.ts';

const quiet = {
  signal: new AbortController().signal,
  cancelled: () => false,
  onProgress: () => undefined,
  onBlocking: () => undefined,
};
const open = (files: readonly NamedBlob[], choices: Choices = {}): Promise<Model> =>
  openModel({ kind: 'files', files, choices }, 'wasm', quiet);
const named = (name: string, ...parts: BlobPart[]): NamedBlob => ({ name, blob: new Blob(parts) });

/** Means of the channels, weighted: logits are these by hand. */
function small(
  shape: readonly (number | string)[],
  finish?: (graph: OnnxWriter, logits: Value) => Value,
): NamedBlob {
  const graph = new OnnxWriter();
  const x = graph.input('image', shape);
  const pooled = graph.node('ReduceMean', [x, graph.integers([2, 3])], { keepdims: 0 });
  const weight = graph.floats([1, 0, 0, 10, 0, 1, 0, 10, 0, 0, 1, 10], [3, 4]);
  const logits = graph.node('MatMul', [pooled, weight]);
  graph.output('scores', finish?.(graph, logits) ?? logits, ['N', 4]);
  return named('small.onnx', graph.finish('small'));
}

async function logitsOf(model: Model, data: Float32Array, shape: readonly number[]): Promise<Float32Array> {
  const { logits } = await model.network.forward({ data, shape }, ['logits'], quiet);
  expect(logits?.shape[0]).toBe(shape[0]);
  return logits?.data ?? new Float32Array();
}

test('the zeros that a stem pads with stay zeros: +0 gives the numbers of -0', async () => {
  const config = parseBitConfig({ embedding_size: 32, hidden_sizes: [128, 256], depths: [1, 1] });
  const pixels = madeValues('pixels', 3 * 64 * 64);
  const answers = [];
  for (const padValue of [0, -0] as const) {
    const graph = buildOrdinaryGraph(config, padValue);
    const weights = await loadWeights(graph, madeCheckpoint(graph));
    const model = await open([named('bit.onnx', graph.bytes), named('weights', weights)]);
    expect(model.info).toMatchObject({ format: 'onnx', name: 'bit.onnx', parameters: expect.any(Number) });
    answers.push(await logitsOf(model, pixels, [1, 3, 64, 64]));
    await model.network.release();
  }
  const [plus = new Float32Array(), minus = new Float32Array()] = answers;
  expect(plus).toHaveLength(256);
  const worst = plus.reduce(
    (most, value, i) => Math.max(most, Math.abs(value - (minus[i] ?? Number.NaN))),
    0,
  );
  // merged into the pool, the border is off by 8e-4 here
  expect(worst).toBeLessThan(1e-5);
});

test('free sizes: 224 is assumed and said, several pictures are answered at once', async () => {
  const model = await open([small(['N', 3, 'H', 'W'])]);
  expect(model.info).toMatchObject({
    assumed: ['input', 'normalization', 'labels'],
    processorAssumed: true,
    labels: ['LABEL_0', 'LABEL_1', 'LABEL_2', 'LABEL_3'],
    processor: { cropSize: { height: 224, width: 224 }, size: { shortestEdge: 224 } },
    device: { device: 'wasm' },
  });
  const pixels = Float32Array.from({ length: 2 * 3 * 4 }, (_, i) => Math.floor(i / 4));
  expect(Array.from(await logitsOf(model, pixels, [2, 3, 2, 2]))).toEqual([0, 1, 2, 30, 3, 4, 5, 120]);
  expect(model.info.givesProbabilities).toBe(false);
});

test('a fixed size is kept to, and one picture at a time is run where the network takes no more', async () => {
  const model = await open([small([1, 3, 2, 2]), named('labels.txt', 'a\nb\nc\nd\n')]);
  expect(model.info).toMatchObject({ assumed: ['normalization'], labels: ['a', 'b', 'c', 'd'] });
  expect(model.processor.cropSize).toEqual({ height: 2, width: 2 });
  const pixels = Float32Array.from({ length: 2 * 3 * 4 }, (_, i) => Math.floor(i / 4));
  expect(Array.from(await logitsOf(model, pixels, [2, 3, 2, 2]))).toEqual([0, 1, 2, 30, 3, 4, 5, 120]);
  await expect(logitsOf(model, pixels, [1, 3, 4, 2])).rejects.toMatchObject({ code: 'input-shape' });
  const processor = JSON.stringify({ crop_size: 4, size: 4 });
  await expect(open([small([1, 3, 2, 2]), named('p.json', processor)])).rejects.toMatchObject({
    code: 'config-conflict',
    message: expect.stringContaining('2 x 2'),
  });
});

test('what lies beside it, and what a person chooses, is not assumed', async () => {
  const files = [
    small(['N', 3, 'H', 'W']),
    named('config.json', JSON.stringify({ id2label: { 0: 'x', 1: 'y', 2: 'z', 3: 'w' }, image_size: 96 })),
  ];
  const beside = await open(files);
  expect(beside.info).toMatchObject({ labels: ['x', 'y', 'z', 'w'], assumed: ['normalization'] });
  expect(beside.processor.cropSize).toEqual({ height: 96, width: 96 });
  const chosen = await open(files, { labels: ['1', '2', '3', '4'], processor: { size: 32, crop_size: 32 } });
  expect(chosen.info).toMatchObject({ labels: ['1', '2', '3', '4'], labelsFrom: 'chosen', assumed: [] });
  expect(chosen.processor.cropSize).toEqual({ height: 32, width: 32 });
});

test('a timm config.json beside it says how pictures are prepared and what the classes are called', async () => {
  const timm = {
    architecture: 'resnetv2_50x1_bit',
    pretrained_cfg: {
      input_size: [3, 112, 112],
      crop_pct: 0.875,
      interpolation: 'bicubic',
      mean: [0.1, 0.2, 0.3],
      std: [0.4, 0.5, 0.6],
      label_names: ['p', 'q', 'r', 's'],
    },
  };
  const { info } = await open([small(['N', 3, 'H', 'W']), named('config.json', JSON.stringify(timm))]);
  expect(info).toMatchObject({ assumed: [], labels: ['p', 'q', 'r', 's'], labelsFrom: 'file' });
  expect(info.processor).toMatchObject({
    size: { shortestEdge: 128 },
    cropSize: { height: 112, width: 112 },
    resample: 3,
    imageMean: [0.1, 0.2, 0.3],
    imageStd: [0.4, 0.5, 0.6],
  });
  expect(info.inputs[0]).toMatchObject({ kind: 'own', processor: { cropSize: { height: 112 } } });
});

test('probabilities are not made probabilities of again', async () => {
  const model = await open([small(['N', 3, 'H', 'W'], (graph, logits) => graph.node('Softmax', [logits]))]);
  expect(model.info.givesProbabilities).toBe(true);
});

test('an output of another shape than it says is refused', async () => {
  const graph = new OnnxWriter();
  graph.output('logits', graph.input('x', ['N', 3, 'H', 'W']), ['N', 4]);
  await expect(open([named('a.onnx', graph.finish('a'))])).rejects.toMatchObject({ name: 'BitError' });
});
