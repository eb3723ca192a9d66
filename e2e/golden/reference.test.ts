/**
 * The network of src/bit against a second one, written from the description alone. BIT_LENS_NETS and BIT_LENS_SEED ask
 * for a longer run of other nets.
 */
import { existsSync, openAsBlob, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type FeatureShape, featureShapes } from '../../src/bit/graph/shapes.ts';
import {
  type BitConfigFields,
  BitError,
  buildGraph,
  openCheckpoint,
  parseBitConfig,
  prepareWeights,
} from '../../src/bit/index.ts';
import { createSession } from '../../src/engine/session.ts';
import { relative, worst } from './compare.ts';
import { inMemory, type Net, randomNet } from './nets.ts';
import { Crash, type Fields, forward, type Outputs } from './reference.ts';

const FOLDERS = ['e2e/fixtures/models', join(process.env.BIT_LENS_SHARED ?? '../shared', 'golden/models')];
const NETS = Number(process.env.BIT_LENS_NETS ?? 16);
const SEED = Number(process.env.BIT_LENS_SEED ?? 1);

interface TensorFile {
  readonly file: string;
  readonly shape: readonly [number, number, number, number];
}
interface Expected {
  readonly images: readonly {
    readonly pixel_values: TensorFile;
    readonly pooled: TensorFile;
    readonly hidden_states?: readonly TensorFile[];
    readonly last_hidden_state?: TensorFile;
  }[];
}

const folders = FOLDERS.filter((folder) => existsSync(folder));
const cases = folders.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));
// the recipe's full-size net would take naive loops minutes
const small = cases.filter((dir) => !existsSync(join(dir, 'recipe.json')));

describe('the plain network', () => {
  test.each(small)('%s gives the expected values', async (dir) => {
    const names = readdirSync(dir).filter((name) =>
      /\.(safetensors|bin|npz)$|^config\.json$|index\.json$/.test(name),
    );
    const files = await Promise.all(
      names
        .filter((name) => !/^img/.test(name))
        .map(async (name) => ({ name, blob: await openAsBlob(join(dir, name)) })),
    );
    const { checkpoint, configJson } = await openCheckpoint(files);
    const values = new Map<string, Float32Array>();
    for (const name of checkpoint.tensors.keys()) values.set(name, await checkpoint.read(name));
    const weights = (name: string): Float32Array => values.get(name) ?? new Float32Array();
    const floats = ({ file }: TensorFile): Float32Array =>
      new Float32Array(new Uint8Array(readFileSync(join(dir, file))).buffer);
    const { images } = JSON.parse(readFileSync(join(dir, 'expected.json'), 'utf8')) as Expected;
    for (const image of images) {
      const { shape } = image.pixel_values;
      const pixels = { shape, data: Float64Array.from(floats(image.pixel_values)) };
      const out = forward(configJson?.json as Fields, weights, pixels);
      let most = worst(out.pooled, floats(image.pooled), relative);
      for (const [i, state] of (image.hidden_states ?? []).entries())
        most = Math.max(most, worst(out.hiddenStates[i]?.data ?? [], floats(state), relative));
      if (image.last_hidden_state)
        most = Math.max(most, worst(out.lastHiddenState.data, floats(image.last_hidden_state), relative));
      expect(most).toBeLessThan(4e-5); // measured: 3.4e-5, as far as float32 took the expected values themselves
    }
  });
});

/** What the plain network says, or that it crashed. */
function plain(net: Net): Outputs | Crash {
  try {
    return forward(net.fields, net.tensor, net.pixels);
  } catch (error) {
    if (error instanceof Crash) return error;
    throw error;
  }
}

/** An answer's tensors under the graph's names. */
function outputsOf({ pooled, lastHiddenState, hiddenStates }: Outputs): Map<string, Float64Array> {
  return new Map([
    ['pooled', pooled],
    ['last_hidden_state', lastHiddenState.data],
    ...hiddenStates.map(({ data }, i) => [`hidden_state_${i}`, data] as const),
  ]);
}

/** The outputs' shapes and the config, or the code of the refusal. */
function walked(net: Net): { config: BitConfigFields; shapes: readonly FeatureShape[] } | BitError {
  const [n, , height, width] = net.pixels.shape;
  try {
    const config = parseBitConfig(net.fields);
    return { config, shapes: featureShapes(config, height, width, n) };
  } catch (error) {
    if (error instanceof BitError) return error;
    throw error;
  }
}

test('the graph, in both forms, agrees with the plain network on random configs', {
  timeout: 3_600_000,
}, async () => {
  let [ran, refused, delicate, most, mostOverFloor] = [0, 0, 0, 0, 0];
  for (let seed = SEED; seed < SEED + NETS; seed++) {
    const net = randomNet(seed);
    const expected = plain(net);
    const found = walked(net);
    if (expected instanceof Crash || found instanceof BitError) {
      const refusal = found instanceof BitError ? found : null;
      expect(
        refusal?.code,
        `seed ${seed}: ${expected instanceof Crash ? expected.message : refusal?.message}`,
      ).toBe(expected instanceof Crash ? expected.code : 'nothing wrong');
      refused++;
      continue;
    }
    const { config, shapes } = found;
    expect(shapes, `seed ${seed}`).toEqual(expected.hiddenStates.map(({ shape }) => shape));
    let floors: Map<string, Float64Array> | undefined;
    const wanted = outputsOf(expected);
    let strict = true;
    for (const form of ['two-step', 'reduce'] as const) {
      const graph = buildGraph(config, { form, hiddenStates: true, lastHiddenState: true });
      const weights = new Uint8Array(graph.weightBytes);
      for (const planned of graph.weights)
        weights.set(
          prepareWeights(
            planned,
            net.tensor(
              planned.name,
              planned.shape.reduce((a, b) => a * b, 1),
            ),
          ),
          planned.byteOffset,
        );
      const session = await createSession(graph, inMemory(weights), { device: 'wasm', precision: 'float32' });
      const out = await session.run({ data: Float32Array.from(net.pixels.data), shape: net.pixels.shape });
      await session.release();
      for (const [name, values] of wanted) {
        const error = worst(out.get(name)?.data ?? [], values, relative);
        if (error <= 1e-5) {
          most = Math.max(most, error);
          continue;
        }
        // how far float32 between the steps alone moves this net: groups of few, nearly equal values magnify any rounding
        floors ??= outputsOf(forward(net.fields, net.tensor, net.pixels, Math.fround));
        const floor = worst(floors.get(name) ?? [], values, relative);
        if (floor <= 5e-6) most = Math.max(most, error);
        else {
          strict = false;
          mostOverFloor = Math.max(mostOverFloor, error / floor);
        }
        expect(
          error,
          `seed ${seed}, ${form}, ${name}: ${JSON.stringify(net.fields)}, ${net.pixels.shape}`,
        ).toBeLessThan(floor <= 5e-6 ? 1e-4 : 64 * floor);
      }
    }
    if (!strict) delicate++;
    ran++;
  }
  console.log(
    `${ran} nets ran, ${refused} were refused; worst |d|/(1+|ref|) ${most.toExponential(1)}; ` +
      `${delicate} delicate ones within ${mostOverFloor.toFixed(0)} times what float32 moves them`,
  );
  expect(ran).toBeGreaterThan(NETS / 2);
  expect(delicate).toBeLessThan(ran / 2);
});
