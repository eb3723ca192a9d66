import { expect, test } from 'vitest';
import { judge, type Resume } from './judge.ts';

const start: Resume = { offset: 0, size: null, validator: null, hashStated: false };
const resumed: Resume = { offset: 100, size: 1000, validator: '"a"', hashStated: false };
const headers = (range: string | null, etag: string | null = '"a"', more: Record<string, string> = {}) =>
  new Headers({
    ...(range === null ? {} : { 'content-range': range }),
    ...(etag === null ? {} : { etag }),
    ...more,
  });

test('a fresh answer is taken, with the size that its range states', () => {
  expect(judge(206, headers('bytes 0-999/1000'), start)).toEqual({
    kind: 'take',
    start: 0,
    size: 1000,
    validator: '"a"',
  });
});

test('a rest that fits is taken where it begins', () => {
  expect(judge(206, headers('bytes 100-999/1000'), resumed)).toMatchObject({ kind: 'take', start: 100 });
  // fewer bytes than asked for is a host's right
  expect(judge(206, headers('bytes 100-499/1000'), resumed)).toMatchObject({ kind: 'take', start: 100 });
  expect(judge(206, headers('bytes 100-999/*'), resumed)).toMatchObject({ kind: 'take', size: 1000 });
});

test('200 in place of 206 begins at 0, whatever its length says', () => {
  expect(judge(200, headers(null, '"b"', { 'content-length': '7' }), resumed)).toMatchObject({
    kind: 'take',
    start: 0,
    size: 1000,
  });
});

test('the date serves where there is no ETag', () => {
  const date = 'Wed, 01 Jan 2025 00:00:00 GMT';
  const answer = headers('bytes 100-999/1000', null, { 'last-modified': date });
  expect(judge(206, answer, { ...resumed, validator: date })).toMatchObject({ kind: 'take', start: 100 });
});

test.each([
  ['a changed ETag', 'bytes 100-999/1000', '"b"', resumed],
  ['a vanished ETag', 'bytes 100-999/1000', null, resumed],
  ['nothing to compare', 'bytes 100-999/1000', null, { ...resumed, validator: null }],
  ['another start', 'bytes 90-999/1000', '"a"', resumed],
  ['another start at 0', 'bytes 5-999/1000', '"a"', start],
  ['another size', 'bytes 100-999/1001', '"a"', resumed],
  ['a size within its range', 'bytes 0-999/900', '"a"', start],
  ['a range turned round', 'bytes 100-50/1000', '"a"', resumed],
  ['no range of bytes', 'lines 100-999/1000', '"a"', resumed],
  ['no range at all', null, '"a"', resumed],
] as const)('%s is wrong', (_, range, etag, resume) => {
  expect(judge(206, headers(range, etag), resume).kind).toBe('wrong');
});

test('with a stated hash to come, a host may hide its ETag and its range', () => {
  const hidden = { ...resumed, hashStated: true };
  expect(judge(206, headers(null, null, { 'content-length': '900' }), hidden)).toMatchObject({ start: 100 });
  expect(judge(206, headers(null, null, { 'content-length': '800' }), hidden).kind).toBe('wrong');
});
