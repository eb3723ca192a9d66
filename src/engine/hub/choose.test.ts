import { expect, test } from 'vitest';
import { chooseWeights } from './choose.ts';
import { identify } from './identify.ts';

const noIndex = (): Promise<unknown> => Promise.reject(new Error('not asked for'));
const index = (...shards: string[]) => ({
  weight_map: Object.fromEntries(shards.map((s, i) => [`t${i}`, s])),
});

test.each([
  [['pytorch_model.bin', 'model.safetensors', 'flax_model.msgpack'], ['model.safetensors']],
  [['README.md', 'pytorch_model.bin', 'config.json'], ['pytorch_model.bin']],
  [['weights.npz'], ['weights.npz']],
  [['net.safetensors', 'training_args.bin'], ['net.safetensors']],
  [['training_args.bin', 'other.bin'], ['other.bin']],
])('of %j: %j', async (names, expected) => {
  expect(await chooseWeights(names, null, noIndex)).toEqual(expected);
});

test('an index stands for its shards', async () => {
  const names = ['model.safetensors.index.json', 'b.safetensors', 'a.safetensors', 'c.safetensors'];
  const chosen = await chooseWeights(names, null, async () =>
    index('b.safetensors', 'a.safetensors', 'b.safetensors'),
  );
  expect(chosen).toEqual(['a.safetensors', 'b.safetensors', 'model.safetensors.index.json']);
});

test('the file that was asked for wins', async () => {
  expect(await chooseWeights(['model.safetensors', 'x.npz'], 'x.npz', noIndex)).toEqual(['x.npz']);
});

test.each([
  ['no weights', ['config.json', 'README.md'], null, {}],
  ['several', ['a.npz', 'b.npz'], null, {}],
  ['a file that is not there', ['model.safetensors'], 'x.npz', {}],
  ['an index without a map', ['model.safetensors.index.json'], null, { weight_map: 7 }],
  ['an index of nothing', ['model.safetensors.index.json'], null, index()],
  ['a shard that is missing', ['model.safetensors.index.json'], null, index('gone.safetensors')],
  ['a shard elsewhere', ['model.safetensors.index.json'], null, index('../secret.safetensors')],
] as const)('%s: refused', async (_, names, wanted, json) => {
  await expect(chooseWeights(names, wanted, async () => json)).rejects.toMatchObject({
    code: 'repo-weights',
  });
});

test.each([
  [
    { model_type: 'bit', id2label: { 0: 'a', 1: 'b' } },
    { crop_size: { height: 448, width: 448 } },
    'bit',
    2,
    448,
  ],
  [{ model_type: 'bit', num_labels: 5 }, { size: { shortest_edge: 256 } }, 'bit', 5, 256],
  [
    {
      architecture: 'resnetv2_50x1_bit.goog_distilled_in1k',
      num_classes: 1000,
      pretrained_cfg: { input_size: [3, 224, 224] },
    },
    undefined,
    'resnetv2_50x1_bit.goog_distilled_in1k',
    1000,
    224,
  ],
  [{ architectures: ['X'] }, undefined, null, null, null],
  [undefined, { crop_size: 224 }, null, null, 224],
])('%j is told by its config', (config, processor, architecture, classes, inputSize) => {
  expect(identify(config, processor, 'a/b')).toEqual({ architecture, classes, inputSize });
});

test.each([
  [{ model_type: 'vit' }, 'checkpoint-not-bit'],
  [{ architecture: 'resnetv2_50.a1h_in1k', num_classes: 1000 }, 'checkpoint-not-bit'],
  [{ architecture: 'vit_base_patch16_224' }, 'checkpoint-not-bit'],
  [{ model_type: 7 }, 'config-field'],
  ['text', 'config-field'],
])('%j: %s, whatever its image processor is called', (config, code) => {
  const processor = { image_processor_type: 'BitImageProcessor' };
  expect(() => identify(config, processor, 'a/b')).toThrow(expect.objectContaining({ code }));
});
