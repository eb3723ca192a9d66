import { describe, expect, it } from 'vitest';
import { OnnxWriter } from '../graph/onnx.ts';
import { MessageWriter } from '../graph/protobuf.ts';
import { asClassifier } from './classifier.ts';
import { readOnnx } from './model.ts';
import { openOnnx } from './open.ts';
import { isOnnx } from './sniff.ts';

type Bytes = Uint8Array<ArrayBuffer>;
type Sizes = readonly (number | string)[];

const message = (...fields: readonly (readonly [number, number | string | Uint8Array])[]): Bytes => {
  const writer = new MessageWriter();
  for (const [field, value] of fields) {
    if (typeof value === 'number') writer.integer(field, value);
    else if (typeof value === 'string') writer.string(field, value);
    else writer.message(field, value);
  }
  return writer.finish();
};

/** A ValueInfoProto of a tensor. */
const value = (name: string, shape: Sizes | null, type = 1): Bytes => {
  const dims = (shape ?? []).map((d) => [1, message([typeof d === 'number' ? 1 : 2, d])] as const);
  const tensor = shape ? message([1, type], [2, message(...dims)]) : message([1, type]);
  return message([1, name], [2, message([1, tensor])]);
};

const node = (type: string, ...more: readonly (readonly [number, number | string | Uint8Array])[]): Bytes =>
  message([1, 'x'], [2, 'y'], [4, type], ...more);

interface Parts {
  readonly nodes?: readonly Bytes[];
  readonly tensors?: readonly Bytes[];
  readonly inputs?: readonly Bytes[];
  readonly outputs?: readonly Bytes[];
  readonly metadata?: Readonly<Record<string, string>>;
  readonly graph?: readonly (readonly [number, Uint8Array])[];
}

function model({ nodes, tensors, inputs, outputs, metadata, graph }: Parts = {}): Bytes {
  const graphBytes = message(
    ...(nodes ?? [node('Relu')]).map((n) => [1, n] as const),
    ...(tensors ?? []).map((t) => [5, t] as const),
    ...(inputs ?? [value('pixel_values', ['N', 3, 'H', 'W'])]).map((v) => [11, v] as const),
    ...(outputs ?? [value('logits', ['N', 10])]).map((v) => [12, v] as const),
    ...(graph ?? []),
  );
  return message(
    [1, 8],
    [2, 'pytorch'],
    [7, graphBytes],
    [8, message([2, 17])],
    ...Object.entries(metadata ?? {}).map(([key, text]) => [14, message([1, key], [2, text])] as const),
  );
}

const outside = (entries: Readonly<Record<string, string>>): Bytes =>
  message(
    [1, 4],
    [2, 1],
    [8, 'w'],
    ...Object.entries(entries).map(([key, text]) => [13, message([1, key], [2, text])] as const),
    [14, 1],
  );

const thrown = (run: () => unknown): unknown => {
  try {
    run();
  } catch (error) {
    return error;
  }
  return null;
};

