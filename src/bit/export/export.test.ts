import { describe, expect, test } from 'vitest';
import { openSafetensors, safetensorsMetadata } from '../checkpoint/safetensors.ts';
import { BitError } from '../errors.ts';
import { isHeadFile, readHeadFile, type TaughtHead, writeHeadFile } from './headFile.ts';
import { decodeLink, encodeLink, MAX_LINK_LENGTH } from './link.ts';
import { writeSafetensors } from './safetensors.ts';

const taught: TaughtHead = {
  head: {
    labels: ['葉 <b>', 'rust', '__proto__'],
    weight: Float32Array.from({ length: 3 * 64 }, (_, i) => Math.sin(i) / 8),
    bias: Float32Array.of(0.5, -0.25, 3),
  },
  backbone: { name: 'google/bit-50', sha256: 'ab'.repeat(32) },
};

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

test('a head file holds the classifier under its usual names and comes back the same', async () => {
  const file = { name: 'head.safetensors', blob: await writeHeadFile(taught) };
  expect(await isHeadFile(file)).toBe(true);
  expect(await readHeadFile(file)).toEqual(taught);
  expect(file.blob.size).toBeLessThan(2_000);
});

test('a head file that lies about its labels is refused', async () => {
  const bias = {
    name: 'classifier.1.bias',
    shape: [2],
    dtype: 'F32' as const,
    values: async () => Float32Array.of(1, 2),
  };
  const blob = await writeSafetensors([bias], { labels: '["a"]', backbone: JSON.stringify(taught.backbone) });
  await expect(readHeadFile({ name: 'h', blob })).rejects.toMatchObject({ code: 'checkpoint-tensor' });
  const bare = await writeSafetensors([bias]);
  await expect(readHeadFile({ name: 'h', blob: bare })).rejects.toMatchObject({ code: 'config-field' });
});

describe('links', () => {
  test('a head survives its link, its numbers within half precision', async () => {
    const text = await encodeLink(taught);
    expect(text).toMatch(/^[\w-]+$/);
    expect(text.length).toBeLessThan(MAX_LINK_LENGTH);
    const { head, backbone } = await decodeLink(text);
    expect(backbone).toEqual(taught.backbone);
    expect(head.labels).toEqual(taught.head.labels);
    expect([...head.bias]).toEqual([...taught.head.bias]);
    head.weight.forEach((value, i) => {
      const wanted = taught.head.weight[i] ?? Number.NaN;
      expect(Math.abs(value - wanted)).toBeLessThanOrEqual(Math.abs(wanted) * 2 ** -11 + 2 ** -25);
    });
  });

  test('every cut and a thousand damaged links are refused under the code of links', async () => {
    const text = await encodeLink(taught);
    const damaged = Array.from({ length: 1_000 }, (_, i) => {
      const at = (i * 7919) % text.length;
      const sign = 'ABCxyz019_-'[i % 11] ?? 'A';
      return i % 2 ? text.slice(0, at) : text.slice(0, at) + sign + text.slice(at + 1);
    });
    let read = 0;
    for (const one of ['', '%', 'AAAA', ...damaged]) {
      const result = await decodeLink(one).catch((error: unknown) => error);
      if (!(result instanceof BitError)) read++;
      else expect(['link', 'config-json']).toContain(result.code);
    }
    expect(read).toBeLessThan(700); // a changed digit of a number is still a number
  });

  test('a link that inflates without end is refused', async () => {
    const zeros = new Blob([new Uint8Array(2 ** 24)])
      .stream()
      .pipeThrough(new CompressionStream('deflate-raw'));
    const bytes = Buffer.from(await new Response(zeros).arrayBuffer());
    await expect(decodeLink(bytes.toString('base64url'))).rejects.toMatchObject({
      code: 'link',
      message: expect.stringContaining('more than any'),
    });
  });
});
