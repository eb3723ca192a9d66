/** What may come in one drop: a trainer's folder, a repository with two forms of the same weights, pointers, prefixes. */
import { describe, expect, test } from 'vitest';
import {
  type Bytes,
  floats,
  pickle,
  safetensors,
  statePickle,
  torchLegacy,
  torchZip,
} from '../../../e2e/fuzz/files.ts';
import type { BitErrorCode } from '../errors.ts';
import type { NamedBlob } from './checkpoint.ts';
import { openCheckpoint } from './open.ts';

const STEM = 'bit.embedder.convolution.weight';
const file = (name: string, content: Bytes | string): NamedBlob => ({ name, blob: new Blob([content]) });
const named = (...names: string[]): Bytes =>
  safetensors(
    Object.fromEntries(
      names.map((name, i) => [name, { dtype: 'F32', shape: [1], data_offsets: [4 * i, 4 * i + 4] }]),
    ),
    floats(...names.map((_, i) => i)),
  );
const state = (name: string) => ({
  storages: { '0': { count: 1, data: floats(7) } },
  tensors: [{ name, storage: '0', shape: [1], strides: [1] }],
});
const bin = torchZip(statePickle(state(STEM)), state(STEM).storages);
const config = file('config.json', '{"model_type": "bit"}');
const processor = file('preprocessor_config.json', '{"do_resize": true}');
const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 102400000\n';

describe('a trainer’s folder', () => {
  const weights = file('model.safetensors', named(STEM));
  const beside = [
    file(
      'training_args.bin',
      torchZip(
        Uint8Array.from([
          ...pickle.proto,
          ...pickle.global('transformers.training_args', 'TrainingArguments'),
          ...pickle.stop,
        ]),
      ),
    ),
    file('optimizer.pt', torchLegacy(state('exp_avg'))),
    file('trainer_state.json', '{"best_metric": NaN}'),
    file('README.md', '# mine'),
  ];

  test('opens the one BiT in it', async () => {
    const opened = await openCheckpoint([...beside, config, weights, processor]);
    expect(opened.checkpoint.file).toBe('model.safetensors');
    expect(opened).toMatchObject({
      configJson: { file: 'config.json' },
      processorJson: { file: processor.name },
    });
  });

  test('without a BiT, the first refusal tells', async () => {
    await expect(openCheckpoint(beside.slice(0, 2))).rejects.toMatchObject({
      code: 'pickle-global',
      file: 'training_args.bin',
    });
  });

  test('a broken JSON is named where it may have been the config', async () => {
    await expect(openCheckpoint([weights, file('config.json', '{"model_type": bit}')])).rejects.toMatchObject(
      {
        code: 'config-json',
        file: 'config.json',
      },
    );
  });
});

test('of the same weights in two forms, safetensors is read', async () => {
  const opened = await openCheckpoint([
    file('pytorch_model.bin', bin),
    file('model.safetensors', named(STEM)),
  ]);
  expect(opened.checkpoint).toMatchObject({ file: 'model.safetensors', format: 'safetensors' });
});

test('of two indices, the one whose shards are there is read', async () => {
  const index = (shard: string): string => JSON.stringify({ weight_map: { [STEM]: shard } });
  const opened = await openCheckpoint([
    file('model.safetensors.index.json', index('model-00001-of-00001.safetensors')),
    file('folder/pytorch_model.bin.index.json', index('pytorch_model-00001-of-00001.bin')),
    file('folder/pytorch_model-00001-of-00001.bin', bin),
  ]);
  expect([...(await opened.checkpoint.read('embedder.convolution.weight'))]).toEqual([7]);
});

test.each(['module.', 'model.', '_orig_mod.', '_orig_mod.module.'])(
  '%s in front of every name is left out',
  async (wrapper) => {
    for (const names of [
      [STEM, 'classifier.1.bias'],
      ['stem.conv.weight', 'head.fc.bias'],
    ]) {
      const { checkpoint } = await openCheckpoint([file('x', named(...names.map((name) => wrapper + name)))]);
      expect([...checkpoint.tensors.keys()]).toEqual(['embedder.convolution.weight', 'classifier.1.bias']);
      expect([...(await checkpoint.read('classifier.1.bias'))]).toEqual([1]);
    }
  },
);

test.each<[string, NamedBlob[], BitErrorCode]>([
  ['two weights files', [file('a', bin), file('b', bin)], 'checkpoint-ambiguous'],
  ['a pointer', [config, file('model.safetensors', pointer)], 'checkpoint-pointer'],
  [
    'a pointer for a shard',
    [file('i', `{"weight_map":{"a":"s"}}`), file('t', named(STEM)), file('s', pointer)],
    'checkpoint-pointer',
  ],
  [
    'an index whose map is of no texts',
    [file('i', '{"weight_map":{"a":1}}'), file('s', bin)],
    'checkpoint-shard',
  ],
  ['a safetensors header longer than any', [file('x', safetensors({}, [], 2 ** 40))], 'checkpoint-limit'],
  ['two names for one tensor', [file('x', named(STEM, 'embedder.convolution.weight'))], 'checkpoint-header'],
  ['an empty file', [file('x', '')], 'checkpoint-unknown'],
])('refuses %s', async (_, files, code) => {
  await expect(openCheckpoint(files)).rejects.toMatchObject({ name: 'BitError', code });
});

/** A file that was moved or changed since it was chosen: browsers then refuse to read it. */
class Moved extends Blob {
  override slice(): Blob {
    return this;
  }
  override arrayBuffer(): Promise<ArrayBuffer> {
    return Promise.reject(new DOMException('The requested file could not be read', 'NotReadableError'));
  }
}
test('a file that cannot be read any more is named', async () => {
  const blob = new Moved(['x'.repeat(100)]);
  await expect(openCheckpoint([{ name: 'model.safetensors', blob }])).rejects.toMatchObject({
    code: 'checkpoint-truncated',
    file: 'model.safetensors',
  });
});
