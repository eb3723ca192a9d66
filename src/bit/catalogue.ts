/**
 * The BiT checkpoints that people have: variants are rows of data, not code. Sources: timm's default_cfgs and model
 * cards (input, top-1, top-5, MACs), google-research/big_transfer (Google's files). All have mean = std = 0.5.
 */

/** Depths, width factor and parameters below the classifier. Channels are 64 times the factor in the stem. */
export const ARCHITECTURES = {
  R50x1: { depths: [3, 4, 6, 3], factor: 1, parameters: 23_500_352 },
  R50x3: { depths: [3, 4, 6, 3], factor: 3, parameters: 211_174_080 },
  R101x1: { depths: [3, 4, 23, 3], factor: 1, parameters: 42_492_480 },
  R101x3: { depths: [3, 4, 23, 3], factor: 3, parameters: 381_789_888 },
  R152x2: { depths: [3, 8, 36, 3], factor: 2, parameters: 232_238_208 },
  R152x4: { depths: [3, 8, 36, 3], factor: 4, parameters: 928_340_224 },
} as const;
export type Architecture = keyof typeof ARCHITECTURES;

/** How a checkpoint was made to see pictures: the resized short edge is floor(size / cropPct), the crop is `size`. */
export interface PublishedInput {
  readonly size: number;
  readonly cropPct: number;
  readonly interpolation: 'bilinear' | 'bicubic';
}

export interface CatalogueRow {
  /** timm's name with its tag, a Hub repository, or the stem of Google's file. */
  readonly name: string;
  /** Names it had in older files. */
  readonly aliases: readonly string[];
  readonly host: 'huggingface.co' | 'storage.googleapis.com';
  /** A Hub repository, or the path below Google's host. */
  readonly repo: string;
  /** Weights files, any one of which is enough; the first is to be preferred. */
  readonly files: readonly string[];
  /** 'example': a fine-tune somebody published; 'test': random weights, for trying the way there. */
  readonly kind: 'published' | 'example' | 'test';
  readonly naming: 'timm' | 'transformers' | 'google';
  /** Null for the tiny one with random weights. */
  readonly architecture: Architecture | null;
  /** Null where only its own config.json says. */
  readonly classes: number | null;
  readonly input: PublishedInput;
  /** ImageNet accuracy, per cent. */
  readonly top1: number | null;
  readonly top5: number | null;
  readonly parameters: number | null;
  /** Multiply-adds of one picture at `input.size`, in 10^9. For ImageNet-21k computed: convolutions and classifier. */
  readonly gmacs: number | null;
  /** Of the fp32 weights, bytes: 4 a parameter, or as listed by the host. */
  readonly bytes: number | null;
  /** Null where none is stated for the weights. */
  readonly licence: 'Apache-2.0' | null;
}

const at224: PublishedInput = { size: 224, cropPct: 0.875, interpolation: 'bilinear' };
const at448: PublishedInput = { size: 448, cropPct: 1, interpolation: 'bilinear' };
const at480: PublishedInput = { size: 480, cropPct: 1, interpolation: 'bilinear' };
const bicubic224: PublishedInput = { size: 224, cropPct: 0.875, interpolation: 'bicubic' };
const bicubic384: PublishedInput = { size: 384, cropPct: 1, interpolation: 'bicubic' };

const IN1K = 1_000;
const IN21K = 21_843;

function sized(architecture: Architecture, classes: number): { parameters: number; bytes: number } {
  const { factor, parameters } = ARCHITECTURES[architecture];
  const all = parameters + classes * (2_048 * factor + 1);
  return { parameters: all, bytes: 4 * all };
}

function timm(
  architecture: Architecture,
  tag: string,
  oldName: string,
  classes: number,
  input: PublishedInput,
  [top1, top5, gmacs]: readonly [top1: number | null, top5: number | null, gmacs: number],
): CatalogueRow {
  const base = `resnetv2_${architecture.slice(1)}_bit`;
  return {
    name: `${base}.goog_${tag}`,
    aliases: [`${base}${oldName}`],
    host: 'huggingface.co',
    repo: `timm/${base}.goog_${tag}`,
    files: ['model.safetensors', 'pytorch_model.bin'],
    kind: 'published',
    naming: 'timm',
    architecture,
    classes,
    input,
    top1,
    top5,
    gmacs,
    ...sized(architecture, classes),
    licence: 'Apache-2.0',
  };
}

function google(
  file: string,
  architecture: Architecture,
  classes: number,
  input: PublishedInput,
): CatalogueRow {
  return {
    name: file.slice(file.lastIndexOf('/') + 1),
    aliases: [],
    host: 'storage.googleapis.com',
    repo: 'bit_models',
    files: [`${file}.npz`],
    kind: 'published',
    naming: 'google',
    architecture,
    classes,
    input,
    top1: null,
    top5: null,
    gmacs: null,
    ...sized(architecture, classes),
    licence: null,
  };
}

