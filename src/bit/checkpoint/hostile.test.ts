/**
 * Files of up to 16 MiB that are made to cost much: each is opened, or refused, within a second of processor time, and
 * without taking more memory than four times its size and a fixed part.
 */
import { getHeapStatistics } from 'node:v8';
import { describe, expect, test } from 'vitest';
import { type Bytes, join, npy, pickle, safetensors, torchZip, zip } from '../../../e2e/fuzz/files.ts';
import { message, onnx } from '../../../e2e/fuzz/seeds.ts';
import { parseBitConfig } from '../config.ts';
import { BitError, type BitErrorCode } from '../errors.ts';
import { parseProcessorConfig } from '../image/processor-config.ts';
import { parseJsonBlob } from '../json.ts';
import { labelsIn } from '../onnx/hints.ts';
import { openOnnx } from '../onnx/open.ts';
import { openCheckpoint } from './open.ts';

/** What the limits on values, marks and opcodes let through at most, in a file of any size. */
const FLOOR_BYTES = 64 * 2 ** 20;

const repeat = (times: number, ...unit: readonly number[]): Bytes => {
  const out = new Uint8Array(times * unit.length);
  for (let i = 0; i < out.length; i++) out[i] = unit[i % unit.length] ?? 0;
  return out;
};
const text = (value: string): Bytes => new TextEncoder().encode(value);
const listed = (count: number, item: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => item(i)).join(',');
const torch = (...opcodes: ArrayLike<number>[]): Bytes =>
  torchZip(join(pickle.proto, ...opcodes, pickle.stop));
/** A list of many small values, put in 9,000 at a time as the limit on the stack asks. */
const batches = (times: number, ...value: readonly number[]): Bytes =>
  join(pickle.emptyList, repeat(times, ...pickle.mark, ...repeat(9000, ...value), ...pickle.appends));
const setUp = join(pickle.text('k'), pickle.put(0), [0x30]);
const entry = { dtype: 'F32', shape: [0, 1, 1, 1], data_offsets: [0, 0] };
const tensors = (name: (i: number) => string): Bytes =>
  safetensors(`{${listed(20_000, (i) => `"${name(i)}":${JSON.stringify(entry)}`)}}`);
const arrays = (count: number, deflate: boolean): Bytes => {
  const data = npy([1], new Uint8Array(4));
  return zip(Array.from({ length: count }, (_, i) => ({ name: `a${i}.npy`, data, deflate })));
};

const drop = (bytes: Bytes): Promise<unknown> => openCheckpoint([{ name: 'x', blob: new Blob([bytes]) }]);
const config = async (bytes: Bytes): Promise<unknown> =>
  parseBitConfig(await parseJsonBlob(new Blob([bytes]), 'x'));
const processor = async (bytes: Bytes): Promise<unknown> =>
  parseProcessorConfig(await parseJsonBlob(new Blob([bytes]), 'x'));

const labels = async (bytes: Bytes): Promise<unknown> =>
  labelsIn(new Map([['names', new TextDecoder().decode(bytes)]]));
const model = (bytes: Bytes): Promise<unknown> => openOnnx([{ name: 'x.onnx', blob: new Blob([bytes]) }]);

