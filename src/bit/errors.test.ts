/** Every code: what meets it. A code of this library is met here by a real input; another names the test that meets it. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { floats, npy, pickle, safetensors, statePickle, torchZip, zip } from '../../e2e/fuzz/files.ts';
import { openCheckpoint } from './checkpoint/open.ts';
import { parseBitConfig } from './config.ts';
import { BitError, type BitErrorCode, printable } from './errors.ts';
import { modelConfig } from './infer.ts';
import { parseJson } from './json.ts';

const STEM = 'bit.embedder.convolution.weight';
const entry = (start: number, end: number) => ({ dtype: 'F32', shape: [1], data_offsets: [start, end] });
const good = safetensors({ [STEM]: entry(0, 4) }, floats(1));
const drop = (...files: (Uint8Array<ArrayBuffer> | string)[]) =>
  openCheckpoint(files.map((bytes, i) => ({ name: `file${i}`, blob: new Blob([bytes]) })));
const npz = (data: Uint8Array<ArrayBuffer>) =>
  drop(zip([{ name: 'resnet/root_block/standardized_conv2d/kernel.npy', data }]));
const torch = (...opcodes: number[][]) =>
  drop(torchZip(Uint8Array.from([...pickle.proto, ...opcodes.flat(), ...pickle.stop])));

function damaged(): Promise<unknown> {
  const bytes = zip([
    { name: 'resnet/root_block/standardized_conv2d/kernel.npy', data: npy([1], floats(1)) },
  ]);
  const at = bytes.lastIndexOf(0x80); // 1.0 is 00 00 80 3f
  bytes[at] = 0x81;
  return drop(bytes).then(({ checkpoint }) => checkpoint.read('embedder.convolution.weight'));
}

type Meeting = (() => unknown) | string;
const MEETINGS: Readonly<Record<BitErrorCode, Meeting>> = {
  'config-json': () => parseJson('{', 'config.json'),
  'config-field': () => parseBitConfig({ depths: 'deep' }),
  'config-conflict': () => parseBitConfig({ num_groups: 24 }),
  'checkpoint-unknown': () => drop('<!doctype html>'),
  'checkpoint-pointer': () => drop('version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n'),
  'checkpoint-ambiguous': () => drop(good, good),
  'checkpoint-header': () => drop(safetensors({ [STEM]: entry(0, 8) }, floats(1, 2))),
  'checkpoint-unsupported': () => npz(npy([1], floats(1), { descr: '>f4' })),
  'checkpoint-damaged': damaged,
  'checkpoint-truncated': () => drop(good.slice(0, -1)),
  'checkpoint-limit': () => drop(safetensors({}, [], 2 ** 25)),
  'checkpoint-shard': () => drop(`{"weight_map": {"${STEM}": "one.safetensors"}}`),
  'pickle-global': () => torch(pickle.global('os', 'system')),
  'pickle-opcode': () => torch([0x81]),
  'checkpoint-not-bit': () => drop(safetensors({ 'vit.weight': entry(0, 4) }, floats(1))),
  'checkpoint-tensor': () => drop(good).then(({ checkpoint }) => checkpoint.read('norm.weight')),
  aborted: () =>
    drop(good).then(({ checkpoint }) => checkpoint.read('embedder.convolution.weight', AbortSignal.abort())),
  'onnx-operator': 'src/bit/onnx/onnx.test.ts',
  'onnx-path': 'src/bit/onnx/onnx.test.ts',
  'onnx-classifier': 'src/bit/onnx/onnx.test.ts',
  'image-unreadable': 'src/engine/decode.test.ts',
  'image-too-large': 'src/engine/decode.test.ts',
  'image-mode': 'src/bit/image/processor.test.ts',
  'input-shape': 'src/bit/head.test.ts',
  network: 'src/engine/embedded.test.ts',
  session: 'src/engine/refusal.test.ts',
  memory: 'src/bit/graph/graph.test.ts',
  'worker-lost': 'src/engine/client.test.ts',
  'teach-change': 'e2e/teacher.spec.ts',
  'teach-gone': 'e2e/teacher.spec.ts',
  'teach-file': 'src/engine/teach/backup.test.ts',
  link: 'src/bit/export/export.test.ts',
  'head-backbone': 'e2e/take-away.spec.ts',
  'export-limit': 'src/bit/export/export.test.ts',
  address: 'src/engine/hub/address.test.ts',
  offline: 'src/engine/hub/request.test.ts',
  unreachable: 'src/engine/hub/request.test.ts',
  cors: 'src/engine/hub/request.test.ts',
  'sign-in': 'src/engine/hub/request.test.ts',
  forbidden: 'src/engine/hub/request.test.ts',
  'not-found': 'src/engine/hub/request.test.ts',
  'rate-limited': 'src/engine/hub/request.test.ts',
  server: 'src/engine/hub/request.test.ts',
  stalled: 'src/engine/hub/request.test.ts',
  cut: 'src/engine/hub/request.test.ts',
  'not-a-file': 'src/engine/hub/request.test.ts',
  answer: 'e2e/hub/download.test.ts',
  'file-changed': 'src/engine/hub/request.test.ts',
  'hash-mismatch': 'e2e/hub/download.test.ts',
  'repo-weights': 'src/engine/hub/choose.test.ts',
  quota: 'e2e/shelf.spec.ts',
  storage: 'src/engine/store/db.test.ts',
  'shelf-busy': 'src/engine/store/db.test.ts',
  'not-stored': 'e2e/shelf.spec.ts',
  'stored-damaged': 'e2e/shelf.spec.ts',
  internal: 'src/bit/image/processor.test.ts',
};
const codes = Object.entries(MEETINGS) as [BitErrorCode, Meeting][];

test.each(codes)('%s is met', async (code, meeting) => {
  if (typeof meeting === 'string') expect(readFileSync(meeting, 'utf8')).toContain(`'${code}'`);
  else await expect((async () => meeting())()).rejects.toMatchObject({ name: 'BitError', code });
});

test('every code is thrown somewhere', () => {
  const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !/\.test\.|errors\.ts$|strings\.ts$/.test(name))
    .map((name) => readFileSync(`src/${name}`, 'utf8'))
    .join();
  for (const [code] of codes) expect([code, sources.includes(`'${code}'`)]).toEqual([code, true]);
});

describe('messages', () => {
  const evil = `\u202egnp.\u2066x\u200b\u0007\n\ud800${'n'.repeat(5000)}`;
  const shown = /^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]*$/u;

  test('are printable and short, whatever they were made of', () => {
    const { message } = new BitError('internal', evil, { file: evil });
    expect(message).toMatch(shown);
    expect(message.length).toBeLessThanOrEqual(1100);
    expect(message).toContain('\\u{202e}gnp.\\u{2066}x\\u{200b}\\u{7} \\u{d800}nnn');
    expect(printable('née 💡 犬', 100)).toBe('née 💡 犬');
  });

  test.each<[string, () => unknown]>([
    ['a global', () => torch(pickle.text('os'), pickle.text(evil), [0x93])],
    ['a tensor name', () => drop(safetensors({ [STEM]: entry(0, 4), [evil]: 1 }, floats(1)))],
    ['a shard', () => drop(JSON.stringify({ weight_map: { [evil]: evil } }))],
    ['a config', () => parseBitConfig({ hidden_act: evil })],
    ['an output', () => parseBitConfig({ out_features: [evil] })],
    ['a label key', () => parseBitConfig({ id2label: { [evil]: 'x' } })],
    ['a model type', () => parseBitConfig({ model_type: evil })],
    ['a broken JSON', () => parseJson(`{"${evil}`, 'x')],
    [
      'a timm architecture',
      async () => {
        const { checkpoint } = await drop(
          safetensors(
            { [STEM]: entry(0, 4), 'bit.encoder.stages.0.layers.0.conv3.weight': entry(4, 8) },
            floats(1, 2),
          ),
        );
        modelConfig({ checkpoint, timmJson: { json: { architecture: evil.slice(0, 150) }, file: 'x' } });
      },
    ],
  ])('quote little of %s', async (_, meet) => {
    let error: unknown;
    try {
      await meet();
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(BitError);
    const { message } = error as BitError;
    expect(message).toMatch(shown);
    expect(message.length).toBeLessThanOrEqual(500);
  });
});

test('what a pickle asks for is its subject', async () => {
  await expect(torch(pickle.global('os', 'system'))).rejects.toMatchObject({ subject: 'os.system' });
});

test('the state dict of these tests is one', async () => {
  const state = {
    storages: { '0': { count: 1, data: floats(1) } },
    tensors: [{ name: STEM, storage: '0', shape: [1], strides: [1] }],
  };
  await expect(drop(torchZip(statePickle(state), state.storages))).resolves.toBeDefined();
});
