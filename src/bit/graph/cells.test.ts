import { expect, test } from 'vitest';
import { parseBitConfig } from '../config.ts';
import { cellGrid } from './cells.ts';

/** Middles of the first cells and their distance, pixels of the input. */
function pixels(fields: object, width: number, height = width) {
  const { x, y } = cellGrid(parseBitConfig(fields), { width, height });
  return [x.first * width, x.step * width, y.first * height, y.step * height].map((at) => +at.toFixed(6));
}

test('padding alike on both sides puts the first cell at the corner', () => {
  expect(pixels({}, 224)).toEqual([0.5, 32, 0.5, 32]);
  expect(pixels({}, 448, 321)).toEqual([0.5, 32, 0.5, 32]);
  expect(pixels({ output_stride: 8 }, 224)).toEqual([0.5, 8, 0.5, 8]);
  expect(pixels({ embedding_size: 32, hidden_sizes: [128, 256, 512], depths: [1, 1, 1] }, 80)).toEqual([
    0.5, 16, 0.5, 16,
  ]);
});

test('SAME with dynamic padding puts it near the middle of an even grid’s', () => {
  // 0.5, and 1 by the stem (2 of 5 zeros before), 2 by the pool (none of 1), 2, 4 and 8 by the strided blocks
  const fields = { layer_type: 'bottleneck', global_padding: 'SAME', embedding_dynamic_padding: true };
  expect(pixels(fields, 224)).toEqual([17.5, 32, 17.5, 32]);
});

test('an odd size pads the pool in front as well', () => {
  // stem's map: 113 + 2 zeros, and 1 of 2 more in front
  expect(pixels({ embedding_dynamic_padding: true, depths: [1], hidden_sizes: [256] }, 225)).toEqual([
    -1.5, 4, -1.5, 4,
  ]);
});

test('zeros right of and below the picture: the cells are told in parts of the picture', () => {
  const grid = cellGrid(parseBitConfig({}), { width: 256, height: 256 }, { width: 256, height: 128 });
  expect(grid.x.step).toBe(1 / 8);
  expect(grid.y.step).toBe(1 / 4);
});
