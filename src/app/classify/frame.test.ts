import { expect, it } from 'vitest';
import { around, within } from './frame.ts';

const picture = { left: 0, top: 0, width: 200, height: 100 };

it('keeps the picture as the frame when the crop lies inside', () => {
  expect(around(picture, { left: 50, top: 0, width: 100, height: 100 })).toEqual(picture);
});

it('grows the frame by what a padded crop reaches outside', () => {
  const frame = around(picture, { left: 50, top: -20, width: 140, height: 140 });
  expect(frame).toEqual({ left: 0, top: -20, width: 200, height: 140 });
  expect(within(picture, frame)).toEqual({
    left: '0.000%',
    top: '14.286%',
    width: '100.000%',
    height: '71.429%',
  });
});
