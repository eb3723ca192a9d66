import { describe, expect, test } from 'vitest';
import { join, pickle } from '../../../e2e/fuzz/files.ts';
import type { BitErrorCode } from '../errors.ts';
import { type Pickled, PyDict, PyList, PyTuple } from './pickle-values.ts';
import { unpickle } from './unpickle.ts';

const load = (...opcodes: ArrayLike<number>[]): Pickled =>
  unpickle(join(pickle.proto, ...opcodes, pickle.stop), 'x.bin').value;

/** As plain data, for comparing. */
function plain(value: Pickled): unknown {
  if (value instanceof PyTuple || value instanceof PyList) return value.items.map(plain);
  return value instanceof PyDict
    ? Object.fromEntries([...value.entries].map(([k, x]) => [k, plain(x)]))
    : value;
}

describe('values', () => {
  test.each<[string, ArrayLike<number>, unknown]>([
    ['None', pickle.none, null],
    ['True', pickle.true, true],
    ['BININT', pickle.int(-2), -2],
    ['BININT2', [0x4d, 0x00, 0x80], 32768],
    ['BININT1', [0x4b, 255], 255],
    ['LONG1, small and negative', [0x8a, 1, 0xff], -1],
    ['LONG1, empty', [0x8a, 0], 0],
    ['LONG1, beyond 2^53', pickle.long(0x1950a86a20f9469cfc6cn, 10), 0x1950a86a20f9469cfc6cn],
    ['BINFLOAT', [0x47, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0], 1.5],
    ['BINUNICODE', pickle.text('gâteau'), 'gâteau'],
    ['SHORT_BINUNICODE', [0x8c, 1, 0x61], 'a'],
    ['TUPLE2', [...pickle.none, ...pickle.true, 0x86], [null, true]],
    [
      'a list',
      [...pickle.emptyList, ...pickle.mark, ...pickle.true, 0x65, ...pickle.none, 0x61],
      [true, null],
    ],
    ['a dict', [...pickle.emptyDict, ...pickle.text('a'), ...pickle.int(1), 0x73], { a: 1 }],
    ['the memo', [...pickle.text('a'), ...pickle.put(7), ...pickle.get(7), 0x86], ['a', 'a']],
    [
      'MEMOIZE and frames',
      [0x95, 0, 0, 0, 0, 0, 0, 0, 0, ...pickle.text('a'), 0x94, ...pickle.get(0), 0x86],
      ['a', 'a'],
    ],
  ])('%s', (_, opcodes, expected) => expect(plain(load(opcodes))).toEqual(expected));

  test('a recursive list loads and nothing walks it', () => {
    const list = load(pickle.emptyList, pickle.put(0), pickle.get(0), [0x61]);
    expect(list).toBeInstanceOf(PyList);
  });

  test('the key __proto__ is a key like any other', () => {
    const dict = load(pickle.emptyDict, pickle.text('__proto__'), pickle.emptyDict, [0x73]) as PyDict;
    expect([...dict.entries.keys()]).toEqual(['__proto__']);
  });
});

/** Opcodes that build, import or call something, or that only text pickles have. */
const FOREIGN = {
  INT: 0x49,
  LONG: 0x4c,
  STRING: 0x53,
  UNICODE: 0x56,
  INST: 0x69,
  OBJ: 0x6f,
  NEWOBJ: 0x81,
  NEWOBJ_EX: 0x92,
  EXT1: 0x82,
  PERSID: 0x50,
  DUP: 0x32,
  LONG4: 0x8b,
  BYTEARRAY8: 0x96,
  NEXT_BUFFER: 0x97,
  EMPTY_SET: 0x8f,
} as const;
test.each(Object.entries(FOREIGN))('refuses opcode %s', (_, opcode) => {
  expect(() => load([opcode])).toThrow(
    expect.objectContaining({
      code: 'pickle-opcode',
      message: expect.stringContaining(`0x${opcode.toString(16).padStart(2, '0')}`),
    }),
  );
});

test.each([
  ['os', 'system'],
  ['builtins', 'eval'],
  ['__builtin__', 'getattr'],
  ['torch.storage', '_load_from_bytes'],
  ['torch', 'load'],
  ['argparse', 'Namespace'],
  ['collections', '__proto__'],
  ['torch FloatStorage', ''],
])('refuses the name %s.%s, however it is asked for', (module, name) => {
  const refusal = expect.objectContaining({
    code: 'pickle-global',
    message: expect.stringContaining(`${module}.${name}`),
  });
  expect(() => load(pickle.global(module, name))).toThrow(refusal);
  expect(() => load(pickle.text(module), pickle.text(name), [0x93])).toThrow(refusal);
});

