import { expect, test } from 'vitest';
import { MessageWriter } from './protobuf.ts';

const hex = (writer: MessageWriter): string => Buffer.from(writer.finish()).toString('hex');

// the first three are the examples of protobuf.dev, Encoding
test('150 as field 1', () => expect(hex(new MessageWriter().integer(1, 150))).toBe('089601'));
test('"testing" as field 2', () =>
  expect(hex(new MessageWriter().string(2, 'testing'))).toBe('120774657374696e67'));
test('a nested message as field 3', () => {
  expect(hex(new MessageWriter().message(3, new MessageWriter().integer(1, 150).finish()))).toBe(
    '1a03089601',
  );
});
test('-1 takes ten bytes', () =>
  expect(hex(new MessageWriter().integer(1, -1))).toBe('08ffffffffffffffffff01'));
test('an offset past 32 bits', () =>
  expect(hex(new MessageWriter().integer(1, 2 ** 32))).toBe('088080808010'));
test('a float as field 2', () => expect(hex(new MessageWriter().float(2, 1))).toBe('150000803f'));
