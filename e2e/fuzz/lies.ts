/** Files that are well made in every part but the one that lies, by fast-check: what damage at random seldom reaches. */
import fc from 'fast-check';
import {
  type Bytes,
  join,
  type Member,
  npy,
  pickle,
  safetensors,
  statePickle,
  type TorchState,
  torchLegacy,
  torchZip,
  zip,
} from './files.ts';

import { type Fields, message, onnx } from './seeds.ts';

/** Sizes that overflow, that are none, and true ones. */
const size = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 8 }) },
  fc.constantFrom(-1, 0.5, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 53 - 1, 2 ** 53, 1e300),
);
const whole = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 8 }) },
  fc.constantFrom(255, 65_535, 2 ** 16, 2 ** 24, 2 ** 31 - 1, 2 ** 32 - 1),
);
const data = fc.uint8Array({ maxLength: 96 }).map((bytes): Bytes => Uint8Array.from(bytes));
/** Names that mean something to JavaScript, to a terminal or to a reader here. */
const name = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      'bit.embedder.convolution.weight',
      'stem.conv.weight',
      'classifier.1.weight',
      'bit.encoder.stages.0.layers.0.conv3.weight',
      'resnet/root_block/standardized_conv2d/kernel',
      'resnet/block1/unit01/a/constructor',
    ),
  },
  fc.constantFrom(
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    '__metadata__',
    '',
    '\u202egnp',
    '\u0000',
    'n'.repeat(600),
    'module.module.x',
    'x.running_mean',
  ),
  fc.string({ unit: fc.constantFrom(...'aZ09._/ "\\\'\n\u0000\u007fé\u202e\u2066\ud800💡'), maxLength: 12 }),
);
const dtype = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('F32', 'F16', 'BF16', 'F64', 'I64', 'BOOL') },
  fc.constantFrom('toString', '__proto__', 'F8_E4M3', ''),
);

/** A header that adds up, a header of anything, and a length of anything before either. */
const fitting = fc
  .array(fc.record({ name, dtype, shape: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 4 }) }), {
    maxLength: 6,
  })
  .map((tensors) => {
    const bytes: Record<string, number> = { F64: 8, I64: 8, F32: 4, F16: 2, BF16: 2 };
    let at = 0;
    const entries = tensors.map(({ name, dtype, shape }) => {
      const start = at;
      at += shape.reduce((a, b) => a * b, bytes[dtype] ?? 1);
      return [name, { dtype, shape, data_offsets: [start, at] }] as const;
    });
    return safetensors(Object.fromEntries(entries), new Uint8Array(at));
  });
export const safetensorsLies: fc.Arbitrary<Bytes> = fc.oneof(
  fitting,
  fc
    .tuple(
      fc.dictionary(
        name,
        fc.oneof(
          {
            weight: 4,
            arbitrary: fc.record({
              dtype,
              shape: fc.array(size, { maxLength: 9 }),
              data_offsets: fc.array(size, { minLength: 2, maxLength: 2 }),
            }),
          },
          fc.jsonValue({ maxDepth: 4 }),
        ),
        { maxKeys: 5, noNullPrototype: false },
      ),
      data,
      fc.option(whole, { nil: undefined, freq: 8 }),
    )
    .map(([header, bytes, length]) => safetensors(header, bytes, length)),
  fc.tuple(fc.json({ maxDepth: 40 }), data).map(([header, bytes]) => safetensors(header, bytes)),
);