type Row = [
  what: string,
  bytes: () => Bytes,
  open: (bytes: Bytes) => Promise<unknown>,
  code: BitErrorCode | null,
];
const rows: Row[] = [
  ['2,000,000 opcodes', () => torch(repeat(1_000_001, 0x4e, 0x30)), drop, 'checkpoint-limit'],
  ['600,000 empty dicts', () => torch(batches(66, 0x7d)), drop, 'checkpoint-limit'],
  [
    '200,000 full dicts',
    () => torch(setUp, batches(22, 0x7d, 0x68, 0, 0x4e, 0x73)),
    drop,
    'checkpoint-limit',
  ],
  ['600,000 tuples', () => torch(batches(66, 0x4e, 0x85)), drop, 'checkpoint-limit'],
  ['600,000 texts', () => torch(batches(66, 0x8c, 2, 0x61, 0x62)), drop, 'checkpoint-limit'],
  ['1,800,000 numbers', () => torch(batches(200, 0x4b, 1)), drop, 'checkpoint-unknown'],
  [
    '700,000 globals',
    () => torch(repeat(700_000, ...pickle.global('torch', 'FloatStorage'), 0x30)),
    drop,
    'checkpoint-limit',
  ],
  ['memories numbered to collide', () => torch(pickle.none, [0x72, 0, 0, 0, 1]), drop, 'checkpoint-limit'],
  [
    'one list in itself',
    () => torch(pickle.emptyList, pickle.put(0), repeat(900_000, 0x68, 0, 0x61)),
    drop,
    'checkpoint-unknown',
  ],
  [
    'a pickle of 16 MiB of texts',
    () => torch(repeat(60_000, 0x8c, 254, ...repeat(127, 0xc3, 0xa9), 0x30), pickle.none),
    drop,
    'checkpoint-unknown',
  ],
  [
    '5,000,000 lists in a header',
    () => safetensors(`{"a":[${'[],'.repeat(5_000_000)}[]]}`),
    drop,
    'checkpoint-header',
  ],
  [
    'as many lists as are parsed',
    () => safetensors(`{"a":[${'[],'.repeat(240_000)}[]]}`),
    drop,
    'checkpoint-header',
  ],
  [
    '1,400,000 names in a header',
    () => safetensors(`{${listed(1_400_000, (i) => `"${i}":0`)}}`),
    drop,
    'checkpoint-limit',
  ],
  [
    'a header nested 15,000,000 deep',
    () => safetensors(`{"a":${'['.repeat(15_000_000)}`),
    drop,
    'checkpoint-header',
  ],
  [
    'a header of wide text',
    () => safetensors(`{"__metadata__":{"a":"${'あ'.repeat(5_000_000)}"}}`),
    drop,
    'checkpoint-not-bit',
  ],
  [
    '240,000 numbers as metadata',
    () => safetensors(`{"__metadata__":{${listed(240_000, (i) => `"${i}":0`)}}}`),
    drop,
    'checkpoint-header',
  ],
  ['20,000 tensors', () => tensors((i) => `t${i}`), drop, 'checkpoint-not-bit'],
  [
    '20,000 names that hash alike',
    () => tensors((i) => String(1_000_000_000 + i * 131_072)),
    drop,
    'checkpoint-not-bit',
  ],
  ['20,000 stored arrays', () => arrays(20_000, false), drop, 'checkpoint-not-bit'],
  ['4,000 deflated arrays', () => arrays(4_000, true), drop, 'checkpoint-not-bit'],
  ['4,001 deflated arrays', () => arrays(4_001, true), drop, 'checkpoint-limit'],
  [
    'an index of 240,000 tensors',
    () => text(`{"weight_map":{${listed(240_000, (i) => `"k${i}":"s${i}"`)}}}`),
    drop,
    'checkpoint-limit',
  ],
  [
    'a config of 240,000 labels',
    () => text(`{"id2label":{${listed(240_000, (i) => `"${i}":""`)}}}`),
    config,
    'config-field',
  ],
  [
    'a config of 100,000 labels',
    () => text(`{"id2label":{${listed(100_000, (i) => `"${i}":"label ${i}"`)}}}`),
    config,
    null,
  ],
  [
    'a config of 490,000 sizes',
    () => text(`{"hidden_sizes":[${'8,'.repeat(490_000)}8]}`),
    config,
    'config-field',
  ],
  [
    'a mean of 490,000 texts',
    () => text(`{"image_mean":[${'"",'.repeat(490_000)}""]}`),
    processor,
    'config-field',
  ],
  ['labels that never close their quote', () => text(`['${"\\'".repeat(4_000_000)}`), labels, null],
  ['labels of 8 MB of quotes', () => text(`[${"'',".repeat(2_600_000)}`), labels, null],
  ['labels of 240,000 objects', () => text(`[${'{},'.repeat(240_000)}{}]`), labels, null],
  [
    'an .onnx of 100,001 inputs',
    () => onnx(Array.from({ length: 100_001 }, () => [11, new Uint8Array()] as const)),
    model,
    'checkpoint-limit',
  ],
  [
    'an .onnx with a shape of 4,000,000 axes',
    () =>
      onnx([
        [1, new Uint8Array([0x22, 0])],
        [5, message([1, repeat(4_000_000, 1)])],
      ]),
    model,
    'checkpoint-limit',
  ],
  ['an .onnx of 3,000,000 fields', () => onnx([[1, repeat(3_000_000, 0x18, 1)]]), model, 'checkpoint-limit'],
  ['a config of 8 MB in one text', () => text(`{"a":"${'x'.repeat(8_000_000)}`), config, 'config-json'],
];

