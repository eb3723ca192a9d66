import { expect, test } from 'vitest';
import type { Scores } from '../../engine/teach/protocol.ts';
import { evaluationOf } from './evaluation.ts';

const tenths = Array.from({ length: 10 }, (): [number, number] => [0, 0]);
const scores = {
  revision: 3,
  tested: 20,
  right: 15,
  confidence: { top5: 20, ece15: 0.1, tenths },
} as unknown as Scores;

test('tests of what was taught before say nothing of what is taught now', () => {
  expect(evaluationOf({ revision: 3 }, scores, 'a')).toMatchObject([{ name: 'a', n: 20, top1: 0.75 }]);
  expect(evaluationOf({ revision: 4 }, scores, 'a')).toEqual([]);
  expect(evaluationOf({ revision: 3 }, { ...scores, tested: 0 }, 'a')).toEqual([]);
  expect(evaluationOf({ revision: 3 }, null, 'a')).toEqual([]);
});
