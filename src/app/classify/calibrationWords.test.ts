import { describe, expect, it } from 'vitest';
import { ja } from '../strings.ja.ts';
import { en } from '../strings.ts';
import type { Tested } from './calibration.ts';
import { calibrationWords } from './calibrationWords.ts';

const none: readonly [number, number] = [0, 0];
const model: Tested = {
  processorAssumed: false,
  evaluation: [
    {
      name: 'photos',
      n: 1,
      top1: 0,
      top5: 0,
      ece15: 0,
      byConfidenceTenth: [[1000, 2], [29, 12], [30, 12], none, none, none, none, none, none, [1204, 1200]],
    },
  ],
};

describe('the calibration sentence', () => {
  it('gives a share with its n, and neither 100 nor 0', () => {
    expect(calibrationWords(model, 0.25, en)).toBe(
      'When this model says 20–30\u2009%, it is right **40 times in 100** (30 test pictures).',
    );
    expect(calibrationWords(model, 0.97, en)).toContain(
      '**more than 99 times in 100** (1,204 test pictures)',
    );
    expect(calibrationWords(model, 0.02, en)).toContain('**less than once in 100**');
    expect(calibrationWords(model, 0.25, ja)).toContain('20〜30');
  });

  it('gives counts when there are few, and says so when there are none', () => {
    expect(calibrationWords(model, 0.1, en)).toContain('**12 of 29** test pictures');
    expect(calibrationWords(model, 0.55, en)).toContain('No test picture got an answer of 50–60');
  });

  it('says that nobody checked when there are no tests, or not with this preprocessing', () => {
    expect(calibrationWords({ ...model, evaluation: [] }, 0.25, en)).toBe(en.unchecked);
    expect(calibrationWords({ ...model, processorAssumed: true }, 0.25, ja)).toBe(ja.unchecked);
  });
});
