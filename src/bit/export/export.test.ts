import { expect, test } from 'vitest';
import { openSafetensors, safetensorsMetadata } from '../checkpoint/safetensors.ts';
import { isHeadFile, readHeadFile, type TaughtHead, writeHeadFile } from './headFile.ts';
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
