import { existsSync, openAsBlob, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { memberStart, openZip } from '../../src/bit/checkpoint/zip.ts';
import { openCheckpoint } from '../../src/bit/index.ts';
import type { Recipe } from '../golden/recipe.ts';
import { recipeSafetensors } from '../golden/recipe.ts';
import { type Member, statePickle, torchZip } from './torchFile.ts';
import { bitRecipe, type FullSize, fullSize, tensorsOf } from './weights.ts';

const shared = join(process.env.BIT_LENS_SHARED ?? '../shared', 'golden/models');
const recipeFile = join(shared, 'p14_full_bit50_recipe/recipe.json');
const torchFile = join(shared, 'p01_preact_default_padding/pytorch_model.bin');

describe.skipIf(!existsSync(recipeFile))('against the reference case (skipped: no ../shared)', () => {
  test('the recipe that is derived from the shapes is the recipe', async () => {
    const recipe = JSON.parse(readFileSync(recipeFile, 'utf8')) as Recipe;
    const rule = ({ k, name, shape, scale, offset }: (typeof recipe.tensors)[number]) => ({
      k,
      name,
      shape,
      scale,
      offset,
    });
    expect(bitRecipe()).toEqual(recipe.tensors.map(rule));
    // and its values pass the recipe's own check values
    const last = { seed: recipe.seed, tensors: recipe.tensors.slice(-4) };
    const blob = Buffer.from(await recipeSafetensors(last).arrayBuffer());
    const made = Buffer.concat(
      tensorsOf(bitRecipe())
        .slice(-4)
        .map(({ data }) => data()),
    );
    expect(blob.subarray(-made.length).equals(made)).toBe(true);
  });

  test('the torch writer makes torch.save’s own bytes', async () => {
    const bytes = readFileSync(torchFile);
    const blob = new Blob([bytes]);
    const zip = await openZip({ name: 'pytorch_model.bin', blob });
    const members: Member[] = [];
    for (const [path, member] of zip.members) {
      const start = await memberStart(zip, member);
      const data = bytes.subarray(start, start + member.size);
      members.push({ name: path.slice(path.indexOf('/') + 1), data: () => data });
    }
    expect(Buffer.concat([...torchZip('pytorch_model', members)]).equals(bytes)).toBe(true);

    const { checkpoint } = await openCheckpoint([{ name: 'pytorch_model.bin', blob }]);
    const pickled = members[0]?.data() ?? Buffer.alloc(0);
    const names = [...pickled.toString('latin1').matchAll(/(?:bit|classifier)\.[\w.]+(?:weight|bias)/g)].map(
      ([name]) => name,
    );
    const tensors = names.map((name) => ({
      name,
      shape: checkpoint.tensors.get(name.replace(/^bit\./, ''))?.shape ?? [],
      data: () => Buffer.alloc(0),
    }));
    expect(tensors.length).toBe(checkpoint.tensors.size);
    const made = statePickle(tensors);
    const end = pickled.indexOf('_metadata') + 9;
    expect(made.subarray(0, end).equals(pickled.subarray(0, end))).toBe(true);
  });
});

test.each(['pytorch_model.bin', 'model.safetensors', 'timm.safetensors'] as FullSize[])(
  '%s is made at full size, and read back',
  async (kind) => {
    const content = fullSize(kind);
    expect(content.size).toBeGreaterThan(102_000_000);
    const blob = await openAsBlob(join(tmpdir(), 'bit-lens-full-size', kind));
    const { checkpoint } = await openCheckpoint([{ name: kind, blob }]);
    expect(checkpoint.tensors.size).toBe(153);
    expect(checkpoint.tensors.get('classifier.1.weight')?.shape).toEqual([1000, 2048]);
    const values = await checkpoint.read('embedder.convolution.weight');
    // the reference case's own check values
    expect([...values.subarray(0, 4)]).toEqual([
      0.004113525152206421, 0.042344674468040466, -0.022425375878810883, -0.04236706346273422,
    ]);
    expect(values.at(-1)).toBe(-0.0004938840866088867);
  },
);
