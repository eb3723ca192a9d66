/** An exported .onnx against transformers' numbers, as any ONNX Runtime runs it: at its default optimization. */
import { existsSync, openAsBlob, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  labelsIn,
  onnxFile,
  openCheckpoint,
  openOnnx,
  parseBitConfig,
  parseProcessorConfig,
  processorIn,
  readHead,
} from '../bit/index.ts';
import { createSession } from './session.ts';

const roots = [
  'e2e/fixtures/models',
  join(process.env.BIT_LENS_SHARED ?? '../shared', 'golden/models'),
].filter((root) => existsSync(root));
const cases = roots
  .flatMap((root) => readdirSync(root).map((name) => join(root, name)))
  .filter((dir) => !existsSync(join(dir, 'recipe.json')) && !/p11/.test(dir));

interface TensorFile {
  readonly file: string;
  readonly shape: readonly number[];
}
const floats = (dir: string, { file }: TensorFile): Float32Array<ArrayBuffer> =>
  new Float32Array(new Uint8Array(readFileSync(join(dir, file))).buffer);

test.each(cases)('%s', async (dir) => {
  const names = readdirSync(dir).filter((name) => !/^img\d|^expected|^timm_config|evaluation/.test(name));
  const files = await Promise.all(
    names.map(async (name) => ({ name, blob: await openAsBlob(join(dir, name)) })),
  );
  const { checkpoint, configJson, processorJson } = await openCheckpoint(files);
  const config = parseBitConfig(configJson?.json);
  const processor = parseProcessorConfig(processorJson?.json);
  const head = await readHead(config, checkpoint);
  if (!head) throw new Error(`${dir} has no head`);
  const backbone = { name: 'x', sha256: '0'.repeat(64) };
  const labels = config.labels.map((label, i) => `${label} ${i}`);
  const taught = { name: 'x', head: { ...head, labels }, backbone, processor, evaluation: [] };
  const blob = await onnxFile({ config, processor, checkpoint }, taught);

  const opened = await openOnnx([{ name: 'x.onnx', blob }]);
  expect(opened?.outside).toEqual([]);
  expect(opened && labelsIn(opened.model.metadata)).toEqual(labels);
  const fields = opened && processorIn(opened.model.metadata, 'x.onnx');
  expect(parseProcessorConfig(fields)).toEqual(processor);

  const bytes = new Uint8Array(await blob.arrayBuffer());
  const session = await createSession(
    { bytes },
    { data: new Uint8Array(), check: () => undefined, ms: () => 0 },
    { device: 'wasm', precision: 'float32' },
  );
  const { images } = JSON.parse(readFileSync(join(dir, 'expected.json'), 'utf8')) as {
    images: readonly { pixel_values: TensorFile; logits: TensorFile }[];
  };
  let worst = 0;
  for (const { pixel_values, logits } of images) {
    const outputs = await session.run({ data: floats(dir, pixel_values), shape: pixel_values.shape });
    const expected = floats(dir, logits);
    const actual = outputs.get('logits')?.data ?? [];
    expect(actual.length).toBe(expected.length);
    expected.forEach((value, i) => {
      worst = Math.max(worst, Math.abs((actual[i] ?? Number.NaN) - value) / (1 + Math.abs(value)));
    });
  }
  await session.release();
  console.log(`${dir}: logits ${worst.toExponential(1)}`);
  expect(worst).toBeLessThan(1e-4);
});