const dictClass = pickle.global('collections', 'OrderedDict');
const repeat = (times: number, ...opcodes: number[]): number[] => new Array(times).fill(opcodes).flat();
test.each<[string, ArrayLike<number>[], BitErrorCode, string]>([
  ['an unknown protocol', [[0x80, 6]], 'checkpoint-unsupported', 'protocol'],
  ['a value that is not there', [[0x86]], 'checkpoint-header', 'not there'],
  ['a value behind a mark', [pickle.none, pickle.mark, [0x30]], 'checkpoint-header', 'not there'],
  ['a missing mark', [[0x74]], 'checkpoint-header', 'never opened'],
  ['an unknown memory', [pickle.get(3)], 'checkpoint-header', 'never remembered'],
  ['values left over', [pickle.none, pickle.none], 'checkpoint-header', 'left over'],
  ['an odd dict', [pickle.emptyDict, pickle.mark, pickle.none, pickle.setItems], 'checkpoint-header', 'item'],
  ['an item of a list', [pickle.emptyList, pickle.none, pickle.none, [0x73]], 'checkpoint-header', 'no dict'],
  ['a value appended to a dict', [pickle.emptyDict, pickle.none, [0x61]], 'checkpoint-header', 'no list'],
  ['text that is not UTF-8', [[0x8c, 1, 0xff]], 'checkpoint-header', 'UTF-8'],
  ['a name without an end', [[0x63, ...repeat(300, 0x61)]], 'checkpoint-header', 'without an end'],
  ['a name that is no text', [pickle.none, pickle.none, [0x93]], 'checkpoint-header', 'no text'],
  [
    'a call of a number',
    [pickle.int(1), pickle.emptyTuple, pickle.reduce],
    'checkpoint-header',
    'cannot be called',
  ],
  [
    'a call of a storage',
    [pickle.global('torch', 'FloatStorage'), pickle.emptyTuple, pickle.reduce],
    'checkpoint-header',
    'cannot be called',
  ],
  [
    'wrong arguments',
    [dictClass, pickle.tuple([...pickle.emptyList]), pickle.reduce],
    'checkpoint-header',
    'wrong arguments',
  ],
  ['a state of a list', [pickle.emptyList, pickle.emptyDict, pickle.build], 'checkpoint-header', 'state'],
  [
    'an outside value that is no storage',
    [pickle.text('x'), pickle.persistentId],
    'checkpoint-header',
    'no storage',
  ],
  ['a number of 17 bytes', [[0x8a, 17, ...repeat(17, 1)]], 'checkpoint-limit', '17 bytes'],
  ['10,001 values on the stack', [repeat(10_001, 0x4e)], 'checkpoint-limit', '10000 values'],
  ['10,001 marks', [repeat(10_001, 0x28)], 'checkpoint-limit', '10000 values'],
  ['text longer than the file', [[0x58, 0xff, 0xff, 0xff, 0xff]], 'checkpoint-truncated', 'breaks off'],
])('refuses %s', (_, opcodes, code, why) => {
  expect(() => load(...opcodes)).toThrow(
    expect.objectContaining({ name: 'BitError', code, file: 'x.bin', message: expect.stringContaining(why) }),
  );
});

test('refuses 200,001 memories and 2,000,001 opcodes within a second', () => {
  const memories = Array.from({ length: 200_001 }, (_, i) => [
    0x72,
    i & 255,
    (i >> 8) & 255,
    (i >> 16) & 255,
    0,
  ]);
  const remembering = join(pickle.none, memories.flat());
  const idle = new Uint8Array(4_000_002).fill(0x4e).map((byte, i) => (i % 2 ? 0x30 : byte)); // NONE, POP
  const start = process.cpuUsage();
  expect(() => load(remembering)).toThrow(expect.objectContaining({ code: 'checkpoint-limit' }));
  expect(() => load(idle)).toThrow(
    expect.objectContaining({
      code: 'checkpoint-limit',
      message: expect.stringContaining('2000000 opcodes'),
    }),
  );
  const { user, system } = process.cpuUsage(start);
  expect((user + system) / 1000).toBeLessThan(1000);
});

test('says where the next pickle begins', () => {
  const one = join(pickle.proto, pickle.int(1), pickle.stop);
  const { end } = unpickle(join(one, one), 'x');
  expect(end).toBe(one.length);
  expect(unpickle(join(one, one), 'x', end)).toMatchObject({ value: 1, end: 2 * one.length });
});
