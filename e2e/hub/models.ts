/** The repos that the Hub of the tests serves: each shape of repo that people have, under its own name. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Content, contentOf } from './content.ts';
import type { HubServer } from './server.ts';
import { type FullSize, fullSize, safetensorsFile, tensorsOf, torchFile } from './weights.ts';

/** Small reference models with their expected numbers, as they lie in the repository. */
const FIXTURES = join(import.meta.dirname, '../fixtures');
const at = (...path: string[]): Buffer => readFileSync(join(FIXTURES, ...path));
const fixture = (name: string, ...files: string[]): Record<string, Buffer> =>
  Object.fromEntries(files.map((file) => [file, at('models', name, file)]));

export const REPOS = {
  /** transformers' layout, pytorch_model.bin only, as the real google/bit-50 (102 MB). */
  bit50: 'google/bit-50',
  /** The same weights as one safetensors file. */
  bit50Safetensors: 'lab/bit-50-safetensors',
  /** timm's names and its config.json, safetensors and .bin (102 MB). */
  timm: 'timm/resnetv2_50x1_bit.goog_distilled_in1k',
  /** Two shards and their index. */
  sharded: 'lab/bit-sharded',
  /** A few tens of kB, .bin. */
  tiny: 'hf-internal-testing/tiny-random-BitForImageClassification',
  /** A ViT that borrows BitImageProcessor: no BiT. */
  notBit: 'lab/vit-with-bit-processor',
  /** May be read only by those who were let in. */
  gated: 'lab/bit-gated',
  /** Nobody but its owner sees it. */
  private: 'lab/bit-private',
  /** A fine-tune with labels of its own, float16. */
  fineTune: 'vintage/bit-50-finetuned-landscape',
  /** Both kinds of weights, a folder and files that nobody needs. */
  crowded: 'lab/bit-crowded',
  /** Nothing but a model card. */
  empty: 'lab/empty',
} as const;

export interface ServeOptions {
  /** Whether the 102 MB repos are served too; they are written on the first use (true). */
  readonly fullSize?: boolean;
}

/** Puts every repo on the server. */
export function serveModels(server: HubServer, { fullSize: withLarge = true }: ServeOptions = {}): void {
  const facts = { license: 'apache-2.0', library: 'transformers', pipeline: 'image-classification' };
  const preprocessor = at('recipe', 'preprocessor_config.json');
  const card = '---\nlicense: apache-2.0\n---\n# A model for tests\n';
  const common = { '.gitattributes': '*.bin filter=lfs diff=lfs merge=lfs -text\n', 'README.md': card };
  const put = (id: string, files: Record<string, Content | Buffer | string>, more: object = {}): void => {
    server.repo(id, { ...facts, tags: ['bit', 'vision'], ...more }).commit({ ...common, ...files });
  };
  if (withLarge) {
    const bit50 = { 'config.json': bit50Config(), 'preprocessor_config.json': preprocessor };
    const large = (kind: FullSize): Content => fullSize(kind);
    put(REPOS.bit50, { ...bit50, 'pytorch_model.bin': large('pytorch_model.bin') });
    put(REPOS.bit50Safetensors, { ...bit50, 'model.safetensors': large('model.safetensors') });
    put(
      REPOS.timm,
      {
        'config.json': timmConfig(),
        'model.safetensors': large('timm.safetensors'),
        'pytorch_model.bin': large('pytorch_model.bin'),
      },
      { library: 'timm', tags: ['pytorch'] },
    );
    server.put('mirror/bit-50/pytorch_model.bin', large('pytorch_model.bin'));
    server.put('mirror/bit-50/config.json', bit50Config());
    server.put('mirror/bit-50/preprocessor_config.json', preprocessor);
  }
  const sharded = fixture(
    'p06_preact_same_nodyn_sharded',
    'config.json',
    'preprocessor_config.json',
    'model.safetensors.index.json',
    'model-00001-of-00002.safetensors',
    'model-00002-of-00002.safetensors',
  );
  put(REPOS.sharded, sharded);
  const tiny = {
    ...fixture('p02_bottleneck_same_dynamic', 'config.json', 'preprocessor_config.json', 'model.safetensors'),
  };
  const { 'model.safetensors': tinySafetensors = Buffer.alloc(0), ...tinyConfigs } = tiny;
  put(REPOS.tiny, { ...tinyConfigs, 'pytorch_model.bin': asTorch(tinySafetensors) });
  const fineTune = fixture(
    'p04_preact_os8_fp16',
    'config.json',
    'preprocessor_config.json',
    'model.safetensors',
  );
  put(
    REPOS.fineTune,
    { ...fineTune, 'config.json': withLabels(fineTune['config.json']), 'training_args.bin': 'x' },
    { tags: ['autotrain'] },
  );
  put(REPOS.gated, fineTune, { gated: 'manual' });
  put(REPOS.private, fineTune, { private: true });
  put(REPOS.notBit, {
    'config.json': JSON.stringify({
      model_type: 'vit',
      architectures: ['ViTForImageClassification'],
      image_size: 224,
    }),
    'preprocessor_config.json': preprocessor,
    'model.safetensors': mediumSafetensors(3),
  });
  put(REPOS.crowded, {
    ...tiny,
    'pytorch_model.bin': asTorch(tinySafetensors),
    'onnx/model.onnx': Buffer.alloc(4096),
    'tf_model.h5': Buffer.alloc(4096),
    'runs/Oct01/events.out.tfevents': Buffer.alloc(64),
  });
  server.repo(REPOS.empty).commit({ 'README.md': card });
  for (const [name, bytes] of Object.entries(tiny)) server.put(`mirror/tiny/${name}`, bytes);
}

