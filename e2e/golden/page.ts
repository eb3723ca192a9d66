/** The browser's half of the golden program: runs one case through the engine and compares. */
import { functionToApply, scoresOf } from '../../src/bit/index.ts';
import { createEngine } from '../../src/engine/client.ts';
import type { Device, Engine, ModelInfo, PlainTensor } from '../../src/engine/protocol.ts';
import { absolute, atLeastOne, mergeRows, type Row, relative, worst } from './compare.ts';
import { type Recipe, recipeSafetensors } from './recipe.ts';

interface TensorFile {
  readonly file: string;
  readonly shape: readonly number[];
}
interface Summary {
  readonly shape: readonly number[];
  readonly absmax: number;
  readonly flat_indices: readonly number[];
  readonly values: readonly number[];
}
interface ExpectedImage {
  readonly file: string;
  readonly load: 'pipeline' | 'processor';
  readonly backend: 'torchvision' | 'pil';
  readonly preprocessor_config?: string;
  readonly pixel_values: TensorFile;
  readonly pooled: TensorFile;
  readonly hidden_states?: readonly TensorFile[];
  readonly hidden_states_summary?: readonly Summary[];
  readonly last_hidden_state?: TensorFile;
  readonly feature_maps?: readonly (TensorFile & { readonly stage: string })[];
  readonly logits?: TensorFile;
  readonly top5?: readonly { readonly index: number; readonly label: string; readonly score: number }[];
}
export interface ImageCase {
  readonly image: string;
  readonly load: 'pipeline' | 'processor';
  readonly backend: 'torchvision' | 'pil';
  readonly preprocessor_config: unknown;
  readonly pixel_values: TensorFile;
  readonly resized: (TensorFile & { readonly layout: 'HWC' }) | null;
}

let engine: Engine | null = null;

async function blobAt(path: string): Promise<Blob> {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return response.blob();
}
const bytesAt = async (path: string): Promise<ArrayBuffer> => (await blobAt(path)).arrayBuffer();
const jsonAt = async (path: string): Promise<unknown> => JSON.parse(await (await blobAt(path)).text());
const floatsAt = async (base: string, { file }: TensorFile): Promise<Float32Array> =>
  new Float32Array(await bytesAt(`${base}/${file}`));

/** Runs one model case on a device. `names` are the files of its folder. */
async function runModelCase(base: string, names: readonly string[], device: Device): Promise<Row[]> {
  engine?.dispose();
  engine = createEngine();
  const weights = names.filter(
    (name) => /\.(safetensors|bin|npz)$|index\.json$/.test(name) && !/^img\d/.test(name),
  );
  const files = await Promise.all(
    [...weights, 'config.json', 'preprocessor_config.json'].map(async (name) => ({
      name,
      blob: await blobAt(`${base}/${name}`),
    })),
  );
  if (names.includes('recipe.json')) {
    files.push({
      name: 'recipe.safetensors',
      blob: recipeSafetensors((await jsonAt(`${base}/recipe.json`)) as Recipe),
    });
  }
  // the reference never names classes that the files do not name
  const model = await engine.open({ kind: 'files', files, choices: { labels: 'file' } }, { device });
  if (model.device.device !== device)
    throw new Error(`ran on ${model.device.device}: ${model.device.fallback?.detail}`);
  const { images } = (await jsonAt(`${base}/expected.json`)) as { images: ExpectedImage[] };
  const rows: Row[] = [];
  for (const image of images) rows.push(...(await compareImage(engine, model, base, image)));
  return mergeRows(rows);
}