describe('readOnnx', () => {
  it('tells inputs, outputs, operators, weights and metadata', () => {
    const weight = message([1, 2], [1, 3], [2, 1], [8, 'w'], [9, new Uint8Array(24)]);
    const read = readOnnx(
      model({
        nodes: [node('Conv'), node('Conv'), node('Gelu', [7, 'com.microsoft'])],
        tensors: [weight, outside({ location: 'model.onnx.data', offset: '64', length: '16' })],
        inputs: [value('pixel_values', ['N', 3, 224, -1]), value('w', [2, 3])],
        metadata: { imgsz: '[224, 224]' },
      }),
      'a.onnx',
    );
    expect(read).toMatchObject({ producer: 'pytorch', opset: 17, parameters: 10 });
    expect(read.inputs).toEqual([{ name: 'pixel_values', type: 1, shape: ['N', 3, 224, null] }]);
    expect(read.outputs).toEqual([{ name: 'logits', type: 1, shape: ['N', 10] }]);
    expect([...read.operators]).toEqual([
      ['Conv', 2],
      ['Gelu', 1],
    ]);
    expect(read.outside).toEqual([{ location: 'model.onnx.data', offset: 64, length: 16 }]);
    expect(read.metadata.get('imgsz')).toBe('[224, 224]');
  });

  it('reads what our own writer writes', () => {
    const graph = new OnnxWriter();
    const x = graph.input('pixel_values', ['N', 3, 'H', 'W']);
    const pooled = graph.node('ReduceMean', [x, graph.integers([2, 3])], { keepdims: 0 });
    graph.output('logits', graph.node('MatMul', [pooled, graph.external('w', [3, 5], 0)]), ['N', 5]);
    const read = readOnnx(graph.finish('test'), 'a.onnx');
    expect(read.outside).toEqual([{ location: 'weights', offset: 0, length: 60 }]);
    expect(asClassifier(read)).toEqual({
      input: { name: 'pixel_values', type: 'float32', single: false, channels: 3, height: null, width: null },
      output: { name: 'logits', classes: 5 },
    });
  });

  const nested = (depth: number): Bytes =>
    depth === 0 ? node('If') : node('If', [5, message([6, message([1, nested(depth - 1)])])]);

  it.each<[string, Bytes, string, string]>([
    [
      'an unknown domain',
      model({ nodes: [node('Evil', [7, 'my.ops'])] }),
      'onnx-operator',
      '"Evil" of "my.ops"',
    ],
    [
      'an unknown domain in a subgraph',
      model({ nodes: [node('If', [5, message([6, message([1, node('E', [7, 'my'])])])])] }),
      'onnx-operator',
      '"my"',
    ],
    ['a loop', model({ nodes: [node('Loop')] }), 'onnx-operator', 'for ever'],
    ['sparse weights', model({ graph: [[15, message()]] }), 'onnx-operator', 'sparse'],
    ['graphs in graphs', model({ nodes: [nested(9)] }), 'checkpoint-limit', 'deeper than 8'],
    ['a step upwards', model({ tensors: [outside({ location: '../passwd' })] }), 'onnx-path', '"../passwd"'],
    [
      'a hidden step upwards',
      model({ tensors: [outside({ location: 'a/..\\..\\b' })] }),
      'onnx-path',
      'own folder',
    ],
    [
      'an absolute path',
      model({ tensors: [outside({ location: '/etc/passwd' })] }),
      'onnx-path',
      'own folder',
    ],
    ['an address', model({ tensors: [outside({ location: 'https://a.b/c' })] }), 'onnx-path', 'own folder'],
    ['a drive', model({ tensors: [outside({ location: 'C:\\w' })] }), 'onnx-path', 'own folder'],
    ['no path', model({ tensors: [outside({})] }), 'checkpoint-header', 'does not say where'],
    [
      'a length that lies',
      model({ tensors: [outside({ location: 'w', length: '99' })] }),
      'checkpoint-header',
      '99 bytes',
    ],
    [
      'an impossible offset',
      model({ tensors: [outside({ location: 'w', offset: '-1' })] }),
      'checkpoint-header',
      'offset',
    ],
    [
      'too few values',
      model({ tensors: [message([1, 1e9], [2, 1], [9, new Uint8Array(4)])] }),
      'checkpoint-header',
      '4000000000',
    ],
    ['no values', model({ tensors: [message([1, 1e9], [2, 1])] }), 'checkpoint-header', 'lacks values'],
    [
      'a huge shape',
      model({ tensors: [message([1, 2 ** 40], [1, 2 ** 40], [2, 1])] }),
      'checkpoint-header',
      'impossible shape',
    ],
    [
      'a negative size',
      model({ tensors: [message([1, -1], [2, 1])] }),
      'checkpoint-header',
      'impossible shape',
    ],
    ['an unknown type', model({ tensors: [message([1, 1], [2, 99])] }), 'checkpoint-header', 'type 99'],
    ['no graph', message([1, 8]), 'checkpoint-header', 'no graph'],
    [
      'two graphs',
      message([7, message([1, node('Relu')])], [7, message([1, node('Relu')])]),
      'checkpoint-header',
      'two graphs',
    ],
    ['a cut message', model().subarray(0, 40), 'checkpoint-header', 'past its end'],
    ['no protobuf', new Uint8Array([0xff, 0xff, 0xff]), 'checkpoint-header', 'inside a number'],
    ['a group', new Uint8Array([0x0b]), 'checkpoint-header', 'does not know'],
    [
      'an endless number',
      new Uint8Array([8, ...new Array<number>(11).fill(0xff)]),
      'checkpoint-header',
      'more than ten',
    ],
    [
      'a name that is no text',
      model({ nodes: [node(''), message([4, new Uint8Array([0xff])])] }),
      'checkpoint-header',
      'UTF-8',
    ],
    ['a long name', model({ nodes: [message([4, 'x'.repeat(5000)])] }), 'checkpoint-limit', '5000 bytes'],
    ['millions of fields', new Uint8Array(4_000_004).fill(8), 'checkpoint-limit', 'fields'],
  ])('refuses %s', (_, bytes, code, words) => {
    expect(thrown(() => readOnnx(bytes, 'a.onnx'))).toMatchObject({
      name: 'BitError',
      code,
      file: 'a.onnx',
      message: expect.stringContaining(words),
    });
  });

  it('answers every cut and every flipped byte with a BitError or a model', () => {
    const bytes = model({
      tensors: [outside({ location: 'w', length: '16' }), message([1, 1], [2, 1], [9, new Uint8Array(4)])],
      metadata: { names: "{0: 'a'}" },
    });
    for (let i = 0; i < bytes.length; i++) {
      for (const mutant of [
        bytes.slice(0, i),
        ...[1, 2, 16, 128, 255].map((bit) => bytes.map((b, at) => (at === i ? b ^ bit : b))),
      ]) {
        const error = thrown(() => asClassifier(readOnnx(new Uint8Array(mutant), 'a.onnx')));
        if (error !== null) expect(error).toMatchObject({ name: 'BitError' });
      }
    }
  });
});

