import { expect, it } from 'vitest';
import { ja } from '../strings.ja.ts';
import { en } from '../strings.ts';
import { inputSize, preparedWords } from './prepared.ts';

const none = {
  doResize: false,
  size: null,
  resample: null,
  doCenterCrop: false,
  cropSize: null,
  doPad: false,
  padSize: null,
};
const square = { width: 80, height: 80 };

it('says what is done to a picture', () => {
  const small = {
    ...none,
    doResize: true,
    size: { shortestEdge: 80, longestEdge: null },
    resample: 3,
    doCenterCrop: true,
    cropSize: square,
  } as const;
  expect(preparedWords(small, en)).toBe('short edge to 80, bicubic, centre crop 80');
  expect(preparedWords(small, ja)).toBe('短辺 80、バイキュービック、中央を 80 に切り抜き');
  expect(
    preparedWords({ ...small, doCenterCrop: false, size: { width: 480, height: 448 }, resample: 2 }, en),
  ).toBe('480 × 448, bilinear');
  expect(preparedWords({ ...none, doPad: true, padSize: { width: 90, height: 80 } }, en)).toBe(
    'padded to 90 × 80',
  );
  expect(preparedWords(none, en)).toBe('pixels as they are');
});

it('names the input size when something fixes it', () => {
  const resized = { ...none, doResize: true, size: { width: 480, height: 448 } };
  expect(inputSize({ ...resized, doCenterCrop: true, cropSize: square })).toBe('80');
  expect(inputSize(resized)).toBe('480 × 448');
  expect(inputSize({ ...none, doResize: true, size: { shortestEdge: 80, longestEdge: null } })).toBe('–');
});
