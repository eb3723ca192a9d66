import { describe, expect, test } from 'vitest';
import { ascii, type Bytes, floats, join, npy, zip } from '../../../e2e/fuzz/files.ts';
import type { BitErrorCode } from '../errors.ts';
import type { Checkpoint } from './checkpoint.ts';
import { parseNpyHeader } from './npy.ts';
import { isNpz, openNpz } from './npz.ts';
import { openZip } from './zip.ts';

async function open(members: Parameters<typeof zip>[0], options?: { zip64: boolean }): Promise<Checkpoint> {
  const archive = await openZip({ name: 'm.npz', blob: new Blob([zip(members, options)]) });
  expect(isNpz(archive)).toBe(true);
  return openNpz(archive);
}
const six = floats(0, 1, 2, 3, 4, 5);

describe.each([false, true])('deflated %s', (deflate) => {
  test('reads C and Fortran order; leaves out what is no float', async () => {
    const checkpoint = await open([
      { name: 'a/c.npy', data: npy([2, 3], six), deflate },
      { name: 'f.npy', data: npy([2, 3], six, { fortran: true }), deflate },
      { name: 'cube.npy', data: npy([1, 2, 3], six, { fortran: true }), deflate },
      {
        name: 'd.npy',
        data: npy([1], new Uint8Array(Float64Array.of(0.1).buffer), { descr: '<f8' }),
        deflate,
      },
      { name: 'n.npy', data: npy([1], new Uint8Array(8), { descr: '<i8' }), deflate },
      { name: 'readme.txt', data: ascii('hi'), deflate },
    ]);
    expect([...checkpoint.tensors.keys()]).toEqual(['a/c', 'f', 'cube', 'd']);
    expect([...(await checkpoint.read('a/c'))]).toEqual([0, 1, 2, 3, 4, 5]);
    expect([...(await checkpoint.read('f'))]).toEqual([0, 2, 4, 1, 3, 5]);
    expect([...(await checkpoint.read('cube'))]).toEqual([0, 2, 4, 1, 3, 5]);
    expect([...(await checkpoint.read('d'))]).toEqual([Math.fround(0.1)]);
  });

  test('a damaged array is noticed when it is read', async () => {
    const bytes = zip([{ name: 'w.npy', data: npy([6], six), deflate: false }]);
    const at = bytes.length - 22 - (46 + 5) - 4; // inside the last value
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    const archive = await openZip({ name: 'm.npz', blob: new Blob([bytes]) });
    await expect((await openNpz(archive)).read('w')).rejects.toMatchObject({
      code: 'checkpoint-damaged',
      message: expect.stringContaining('damaged'),
    });
  });

  test('an aborted read says so; an unknown array is named', async () => {
    const checkpoint = await open([{ name: 'w.npy', data: npy([6], six), deflate }]);
    await expect(checkpoint.read('w', AbortSignal.abort())).rejects.toMatchObject({ code: 'aborted' });
    await expect(checkpoint.read('x')).rejects.toMatchObject({ code: 'checkpoint-tensor' });
  });
});

test('a bomb is refused by what it declares', async () => {
  const zeros = npy([2 ** 20], new Uint8Array(2 ** 22));
  await expect(open([{ name: 'w.npy', data: zeros, deflate: true }])).rejects.toMatchObject({
    code: 'checkpoint-limit',
    message: expect.stringContaining('200 times'),
  });
});

const size = npy([6], six).length;
test.each<[string, number, string]>([
  ['more than it says', size - 24, 'inflates to more'],
  ['less than it says', size + 24, 'inflates to less'],
])('an array that inflates to %s is refused', async (_, declared, why) => {
  const count = (declared - size) / 4 + 6;
  const data = npy([count], six);
  const opening = async (): Promise<unknown> => {
    const checkpoint = await open([
      { name: 'w.npy', data, deflate: true, sizesBehind: true, lie: { size: declared } },
    ]);
    return checkpoint.read('w');
  };
  await expect(opening()).rejects.toMatchObject({
    code: 'checkpoint-header',
    message: expect.stringContaining(why),
  });
});

