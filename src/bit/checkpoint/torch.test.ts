import { describe, expect, test } from 'vitest';
import {
  ascii,
  type Bytes,
  floats,
  join,
  pickle,
  statePickle,
  type TorchState,
  torchLegacy,
  torchZip,
  zip,
} from '../../../e2e/fuzz/files.ts';
import type { BitErrorCode } from '../errors.ts';
import type { Checkpoint } from './checkpoint.ts';
import { isTorchZip, openTorchLegacy, openTorchZip } from './torch.ts';
import { openZip } from './zip.ts';

const file = 'pytorch_model.bin';
async function openZipped(bytes: Bytes): Promise<Checkpoint> {
  const archive = await openZip({ name: file, blob: new Blob([bytes]) });
  expect(isTorchZip(archive)).toBe(true);
  return openTorchZip(archive);
}
const openLegacy = (bytes: Bytes): Promise<Checkpoint> =>
  openTorchLegacy({ name: file, blob: new Blob([bytes]) });

const six: TorchState['storages'] = { '0': { count: 6, data: floats(0, 1, 2, 3, 4, 5) } };
const whole = { name: 'w', storage: '0', shape: [2, 3], strides: [3, 1] };
const state: TorchState = { storages: six, tensors: [whole] };

describe.each<[string, (state: TorchState) => Promise<Checkpoint>]>([
  ['zip', (s) => openZipped(torchZip(statePickle(s), s.storages))],
  ['older stream', (s) => openLegacy(torchLegacy(s))],
])('torch %s', (_, open) => {
  test('views keep offset and strides, storages may be shared, parameters are tensors', async () => {
    const checkpoint = await open({
      storages: six,
      tensors: [
        whole,
        { name: 'transposed', storage: '0', shape: [3, 2], strides: [1, 3], parameter: true },
        { name: 'tail', storage: '0', shape: [2], strides: [2], offset: 3 },
        { name: 'scalar', storage: '0', shape: [], strides: [], offset: 5 },
        { name: 'empty', storage: '0', shape: [0, 3], strides: [3, 1] },
      ],
    });
    const values = async (name: string) => [...(await checkpoint.read(name))];
    expect(checkpoint.tensors.get('transposed')).toMatchObject({ dtype: 'F32', shape: [3, 2] });
    expect(await values('w')).toEqual([0, 1, 2, 3, 4, 5]);
    expect(await values('transposed')).toEqual([0, 3, 1, 4, 2, 5]);
    expect(await values('tail')).toEqual([3, 5]);
    expect(await values('scalar')).toEqual([5]);
    expect(await values('empty')).toEqual([]);
  });

  test('reads 16-bit and 64-bit floats; other numbers are left out', async () => {
    const checkpoint = await open({
      ordered: false,
      storages: {
        h: { type: 'HalfStorage', count: 1, data: Uint8Array.of(0x00, 0x3c) },
        b: { type: 'BFloat16Storage', count: 1, data: Uint8Array.of(0xc0, 0x3f) },
        d: { type: 'DoubleStorage', count: 1, data: new Uint8Array(Float64Array.of(0.1).buffer) },
        n: { type: 'LongStorage', count: 1, data: new Uint8Array(8) },
      },
      tensors: ['h', 'b', 'd', 'n'].map((key) => ({ name: key, storage: key, shape: [1], strides: [1] })),
    });
    expect([...checkpoint.tensors.keys()]).toEqual(['h', 'b', 'd']);
    expect([...(await checkpoint.read('h'))]).toEqual([1]);
    expect([...(await checkpoint.read('b'))]).toEqual([1.5]);
    expect([...(await checkpoint.read('d'))]).toEqual([Math.fround(0.1)]);
  });

  test.each<[string, Partial<TorchState>, BitErrorCode, string]>([
    ['a view past its storage', { tensors: [{ ...whole, offset: 1 }] }, 'checkpoint-header', 'element 7'],
    [
      'a shape that overflows',
      { tensors: [{ ...whole, shape: [2 ** 31 - 1, 2 ** 31 - 1], strides: [2 ** 31 - 1, 1] }] },
      'checkpoint-header',
      'reaching',
    ],
    [
      'a stride of 0 that asks for memory',
      { tensors: [{ ...whole, shape: [2 ** 31 - 1], strides: [0] }] },
      'checkpoint-limit',
      'more elements',
    ],
    [
      'as many strides as axes or not at all',
      { tensors: [{ ...whole, strides: [1] }] },
      'checkpoint-header',
      'wrong arguments',
    ],
    ['a negative size', { tensors: [{ ...whole, shape: [-1, 3] }] }, 'checkpoint-header', 'wrong arguments'],
    [
      'rank 9',
      { tensors: [{ ...whole, shape: new Array(9).fill(1), strides: new Array(9).fill(1) }] },
      'checkpoint-header',
      'wrong arguments',
    ],
    ['a name of 513 bytes', { tensors: [{ ...whole, name: 'n'.repeat(513) }] }, 'checkpoint-limit', '512'],
  ])('refuses %s', async (_, change, code, why) => {
    await expect(open({ ...state, ...change })).rejects.toMatchObject({
      name: 'BitError',
      code,
      file,
      message: expect.stringContaining(why),
    });
  });
});