/** Milliseconds of processor time, bytes of heap, and what came of it. */
async function cost(bytes: Bytes, open: (bytes: Bytes) => Promise<unknown>) {
  const heap = getHeapStatistics().used_heap_size;
  const before = process.cpuUsage();
  let code: BitErrorCode | null = null;
  try {
    await open(bytes);
  } catch (error) {
    if (!(error instanceof BitError)) throw error;
    code = error.code;
  }
  const { user, system } = process.cpuUsage(before);
  return { code, milliseconds: (user + system) / 1000, heap: getHeapStatistics().used_heap_size - heap };
}

test.each(rows)('%s', async (_, make, open, expected) => {
  const bytes = make();
  const first = await cost(bytes, open);
  // a busy machine makes processor time longer too: what is slow is slow twice
  const { code, milliseconds, heap } = first.milliseconds < 1000 ? first : await cost(bytes, open);
  expect(code).toBe(expected);
  expect(milliseconds).toBeLessThan(1000);
  expect(heap).toBeLessThan(4 * bytes.length + FLOOR_BYTES);
});

describe('keys that mean something to JavaScript', () => {
  const keys = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'prototype'];
  const untouched = (): void => {
    expect(Object.getOwnPropertyNames(Object.prototype)).toHaveLength(12);
    expect(({} as Record<string, unknown>).dtype).toBeUndefined();
  };

  test('are tensor names like any other', async () => {
    const names = ['bit.embedder.convolution.weight', ...keys];
    const header = `{${names.map((name) => `"${name}":${JSON.stringify(entry)}`).join()}}`;
    const { checkpoint } = await openCheckpoint([{ name: 'x', blob: new Blob([safetensors(header)]) }]);
    expect([...checkpoint.tensors.keys()]).toEqual(['embedder.convolution.weight', ...keys]);
    for (const key of keys) expect([...(await checkpoint.read(key))]).toEqual([]);
    untouched();
  });

  test.each(keys)('%s is no number type, layer or shard', async (key) => {
    const typed = safetensors({ a: { ...entry, dtype: key } });
    await expect(drop(typed)).rejects.toMatchObject({ code: 'checkpoint-header' });
    const array = zip([
      { name: 'resnet/root_block/standardized_conv2d/kernel.npy', data: npy([0], [], { descr: key }) },
    ]);
    await expect(drop(array)).rejects.toMatchObject({ code: 'checkpoint-not-bit' });
    const kernel = npy([1, 1, 1, 1], new Uint8Array(4));
    const unit = zip([
      { name: 'resnet/root_block/standardized_conv2d/kernel.npy', data: kernel },
      { name: `resnet/block1/unit01/a/${key}.npy`, data: kernel },
      { name: `${key}.npy`, data: kernel },
    ]);
    const { checkpoint } = await openCheckpoint([{ name: 'x', blob: new Blob([unit]) }]);
    expect([...checkpoint.tensors.keys()].slice(1)).toEqual([`resnet/block1/unit01/a/${key}`, key]);
    await expect(drop(text(`{"weight_map":{"a":"${key}"}}`))).rejects.toMatchObject({
      code: 'checkpoint-shard',
    });
    untouched();
  });
});
