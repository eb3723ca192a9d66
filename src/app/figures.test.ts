import { describe, expect, it } from 'vitest';
import { duration, finePercent, median, megabytes, millions, wholePercent } from './figures.ts';

describe('percentages', () => {
  it('never says 100 or 0', () => {
    expect([1, 0.999, 0.995, 0.9949, 0.914, 0.005, 0.0049, 0].map(wholePercent)).toEqual([
      '>99',
      '>99',
      '>99',
      '99',
      '91',
      '1',
      '<1',
      '<1',
    ]);
    expect([1, 0.9996, 0.9994, 0.9124, 0.0006, 0.0004, 0].map(finePercent)).toEqual([
      '>99.9',
      '>99.9',
      '99.9',
      '91.2',
      '0.1',
      '<0.1',
      '<0.1',
    ]);
  });
});

describe('other figures', () => {
  it('prints times and sizes', () => {
    expect([4.26, 9.96, 11.4, 999, 1400, 24_600].map(duration)).toEqual([
      '4.3\u2009ms',
      '10\u2009ms',
      '11\u2009ms',
      '999\u2009ms',
      '1.4\u2009s',
      '25\u2009s',
    ]);
    expect([3_423_884, 102_400_000, 1_550_000_000, 400].map(megabytes)).toEqual([
      '3.4\u2009MB',
      '102\u2009MB',
      '1.55\u2009GB',
      '1\u2009kB',
    ]);
    expect([1_712_000, 25_500_000, 999].map(millions)).toEqual(['1.7\u2009M', '26\u2009M', '999']);
  });

  it('takes the median', () => {
    expect(median([])).toBeUndefined();
    expect(median([30, 10, 20])).toBe(20);
    expect(median([4, 1, 2, 3])).toBe(2.5);
  });
});