/** A model that somebody trained on from google/bit-50 and published with its own labels. */
const example = (repo: string, classes: number | null): CatalogueRow => ({
  ...bit50,
  name: repo,
  repo,
  files: ['model.safetensors', 'pytorch_model.bin'],
  kind: 'example',
  classes,
  gmacs: null,
  ...(classes === null ? { parameters: null, bytes: null } : sized('R50x1', classes)),
  licence: null,
});

const bit50: CatalogueRow = {
  ...timm('R50x1', 'in21k_ft_in1k', 'm', IN1K, at448, [null, null, 16.6]),
  name: 'google/bit-50',
  aliases: [],
  repo: 'google/bit-50',
  files: ['pytorch_model.bin'],
  naming: 'transformers',
};

const NAMES = Object.keys(ARCHITECTURES) as Architecture[];

/** Where rows share a shape, the more likely one comes first. */
export const CATALOGUE: readonly CatalogueRow[] = [
  bit50,
  timm('R50x1', 'in21k_ft_in1k', 'm', IN1K, at448, [80.39, 95.69, 16.6]),
  timm('R50x1', 'distilled_in1k', '_distilled', IN1K, bicubic224, [82.82, 96.53, 4.23]),
  timm('R101x1', 'in21k_ft_in1k', 'm', IN1K, at448, [82.33, 96.52, 31.7]),
  timm('R50x3', 'in21k_ft_in1k', 'm', IN1K, at448, [83.98, 97.13, 146]),
  timm('R101x3', 'in21k_ft_in1k', 'm', IN1K, at448, [84.43, 97.38, 280]),
  timm('R152x2', 'in21k_ft_in1k', 'm', IN1K, at448, [84.47, 97.43, 185]),
  timm('R152x2', 'teacher_in21k_ft_in1k', '_teacher', IN1K, bicubic224, [82.92, 96.57, 47]),
  timm('R152x2', 'teacher_in21k_ft_in1k_384', '_teacher_384', IN1K, bicubic384, [83.86, 97.13, 136]),
  timm('R152x4', 'in21k_ft_in1k', 'm', IN1K, at480, [84.94, 97.46, 845]),
  timm('R50x1', 'in21k', 'm_in21k', IN21K, at224, [null, null, 4.1]),
  timm('R101x1', 'in21k', 'm_in21k', IN21K, at224, [null, null, 7.8]),
  timm('R50x3', 'in21k', 'm_in21k', IN21K, at224, [null, null, 36]),
  timm('R101x3', 'in21k', 'm_in21k', IN21K, at224, [null, null, 70]),
  timm('R152x2', 'in21k', 'm_in21k', IN21K, at224, [null, null, 46]),
  timm('R152x4', 'in21k', 'm_in21k', IN21K, at224, [null, null, 183]),
  // Google's own: M before S, as M's fine-tunes are the ones in use. The 285 fine-tunes of vtab/ are named
  // BiT-M-{architecture}-run{0,1,2}-{task}.npz and have the classes of their task, so the tensors tell more than a row.
  ...NAMES.map((a) => google(`BiT-M-${a}-ILSVRC2012`, a, IN1K, a === 'R152x4' ? at480 : at448)),
  ...NAMES.map((a) => google(`BiT-M-${a}`, a, IN21K, at224)),
  ...NAMES.map((a) => google(`BiT-S-${a}`, a, IN1K, at224)),
  google('distill/R50x1_224', 'R50x1', IN1K, bicubic224),
  google('distill/R50x1_160', 'R50x1', IN1K, { ...bicubic224, size: 160 }),
  example('Fu-chiang/bit-50-IDRiD', 5),
  example('HorcruxNo13/bit-50', null),
  example('vintage-lavender619/bit-50-finetuned-landscape-test', 6),
  example('pk3388/bit-50', null),
  {
    ...example('hf-internal-testing/tiny-random-BitForImageClassification', null),
    files: ['pytorch_model.bin'],
    kind: 'test',
    architecture: null,
    bytes: 101_000,
  },
];

/** The architecture of those widths and depths, or null for a network that none of the published ones is. */
export function architectureOf(shape: {
  readonly embedding_size: number;
  readonly hidden_sizes: readonly number[];
  readonly depths: readonly number[];
}): Architecture | null {
  const found = NAMES.find((name) => {
    const { depths, factor } = ARCHITECTURES[name];
    const widths = depths.map((_, i) => 256 * factor * 2 ** i);
    return (
      shape.embedding_size === 64 * factor &&
      shape.depths.join() === depths.join() &&
      shape.hidden_sizes.join() === widths.join()
    );
  });
  return found ?? null;
}

const plain = (name: string): string => `_${name.toLowerCase().replace(/[^a-z0-9]+/g, '_')}_`;

/** The row that a name says most of: "resnetv2_50x1_bit.goog_distilled_in1k.safetensors", "BiT-M-R50x1.npz". A hint, no proof. */
export function rowNamed(text: string): CatalogueRow | undefined {
  const said = plain(text);
  const fits = CATALOGUE.flatMap((row) =>
    [row.name, ...row.aliases].map((name) => [row, plain(name)] as const),
  )
    .filter(([, name]) => said.includes(name))
    .sort(([, a], [, b]) => b.length - a.length);
  return fits[0]?.[0];
}
