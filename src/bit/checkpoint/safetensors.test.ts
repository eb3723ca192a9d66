import { describe, expect, test } from 'vitest';
import type { BitErrorCode } from '../errors.ts';
import { openCheckpoint } from './open.ts';
import { openSafetensors } from './safetensors.ts';

/** A safetensors file with any header, true or not. */
function file(header: unknown, data: BlobPart = new Uint8Array(), headerLength?: number): Blob {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const length = new DataView(new ArrayBuffer(8));
  length.setBigUint64(0, BigInt(headerLength ?? json.length), true);
  return new Blob([length, json, data]);
}
const entry = (dtype: string, shape: number[], start: number, end: number) => ({
  dtype,
  shape,
  data_offsets: [start, end],
});

describe('reading', () => {
  test('widens every float type to float32 exactly', async () => {
    const data = new Uint8Array(8 + 4 + 4 + 4);
    const view = new DataView(data.buffer);
    view.setFloat64(0, 0.1, true);
    view.setFloat32(8, -1.5, true);
    for (const [i, bits] of [0x3c00, 0x8001].entries()) view.setUint16(12 + 2 * i, bits, true); // 1, the smallest negative half
    for (const [i, bits] of [0x3f80, 0xc049].entries()) view.setUint16(16 + 2 * i, bits, true); // 1, about -pi
    const header = {
      __metadata__: { format: 'pt' },
      a: entry('F64', [1], 0, 8),
      b: entry('F32', [], 8, 12),
      c: entry('F16', [2], 12, 16),
      d: entry('BF16', [2], 16, 20),
    };
    const checkpoint = await openSafetensors({ name: 'x', blob: file(header, data) });
    expect([...(await checkpoint.read('a'))]).toEqual([Math.fround(0.1)]);
    expect([...(await checkpoint.read('b'))]).toEqual([-1.5]);
    expect([...(await checkpoint.read('c'))]).toEqual([1, -(2 ** -24)]);
    expect([...(await checkpoint.read('d'))]).toEqual([1, -3.140625]);
  });

  test('other number types are checked but not listed', async () => {
    const checkpoint = await openSafetensors({
      name: 'x',
      blob: file({ n: entry('I64', [1], 0, 8), w: entry('F32', [1], 8, 12) }, new Uint8Array(12)),
    });
    expect([...checkpoint.tensors.keys()]).toEqual(['w']);
  });

  test('an aborted read says so', async () => {
    const checkpoint = await openSafetensors({
      name: 'x',
      blob: file({ w: entry('F32', [1], 0, 4) }, new Uint8Array(4)),
    });
    await expect(checkpoint.read('w', AbortSignal.abort())).rejects.toMatchObject({ code: 'aborted' });
  });
});

