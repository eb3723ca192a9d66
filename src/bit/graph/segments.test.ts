import { expect, test } from 'vitest';
import { parseBitConfig } from '../config.ts';
import { buildGraph, partCount } from './resnetv2.ts';
import { hiddenStateParts, segmentRanges } from './segments.ts';

const bit50 = parseBitConfig({});

test('segments are the whole network, in order, each within the bound or a single part', () => {
  const ranges = segmentRanges(bit50, 12e6);
  expect(ranges.map(({ from }) => from)).toEqual([0, ...ranges.slice(0, -1).map(({ to }) => to)]);
  expect(ranges.at(-1)?.to).toBe(partCount(bit50));
  expect(ranges.length).toBeGreaterThan(5);
  const graphs = ranges.map((parts) => buildGraph(bit50, { parts }));
  for (const [i, { weightBytes }] of graphs.entries()) {
    const { from = 0, to = 0 } = ranges[i] ?? {};
    if (to > from + 1) expect(weightBytes).toBeLessThanOrEqual(12e6);
  }
  expect(graphs.flatMap(({ weights }) => weights.map(({ name }) => name))).toEqual(
    buildGraph(bit50).weights.map(({ name }) => name),
  );
});

test('one segment where all fits', () => {
  expect(segmentRanges(bit50, 1e9)).toEqual([{ from: 0, to: 18 }]);
});

test('cuts fall where hidden states lie', () => {
  const parts = hiddenStateParts(bit50);
  expect(parts).toEqual([1, 4, 8, 14, 17]);
  expect(segmentRanges(bit50, 1e9, parts).map(({ from }) => from)).toEqual([0, ...parts]);
});
