import { strToU8, type Zippable, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { parseProcessorConfig } from '../../bit/image/processor-config.ts';
import { writeHeadFile } from '../../bit/index.ts';
import { sortFiles } from './intake.ts';
import { kindOf } from './kinds.ts';
import { pathOf } from './path.ts';

const file = (name: string, bytes: readonly number[] | string = [], type = '') =>
  new File([typeof bytes === 'string' ? bytes : new Uint8Array(bytes)], name, { type });
function inFolder(path: string, bytes: readonly number[] | string = []): File {
  return Object.assign(file(path.split('/').at(-1) ?? '', bytes), { relativePath: `./${path}` });
}
const names = (list: readonly { readonly name: string }[] | undefined) => list?.map(({ name }) => name);
const safetensors = [0x40, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x22];
const zip = [0x50, 0x4b, 3, 4];
const zipOf = (first: string) => [
  ...zip,
  ...Array.from({ length: 22 }, () => 0),
  first.length,
  0,
  0,
  0,
  ...new TextEncoder().encode(first),
];
const torch = zipOf('archive/data.pkl');
const jpeg = [0xff, 0xd8, 0xff, 0xe0];
const config = '{"model_type": "bit"}';
const index = (...shards: string[]) =>
  JSON.stringify({
    metadata: { total_size: 1 },
    weight_map: Object.fromEntries(shards.map((shard, i) => [`tensor${i}`, shard])),
  });

describe('the kind of a file', () => {
  it.each<[string, number[] | string, string]>([
    ['weights', safetensors, 'safetensors'],
    ['weights.png', safetensors, 'safetensors'],
    ['x.dat', torch, 'torch'],
    ['x.dat', zip, 'zip'],
    ['odd.png', zip, 'picture'],
    ['x.bin', zipOf('resnet.npy'), 'npz'],
    ['t', [0x80, 2, 0x7d], 'torch'],
    ['x.bin', jpeg, 'picture'],
    ['x', [0x08, 8, 0x12, 7], 'onnx'],
    ['tf_model.h5', [0x89, 0x48, 0x44, 0x46], 'foreign'],
    ['flax_model.msgpack', [0x82], 'foreign'],
    ['broken.safetensors', [1, 2], 'safetensors'],
    ['broken.bin', [1, 2], 'raw'],
    ['README.md', '# A model', 'other'],
    ['config', '{ "a": 1 }', 'json'],
    ['empty', [], 'other'],
  ])('of %s is by its content', async (name, bytes, kind) =>
    expect(await kindOf(file(name, bytes))).toBe(kind),
  );
});

describe('sorting files', () => {
  it('parts a checkpoint and its JSON from pictures', async () => {
    const sorted = await sortFiles([
      file('b.png'),
      file('model.safetensors', safetensors),
      file('preprocessor_config.json', '{"do_resize": true}'),
      file('config.json', config),
      file('a10.jpg'),
      file('a9.jpg'),
    ]);
    expect(sorted.models.map(({ files }) => names(files))).toEqual([
      ['model.safetensors', 'config.json', 'preprocessor_config.json'],
    ]);
    expect(names(sorted.pictures)).toEqual(['a9.jpg', 'a10.jpg', 'b.png']);
  });

  it('takes JSON alone for a word about a model, but nothing that says none among pictures', async () => {
    expect(names((await sortFiles([file('labels.json', '["a"]')])).about)).toEqual(['labels.json']);
    const mixed = await sortFiles([file('config.json', config), file('notes.json', '{}'), file('a.png')]);
    expect(names(mixed.about)).toEqual(['config.json']);
    expect(names(mixed.pictures)).toEqual(['a.png', 'notes.json']);
  });

  it('names the one folder, and leaves out what systems put there', async () => {
    const sorted = await sortFiles([
      inFolder('coast/a.jpg'),
      inFolder('coast/.DS_Store'),
      inFolder('coast/deep/b.jpg'),
    ]);
    expect(sorted.folder).toBe('coast');
    expect(names(sorted.pictures)).toEqual(['a.jpg', 'b.jpg']);
    expect((await sortFiles([inFolder('coast/a.jpg'), inFolder('hills/a.jpg')])).folder).toBe('');
    expect((await sortFiles([file('a.jpg')])).folder).toBe('');
    expect(pathOf(inFolder('coast/a.jpg'))).toBe('coast/a.jpg');
  });
});

describe('a table', () => {
  it('among pictures is none of them, wherever it lies', async () => {
    const sorted = await sortFiles([
      inFolder('fair/classes.csv', 'file,label\n1.jpg,owl'),
      inFolder('fair/owl/1.jpg', jpeg),
      inFolder('fair/owl/more.TSV', '2.jpg\tjay'),
    ]);
    expect(names(sorted.tables)).toEqual(['classes.csv', 'more.TSV']);
    expect(names(sorted.pictures)).toEqual(['1.jpg']);
    expect(sorted.folder).toBe('fair');
  });

  it('alone is a table too, and says nothing of a model', async () => {
    const alone = await sortFiles([file('classes.csv', 'file,label\n1.jpg,owl', 'text/csv')]);
    expect(names(alone.tables)).toEqual(['classes.csv']);
    expect([alone.pictures, alone.models, alone.about, alone.heads, alone.backups]).toEqual([
      [],
      [],
      [],
      [],
      [],
    ]);
  });

  it('beside a model is no part of it', async () => {
    const { models, tables } = await sortFiles([
      file('model.safetensors', safetensors),
      file('config.json', config),
      file('classes.csv', '1.jpg,owl'),
    ]);
    expect(models.map(({ files }) => names(files))).toEqual([['model.safetensors', 'config.json']]);
    expect(names(tables)).toEqual(['classes.csv']);
  });

  it('is known by its name only where its bytes are nothing else', async () => {
    const { pictures, tables } = await sortFiles([file('photo.csv', jpeg), file('empty.csv')]);
    expect([names(pictures), names(tables)]).toEqual([['photo.csv'], ['empty.csv']]);
  });
});

describe('a folder with a model in it', () => {
  it('gives one form of it, and none of what lies around', async () => {
    const { models, pictures } = await sortFiles([
      inFolder('bit-50/.gitattributes', 'x'),
      inFolder('bit-50/README.md', '# BiT'),
      inFolder('bit-50/config.json', config),
      inFolder('bit-50/flax_model.msgpack', [0x82]),
      inFolder('bit-50/model.safetensors', safetensors),
      inFolder('bit-50/optimizer.pt', torch),
      inFolder('bit-50/pytorch_model.bin', torch),
      inFolder('bit-50/tf_model.h5', [0x89, 0x48, 0x44, 0x46]),
      inFolder('bit-50/trainer_state.json', '{"log_history": []}'),
      inFolder('bit-50/training_args.bin', torch),
      inFolder('bit-50/examples/cat.jpg', jpeg),
    ]);
    expect(models).toHaveLength(1);
    expect(models[0]?.name).toBe('bit-50/model.safetensors');
    expect(names(models[0]?.files)).toEqual(['model.safetensors', 'config.json']);
    expect(names(pictures)).toEqual(['cat.jpg']);
  });

  it('opens the topmost checkpoint, else the newest, with the JSON around it', async () => {
    const run = [
      inFolder('run/preprocessor_config.json', '{"do_resize": true}'),
      inFolder('run/checkpoint-500/model.safetensors', safetensors),
      inFolder('run/checkpoint-500/config.json', config),
      inFolder('run/checkpoint-1000/model.safetensors', safetensors),
      inFolder('run/checkpoint-1000/config.json', config),
      inFolder('run/checkpoint-1000/rng_state.pth', torch),
    ];
    const nested = await sortFiles(run);
    expect(names(nested.models)).toEqual([
      'checkpoint-1000/model.safetensors',
      'checkpoint-500/model.safetensors',
    ]);
    expect(names(nested.models[0]?.files)).toEqual([
      'model.safetensors',
      'config.json',
      'preprocessor_config.json',
    ]);
    const topped = await sortFiles([...run, inFolder('run/model.safetensors', safetensors)]);
    expect(names(topped.models)?.[0]).toBe('run/model.safetensors');
    expect(names(topped.models[0]?.files)).toEqual(['model.safetensors', 'preprocessor_config.json']);
  });

  it('keeps shards with their own index', async () => {
    const parts = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'];
    const bins = ['pytorch_model-00001-of-00002.bin', 'pytorch_model-00002-of-00002.bin'];
    const { models } = await sortFiles([
      file('config.json', config),
      file('model.safetensors.index.json', index(...parts)),
      file('pytorch_model.bin.index.json', index(...bins)),
      ...parts.map((part) => file(part, safetensors)),
      ...bins.map((part) => file(part, torch)),
    ]);
    expect(models.map(({ files }) => names(files))).toEqual([
      ['model.safetensors.index.json', ...parts, 'config.json'],
    ]);
    expect(models[0]?.name).toBe('model.safetensors');
  });

  it('prefers what is whole to shards of which one is missing', async () => {
    const { models } = await sortFiles([
      file(
        'model.safetensors.index.json',
        index('model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'),
      ),
      file('model-00001-of-00002.safetensors', safetensors),
      file('pytorch_model.bin', torch),
    ]);
    expect(models.map(({ files }) => names(files))).toEqual([['pytorch_model.bin']]);
    const alone = await sortFiles([
      file(
        'model.safetensors.index.json',
        index('model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'),
      ),
      file('model-00001-of-00002.safetensors', safetensors),
    ]);
    expect(names(alone.models[0]?.files)).toEqual([
      'model.safetensors.index.json',
      'model-00001-of-00002.safetensors',
    ]);
  });

  it('lists models of different names, and a trainer’s file only when it came alone', async () => {
    const two = await sortFiles([file('a.safetensors', safetensors), file('b.npz', zipOf('x.npy'))]);
    expect(names(two.models)).toEqual(['a.safetensors', 'b.npz']);
    const alone = await sortFiles([file('training_args.bin', torch)]);
    expect(names(alone.models)).toEqual(['training_args.bin']);
  });

  it('hands over weights of another framework when there are no others, to be refused by name', async () => {
    const { models } = await sortFiles([
      inFolder('keras/config.json', config),
      inFolder('keras/tf_model.h5', [0x89, 0x48, 0x44, 0x46]),
    ]);
    expect(names(models[0]?.files)).toEqual(['tf_model.h5', 'config.json']);
  });

  it('takes with an ONNX file whatever may be its weights and labels beside it', async () => {
    const { models, pictures } = await sortFiles([
      file('network', [0x08, 8, 0x12, 7]),
      file('network.data', [1, 2, 3]),
      file('weights.bin', [1, 2, 3]),
      file('labels.txt', 'cat'),
      file('a.png'),
    ]);
    expect(models.map(({ files }) => names(files))).toEqual([
      ['network', 'labels.txt', 'network.data', 'weights.bin'],
    ]);
    expect(names(pictures)).toEqual(['a.png']);
    expect(names((await sortFiles([file('labels.txt'), file('w.bin', torch)])).models)).toEqual(['w.bin']);
  });
});

describe('zips', () => {
  const packed = (name: string, members: Zippable, level: 0 | 6 = 6): File =>
    new File([Uint8Array.from(zipSync(members, { level }))], name);
  const weights = Uint8Array.from(safetensors);

  it.each([0, 6] as const)('are taken as the folder that they hold (level %i)', async (level) => {
    const members = {
      'leaves/config.json': strToU8(config),
      'leaves/model.safetensors': weights,
      '__MACOSX/leaves/._model.safetensors': weights,
      'leaves/a.png': Uint8Array.from([0x89, 0x50, 0x4e, 0x47]),
    };
    const { models, pictures } = await sortFiles([packed('leaves.zip', members, level)]);
    expect(models.map(({ files }) => names(files))).toEqual([['model.safetensors', 'config.json']]);
    expect(models[0]?.name).toBe('leaves/model.safetensors');
    const blob = models[0]?.files[0]?.blob;
    expect(new Uint8Array((await blob?.arrayBuffer()) ?? new ArrayBuffer())).toEqual(weights);
    expect(names(pictures)).toEqual(['a.png']);
  });

  it('of a copied page give the last layer, or the model beside it, and nothing of the page', async () => {
    const page = {
      'index.html': strToU8('<!doctype html>'),
      'site.json': strToU8('{}'),
      'models/model.safetensors': weights,
      'icon.png': Uint8Array.from([0x89, 0x50, 0x4e, 0x47]),
    };
    const head = await headFile();
    const alone = await sortFiles([packed('page.zip', { ...page, 'head.safetensors': head })]);
    expect([names(alone.heads), alone.models, alone.pictures]).toEqual([['head.safetensors'], [], []]);
    const own = { 'taught-x/config.json': strToU8(config), 'taught-x/model.safetensors': weights };
    const both = await sortFiles([packed('page.zip', { ...page, ...own, 'head.safetensors': head })]);
    expect([both.heads, both.models.map(({ files }) => names(files))]).toEqual([
      [],
      [['model.safetensors', 'config.json']],
    ]);
  });

  it('of a project are backups; others are handed over to be refused by their reader', async () => {
    const project = { 'project.json': strToU8('{}'), 'features.bin': new Uint8Array(4) };
    const { backups, models, pictures } = await sortFiles([packed('b.zip', project)]);
    expect([names(backups), models, pictures]).toEqual([['b.zip'], [], []]);
    const letter = packed('letter.docx', { '[Content_Types].xml': strToU8('<Types/>') });
    expect(names((await sortFiles([letter])).models)).toEqual(['letter.docx']);
    const cut = new File([(await packed('x.zip', project).arrayBuffer()).slice(0, 60)], 'cut.zip');
    expect(names((await sortFiles([cut])).models)).toEqual(['cut.zip']);
  });

  it('a last layer alone is told from a checkpoint', async () => {
    const head = new File([await headFile()], 'x.safetensors');
    const { heads, models } = await sortFiles([head, file('model.safetensors', safetensors)]);
    expect([names(heads), models.map(({ files }) => names(files))]).toEqual([
      ['x.safetensors'],
      [['model.safetensors']],
    ]);
  });

  async function headFile(): Promise<Uint8Array<ArrayBuffer>> {
    const blob = await writeHeadFile({
      name: 'x',
      head: { labels: ['a', 'b'], weight: new Float32Array(8), bias: new Float32Array(2) },
      backbone: { name: 'built-in', sha256: '0'.repeat(64) },
      processor: parseProcessorConfig({}),
      evaluation: [],
    });
    return new Uint8Array(await blob.arrayBuffer());
  }
});
