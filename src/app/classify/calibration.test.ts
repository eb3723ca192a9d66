import { describe, expect, it } from 'vitest';
import type { EvaluationSet } from '../../engine/protocol.ts';
import { defaultLine, isSure, pooledTenths, type Tested, tenthOf } from './calibration.ts';

const set = (name: string, tenths: (readonly [number, number])[]): EvaluationSet => ({
  name,
  n: tenths.reduce((n, [answers]) => n + answers, 0),
  top1: 0,
  top5: 0,
  ece15: 0,
  byConfidenceTenth: tenths,
});
const none: readonly [number, number] = [0, 0];
const tested = (...evaluation: EvaluationSet[]): Tested => ({ evaluation, processorAssumed: false });

describe('calibration', () => {
  const a = set('a', [[10, 0], [10, 4], [10, 5], [10, 6], none, [10, 8], none, none, none, [4, 4]]);
  const b = set('b', [[10, 0], [10, 4], [10, 6], [10, 3], none, [10, 9], none, none, none, [4, 4]]);

  it('pools the counts of all sets', () => {
    expect(pooledTenths(tested(a, b))?.[2]).toEqual({ answers: 20, right: 11 });
    expect(pooledTenths(tested(a, b))?.[4]).toEqual({ answers: 0, right: 0 });
  });

  it('says nothing without tests, or when the preprocessing is assumed', () => {
    expect(pooledTenths(tested())).toBeNull();
    expect(pooledTenths({ evaluation: [a], processorAssumed: true })).toBeNull();
  });

  it('starts the line at the lowest tenth from which on at least half is right', () => {
    expect(defaultLine(tested(a))).toBe(20);
    expect(defaultLine(tested(a, b))).toBe(50); // 30-40 % pooled: 9 of 20
    expect(defaultLine(tested())).toBe(50);
    expect(defaultLine({ evaluation: [a], processorAssumed: true })).toBe(50);
    expect(
      defaultLine(tested(set('bad', [[9, 0], none, none, none, none, none, none, none, none, [9, 1]]))),
    ).toBe(50);
  });

  it('puts a score into its tenth and on its side of the line', () => {
    expect([0, 0.0999, 0.1, 0.95, 1].map(tenthOf)).toEqual([0, 0, 1, 9, 9]);
    expect(isSure(0.3, 30)).toBe(true);
    expect(isSure(0.2999, 30)).toBe(false);
  });
});
