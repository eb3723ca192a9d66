import { existsSync, openAsBlob, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { classActivationMap, supportOf } from './cam.ts';
import { openCheckpoint } from './checkpoint/open.ts';
import { parseBitConfig } from './config.ts';
import { applyHead, type Head, readHead } from './head.ts';

const head: Head = {
  labels: ['a', 'b'],
  weight: Float32Array.of(1, 2, -1, 0.5),
  bias: Float32Array.of(10, -3),
};
/** Two channels of 1 x 3 places. */
const features = { data: Float32Array.of(1, 0, 2, 3, 1, 0), shape: [2, 1, 3] };

test('a map is the head’s weighted sum at each place, without the bias', () => {
  const map = classActivationMap(head, 0, features);
  expect(map).toEqual({ data: Float32Array.of(7, 2, 2), width: 3, height: 1 });
  expect(classActivationMap(head, 1, { ...features, shape: [1, 2, 1, 3] }).data).toEqual(
    Float32Array.of(0.5, 0.5, -2),
  );
});

test.each([
  ['another width', [3, 1, 2], 0],
  ['another length', [2, 1, 4], 0],
  ['a batch of two', [2, 2, 1, 3], 0],
  ['no places', [2, 0, 3], 0],
  ['a row', [6], 0],
  ['a class that is not there', [2, 1, 3], 2],
  ['half a class', [2, 1, 3], 0.5],
  ['a class below the first', [2, 1, 3], -1],
])('%s is refused', (_, shape, index) => {
  expect(() => classActivationMap(head, index, { data: features.data, shape })).toThrow(
    expect.objectContaining({ code: 'input-shape' }),
  );
});

test('what speaks for a class is the positive part, scaled to the peak', () => {
  expect(supportOf({ data: Float32Array.of(-1, 2, 4, 0), width: 2, height: 2 })).toEqual({
    data: Float32Array.of(0, 0.5, 1, 0),
    width: 2,
    height: 2,
    peak: 4,
  });
  expect(supportOf({ data: Float32Array.of(-1, -2), width: 2, height: 1 })).toEqual({
    data: Float32Array.of(0, 0),
    width: 2,
    height: 1,
    peak: 0,
  });
});

// the reference's own last_hidden_state and logits
interface Tensor {
  readonly file: string;
  readonly shape: readonly number[];
}
interface Expected {
  readonly images: readonly {
    readonly last_hidden_state?: Tensor;
    readonly logits?: Tensor;
  }[];
}
const shared = join(process.env.BIT_LENS_SHARED ?? '../shared', 'golden/models');
if (!existsSync(shared))
  console.log(`${shared} is not there: only the committed reference cases are compared`);
const cases = ['e2e/fixtures/models', shared]
  .filter((root) => existsSync(root))
  .flatMap((root) => readdirSync(root).map((name) => join(root, name)))
  .filter((dir) => existsSync(join(dir, 'expected.json')));

const floats = (dir: string, { file }: Tensor): Float32Array =>
  new Float32Array(new Uint8Array(readFileSync(join(dir, file))).buffer);

const withMaps = cases.flatMap((dir) => {
  const { images } = JSON.parse(readFileSync(join(dir, 'expected.json'), 'utf8')) as Expected;
  const pairs = images.flatMap(({ last_hidden_state, logits }) =>
    last_hidden_state && logits ? [{ last_hidden_state, logits }] : [],
  );
  return pairs.length > 0 ? [{ dir, pairs }] : [];
});

describe.each(withMaps)('$dir', ({ dir, pairs }) => {
  test('the mean of each map and the bias make the reference’s logit', async () => {
    const names = readdirSync(dir).filter((name) => /\.(safetensors|bin|npz|json)$/.test(name));
    const weights = names.filter((name) => !/^img\d/.test(name) && name !== 'expected.json');
    const files = await Promise.all(
      weights.map(async (name) => ({ name, blob: await openAsBlob(join(dir, name)) })),
    );
    const { checkpoint, configJson } = await openCheckpoint(files);
    const own = await readHead(parseBitConfig(configJson?.json), checkpoint);
    if (!own) throw new Error('the case has logits but no head');
    for (const { last_hidden_state, logits } of pairs) {
      const map = { data: floats(dir, last_hidden_state), shape: last_hidden_state.shape };
      const expected = floats(dir, logits);
      for (const [index, logit] of expected.entries()) {
        const { data } = classActivationMap(own, index, map);
        const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
        const error = Math.abs(mean + (own.bias[index] ?? Number.NaN) - logit) / (1 + Math.abs(logit));
        expect(error).toBeLessThan(2e-6); // measured: at most 8.2e-7
      }
    }
  });
});

test('the maps of a head add up to what the head answers', () => {
  const width = 64;
  const noise = (n: number, seed: number): Float32Array =>
    Float32Array.from({ length: n }, (_, i) => Math.sin(seed + 12.9898 * i * i));
  const random: Head = { labels: ['x', 'y', 'z'], weight: noise(3 * width, 1), bias: noise(3, 2) };
  const map = { data: noise(width * 35, 3), shape: [width, 5, 7] };
  const pooled = Float32Array.from({ length: width }, (_, c) => {
    let sum = 0;
    for (let i = 0; i < 35; i++) sum += map.data[c * 35 + i] ?? 0;
    return sum / 35;
  });
  for (const [index, logit] of applyHead(random, pooled).entries()) {
    const { data } = classActivationMap(random, index, map);
    const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
    expect(mean + (random.bias[index] ?? 0)).toBeCloseTo(logit, 5);
  }
});
