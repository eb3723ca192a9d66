import { count, FEW } from '../figures.ts';
import type { Strings } from '../strings.ts';
import { pooledTenths, type Tested, tenthOf } from './calibration.ts';

/** How often answers as strong as this one were right, or that nobody checked. */
export function calibrationWords(model: Tested, score: number, t: Strings): string {
  const tenths = pooledTenths(model);
  if (tenths === null) return t.unchecked;
  const from = tenthOf(score);
  const range = t.range(from * 10, from * 10 + 10);
  const { answers, right } = tenths[from] ?? { answers: 0, right: 0 };
  if (answers === 0) return t.noneTested(range);
  if (answers < FEW) return t.calibratedFew(range, count(right), count(answers));
  const share = Math.round((right / answers) * 100);
  const times = share >= 100 ? t.timesMost : share <= 0 ? t.timesLeast : t.times(share);
  return t.calibrated(range, times, count(answers));
}