async function compareImage(
  engine: Engine,
  model: ModelInfo,
  base: string,
  image: ExpectedImage,
): Promise<Row[]> {
  const rows: Row[] = [];
  const fullSize = model.parameters > 1e7;
  const bound = fullSize ? 5e-4 : 1e-4;
  const compare = async (
    quantity: string,
    actual: PlainTensor | null | undefined,
    expected: TensorFile,
  ): Promise<void> => {
    const same = actual?.shape.join() === expected.shape.join();
    const error = same
      ? worst(actual?.data ?? [], await floatsAt(base, expected), relative)
      : Number.POSITIVE_INFINITY;
    rows.push({ quantity, error, bound });
  };

  const pixels = await floatsAt(base, image.pixel_values);
  const config = image.preprocessor_config ? await jsonAt(`${base}/${image.preprocessor_config}`) : undefined;
  const picture = await blobAt(`${base}/${image.file}`);
  const prepared = await engine.preprocess({
    picture,
    name: image.file,
    load: image.load,
    backend: image.backend,
    ...(config === undefined ? {} : { config }),
  });
  rows.push({
    quantity: 'pixel_values',
    error: worst(prepared.pixelValues.data, pixels, atLeastOne),
    bound: 1e-6,
  });

  const wantsStates = image.hidden_states || image.hidden_states_summary || image.feature_maps;
  const out = await engine.forward({
    pixelValues: { data: pixels, shape: image.pixel_values.shape },
    outputs: [
      'pooled',
      ...(image.logits ? (['logits'] as const) : []),
      ...(wantsStates || image.last_hidden_state ? (['hidden_states', 'last_hidden_state'] as const) : []),
    ],
  });
  await compare('pooled', out.pooled, image.pooled);
  if (image.last_hidden_state)
    await compare('last_hidden_state', out.lastHiddenState, image.last_hidden_state);
  if (image.last_hidden_state) {
    // from the open session; with the states between it comes from one built piece by piece
    const { lastHiddenState } = await engine.forward({
      pixelValues: { data: pixels, shape: image.pixel_values.shape },
      outputs: ['last_hidden_state'],
    });
    await compare('last_hidden_state', lastHiddenState, image.last_hidden_state);
  }
  for (const [i, expected] of (image.hidden_states ?? []).entries())
    await compare('hidden_states', out.hiddenStates?.[i], expected);
  for (const map of image.feature_maps ?? []) {
    await compare('feature_maps', out.hiddenStates?.[model.config.stage_names.indexOf(map.stage)], map);
  }
  const states = [...(out.hiddenStates ?? []), ...(out.lastHiddenState ? [out.lastHiddenState] : [])];
  for (const [i, summary] of (image.hidden_states_summary ?? []).entries()) {
    const state = states[i];
    const sampled = summary.flat_indices.map((index) => state?.data[index] ?? Number.NaN);
    rows.push({
      quantity: 'hidden_states',
      error: worst(sampled, summary.values, () => summary.absmax),
      bound: 1e-3,
    });
  }
  if (image.logits) {
    await compare('logits', out.logits, image.logits);
    const scores = scoresOf(out.logits?.data ?? new Float32Array(), functionToApply(model.config));
    const top5 = image.top5 ?? [];
    const found = top5.map(({ index }) => scores[index] ?? Number.NaN);
    rows.push({
      quantity: 'top5',
      error: worst(
        found,
        top5.map(({ score }) => score),
        absolute,
      ),
      bound: 1e-4,
    });
    if (top5.some(({ index, label }) => model.labels[index] !== label))
      rows.push({ quantity: 'labels', error: 1, bound: 0 });
  }
  return rows;
}

/** Runs one image-processor case. `orientation` is the picture's EXIF orientation where the decoded file has lost it. */
async function runImageCase(
  base: string,
  item: ImageCase,
  file: string,
  orientation: number | undefined,
): Promise<Row[]> {
  engine ??= createEngine();
  const result = await engine.preprocess({
    picture: await blobAt(`${base}/${file}`),
    name: file,
    load: item.load,
    backend: item.backend,
    config: item.preprocessor_config,
    ...(orientation === undefined ? {} : { orientation }),
  });
  const rows: Row[] = [];
  if (item.resized) {
    const { resized } = result;
    const shape = resized ? [resized.height, resized.width, resized.channels] : [];
    const same = shape.join() === item.resized.shape.join();
    const expected = new Uint8Array(await bytesAt(`${base}/${item.resized.file}`));
    rows.push({
      quantity: 'resized',
      error: same ? worst(resized?.data ?? [], expected, absolute) : Number.POSITIVE_INFINITY,
      bound: 0,
    });
  }
  const same = result.pixelValues.shape.join() === item.pixel_values.shape.join();
  const error = same
    ? worst(result.pixelValues.data, await floatsAt(base, item.pixel_values), atLeastOne)
    : Number.POSITIVE_INFINITY;
  rows.push({ quantity: 'pixel_values', error, bound: 1e-6 });
  return rows;
}

const golden = { runModelCase, runImageCase };
export type Golden = typeof golden;
Object.assign(globalThis, { golden });