const storageType = fc.constantFrom(
  'FloatStorage',
  'HalfStorage',
  'BFloat16Storage',
  'DoubleStorage',
  'LongStorage',
  'BoolStorage',
);
const torchState: fc.Arbitrary<TorchState> = fc
  .tuple(
    fc.array(
      fc.record({
        name,
        storage: fc.constantFrom('0', '1', '__proto__'),
        shape: fc.array(whole, { maxLength: 5 }),
        strides: fc.array(whole, { maxLength: 5 }),
        offset: whole,
        parameter: fc.boolean(),
        square: fc.boolean(),
      }),
      { maxLength: 4 },
    ),
    storageType,
    whole,
    data,
    fc.option(fc.tuple(fc.constant('v'), whole, whole), { nil: undefined, freq: 4 }),
    fc.boolean(),
  )
  .map(([tensors, type, count, bytes, view, ordered]) => ({
    ordered,
    storages: {
      '0': { type, count, data: bytes, ...(view && { view }) },
      '1': { count: 4, data: new Uint8Array(16) },
    },
    tensors: tensors.map(({ square, strides, ...tensor }) => ({
      ...tensor,
      strides: square ? tensor.shape.map((_, i) => strides[i] ?? 1) : strides,
    })),
  }));
/** Programs of opcodes, known and foreign, that more often than not have what they need on the stack. */
const piece: fc.Arbitrary<readonly number[]> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom<readonly number[]>(
      pickle.mark,
      pickle.none,
      pickle.true,
      pickle.emptyDict,
      pickle.emptyList,
      pickle.emptyTuple,
      pickle.get(0),
      pickle.get(1),
      pickle.put(0),
      pickle.put(1),
      [0x94],
      [0x85],
      [0x86],
      [0x87],
    ),
  },
  {
    weight: 4,
    arbitrary: fc.constantFrom<readonly number[]>(
      pickle.setItems,
      pickle.appends,
      pickle.reduce,
      pickle.build,
      pickle.persistentId,
      [0x73],
      [0x61],
      [0x74],
      [0x93],
      [0x30],
    ),
  },
  { weight: 2, arbitrary: whole.map(pickle.int) },
  { weight: 2, arbitrary: name.map(pickle.text) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      ...['FloatStorage', 'Size'].map((it) => pickle.global('torch', it)),
      ...['_rebuild_tensor_v2', '_rebuild_parameter'].map((it) => pickle.global('torch._utils', it)),
      pickle.global('collections', 'OrderedDict'),
    ),
  },
  fc.constantFrom<readonly number[]>(
    pickle.global('os', 'system'),
    [0x6f],
    [0x81],
    [0x82, 1],
    [0x8a, 255],
    [0x58, 255, 255, 255, 255],
    [0x8d, 0, 0, 0, 0, 0, 0, 0, 128],
    pickle.stop,
  ),
);
export const pickleLies: fc.Arbitrary<Bytes> = fc.oneof(
  torchState.map((state) => torchZip(statePickle(state), state.storages)),
  torchState.map((state) => torchLegacy(state)),
  fc.array(piece, { maxLength: 40 }).map((pieces) => {
    const program = join(pickle.proto, pieces.flat(), pickle.stop);
    return torchZip(program, { '0': { count: 4, data: new Uint8Array(16) } });
  }),
);

const number = (min: number): fc.Arbitrary<number> =>
  fc.oneof(fc.integer({ min, max: 300 }), fc.constantFrom(2 ** 16 - 1, 2 ** 31, 2 ** 32 - 1));
const member: fc.Arbitrary<Member> = fc
  .record({
    name: fc.oneof(
      fc.constantFrom('w.npy', 'archive/data.pkl', 'archive/data/0', 'archive/byteorder', '../../x.npy'),
      name,
    ),
    data: fc.oneof(data, fc.constant(npy([4], new Uint8Array(16))), fc.constant(new Uint8Array(3_000))),
    deflate: fc.boolean(),
    sizesBehind: fc.boolean(),
    lie: fc.record(
      {
        size: number(0),
        storedSize: number(0),
        offset: number(0),
        flags: fc.constantFrom(0, 1, 8, 0x800, 0x2000, 0xffff),
        name,
      },
      { requiredKeys: [] },
    ),
    lies: fc.boolean(),
  })
  .map(({ lie, lies, ...rest }) => (lies ? { ...rest, lie } : rest));
