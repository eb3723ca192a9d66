import { expect, it } from 'vitest';
import { folderCount, nameCount, truthsOf } from './truth.ts';

it('takes the folder right around a picture for its class, in a folder of folders', () => {
  const truths = truthsOf(['fair/agaric/1.jpg', 'fair/train/beacon/2.jpg', 'fair/loose.jpg']);
  expect(truths).toEqual(['agaric', 'beacon', null]);
  expect(nameCount(truths)).toBe(2);
});

it('takes folders that came together for classes, and one folder alone for a set', () => {
  expect(truthsOf(['agaric/1.jpg', 'beacon/2.jpg', 'x.jpg'])).toEqual(['agaric', 'beacon', null]);
  expect(truthsOf(['coast/1.jpg', 'coast/2.jpg'])).toEqual([null, null]);
  expect(truthsOf(['1.jpg'])).toEqual([null]);
});

it('counts the folders that name what lies in them, and nothing that a table or a person says', () => {
  const pictures = [
    ['fair/agaric/1.jpg', 'agaric'],
    ['fair/agaric/2.jpg', 'agaric'],
    ['fair/beacon/3.jpg', 'beacon'],
    ['fair/beacon/4.jpg', 'owl'],
    ['fair/jay/5.jpg', null],
    ['6.jpg', 'kite'],
  ] as const;
  expect(folderCount(pictures.map(([path, truth]) => ({ path, truth })))).toBe(2);
});