test('a trainer may keep its weights under state_dict', async () => {
  const inner = statePickle(state).slice(2, -1);
  const outer = join(
    pickle.proto,
    pickle.emptyDict,
    pickle.mark,
    pickle.text('epoch'),
    pickle.int(3),
    pickle.text('state_dict'),
    inner,
    pickle.setItems,
    pickle.stop,
  );
  expect([...(await openZipped(torchZip(outer, six))).tensors.keys()]).toEqual(['w']);
});

const value = (...opcodes: number[]): Bytes => join(pickle.proto, opcodes, pickle.stop);
test.each<[string, Bytes, BitErrorCode, string]>([
  [
    'a call of the system',
    torchZip(
      value(...pickle.global('posix', 'system'), ...pickle.tuple(pickle.text('id')), ...pickle.reduce),
    ),
    'pickle-global',
    'posix.system',
  ],
  ['no table of weights', torchZip(value(...pickle.none)), 'checkpoint-unknown', 'no table'],
  ['a missing storage', torchZip(statePickle(state)), 'checkpoint-header', 'lacks storage'],
  [
    'a storage of another size',
    torchZip(statePickle(state), { '0': { count: 6, data: floats(1, 2) } }),
    'checkpoint-header',
    '8 bytes',
  ],
  [
    'a deflated storage',
    torchZip(statePickle(state), six, { deflate: true }),
    'checkpoint-unsupported',
    'deflated',
  ],
  [
    'big-endian numbers',
    torchZip(statePickle(state), six, { byteorder: 'big' }),
    'checkpoint-unsupported',
    'big-endian',
  ],
  [
    'two pickles',
    torchZip(statePickle(state), six, { extra: [{ name: 'other/data.pkl', data: [] }] }),
    'checkpoint-header',
    'data.pkl',
  ],
  [
    'a pickle over 16 MiB',
    zip([{ name: 'data.pkl', data: new Uint8Array(2 ** 24 + 1) }]),
    'checkpoint-limit',
    '16 MiB',
  ],
])('the zip: refuses %s', async (_, bytes, code, why) => {
  await expect(openZipped(bytes)).rejects.toMatchObject({
    code,
    file,
    message: expect.stringContaining(why),
  });
});

const idle = Array.from({ length: 101 }, () => [...pickle.none, 0x30]).flat();
const legacy = torchLegacy(state);
test.each<[string, Bytes, BitErrorCode, string]>([
  ['another pickle', value(...pickle.int(1)), 'checkpoint-unknown', 'not one that torch.save wrote'],
  ['another protocol', torchLegacy(state, { protocol: 1002 }), 'checkpoint-unsupported', 'protocol'],
  ['a magic number that takes its time', value(...idle, ...pickle.none), 'checkpoint-limit', '100 opcodes'],
  ['a cut in the numbers', legacy.slice(0, -4), 'checkpoint-truncated', 'within storage "0"'],
  ['a cut in a pickle', legacy.slice(0, 60), 'checkpoint-truncated', 'breaks off'],
  ['bytes behind', torchLegacy(state, { tail: [0] }), 'checkpoint-header', '1 bytes that belong'],
  [
    'a storage nothing refers to',
    torchLegacy({ ...state, storages: { ...six, '9': { count: 1, data: floats(1) } } }),
    'checkpoint-header',
    '"9"',
  ],
  [
    'a storage view outside its storage',
    torchLegacy({
      ...state,
      storages: { '0': { ...six['0'], count: 6, data: floats(), view: ['v', 4, 3] } },
    }),
    'checkpoint-header',
    'view outside',
  ],
])('the older stream: refuses %s', async (_, bytes, code, why) => {
  await expect(openLegacy(bytes)).rejects.toMatchObject({
    code,
    file,
    message: expect.stringContaining(why),
  });
});

test('the older stream: a storage may be a view of another', async () => {
  const checkpoint = await openLegacy(
    torchLegacy({
      storages: { '0': { count: 6, data: floats(0, 1, 2, 3, 4, 5), view: ['v', 2, 3] } },
      tensors: [{ name: 'w', storage: '0', shape: [2], strides: [1], offset: 1 }],
    }),
  );
  expect([...(await checkpoint.read('w'))]).toEqual([3, 4]);
});

test('an aborted read says so; an unknown tensor is named', async () => {
  const checkpoint = await openZipped(torchZip(statePickle(state), six));
  await expect(checkpoint.read('w', AbortSignal.abort())).rejects.toMatchObject({ code: 'aborted' });
  await expect(checkpoint.read('x')).rejects.toMatchObject({ code: 'checkpoint-tensor' });
  expect(
    isTorchZip(await openZip({ name: file, blob: new Blob([zip([{ name: 'a', data: ascii('b') }])]) })),
  ).toBe(false);
});
