import { expect, test } from 'vitest';
import { CATALOGUE } from '../../bit/catalogue.ts';
import { chartOf, HEIGHT, WIDTH } from './chart.ts';
import { shortName } from './shelfRows.ts';

const points = CATALOGUE.flatMap((row) =>
  row.top1 === null || row.gmacs === null
    ? []
    : [{ name: shortName(row), ms: 3 * row.gmacs, top1: row.top1, measured: false }],
);

test('every point lies within the drawing, the better higher, the slower further right', () => {
  const chart = chartOf(points);
  for (const { x, y } of chart.points) {
    expect(x).toBeGreaterThan(0);
    expect(x).toBeLessThan(WIDTH);
    expect(y).toBeGreaterThan(0);
    expect(y).toBeLessThan(HEIGHT);
  }
  for (const one of chart.points)
    for (const other of chart.points) {
      if (one.ms < other.ms) expect(one.x).toBeLessThan(other.x);
      if (one.top1 < other.top1) expect(one.y).toBeGreaterThan(other.y);
    }
  expect(chart.points.filter(({ label }) => label !== null).length).toBeGreaterThan(points.length / 2);
});

test('a single point has an axis too', () => {
  const { points: placed, ticks } = chartOf([{ name: 'R50x1', ms: 100, top1: 80, measured: true }]);
  expect(placed[0]?.label).not.toBeNull();
  expect(ticks.map(({ ms }) => ms)).toEqual([10, 100, 1000]);
});
