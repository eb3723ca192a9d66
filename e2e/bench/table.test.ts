import { expect, test } from 'vitest';
import { median, pairRatios, spread } from './table.ts';

test.each([
  [[3], 3],
  [[9, 1, 5], 5],
  [[4, 1, 2, 10], 3],
])('the median of %j is %d', (values, expected) => expect(median(values)).toBe(expected));

test('ratios are taken pair by pair', () => expect(pairRatios([2, 9], [1, 3])).toEqual([2, 3]));

test('a spread names median, least and greatest', () => {
  expect(spread([1, 3, 2], 1, 'ms')).toBe('2.0 (1.0..3.0) ms');
});
