import { expect, test } from 'vitest';
import { applyHead, functionToApply, type Head, scoresOf, topK } from './head.ts';

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