export const zipLies: fc.Arbitrary<Bytes> = fc
  .tuple(fc.array(member, { maxLength: 5 }), fc.boolean())
  .map(([members, zip64]) => zip(members, { zip64 }));

const npyHeader = fc
  .record({
    descr: fc.constantFrom(
      '<f4',
      '<f2',
      '<f8',
      '|O',
      '>f4',
      '<i8',
      '<U4',
      'constructor',
      '__proto__',
      '<M8[ns]',
      "<f4'+'",
    ),
    fortran: fc.constantFrom('True', 'False', 'None', '1'),
    shape: fc
      .array(fc.oneof(whole, fc.constantFrom(2 ** 53, 1e15, -1)), { maxLength: 9 })
      .map((sizes) => `(${sizes.join(', ')}${sizes.length === 1 ? ',' : ''})`),
    extra: fc.constantFrom('', ", 'x': 1", ", 'shape': ()", '('.repeat(50)),
  })
  .map(
    ({ descr, fortran, shape, extra }) =>
      `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': ${shape}${extra}, }`,
  );
export const npyLies: fc.Arbitrary<Bytes> = fc
  .tuple(npyHeader, data, fc.boolean())
  .map(([header, bytes, deflate]) =>
    zip([{ name: 'resnet/group_norm/gamma.npy', data: npy([], bytes, { header }), deflate }]),
  );

const anything = fc.jsonValue({ maxDepth: 3 });
const known = [
  'model_type',
  'hidden_sizes',
  'depths',
  'embedding_size',
  'num_groups',
  'id2label',
  'num_labels',
  'out_features',
  'out_indices',
  'global_padding',
  'layer_type',
  'width_factor',
  'size',
  'crop_size',
  'resample',
  'image_mean',
  'image_std',
  'rescale_factor',
  'do_resize',
  'pretrained_cfg',
  'architecture',
  'label_names',
  'weight_map',
  '__proto__',
];
const value = fc.oneof(
  size,
  fc.array(size, { maxLength: 4 }),
  fc.constantFrom('bit', 'SAME', 'bottleneck', 'resnetv2_50x1_bit', null, true),
  fc.dictionary(fc.oneof(name, fc.nat(4).map(String)), fc.oneof(size, name)),
  anything,
);
export const configLies: fc.Arbitrary<Bytes> = fc
  .oneof(
    {
      weight: 4,
      arbitrary: fc
        .dictionary(fc.constantFrom(...known), value, { maxKeys: 8, noNullPrototype: false })
        .map((it) => JSON.stringify(it)),
    },
    fc.json({ maxDepth: 40 }),
  )
  .map((text) => new TextEncoder().encode(text));

/** Trees of protobuf fields that ONNX has, with values of every kind in the wrong places. */
const { fields } = fc.letrec<{ fields: Fields; content: string | number | Uint8Array }>((tie) => ({
  content: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.oneof(
      fc.constantFrom(
        'Relu',
        'Loop',
        'location',
        'model.onnx.data',
        '../x',
        'offset',
        '99999999999999999',
        'names',
        "['a', 'b\\'",
      ),
      whole,
      fc.constantFrom(-1, 2 ** 40, 2 ** 53 - 1),
      data,
      name,
    ),
    tie('fields').map((inner) => message(...inner)),
  ),
  fields: fc.array(
    fc.tuple(fc.constantFrom(1, 1, 2, 4, 5, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 22, 25), tie('content')),
    { maxLength: 4 },
  ),
}));
export const onnxLies: fc.Arbitrary<Bytes> = fc
  .tuple(
    fields,
    fc.array(
      fc.tuple(fc.constantFrom('imgsz', 'names', 'labels', 'preprocessor_config'), fc.oneof(name, fc.json())),
      { maxLength: 2 },
    ),
  )
  .map(([graph, metadata]) => onnx(graph, metadata));
