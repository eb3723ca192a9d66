import { expect, it } from 'vitest';
import { truthCount, truthsOf } from './truth.ts';

it('takes the folder right around a picture for its class, in a folder of folders', () => {
  const truths = truthsOf(['fair/agaric/1.jpg', 'fair/train/beacon/2.jpg', 'fair/loose.jpg']);
  expect(truths).toEqual(['agaric', 'beacon', null]);
  expect(truthCount(truths.map((truth) => ({ truth })))).toBe(2);
});

it('takes folders that came together for classes, and one folder alone for a set', () => {
  expect(truthsOf(['agaric/1.jpg', 'beacon/2.jpg', 'x.jpg'])).toEqual(['agaric', 'beacon', null]);
  expect(truthsOf(['coast/1.jpg', 'coast/2.jpg'])).toEqual([null, null]);
  expect(truthsOf(['1.jpg'])).toEqual([null]);
});
