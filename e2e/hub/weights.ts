/**
 * Full-size weights in google/bit-50's shape, made from integers: the recipe of the reference case
 * p14_full_bit50_recipe, so that its expected logits hold for them. Kept in the system's temporary folder.
 */
import { closeSync, existsSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RecipeRule, recipeValues } from '../golden/recipe.ts';
import { type Content, contentAt } from './content.ts';
import { type StateTensor, torchMembers, torchZip } from './torchFile.ts';

const SEED = 20_261_500;

export interface Net {
  readonly depths: readonly number[];
  /** hidden_sizes */
  readonly widths: readonly number[];
  /** embedding_size */
  readonly stem: number;
  readonly labels: number;
}
const BIT_50: Net = { depths: [3, 4, 6, 3], widths: [256, 512, 1024, 2048], stem: 64, labels: 1000 };

/** The state dict of BitForImageClassification (pre-activation) in transformers' order, with the recipe. */
export function bitRecipe({ depths, widths, stem, labels }: Net = BIT_50): RecipeRule[] {
  const rules: RecipeRule[] = [];
  const add = (name: string, shape: readonly number[], scale: number, offset: number): void => {
    rules.push({ k: rules.length, name, shape, scale, offset });
  };
  const conv = (name: string, output: number, input: number, side: number): void =>
    add(`${name}.weight`, [output, input, side, side], 1 / 16, 1 / 128);
  const norm = (name: string, channels: number, shift = 0): void => {
    add(`${name}.weight`, [channels], 0.5, 1);
    add(`${name}.bias`, [channels], 0.5, shift);
  };
  conv('bit.embedder.convolution', stem, 3, 7);
  let input = stem;
  for (const [stage, width] of widths.entries()) {
    for (let unit = 0; unit < (depths[stage] ?? 0); unit++) {
      const layer = `bit.encoder.stages.${stage}.layers.${unit}`;
      const middle = width / 4;
      if (unit === 0) conv(`${layer}.downsample.conv`, width, input, 1);
      norm(`${layer}.norm1`, input);
      conv(`${layer}.conv1`, middle, input, 1);
      norm(`${layer}.norm2`, middle);
      conv(`${layer}.conv2`, middle, middle, 3);
      norm(`${layer}.norm3`, middle);
      conv(`${layer}.conv3`, width, middle, 1);
      input = width;
    }
  }
  norm('bit.norm', input, -0.5);
  add('classifier.1.weight', [labels, input], 0.125, 0);
  add('classifier.1.bias', [labels], 0.5, 0);
  return rules;
}

/** timm's name for a tensor of transformers' state dict; its classifier is a 1x1 convolution. */
export function timmRule(rule: RecipeRule): RecipeRule {
  const name = rule.name
    .replace(/^bit\.embedder\.convolution\./, 'stem.conv.')
    .replace(/^bit\.encoder\.stages\.(\d+)\.layers\./, 'stages.$1.blocks.')
    .replace(/^bit\.norm\./, 'norm.')
    .replace(/^classifier\.1\./, 'head.fc.');
  return { ...rule, name, shape: name === 'head.fc.weight' ? [...rule.shape, 1, 1] : rule.shape };
}

/** Tensors of a recipe, made when they are asked for. */
export const tensorsOf = (rules: readonly RecipeRule[]): StateTensor[] =>
  rules.map((rule) => ({
    name: rule.name,
    shape: rule.shape,
    data: () => Buffer.from(recipeValues(SEED, rule).buffer),
  }));

/** A safetensors file, in pieces. */
export function* safetensorsFile(tensors: readonly StateTensor[]): Generator<Buffer> {
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  let position = 0;
  for (const { name, shape } of tensors) {
    const end = position + 4 * shape.reduce((a, b) => a * b, 1);
    header[name] = { dtype: 'F32', shape, data_offsets: [position, end] };
    position = end;
  }
  const json = JSON.stringify(header);
  const length = Buffer.alloc(8);
  const padded = Buffer.from(json.padEnd(Math.ceil(json.length / 8) * 8));
  length.writeBigUInt64LE(BigInt(padded.length));
  yield length;
  yield padded;
  for (const { data } of tensors) yield data();
}

export const torchFile = (folder: string, tensors: readonly StateTensor[]): Generator<Buffer> =>
  torchZip(folder, torchMembers(tensors));

const WRITERS = {
  'pytorch_model.bin': () => torchFile('pytorch_model', tensorsOf(bitRecipe())),
  'model.safetensors': () => safetensorsFile(tensorsOf(bitRecipe())),
  'timm.safetensors': () => safetensorsFile(tensorsOf(bitRecipe().map(timmRule))),
};
export type FullSize = keyof typeof WRITERS;

/** SHA-256 of the files as they were when their numbers were checked against the reference's. */
export const FULL_SIZE_SHA256: Readonly<Record<FullSize, string>> = {
  'pytorch_model.bin': '3d444e89adb81c160dbb7ccd07850631c588bab09e07350bbb299f1b6921e570',
  'model.safetensors': '1b4d1301284ff96661231307c07d5db5964e2d12f8384b1ec2c5c5c8855e7bf8',
  'timm.safetensors': 'd658a0c5468d9a63efa3d59253bf73a24e5fb9648f58a1ba6bab2c33c8756a2a',
};

/** A full-size file (102 MB); written on the first call on this machine, checked on each. */
export function fullSize(kind: FullSize): Content {
  const folder = join(tmpdir(), 'bit-lens-full-size');
  const path = join(folder, kind);
  const sha256 = FULL_SIZE_SHA256[kind];
  if (existsSync(path)) {
    const found = contentAt(path);
    if (found.sha256 === sha256) return found;
  }
  mkdirSync(folder, { recursive: true });
  const part = `${path}.${process.pid}`;
  const file = openSync(part, 'w');
  try {
    for (const piece of WRITERS[kind]()) writeWhole(file, piece);
  } finally {
    closeSync(file);
  }
  renameSync(part, path); // whole or not at all, also when two processes write it
  const made = contentAt(path);
  if (made.sha256 !== sha256) throw new Error(`${path} came out as ${made.sha256}, not ${sha256}`);
  return made;
}

function writeWhole(file: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}