test('deflated data that is broken is refused', async () => {
  const bytes = zip([{ name: 'w.npy', data: npy([6], six), deflate: true }]);
  bytes.fill(0xff, 35, 45);
  const archive = await openZip({ name: 'm.npz', blob: new Blob([bytes]) });
  await expect(openNpz(archive)).rejects.toMatchObject({
    code: 'checkpoint-damaged',
    message: expect.stringContaining('broken'),
  });
});

const header = (text: string): Bytes => npy([1], floats(1), { header: text });
describe('npy headers', () => {
  const parse = (bytes: Bytes) => parseNpyHeader(bytes, 'w.npy', 'm.npz');
  test.each<[string, string, readonly number[]]>([
    ['a scalar', "{'descr': '<f4', 'fortran_order': False, 'shape': (), }", []],
    ['one axis', "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }", [3]],
    ['keys in another order', "{'shape': (2, 3), 'descr': '<f4', 'fortran_order': False}", [2, 3]],
    ['Python 2 numbers', "{'descr': '<f4', 'fortran_order': False, 'shape': (2L, 3L), }", [2, 3]],
  ])('%s', (_, text, shape) =>
    expect(parse(header(text))).toMatchObject({ dtype: 'F32', shape, fortranOrder: false }),
  );

  test('version 2 has a longer length', () => {
    const one = header("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }");
    const two = join(one.slice(0, 6), [2, 0], one.slice(8, 10), [0, 0], one.slice(10));
    expect(parse(two)).toMatchObject({ shape: [1], dataStart: parse(one).dataStart + 2 });
  });

  test.each<[string, Bytes, BitErrorCode, string]>([
    ['no magic', join([0x94], header('').slice(1)), 'checkpoint-header', 'no npy array'],
    ['version 4', join(header('').slice(0, 6), [4, 0], header('').slice(8)), 'checkpoint-unsupported', '4.0'],
    ['too few bytes', header('').slice(0, 11), 'checkpoint-truncated', 'npy header'],
    ['a header cut', header('{').slice(0, 40), 'checkpoint-truncated', 'npy header'],
    ['a header over 10,000 bytes', header(' '.repeat(10_001)), 'checkpoint-limit', 'npy header of'],
    ['code', header("__import__('os')"), 'checkpoint-header', '{descr'],
    [
      'a call inside',
      header("{'descr': eval('1'), 'fortran_order': False, 'shape': (), }"),
      'checkpoint-header',
      '{descr',
    ],
    ['a key twice', header("{'descr': '<f4', 'descr': '<f4', 'shape': (), }"), 'checkpoint-header', '{descr'],
    ['a missing key', header("{'descr': '<f4', 'shape': (), }"), 'checkpoint-header', '{descr'],
    [
      'a negative size',
      header("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }"),
      'checkpoint-header',
      '{descr',
    ],
    [
      'a record',
      header("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (), }"),
      'checkpoint-header',
      '{descr',
    ],
    [
      'something behind',
      header("{'descr': '<f4', 'fortran_order': False, 'shape': (), } 1"),
      'checkpoint-header',
      '{descr',
    ],
    [
      'rank 9',
      header(`{'descr': '<f4', 'fortran_order': False, 'shape': (${'1,'.repeat(9)}), }`),
      'checkpoint-header',
      'rank 9',
    ],
    [
      'big-endian floats',
      header("{'descr': '>f4', 'fortran_order': False, 'shape': (), }"),
      'checkpoint-unsupported',
      'big-endian',
    ],
    [
      'Python objects',
      header("{'descr': '|O', 'fortran_order': False, 'shape': (), }"),
      'checkpoint-unsupported',
      'Python objects',
    ],
  ])('refuses %s', (_, bytes, code, why) => {
    expect(() => parse(bytes)).toThrow(
      expect.objectContaining({
        name: 'BitError',
        code,
        file: 'm.npz',
        message: expect.stringContaining(why),
      }),
    );
  });

  test('a shape that is not its bytes is refused when the archive is opened', async () => {
    await expect(open([{ name: 'w.npy', data: npy([7], six) }])).rejects.toMatchObject({
      code: 'checkpoint-header',
      message: expect.stringContaining('takes 28'),
    });
  });
});
