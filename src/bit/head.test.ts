import { expect, test } from 'vitest';
import { type Checkpoint, checkpointOf } from './checkpoint/checkpoint.ts';
import { parseBitConfig } from './config.ts';
import { applyHead, functionToApply, type Head, logitsOf, readHead, scoresOf, topK } from './head.ts';

const head: Head = {
  labels: ['a', 'b'],
  weight: Float32Array.of(1, 2, 3, 4, 5, 6),
  bias: Float32Array.of(0.5, -0.5),
};

test('logits are weight x features + bias, for each row', () => {
  expect([...applyHead(head, Float32Array.of(1, 0, -1, 0, 1, 0))]).toEqual([-1.5, -2.5, 2.5, 4.5]);
});

test('features of another width are refused', () => {
  expect(() => applyHead(head, new Float32Array(4))).toThrow(
    expect.objectContaining({ code: 'input-shape' }),
  );
});

test('softmax survives large logits', () => {
  expect([...scoresOf(Float32Array.of(1000, 1000), 'softmax')]).toEqual([0.5, 0.5]);
});

test('sigmoid scores each class alone, none leaves the logits', () => {
  expect([...scoresOf(Float32Array.of(0, 0), 'sigmoid')]).toEqual([0.5, 0.5]);
  expect([...scoresOf(Float32Array.of(3, -1), 'none')]).toEqual([3, -1]);
});

test.each([
  [{ num_labels: 3, problem_type: null }, 'softmax'],
  [{ num_labels: 3, problem_type: 'regression' }, 'softmax'],
  [{ num_labels: 3, problem_type: 'multi_label_classification' }, 'sigmoid'],
  [{ num_labels: 1, problem_type: 'regression' }, 'sigmoid'],
])('%o is scored by %s', (config, expected) => expect(functionToApply(config)).toBe(expected));

test('top k: descending, ties by index, capped', () => {
  const scores = Float32Array.of(0.25, 0.5, 0.25);
  expect(topK(scores, ['a', 'b', 'c'], 9).map(({ index }) => index)).toEqual([1, 0, 2]);
  expect(topK(scores, ['a', 'b', 'c'], 1)).toEqual([{ index: 1, label: 'b', score: 0.5 }]);
});

/** A checkpoint that holds only a classifier of these shapes, all ones. */
function classifier(shapes: Readonly<Record<string, readonly number[]>>): Checkpoint {
  const tensors = new Map(
    Object.entries(shapes).map(([name, shape]) => [name, { name, shape, dtype: 'F32' as const }]),
  );
  return checkpointOf('memory', 'model.bin', tensors, async ({ shape }) => ({
    blob: new Blob(),
    decode: () => new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(1),
  }));
}

const weight = 'classifier.1.weight';
const bias = 'classifier.1.bias';
const config = parseBitConfig({ num_labels: 3 });

test('a classifier is read with its labels', async () => {
  const read = await readHead(config, classifier({ [weight]: [3, 2048], [bias]: [3] }));
  expect(read).toMatchObject({ labels: ['LABEL_0', 'LABEL_1', 'LABEL_2'], bias: Float32Array.of(1, 1, 1) });
  expect(read?.weight).toHaveLength(3 * 2048);
});

test('there is none in a backbone, nor with num_labels 0, where the reference only flattens', async () => {
  expect(await readHead(config, classifier({}))).toBeNull();
  const none = parseBitConfig({ num_labels: 0 });
  expect(await readHead(none, classifier({ [weight]: [3, 2048], [bias]: [3] }))).toBeNull();
});

test('logits: of the classifier, with num_labels 0 the features, without a classifier none', () => {
  const features = Float32Array.of(1, 0, -1);
  expect(logitsOf(config, head, features)).toEqual(applyHead(head, features));
  expect(logitsOf({ num_labels: 0 }, null, features)).toEqual(features);
  expect(logitsOf(config, null, features)).toBeNull();
});

test.each([
  [{ [weight]: [3, 2048] }, 'ask for classifier.1.bias [3], which the checkpoint does not hold'],
  [{ [weight]: [3, 2048], [bias]: [4] }, 'ask for classifier.1.bias [3], the checkpoint holds [4]'],
  [
    { [weight]: [3, 1024], [bias]: [3] },
    'ask for classifier.1.weight [3, 2048], the checkpoint holds [3, 1024]',
  ],
])('%o is refused in one sentence', async (shapes, message) => {
  await expect(readHead(config, classifier(shapes))).rejects.toMatchObject({
    code: 'checkpoint-tensor',
    message: `model.bin: num_labels and hidden_sizes ${message}`,
  });
});

test('a bottleneck whose last stage is wider than hidden_sizes says cannot carry a classifier', async () => {
  const wide = parseBitConfig({ layer_type: 'bottleneck', width_factor: 2, num_labels: 3 });
  await expect(readHead(wide, classifier({ [weight]: [3, 2048], [bias]: [3] }))).rejects.toMatchObject({
    code: 'config-conflict',
    message:
      'model.bin: the last stage has 4096 channels (2048 times width_factor 2, rounded to a multiple of 8), ' +
      "but the classifier takes hidden_sizes' last, 2048",
  });
  expect(await readHead(wide, classifier({}))).toBeNull(); // the backbone alone works
});
