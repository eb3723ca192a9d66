import { expect, test } from 'vitest';
import { parseBitConfig } from '../config.ts';
import { BitError } from '../errors.ts';
import { featureShapes } from './shapes.ts';

const small = { embedding_size: 8, hidden_sizes: [16, 32], depths: [1, 2], num_groups: 4 };

function refusal(json: unknown, height: number, width: number, batch?: number): string {
  try {
    featureShapes(parseBitConfig(json), height, width, batch);
  } catch (error) {
    if (error instanceof BitError && error.code === 'input-shape') return error.message;
    throw error;
  }
  throw new Error('was accepted');
}

test('google/bit-50 at 224: stem 56, then 56, 28, 14 and 7', () => {
  expect(featureShapes(parseBitConfig({}), 224, 224, 2)).toEqual([
    [2, 64, 56, 56],
    [2, 256, 56, 56],
    [2, 512, 28, 28],
    [2, 1024, 14, 14],
    [2, 2048, 7, 7],
  ]);
});

test.each([
  // description of the stem: 64 -> 32 -> 34 -> dynamic 35 -> 17; SAME without it 64 -> 32 -> 15
  [{ ...small, embedding_dynamic_padding: true }, 17],
  [{ ...small, global_padding: 'SAME' }, 15],
  [{ ...small, global_padding: 'SAME', embedding_dynamic_padding: true }, 16],
  [small, 16],
])('the stem of %o gives %d of 64', (json, side) => {
  expect(featureShapes(parseBitConfig(json), 64, 64)[0]).toEqual([1, 8, side, side]);
});

test('VALID runs at 15 to 18 pixels in two stages, where the sum stretches 1 to 3', () => {
  const valid = { ...small, depths: [1, 1], global_padding: 'valid' };
  for (const side of [15, 16, 17, 18])
    expect(featureShapes(parseBitConfig(valid), side, side)).toEqual([
      [1, 8, 3, 3],
      [1, 16, 3, 3],
      [1, 32, 2, 2],
    ]);
});

test.each([
  [
    { ...small, global_padding: 'VALID' },
    [64, 64],
    "global_padding VALID: at 64 x 64 (height x width) stage 1, layer 1's conv2 gives 13 x 13, its shortcut 15 x 15",
  ],
  [
    { ...small, global_padding: 'VALID' },
    [6, 40],
    "global_padding VALID: at 6 x 40 (height x width) the stem's convolution reaches over 7 x 7, but sees 6 x 40",
  ],
  [
    { ...small, global_padding: 'VALID' },
    [15, 8],
    "global_padding VALID: at 15 x 8 (height x width) stage 1, layer 1's conv2 reaches over 3 x 3, but sees 3 x 1",
  ],
  [
    { ...small, global_padding: 'SAME' },
    [4, 9],
    "global_padding SAME without embedding_dynamic_padding: at 4 x 9 (height x width) the stem's 3 x 3 max pool sees 2 x 5",
  ],
  [
    { ...small, num_groups: 8 },
    [4, 3],
    "num_groups 8: at 4 x 3 stage 1, layer 1's norm1 sees 8 channels of 1 x 1, one value a group, which cannot be normalized",
  ],
] as const)('%o at %o: %s', (json, [height, width], message) => {
  expect(refusal(json, height, width)).toBe(message);
});

test('a second picture in the batch gives a group a second value, as torch counts', () => {
  const json = { ...small, num_groups: 8 };
  expect(featureShapes(parseBitConfig(json), 4, 3, 2).at(-1)).toEqual([2, 32, 1, 1]);
});

test('null padding takes any picture, down to one pixel', () => {
  expect(featureShapes(parseBitConfig(small), 1, 1).map(([, , h, w]) => [h, w])).toEqual([
    [1, 1],
    [1, 1],
    [1, 1],
  ]);
});

test.each([
  [0, 5],
  [5, 1.5],
  [Number.NaN, 5],
])('%d x %d is no picture', (height, width) => {
  expect(refusal(small, height, width)).toContain('no picture');
});

test('a stage without layers passes its input on', () => {
  const config = parseBitConfig({ ...small, hidden_sizes: [16, 16], depths: [1, 0] });
  expect(featureShapes(config, 64, 64).slice(1)).toEqual([
    [1, 16, 16, 16],
    [1, 16, 16, 16],
  ]);
});