/** google/bit-50's config.json: the reference case's, with 1,000 labels spelled out as real ones are. */
export function bit50Config(): string {
  const { num_labels: count, ...config } = JSON.parse(String(at('recipe', 'config.json'))) as Record<
    string,
    unknown
  >;
  const names = Array.from({ length: Number(count) }, (_, i) => `LABEL_${i}`);
  const id2label = Object.fromEntries(names.map((name, i) => [i, name]));
  const label2id = Object.fromEntries(names.map((name, i) => [name, i]));
  return `${JSON.stringify({ ...config, id2label, label2id }, null, 2)}\n`;
}

/** timm's config.json (timm/models/_hub.py): no BitConfig, no label names; the input is the reference case's at 224 px. */
function timmConfig(): string {
  return JSON.stringify({
    architecture: 'resnetv2_50x1_bit',
    num_classes: 1000,
    num_features: 2048,
    pretrained_cfg: {
      tag: 'goog_distilled_in1k',
      custom_load: false,
      input_size: [3, 224, 224],
      fixed_input_size: false,
      interpolation: 'bilinear',
      crop_pct: 0.875,
      crop_mode: 'center',
      mean: [0.5, 0.5, 0.5],
      std: [0.5, 0.5, 0.5],
      num_classes: 1000,
      pool_size: [7, 7],
      first_conv: 'stem.conv',
      classifier: 'head.fc',
    },
  });
}

function withLabels(config: Buffer | undefined): string {
  const json = JSON.parse(String(config)) as Record<string, unknown>;
  const known = json.id2label as Record<string, string> | undefined;
  const count = known === undefined ? Number(json.num_labels) : Object.keys(known).length;
  const places = [
    'coast',
    'forest',
    'glacier',
    'mountain',
    'sea',
    'street',
    'field',
    'desert',
    'lake',
    'river',
    'city',
    'park',
  ];
  const { num_labels: _, ...rest } = json;
  const id2label = Object.fromEntries(
    Array.from({ length: count }, (_, i) => [i, places[i] ?? `place ${i}`]),
  );
  return JSON.stringify({ ...rest, id2label });
}

/** The F32 tensors of a safetensors file as torch.save writes them. */
function asTorch(file: Buffer): Content {
  const end = 8 + Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.toString('utf8', 8, end)) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  const tensors = Object.entries(header)
    .filter(([name]) => name !== '__metadata__')
    .map(
      ([
        name,
        {
          dtype,
          shape,
          data_offsets: [from, to],
        },
      ]) => {
        if (dtype !== 'F32') throw new Error(`${name} is ${dtype}`);
        return { name, shape, data: () => file.subarray(end + from, end + to) };
      },
    );
  return contentOf(Buffer.concat([...torchFile('pytorch_model', tensors)]));
}

/** Weights that are no BiT, or a file of some size to move about: `megabytes` of made values. */
export function mediumSafetensors(megabytes: number): Content {
  const rule = {
    k: 0,
    name: 'vit.embeddings.patch_embeddings.projection.weight',
    shape: [megabytes * 250_000],
    scale: 1,
    offset: 0,
  };
  return contentOf(Buffer.concat([...safetensorsFile(tensorsOf([rule]))]));
}
