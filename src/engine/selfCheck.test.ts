import { expect, test } from 'vitest';
import { parseBitConfig, parseProcessorConfig } from '../bit/index.ts';
import { judge, probeInput } from './selfCheck.ts';

const config = { num_labels: 6, problem_type: null };
/** Logits are the six features themselves. */
const head = {
  labels: ['a', 'b', 'c', 'd', 'e', 'f'],
  weight: Float32Array.from({ length: 36 }, (_, i) => (i % 7 === 0 ? 1 : 0)),
  bias: new Float32Array(6),
};
const reference = Float32Array.of(6, 5, 4, 3, 2, 1);
const moved = (index: number, by: number): Float32Array =>
  reference.map((value, i) => (i === index ? value + by : value));

test('float32 must agree to 1e-3', () => {
  expect(judge(moved(0, 6e-3), reference, head, config, 'float32').failure).toBeNull();
  expect(judge(moved(0, 8e-3), reference, head, config, 'float32').failure).toMatch(/off by 1\.1e-3/);
});

test('float16 must tell the same five classes with probabilities within 5e-3', () => {
  expect(judge(moved(0, 0.01), reference, head, config, 'float16').failure).toBeNull();
  expect(judge(moved(0, 0.04), reference, head, config, 'float16').failure).toMatch(/probability moves/);
  const close = Float32Array.of(6, 5, 4, 3, 2, 1.999);
  const swapped = Float32Array.of(6, 5, 4, 3, 1.999, 2);
  expect(judge(swapped, close, head, config, 'float16').failure).toMatch(/five likeliest/);
});

test('a backbone in float16 must give features within 2e-2', () => {
  expect(judge(moved(0, 0.1), reference, null, config, 'float16').failure).toBeNull();
  expect(judge(moved(0, 0.2), reference, null, config, 'float16').failure).toMatch(/features off by 2\.9e-2/);
});

test.each(['float32', 'float16'] as const)('NaN and a wrong length never pass in %s', (precision) => {
  for (const bad of [moved(2, Number.NaN), reference.slice(1)]) {
    expect(judge(bad, reference, null, config, precision).failure).not.toBeNull();
  }
  expect(judge(moved(2, Number.NaN), reference, head, config, precision).failure).not.toBeNull();
});

test('the probe is small, and of a size that goes through the network', () => {
  const shape = (config: unknown, crop_size: number): readonly number[] =>
    probeInput(parseBitConfig(config), parseProcessorConfig({ crop_size })).shape;
  const valid = { hidden_sizes: [256, 512], depths: [1, 1], global_padding: 'valid' };
  expect(shape({}, 96)).toEqual([1, 3, 64, 64]);
  expect(shape({}, 48)).toEqual([1, 3, 48, 48]);
  expect(shape(valid, 17)).toEqual([1, 3, 17, 17]);
  expect(shape(valid, 96)).toEqual([1, 3, 16, 16]);
});
