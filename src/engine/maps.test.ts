/** Maps of an opened checkpoint, on onnxruntime-web's WASM in Node, against transformers' last feature map and logits. */
import { openAsBlob, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { mapsOf } from './maps.ts';
import { openModel } from './model.ts';
import type { PlainTensor } from './protocol.ts';

const quiet = {
  signal: new AbortController().signal,
  cancelled: () => false,
  onProgress: () => undefined,
  onBlocking: () => undefined,
};
const grid = { x: { first: 0, step: 1 }, y: { first: 0, step: 1 } };
const root = 'e2e/fixtures/models';

interface TensorFile {
  readonly file: string;
  readonly shape: readonly number[];
}
interface Expected {
  readonly images: readonly {
    readonly pixel_values: TensorFile;
    readonly last_hidden_state?: TensorFile;
    readonly logits?: TensorFile;
  }[];
}

const tensor = (dir: string, { file, shape }: TensorFile): PlainTensor => ({
  data: new Float32Array(new Uint8Array(readFileSync(join(dir, file))).buffer),
  shape,
});
const worst = (actual: Float32Array, expected: Float32Array): number =>
  expected.reduce(
    (most, value, i) => Math.max(most, Math.abs((actual[i] ?? Number.NaN) - value) / (1 + Math.abs(value))),
    0,
  );

test.each(['p02_bottleneck_same_dynamic', 'p04_preact_os8_fp16'])(
  '%s: the open session gives the last feature map, and each map’s mean and bias make the logit',
  async (name) => {
    const dir = join(root, name);
    const files = readdirSync(dir).filter((file) => /config\.json$|\.safetensors$/.test(file));
    const blobs = await Promise.all(
      files.map(async (file) => ({ name: file, blob: await openAsBlob(join(dir, file)) })),
    );
    const { network } = await openModel({ kind: 'files', files: blobs }, 'wasm', quiet);
    const { head } = network;
    if (!head) throw new Error('the fixture has no head');
    const { images } = JSON.parse(readFileSync(join(dir, 'expected.json'), 'utf8')) as Expected;
    let compared = 0;
    for (const image of images) {
      const pixels = tensor(dir, image.pixel_values);
      const plain = await network.forward(pixels, ['logits'], quiet);
      expect(plain.lastHiddenState).toBeNull();
      const out = await network.forward(pixels, ['logits', 'last_hidden_state'], quiet);
      expect(out.logits).toEqual(plain.logits);
      if (!out.lastHiddenState || !image.logits) throw new Error('an output is missing');
      if (image.last_hidden_state) {
        const expected = tensor(dir, image.last_hidden_state);
        expect(out.lastHiddenState.shape).toEqual(expected.shape);
        expect(worst(out.lastHiddenState.data, expected.data)).toBeLessThan(1e-4);
        compared++;
      }
      const classes = head.labels.map((_, index) => index).reverse();
      const maps = mapsOf(head, classes, out.lastHiddenState, grid);
      expect([maps.height, maps.width]).toEqual(out.lastHiddenState.shape.slice(2));
      const places = maps.width * maps.height;
      const logits = Float32Array.from(classes, (index, i) => {
        const map = maps.data.subarray(i * places, (i + 1) * places);
        return map.reduce((sum, value) => sum + value, 0) / places + (head.bias[index] ?? Number.NaN);
      });
      expect(worst(logits.reverse(), tensor(dir, image.logits).data)).toBeLessThan(1e-4);
    }
    expect(compared).toBeGreaterThan(0);
    await network.release();
  },
);