describe('asClassifier', () => {
  const classifier = (parts: Parts) => asClassifier(readOnnx(model(parts), 'a.onnx'));

  it('takes half precision, one picture at a time, and a fixed size', () => {
    const found = classifier({
      inputs: [value('input', [1, 3, 192, 256], 10)],
      outputs: [value('prob', [1, 7], 10)],
    });
    expect(found.input).toEqual({
      name: 'input',
      type: 'float16',
      single: true,
      channels: 3,
      height: 192,
      width: 256,
    });
    expect(found.output).toEqual({ name: 'prob', classes: 7 });
  });

  it('takes `logits` among several outputs, else the only fitting one', () => {
    const features = value('features', ['N', 2048]);
    expect(classifier({ outputs: [features, value('logits', ['N', 4])] }).output.classes).toBe(4);
    expect(
      classifier({ outputs: [value('map', ['N', 8, 7, 7]), value('scores', ['N', 4])] }).output.name,
    ).toBe('scores');
    expect(classifier({ outputs: [value('y', null)] }).output).toEqual({ name: 'y', classes: null });
  });

  it.each<[string, Parts, string]>([
    ['two inputs', { inputs: [value('a', [1, 3, 8, 8]), value('b', [1])] }, '2 inputs'],
    ['whole numbers', { inputs: [value('ids', [1, 3, 8, 8], 7)] }, 'type 7'],
    ['a sequence', { inputs: [value('ids', ['N', 512])] }, '"ids" [N, 512]'],
    ['an unknown rank', { inputs: [value('x', null)] }, 'unknown shape'],
    ['channels last', { inputs: [value('x', ['N', 224, 224, 3])] }, 'channels last'],
    ['other channels', { inputs: [value('x', ['N', 12, 224, 224])] }, 'not 3 channels'],
    ['a batch', { inputs: [value('x', [8, 3, 224, 224])] }, '8 pictures at once'],
    ['boxes', { outputs: [value('boxes', ['N', 100, 4])] }, '"boxes" [N, 100, 4]'],
    ['two outputs', { outputs: [value('a', ['N', 4]), value('b', ['N', 4])] }, 'not one number a class'],
    ['no output', { outputs: [] }, 'gives nothing'],
  ])('refuses %s', (_, parts, words) => {
    expect(thrown(() => classifier(parts))).toMatchObject({
      code: 'onnx-classifier',
      message: expect.stringContaining(words),
    });
  });
});

describe('isOnnx', () => {
  it('knows a model by its content', async () => {
    expect(await isOnnx(new Blob([model()]))).toBe(true);
    expect(
      await isOnnx(
        new Blob([message([1, 8], [2, 'x'], [6, 'd'.repeat(9000)], [7, message([1, node('Relu')])])]),
      ),
    ).toBe(true);
    for (const other of [
      [],
      [8],
      [8, 8],
      [0x80, 2],
      [0x50, 0x4b, 3, 4],
      [0x7b, 0x7d],
      [8, 8, 0x3a, 0xff, 0xff, 0xff, 0x7f],
    ])
      expect(await isOnnx(new Blob([new Uint8Array(other)]))).toBe(false);
  });
});

describe('openOnnx', () => {
  const named = (name: string, ...parts: BlobPart[]) => ({ name, blob: new Blob(parts) });
  const withOutside = (length = '16') =>
    named('m.onnx', model({ tensors: [outside({ location: './w.data', offset: '4', length })] }));

  it('takes outside weights, labels and JSON beside it', async () => {
    const opened = await openOnnx([
      named('folder/w.data', new Uint8Array(20)),
      withOutside(),
      named('labels.txt', 'cat\r\ndog\n'),
      named('config.json', '{"id2label": {"0": "a"}}'),
    ]);
    expect(opened?.outside).toEqual([{ location: './w.data', blob: expect.any(Blob) }]);
    expect(opened?.labels).toEqual(['cat', 'dog']);
    expect(opened?.jsons.configJson?.json).toEqual({ id2label: { 0: 'a' } });
  });

  it('leaves files without an .onnx, and folders with a checkpoint beside it, to the checkpoint', async () => {
    const checkpoint = named('w.bin', new Uint8Array([0x80, 2, 0x7d]));
    expect(await openOnnx([checkpoint])).toBeNull();
    expect(await openOnnx([checkpoint, named('m.onnx', model())])).toBeNull();
    expect(await openOnnx([checkpoint, named('m.onnx', model()), named('n.onnx', model())])).toBeNull();
  });

  it.each([
    [
      'two models',
      [named('a.onnx', model()), named('b.onnx', model())],
      'checkpoint-ambiguous',
      'a.onnx and b.onnx',
    ],
    ['missing weights', [withOutside()], 'checkpoint-shard', './w.data'],
    [
      'short weights',
      [withOutside(), named('w.data', new Uint8Array(19))],
      'checkpoint-truncated',
      '19 bytes',
    ],
  ])('refuses %s', async (_, files, code, words) => {
    await expect(openOnnx(files)).rejects.toMatchObject({ code, message: expect.stringContaining(words) });
  });
});