const w = entry('F32', [1], 0, 4);
const four = new Uint8Array(4);
test.each<[string, Blob, BitErrorCode, string]>([
  ['an empty file', new Blob([]), 'checkpoint-truncated', 'too short'],
  ['a header longer than 16 MiB', file({}, four, 2 ** 25), 'checkpoint-limit', '16 MiB'],
  ['a header past the end', file({}, four, 1000), 'checkpoint-truncated', 'within its header'],
  [
    'a header that is not UTF-8',
    new Blob([new Uint8Array([2, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0xff])]),
    'checkpoint-header',
    'UTF-8',
  ],
  ['a header that is a list', file('[]'), 'checkpoint-header', 'start with {'],
  ['a header that is broken JSON', file('{"a":'), 'checkpoint-header', 'valid JSON'],
  [
    'a name given twice',
    file(`{"w":${JSON.stringify(w)},"w":${JSON.stringify(w)}}`, four),
    'checkpoint-header',
    'twice',
  ],
  ['metadata of numbers', file({ __metadata__: { a: 1 }, w }, four), 'checkpoint-header', '__metadata__'],
  ['an unknown type', file({ w: entry('F12', [1], 0, 4) }, four), 'checkpoint-header', 'F12'],
  ['a negative size', file({ w: entry('F32', [-1], 0, 4) }, four), 'checkpoint-header', 'wrongly'],
  [
    'a rank of 9',
    file({ w: entry('F32', new Array(9).fill(1), 0, 4) }, four),
    'checkpoint-header',
    'wrongly',
  ],
  [
    'a shape that is not its bytes',
    file({ w: entry('F32', [2], 0, 4) }, four),
    'checkpoint-header',
    'takes 8',
  ],
  [
    'a shape that overflows',
    file({ w: entry('F32', [2 ** 30, 2 ** 30], 0, 4) }, four),
    'checkpoint-header',
    'takes',
  ],
  [
    'an overlap',
    file({ a: w, b: entry('F32', [1], 2, 6) }, new Uint8Array(6)),
    'checkpoint-header',
    'overlaps',
  ],
  ['a gap', file({ a: entry('F32', [1], 4, 8) }, new Uint8Array(8)), 'checkpoint-header', 'gap'],
  ['trailing bytes', file({ w }, new Uint8Array(5)), 'checkpoint-header', 'belong to no tensor'],
  ['missing bytes', file({ w }, new Uint8Array(3)), 'checkpoint-truncated', 'ends 1 bytes before'],
  ['a name of 513 bytes', file({ ['n'.repeat(513)]: w }, four), 'checkpoint-limit', '512'],
])('refuses %s', async (_, blob, code, why) => {
  const opening = openSafetensors({ name: 'w.safetensors', blob });
  await expect(opening).rejects.toMatchObject({
    name: 'BitError',
    code,
    file: 'w.safetensors',
    message: expect.stringContaining(why),
  });
});

test('refuses more than 20,000 tensors', async () => {
  const header = Object.fromEntries(
    Array.from({ length: 20_001 }, (_, i) => [`t${i}`, entry('F32', [0], 0, 0)]),
  );
  await expect(openSafetensors({ name: 'x', blob: file(header) })).rejects.toMatchObject({
    code: 'checkpoint-limit',
  });
});

describe('openCheckpoint', () => {
  const stem = { 'bit.embedder.convolution.weight': w };
  const config = new Blob(['{"model_type": "bit"}']);

  test('tells files apart by content and removes the prefix', async () => {
    const opened = await openCheckpoint([
      { name: 'a.txt', blob: config },
      { name: 'b.txt', blob: file(stem, four) },
      { name: 'c.txt', blob: new Blob(['{"do_resize": true}']) },
    ]);
    expect([...opened.checkpoint.tensors.keys()]).toEqual(['embedder.convolution.weight']);
    expect([...(await opened.checkpoint.read('embedder.convolution.weight'))]).toEqual([0]);
    expect(opened).toMatchObject({ configJson: { file: 'a.txt' }, processorJson: { file: 'c.txt' } });
  });

  const index = (map: Record<string, string>) => ({
    name: 'model.safetensors.index.json',
    blob: new Blob([JSON.stringify({ weight_map: map })]),
  });
  const name = 'bit.embedder.convolution.weight';
  test.each<[string, { name: string; blob: Blob }[], BitErrorCode, string]>([
    ['nothing known', [{ name: 'a.jpg', blob: new Blob(['hello']) }], 'checkpoint-unknown', 'no checkpoint'],
    [
      'two weights files',
      ['a', 'b'].map((n) => ({ name: n, blob: file(stem, four) })),
      'checkpoint-ambiguous',
      'two weights files',
    ],
    [
      'another network',
      [{ name: 'a', blob: file({ 'vit.weight': w }, four) }],
      'checkpoint-not-bit',
      'ResNetV2',
    ],
    ['a missing shard', [index({ [name]: 'one.safetensors' })], 'checkpoint-shard', 'one.safetensors'],
    [
      'a shard without its tensor',
      [index({ [name]: 's', other: 's' }), { name: 's', blob: file(stem, four) }],
      'checkpoint-shard',
      'other',
    ],
    [
      'a shard with a tensor too many',
      [index({ [name]: 's' }), { name: 's', blob: file({ [name]: w, x: entry('F32', [0], 4, 4) }, four) }],
      'checkpoint-shard',
      'x',
    ],
  ])('refuses %s', async (_, files, code, why) => {
    await expect(openCheckpoint(files)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(why),
    });
  });
});
