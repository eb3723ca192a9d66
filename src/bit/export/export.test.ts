import { existsSync, openAsBlob, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { NamedBlob } from '../checkpoint/checkpoint.ts';
import { openCheckpoint } from '../checkpoint/open.ts';
import { openSafetensors, safetensorsMetadata } from '../checkpoint/safetensors.ts';
import { parseBitConfig } from '../config.ts';
import { type Head, readHead } from '../head.ts';
import { parseProcessorConfig } from '../image/processor-config.ts';
import { parseJsonBlob } from '../json.ts';
import { isHeadFile, readHeadFile, writeHeadFile } from './headFile.ts';
import { decodeLink, encodeLink, MAX_LINK_LENGTH } from './link.ts';
import { modelFolder } from './modelFolder.ts';
import { fileName } from './names.ts';
import { onnxFile } from './onnxFile.ts';
import { writeSafetensors } from './safetensors.ts';
import type { TaughtHead } from './taught.ts';

const processor = parseProcessorConfig({ size: { shortest_edge: 64 }, crop_size: 64 });

/** Weights without a pattern, which would deflate to nothing, within 1 / 8. */
function headOf(classes: number, width: number): Head {
  let seed = 1;
  const random = (): number => {
    seed = (seed * 48_271) % 0x7fffffff;
    return (2 * seed) / 0x7fffffff - 1;
  };
  return {
    labels: Array.from({ length: classes }, (_, i) => ['葉 <b>', 'rust', '__proto__'][i] ?? `class ${i}`),
    weight: Float32Array.from({ length: classes * width }, () => random() / 8),
    bias: Float32Array.from({ length: classes }, (_, i) => 0.5 - i),
  };
}
const taughtOf = (head: Head): TaughtHead => ({
  name: 'Leaves',
  head,
  backbone: { name: 'google/bit-50', sha256: 'ab'.repeat(32) },
  processor,
  evaluation: [
    {
      name: 'Leaves',
      n: 20,
      top1: 0.95,
      top5: 1,
      ece15: 0.04,
      byConfidenceTenth: Array.from({ length: 10 }, (_, i): [number, number] => [2, i < 9 ? 2 : 1]),
    },
  ],
});
const taught = taughtOf(headOf(3, 64));

test.each([
  ['Birds of my garden', 'Birds of my garden'],
  ['a/b\\c:d*e?', 'abcde'],
  ['..', 'classes'],
  ['../..', 'classes'],
  ['.hidden', 'hidden'],
  ['Birds. ', 'Birds'],
  ['CON', 'CON_'],
  ['com1.old', 'com1_.old'],
  ['हिंदी ผีเสื้อ', 'हिंदी ผีเสื้อ'],
  ['か\u3099', 'が'],
  ['🦆', 'classes'],
  ['鳥'.repeat(200), '鳥'.repeat(40)],
])('a project called %j is a file %j', (name, file) => {
  expect(fileName(name)).toBe(file);
});

test('what is written is read back without loss, aligned, in every type', async () => {
  const values = Float32Array.of(1, -0.5, 2 ** -24, 3.140625);
  const tensors = (['F32', 'F16', 'BF16'] as const).map((dtype) => ({
    name: dtype,
    shape: [2, 2],
    dtype,
    values: async () => values,
  }));
  const blob = await writeSafetensors(tensors, { note: 'x' });
  const file = { name: 'x.safetensors', blob };
  const checkpoint = await openSafetensors(file);
  for (const { dtype } of tensors) expect(await checkpoint.read(dtype)).toEqual(values);
  expect(await safetensorsMetadata(file)).toEqual({ format: 'pt', note: 'x' });
  expect(new DataView(await blob.slice(0, 8).arrayBuffer()).getUint32(0, true) % 8).toBe(0);
});

describe('a head file', () => {
  test('holds the classifier under its usual names and comes back the same', async () => {
    const file = { name: 'head.safetensors', blob: await writeHeadFile(taught) };
    expect(await isHeadFile(file)).toBe(true);
    expect(await readHeadFile(file)).toEqual(taught);
    expect(file.blob.size).toBeLessThan(3_000);
  });

  test('that lies about its labels is refused', async () => {
    const tensors = [
      {
        name: 'classifier.1.bias',
        shape: [2],
        dtype: 'F32' as const,
        values: async () => Float32Array.of(1, 2),
      },
      {
        name: 'classifier.1.weight',
        shape: [2, 1],
        dtype: 'F32' as const,
        values: async () => Float32Array.of(1, 2),
      },
    ];
    const metadata = {
      name: '"x"',
      labels: '["a"]',
      backbone: JSON.stringify(taught.backbone),
      preprocessor_config: '{}',
    };
    const file = async (fields: Record<string, string>) => ({
      name: 'h',
      blob: await writeSafetensors(tensors, fields),
    });
    await expect(readHeadFile(await file(metadata))).rejects.toMatchObject({ code: 'checkpoint-tensor' });
    await expect(readHeadFile(await file({}))).rejects.toMatchObject({ code: 'config-field' });
    await expect(readHeadFile(await file({ ...metadata, labels: '["a"' }))).rejects.toMatchObject({
      code: 'config-json',
    });
  });
});

describe('a link', () => {
  const sent = async (one: TaughtHead): Promise<TaughtHead> => decodeLink((await encodeLink(one)) ?? '');

  test('holds all but the pictures, weights rounded to float16', async () => {
    const back = await sent(taught);
    expect({ ...back, head: null }).toEqual({ ...taught, head: null });
    expect(back.head.labels).toEqual(taught.head.labels);
    expect(back.head.bias).toEqual(taught.head.bias);
    back.head.weight.forEach((value, i) => {
      expect(Math.abs(value - (taught.head.weight[i] ?? 0))).toBeLessThanOrEqual(2 ** -15);
    });
  });

  test('of more classes has them in 255 steps, and of too many there is none', async () => {
    const many = taughtOf(headOf(5, 2048));
    const text = await encodeLink(many);
    expect(text?.length).toBeLessThanOrEqual(MAX_LINK_LENGTH);
    const { head } = await decodeLink(text ?? '');
    head.weight.forEach((value, i) => {
      expect(Math.abs(value - (many.head.weight[i] ?? 0))).toBeLessThanOrEqual(1 / 8 / 127 / 2 + 1e-7);
    });
    expect(await encodeLink(taughtOf(headOf(12, 2048)))).toBeNull();
  });

  test('damaged in any way is refused as such', async () => {
    const text = (await encodeLink(taught)) ?? '';
    const refused = { code: 'link' };
    for (const bad of [
      '',
      'a b',
      '!',
      text.slice(0, -40),
      text.slice(40),
      'A'.repeat(60),
      `${text}AAAA`.slice(4),
    ])
      await expect(decodeLink(bad)).rejects.toMatchObject(refused);
    const bomb = new Blob([new Uint8Array(8 * 2 ** 20)]).stream();
    const packed = await new Response(bomb.pipeThrough(new CompressionStream('deflate-raw'))).arrayBuffer();
    const base64 = Buffer.from(packed).toString('base64url');
    await expect(decodeLink(base64)).rejects.toMatchObject({
      code: 'link',
      message: expect.stringMatching(/more than/),
    });
  });
});

describe('a folder', () => {
  const roots = ['e2e/fixtures/models', join(process.env.BIT_LENS_SHARED ?? '../shared', 'golden/models')];
  const cases = roots
    .filter((root) => existsSync(root))
    .flatMap((root) => readdirSync(root).map((name) => join(root, name)))
    .filter((dir) => readdirSync(dir).some((name) => /\.safetensors$/.test(name)) && !/timm|p11/.test(dir));
  const filesOf = (dir: string): Promise<NamedBlob[]> =>
    Promise.all(
      readdirSync(dir)
        .filter((name) => /\.safetensors$|^config|^preproc|index\.json$/.test(name))
        .map(async (name) => ({ name, blob: await openAsBlob(join(dir, name)) })),
    );

  /** What transformers' save_pretrained wrote, written again by us with its own head: the same, field by field and bit by bit. */
  test.each(cases)('is what the reference saves: %s', async (dir) => {
    const files = await filesOf(dir);
    const { checkpoint, configJson, processorJson } = await openCheckpoint(files);
    const config = parseBitConfig(configJson?.json);
    const head = await readHead(config, checkpoint);
    if (!head) throw new Error(`${dir} has no head`);
    const source = { config, processor: parseProcessorConfig(processorJson?.json), checkpoint };
    const written = await modelFolder(source, { ...taught, head, processor: source.processor });
    expect(written.map(({ name }) => name)).toEqual([
      'config.json',
      'preprocessor_config.json',
      'model.safetensors',
      'evaluation.json',
      'README.md',
    ]);
    const json = async (name: string) => {
      const file = written.find((one) => one.name === name);
      return file && parseJsonBlob(file.blob, name);
    };
    // what a hand-written config.json leaves out is a default, and the reference would save it
    const saved = /hand_config/.test(dir) ? {} : Object(configJson?.json);
    const { transformers_version: _, problem_type: __, torch_dtype: ___, ...fields } = saved;
    expect(await json('config.json')).toMatchObject({ ...fields, dtype: 'float32' });
    expect(parseBitConfig(await json('config.json'))).toEqual({ ...config, problem_type: null });
    expect(parseProcessorConfig(await json('preprocessor_config.json'))).toEqual(source.processor);

    const own = written.find(({ name }) => name === 'model.safetensors');
    const raw = new Map<string, string>();
    for (const { name, blob } of [...files.filter((file) => file.name.endsWith('.safetensors'))]) {
      const from = await openSafetensors({ name, blob });
      for (const info of from.tensors.values())
        raw.set(info.name, `${info.dtype} ${info.shape} ${await bytesOf(from, info.name)}`);
    }
    const to = await openSafetensors(own ?? { name: '', blob: new Blob() });
    expect([...to.tensors.keys()].sort()).toEqual([...raw.keys()].sort());
    for (const info of to.tensors.values()) {
      const same = `${info.dtype} ${info.shape} ${await bytesOf(to, info.name)}` === raw.get(info.name);
      // our head is float32 whatever the checkpoint is
      if (!info.name.startsWith('classifier')) expect(same, info.name).toBe(true);
    }
    const { checkpoint: again } = await openCheckpoint(written.filter(({ name }) => name !== 'README.md'));
    expect(await readHead(config, again)).toEqual(head);
  });

  async function bytesOf(
    checkpoint: Awaited<ReturnType<typeof openSafetensors>>,
    name: string,
  ): Promise<string> {
    const { blob } = await checkpoint.stored(name);
    return Buffer.from(await blob.arrayBuffer()).toString('base64');
  }
});

test('a network that one .onnx cannot hold is refused with the number', async () => {
  const config = parseBitConfig({
    embedding_size: 256,
    hidden_sizes: [1024, 2048, 4096, 8192],
    depths: [3, 8, 36, 3],
  });
  const tensors = new Map();
  const { buildGraph } = await import('../graph/resnetv2.ts');
  for (const { name, shape } of buildGraph(config).weights) tensors.set(name, { name, dtype: 'F32', shape });
  const refuse = (): never => {
    throw new Error('nothing is read');
  };
  const checkpoint = { format: 'memory' as const, file: 'r152x4', tensors, stored: refuse, read: refuse };
  await expect(onnxFile({ config, processor, checkpoint }, taughtOf(headOf(2, 8192)))).rejects.toMatchObject({
    code: 'export-limit',
  });
});
