/** The graph against transformers' numbers, on onnxruntime-web's WASM in Node. */
import { existsSync, openAsBlob, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  type BitGraph,
  buildGraph,
  type Checkpoint,
  hiddenStateParts,
  type NamedBlob,
  openCheckpoint,
  type Precision,
  parseBitConfig,
  parseProcessorConfig,
} from '../bit/index.ts';
import { runInSegments } from './segments.ts';
import { judge, probeInput } from './selfCheck.ts';
import { createSession } from './session.ts';
import { type ExternalWeights, openWeights } from './weights.ts';

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

function filesOf(dir: string): Promise<NamedBlob[]> {
  const names = readdirSync(dir).filter((name) => /\.safetensors$|\.json$/.test(name));
  return Promise.all(names.map(async (name) => ({ name, blob: await openAsBlob(join(dir, name)) })));
}

function expectedOf(dir: string): Expected {
  return JSON.parse(readFileSync(join(dir, 'expected.json'), 'utf8')) as Expected;
}

const WASM = { device: 'wasm', precision: 'float32' } as const;
const signal = new AbortController().signal;

/** The weights as a worker hands them over, tensor by tensor; Node reads no Blob at once, so the bytes are laid ready. */
async function lazily(graph: BitGraph, checkpoint: Checkpoint): Promise<ExternalWeights> {
  const ready = new Map<Blob, ArrayBuffer>();
  const prefetched: Checkpoint = {
    ...checkpoint,
    async stored(name) {
      const stored = await checkpoint.stored(name);
      ready.set(stored.blob, await stored.blob.arrayBuffer());
      return stored;
    },
  };
  return openWeights(
    graph,
    prefetched,
    { signal },
    (blob) => ready.get(blob)?.slice(0) ?? new ArrayBuffer(0),
  );
}

/** Largest |d|/(1+|expected|), or |d|/scale. */
function worst(actual: Float32Array, expected: Float32Array, scale?: number): number {
  expect(actual.length).toBe(expected.length);
  return expected.reduce(
    (most, value, i) =>
      Math.max(most, Math.abs((actual[i] ?? Number.NaN) - value) / (scale ?? 1 + Math.abs(value))),
    0,
  );
}

describe.each(readable)('%s', (dir) => {
  test.each(['two-step', 'reduce'] as const)(
    '%s statistics give the reference’s features and hidden states',
    async (form) => {
      const { checkpoint, configJson } = await openCheckpoint(await filesOf(dir));
      const graph = buildGraph(parseBitConfig(configJson?.json), { form, hiddenStates: true });
      const session = await createSession(graph, await lazily(graph, checkpoint), WASM);
      for (const image of expectedOf(dir).images) {
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

  test('piece by piece it gives the same', async () => {
    const { checkpoint, configJson } = await openCheckpoint(await filesOf(dir));
    const config = parseBitConfig(configJson?.json);
    for (const image of expectedOf(dir).images) {
      const pixels = { data: floats(dir, image.pixel_values), shape: image.pixel_values.shape };
      const { outputs, kept } = await runInSegments(config, checkpoint, pixels, WASM, {
        signal,
        onBlocking: () => undefined,
        keep: hiddenStateParts(config),
      });
      const pooled = outputs.get('pooled')?.data ?? new Float32Array();
      expect(worst(pooled, floats(dir, image.pooled))).toBeLessThan(1e-4);
      for (const [i, hidden] of (image.hidden_states ?? []).entries()) {
        expect(worst(kept[i]?.data ?? new Float32Array(), floats(dir, hidden))).toBeLessThan(1e-4);
      }
    }
  });

  test.skipIf(!/p03|p04/.test(dir)).each(['two-step', 'reduce'] as const)(
    'in float16, %s statistics stay within the precision of halves',
    async (form) => {
      const { checkpoint, configJson } = await openCheckpoint(await filesOf(dir));
      const options = { form, precision: 'float16', hiddenStates: true, lastHiddenState: true } as const;
      const graph = buildGraph(parseBitConfig(configJson?.json), options);
      const session = await createSession(graph, await lazily(graph, checkpoint), WASM);
      for (const image of expectedOf(dir).images) {
        const out = await session.run({
          data: floats(dir, image.pixel_values),
          shape: image.pixel_values.shape,
        });
        // measured: pooled 1.0e-3, hidden states 2.7e-3 of their largest value (which is 4 to 54)
        const of = (name: string): Float32Array => out.get(name)?.data ?? new Float32Array();
        expect(worst(of('pooled'), floats(dir, image.pooled))).toBeLessThan(2e-3);
        for (const [i, hidden] of (image.hidden_states ?? []).entries()) {
          const wanted = floats(dir, hidden);
          const largest = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
          expect(worst(of(`hidden_state_${i}`), wanted, largest)).toBeLessThan(5e-3);
        }
      }
      await session.release();
    },
  );

  test.skipIf(!/p03|p04/.test(dir))('in float16 it passes the check that a GPU must pass', async () => {
    const { checkpoint, configJson } = await openCheckpoint(await filesOf(dir));
    const config = parseBitConfig(configJson?.json);
    const probe = probeInput(config, parseProcessorConfig({}));
    const head = {
      labels: config.labels,
      weight: await checkpoint.read('classifier.1.weight'),
      bias: await checkpoint.read('classifier.1.bias'),
    };
    const pooled = async (precision: Precision): Promise<Float32Array> => {
      const placement = { device: 'wasm', precision } as const;
      const { outputs } = await runInSegments(config, checkpoint, probe, placement, {
        signal,
        onBlocking: () => undefined,
      });
      return outputs.get('pooled')?.data ?? new Float32Array();
    };
    const reference = await pooled('float32');
    const half = await pooled('float16');
    expect(half).not.toEqual(reference);
    expect(judge(half, reference, head, config, 'float16').failure).toBeNull();
    expect(judge(half, reference, null, config, 'float16').failure).toBeNull();
  });
});
