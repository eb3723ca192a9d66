/** The graph against transformers' numbers, on onnxruntime-web's WASM in Node. */
import { existsSync, openAsBlob, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { buildGraph, loadWeights, type NamedBlob, openCheckpoint, parseBitConfig } from '../bit/index.ts';
import { createSession } from './session.ts';

const roots = [
  'e2e/fixtures/models',
  join(process.env.BIT_LENS_SHARED ?? '../shared', 'golden/models'),
].filter((root) => existsSync(root));
const cases = roots.flatMap((root) => readdirSync(root).map((name) => join(root, name)));
const readable = cases.filter(
  (dir) => readdirSync(dir).some((name) => name.endsWith('.safetensors')) && !/timm/.test(dir),
);

interface TensorFile {
  readonly file: string;
  readonly shape: readonly number[];
}
interface Expected {
  readonly images: readonly {
    readonly pixel_values: TensorFile;
    readonly pooled: TensorFile;
    readonly hidden_states?: readonly TensorFile[];
  }[];
}

function floats(dir: string, { file }: TensorFile): Float32Array<ArrayBuffer> {
  return new Float32Array(new Uint8Array(readFileSync(join(dir, file))).buffer);
}

/** Largest |d|/(1+|expected|). */
function worst(actual: Float32Array, expected: Float32Array): number {
  expect(actual.length).toBe(expected.length);
  return expected.reduce(
    (most, value, i) => Math.max(most, Math.abs((actual[i] ?? Number.NaN) - value) / (1 + Math.abs(value))),
    0,
  );
}

describe.each(readable)('%s', (dir) => {
  test.each(['two-step', 'reduce'] as const)(
    '%s statistics give the reference’s features and hidden states',
    async (form) => {
      const names = readdirSync(dir).filter((name) => /\.safetensors$|\.json$/.test(name));
      const files: NamedBlob[] = await Promise.all(
        names.map(async (name) => ({ name, blob: await openAsBlob(join(dir, name)) })),
      );
      const { checkpoint, configJson } = await openCheckpoint(files);
      const graph = buildGraph(parseBitConfig(configJson?.json), { form, hiddenStates: true });
      const session = await createSession(graph, await loadWeights(graph, checkpoint), 'wasm');
      const expected = JSON.parse(readFileSync(join(dir, 'expected.json'), 'utf8')) as Expected;
      for (const image of expected.images) {
        const out = await session.run({
          data: floats(dir, image.pixel_values),
          shape: image.pixel_values.shape,
        });
        expect(worst(out.get('pooled')?.data ?? new Float32Array(), floats(dir, image.pooled))).toBeLessThan(
          1e-4,
        );
        for (const [i, hidden] of (image.hidden_states ?? []).entries()) {
          expect(
            worst(out.get(`hidden_state_${i}`)?.data ?? new Float32Array(), floats(dir, hidden)),
          ).toBeLessThan(1e-4);
        }
      }
      await session.release();
    },
  );
});
