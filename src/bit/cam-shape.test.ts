import { expect, test } from 'vitest';
import { supportOf } from './cam.ts';
import { areasOf, cellOutline, contourOf, smoothSupport } from './cam-shape.ts';

/** A support from a drawing: a digit is tenths of the peak, X the peak. */
function drawn(...rows: readonly string[]) {
  const values = rows.join('').replaceAll(' ', '');
  return supportOf({
    data: Float32Array.from(values, (c) => (c === 'X' ? 10 : Number(c))),
    width: values.length / rows.length,
    height: rows.length,
  });
}
const length = (line: readonly (readonly [number, number])[]): number =>
  line.slice(1).reduce((sum, [x, y], i) => {
    const [a, b] = line[i] ?? [x, y];
    return sum + Math.hypot(x - a, y - b);
  }, 0);

test('the smooth support has each cell’s own value at its middle and stays within 0 and 1', () => {
  const support = drawn('0 2 9', 'X 0 0', '1 5 4');
  const smooth = smoothSupport(support, 3);
  expect(smooth.length).toBe(81);
  for (let y = 0; y < 3; y++)
    for (let x = 0; x < 3; x++)
      expect(smooth[(3 * y + 1) * 9 + 3 * x + 1]).toBeCloseTo(support.data[3 * y + x] ?? Number.NaN, 6);
  expect(Math.min(...smooth)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...smooth)).toBeLessThanOrEqual(1);
});

test('one peak has one closed line around its middle', () => {
  const lines = contourOf(drawn('000', '0X0', '000'));
  expect(lines).toHaveLength(1);
  const [line = []] = lines;
  expect(line[0]).toEqual(line.at(-1));
  for (const [x, y] of line) expect(Math.abs(Math.hypot(x - 1.5, y - 1.5) - 0.55)).toBeLessThan(0.1);
  expect(length(line)).toBeGreaterThan(3);
  expect(length(line)).toBeLessThan(4);
});

test('a line that reaches the border is open there', () => {
  const [line = [], ...others] = contourOf(drawn('X0', 'X0', 'X0'));
  expect(others).toEqual([]);
  const ends = [line[0], line.at(-1)].map((end) => end?.[1]).sort();
  expect(ends).toEqual([0, 3]);
  for (const [x] of line) expect(x).toBeCloseTo(1, 5);
});

test('every place of a line has the level', () => {
  const support = drawn('0 3 9 1', '2 X 0 6', '1 5 4 8', '7 0 2 3');
  const lines = contourOf(support, 0.5, 32);
  expect(lines.length).toBeGreaterThan(1);
  const factor = 64;
  const smooth = smoothSupport(support, factor);
  for (const [x, y] of lines.flat()) {
    const [i, j] = [Math.min(255, Math.floor(x * factor)), Math.min(255, Math.floor(y * factor))];
    expect(Math.abs((smooth[j * 256 + i] ?? Number.NaN) - 0.5)).toBeLessThan(0.03);
  }
});

test('nothing that speaks for the class: no line, no area', () => {
  const support = drawn('00', '00');
  expect(support.peak).toBe(0);
  expect(contourOf(support)).toEqual([]);
  expect(cellOutline(support)).toEqual([]);
  expect(areasOf(support)).toEqual([]);
});

test('the outline of cells runs along their sides, not along the border', () => {
  expect(cellOutline(drawn('X0', '00'))).toEqual([
    [
      [1, 0],
      [1, 1],
    ],
    [
      [0, 1],
      [1, 1],
    ],
  ]);
});

test('areas are told apart, the strongest first, each by the third of its peak', () => {
  expect(areasOf(drawn('0 0 0 0 0', '0 0 0 0 9', '0 0 0 0 0', '5 X 0 0 0', '0 6 0 0 0'))).toEqual([
    { row: 'lower', column: 'left', peak: 1, cells: 3 },
    { row: 'upper', column: 'right', peak: expect.closeTo(0.9, 5), cells: 1 },
  ]);
  // cells that touch at a corner only are two areas, and a row's end is no neighbour of the next one's start
  expect(areasOf(drawn('0X0', 'X00', '000'))).toHaveLength(2);
  expect(areasOf(drawn('00X', 'X00', '000'))).toHaveLength(2);
});

test.each([
  ['X00', 'upper', 'left'],
  ['0X0', 'upper', 'middle'],
  ['00X', 'upper', 'right'],
])('%s lies %s %s', (row, ...place) => {
  const [area] = areasOf(drawn(row, '000', '000'));
  expect([area?.row, area?.column]).toEqual(place);
});
test('one cell lies in the middle', () => {
  expect(areasOf(drawn('X'))).toEqual([{ row: 'middle', column: 'middle', peak: 1, cells: 1 }]);
});
