/** What is taken away, for models whose weights are at hand: a folder, an .onnx, and the numbers that both must give. */
import { createHash } from 'node:crypto';
import { existsSync, openAsBlob, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import {
  BitImageProcessor,
  decodePng,
  type Head,
  modelFolder,
  type NamedBlob,
  onnxFile,
  openCheckpoint,
  parseBitConfig,
  parseProcessorConfig,
  processorFields,
  readHead,
  toRgb,
} from '../../src/bit/index.ts';
import { createSession } from '../../src/engine/session.ts';

/** Folders with a model that has a classifier, and with pictures of its own. */
export interface Case {
  readonly name: string;
  readonly model: string;
  readonly pictures: readonly string[];
}

export interface Taken {
  /** The Hugging Face folder. */
  readonly folder: readonly NamedBlob[];
  readonly onnx: Blob;
  readonly answers: readonly Answer[];
}

export interface Answer {
  /** The picture's path. */
  readonly picture: string;
  readonly pixel_values: { readonly data: Float32Array; readonly dims: readonly number[] };
  /** One a class. */
  readonly logits: readonly number[];
}

export const LABELS = ['oak', '葉 <b>', 'a "quoted", name'];

const reference = join(process.env.BIT_LENS_SHARED ?? '../shared', 'golden/models');

/** The embedded model and the reference models; those of the larger reference set where it is present. */
export function cases(): Case[] {
  const models = ['e2e/fixtures/models', reference].filter((root) => existsSync(root));
  const dirs = new Map(
    models
      .flatMap((root) => readdirSync(root).map((name) => [name, join(root, name)] as const))
      .filter(([name, dir]) => !existsSync(join(dir, 'recipe.json')) && !name.startsWith('p11')),
  );
  return [
    { name: 'embedded', model: 'public/models', pictures: pngs('public/samples') },
    ...Array.from(dirs, ([name, model]) => ({ name, model, pictures: pngs(model) })),
  ];
}

const pngs = (dir: string): string[] =>
  readdirSync(dir)
    .filter((name) => name.endsWith('.png'))
    .map((name) => join(dir, name));

/** Gives the model a last layer of three classes and takes that away. */
export async function takeAway({ name, model, pictures }: Case): Promise<Taken> {
  const names = readdirSync(model).filter(
    (one) => !/^img\d|^expected|^timm_config|^evaluation|\.md$/.test(one),
  );
  const files = await Promise.all(
    names.map(async (one) => ({ name: one, blob: await openAsBlob(join(model, one)) })),
  );
  const { checkpoint, configJson, processorJson } = await openCheckpoint(files);
  const config = parseBitConfig(configJson?.json);
  const processor = parseProcessorConfig(processorJson?.json);
  const own = await readHead(config, checkpoint);
  if (!own) throw new Error(`${name} has no head`);
  const source = { config, processor, checkpoint };
  const head = headOf(own.weight.length / own.labels.length);
  const taught = { name, head, backbone: { name, sha256: '0'.repeat(64) }, processor, evaluation: [] };
  const onnx = await onnxFile(source, taught);
  const prepare = new BitImageProcessor(processorFields(processor));

  const session = await createSession(
    { bytes: new Uint8Array(await onnx.arrayBuffer()) },
    { data: new Uint8Array(), check: () => undefined, ms: () => 0 },
    { device: 'wasm', precision: 'float32' },
  );
  const answers: Answer[] = [];
  for (const picture of pictures) {
    const { raster } = await decodePng(readFileSync(picture), basename(picture));
    const { pixel_values } = prepare.preprocess(config.num_channels === 3 ? toRgb(raster) : raster);
    const outputs = await session.run({ data: pixel_values.data, shape: pixel_values.dims });
    answers.push({ picture, pixel_values, logits: [...(outputs.get('logits')?.data ?? [])] });
  }
  await session.release();
  return { folder: await modelFolder(source, taught), onnx, answers };
}

export const bytesOf = async (blob: Blob): Promise<Uint8Array> => new Uint8Array(await blob.arrayBuffer());

/** SHA-256 of all that a library reads, by name; not of the README.md, which is for people. */
export async function sha256Of({ folder, onnx }: Taken): Promise<Record<string, string>> {
  const files = [...folder.filter(({ name }) => name !== 'README.md'), { name: 'model.onnx', blob: onnx }];
  const hashes: Record<string, string> = {};
  for (const { name, blob } of files)
    hashes[name] = createHash('sha256')
      .update(await bytesOf(blob))
      .digest('hex');
  return hashes;
}

/** Weights without a pattern, within 1 / 8. */
function headOf(width: number): Head {
  let seed = 1;
  const random = (): number => {
    seed = (seed * 48_271) % 0x7fffffff;
    return (2 * seed) / 0x7fffffff - 1;
  };
  return {
    labels: LABELS,
    weight: Float32Array.from({ length: LABELS.length * width }, () => random() / 8),
    bias: Float32Array.of(0.5, -0.25, 0),
  };
}
