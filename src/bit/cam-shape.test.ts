import { describe, expect, test } from 'vitest';
import { supportOf } from './cam.ts';
import { areasOf, cellOutline, cellSides, contourOf, smoothSupport } from './cam-shape.ts';

/** A support from a drawing: a digit is tenths of the peak, X the peak. */
function drawn(...rows: readonly string[]) {
  const values = rows.join('').replaceAll(' ', '');
  return supportOf({
    data: Float32Array.from(values, (c) => (c === 'X' ? 10 : Number(c))),
    width: values.length / rows.length,
    height: rows.length,
  });
}
/** Cells that fill the picture evenly. */
const even = (n: number) => ({ x: { first: 0.5 / n, step: 1 / n }, y: { first: 0.5 / n, step: 1 / n } });

describe('the smooth support', () => {
  test('has each cell’s own value at its middle and stays within 0 and 1', () => {
    const support = drawn('0 2 9', 'X 0 0', '1 5 4');
    const smooth = smoothSupport(support, even(3), 9, 9);
    expect(smooth.length).toBe(81);
    for (let y = 0; y < 3; y++)
      for (let x = 0; x < 3; x++)
        expect(smooth[(3 * y + 1) * 9 + 3 * x + 1]).toBeCloseTo(support.data[3 * y + x] ?? Number.NaN, 6);
    expect(Math.min(...smooth)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...smooth)).toBeLessThanOrEqual(1);
  });

  test('lies where the cells lie: the first at the corner, the last one’s value beyond its middle', () => {
    const corner = { x: { first: 0.05, step: 0.5 }, y: { first: 0.05, step: 0.5 } };
    const smooth = smoothSupport(drawn('X0', '04'), corner, 10, 10);
    expect(smooth[0]).toBeCloseTo(1, 6);
    expect(smooth[5 * 10 + 5]).toBeCloseTo(0.4, 6);
    expect(smooth[99]).toBeCloseTo(0.4, 6);
  });
});

describe('the line at half the peak', () => {
  test('is closed around one peak', () => {
    const [line = [], ...others] = contourOf(drawn('000', '0X0', '000'), even(3));
    expect(others).toEqual([]);
    expect(line[0]).toEqual(line.at(-1));
    // 0.55 of a cell: a curve of Catmull-Rom is there at half its way
    for (const [x, y] of line) expect(Math.abs(3 * Math.hypot(x - 0.5, y - 0.5) - 0.55)).toBeLessThan(0.1);
  });

  test('is open at the border that it reaches', () => {
    const [line = [], ...others] = contourOf(drawn('X0', 'X0'), even(2));
    expect(others).toEqual([]);
    expect([line[0]?.[1], line.at(-1)?.[1]].sort()).toEqual([0, 1]);
    for (const [x] of line) expect(x).toBeCloseTo(0.5, 5);
  });

  test('has the level everywhere', () => {
    const support = drawn('0 3 9 1', '2 X 0 6', '1 5 4 8', '7 0 2 3');
    const lines = contourOf(support, even(4), 0.5, 128);
    expect(lines.length).toBeGreaterThan(1);
    const smooth = smoothSupport(support, even(4), 256, 256);
    for (const [x, y] of lines.flat()) {
      const [i, j] = [Math.min(255, Math.floor(x * 256)), Math.min(255, Math.floor(y * 256))];
      expect(Math.abs((smooth[j * 256 + i] ?? Number.NaN) - 0.5)).toBeLessThan(0.03);
    }
  });

  test.each([
    ['a bridge of more than the level joins what lies across', ['X3', '3X'], [1, 0], [0, 1]],
    ['a gap of less parts it', ['X0', '08'], [0, 0], [1, 1]],
  ] as const)('%s', (_, rows, ...corners) => {
    const lines = contourOf(drawn(...rows), even(2), 0.5, 1); // one square between four values
    expect(lines).toHaveLength(2);
    for (const [cornerX, cornerY] of corners) {
      const around = lines.filter((line) => line.every(([x, y]) => x === cornerX || y === cornerY));
      expect(around).toHaveLength(1);
    }
  });

  test('runs along the sides of cells where they are drawn as they are, not along the border', () => {
    expect(cellOutline(drawn('X0', '00'), even(2))).toEqual([
      [
        [0.5, 0],
        [0.5, 0.5],
      ],
      [
        [0, 0.5],
        [0.5, 0.5],
      ],
    ]);
  });
});

test('cells meet halfway between their middles; the outer ones reach the border', () => {
  expect(cellSides({ first: 0.125, step: 0.25 }, 4)).toEqual([0, 0.25, 0.5, 0.75, 1]);
  expect(cellSides({ first: 0, step: 0.25 }, 4)).toEqual([0, 0.125, 0.375, 0.625, 1]);
  // the last cells may lie outside: over zeros right of the picture
  expect(cellSides({ first: 0.25, step: 0.5 }, 4)).toEqual([0, 0.5, 1, 1, 1]);
});

test('nothing that speaks for the class: no line, no area', () => {
  const support = drawn('00', '00');
  expect(support.peak).toBe(0);
  expect(contourOf(support, even(2))).toEqual([]);
  expect(cellOutline(support, even(2))).toEqual([]);
  expect(areasOf(support, even(2))).toEqual([]);
});

describe('areas', () => {
  test('are told apart, the strongest first, each by the third of its peak', () => {
    const support = drawn('0 0 0 0 0', '0 0 0 0 9', '0 0 0 0 0', '5 X 0 0 0', '0 6 0 0 0');
    expect(areasOf(support, even(5))).toEqual([
      { row: 'lower', column: 'left', peak: 1, cells: 3 },
      { row: 'upper', column: 'right', peak: expect.closeTo(0.9, 5), cells: 1 },
    ]);
  });

  test('touch along sides only, and a row’s end is no neighbour of the next one’s start', () => {
    expect(areasOf(drawn('0X0', 'X00', '000'), even(3))).toHaveLength(2);
    expect(areasOf(drawn('00X', 'X00', '000'), even(3))).toHaveLength(2);
  });

  test.each([
    ['X00', 'upper', 'left'],
    ['0X0', 'upper', 'middle'],
    ['00X', 'upper', 'right'],
  ])('of %s lie %s %s', (row, ...place) => {
    const [area] = areasOf(drawn(row, '000', '000'), even(3));
    expect([area?.row, area?.column]).toEqual(place);
  });

  test('lie where their cells lie', () => {
    const corner = { x: { first: 0, step: 0.2 }, y: { first: 0, step: 0.2 } };
    expect(areasOf(drawn('0000', '0000', '000X', '0000'), corner)).toMatchObject([
      { row: 'middle', column: 'middle' },
    ]);
  });
});
