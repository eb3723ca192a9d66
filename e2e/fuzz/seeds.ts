/** Small true files of each format: the least BiT that has a stem, a unit, a norm and a classifier, in every variant. */
import { OnnxWriter } from '../../src/bit/graph/onnx.ts';
import { MessageWriter } from '../../src/bit/graph/protobuf.ts';
import {
  ascii,
  type Bytes,
  floats,
  join,
  npy,
  pickle,
  safetensors,
  statePickle,
  type TorchState,
  torchLegacy,
  torchZip,
  zip,
} from './files.ts';
import type { Seed } from './formats.ts';

const zeros = (count: number): Bytes => new Uint8Array(count);
const json = (value: unknown): Seed => ({ bytes: new TextEncoder().encode(JSON.stringify(value)) });

const STEM = 'bit.embedder.convolution.weight';
const UNIT = 'bit.encoder.stages.0.layers.0.conv3.weight';

/** A whole small checkpoint under the name that an index gives it. */
export const SHARD = safetensors(
  {
    [STEM]: { dtype: 'F32', shape: [2, 3, 1, 1], data_offsets: [0, 24] },
    [UNIT]: { dtype: 'F32', shape: [8, 2, 1, 1], data_offsets: [24, 88] },
    'classifier.1.weight': { dtype: 'F16', shape: [2, 8], data_offsets: [88, 120] },
  },
  zeros(120),
);

export const safetensorsSeeds: readonly Seed[] = [
  { bytes: SHARD },
  {
    bytes: safetensors(
      `${JSON.stringify({
        __metadata__: { format: 'pt' },
        'stem.conv.weight': { dtype: 'BF16', shape: [2, 3, 1, 1], data_offsets: [0, 12] },
        'stages.0.blocks.0.conv3.weight': { dtype: 'F64', shape: [2, 1], data_offsets: [16, 32] },
        steps: { dtype: 'I64', shape: [], data_offsets: [32, 40] },
        none: { dtype: 'F32', shape: [0, 4], data_offsets: [40, 40] },
        mask: { dtype: 'BOOL', shape: [4], data_offsets: [12, 16] },
      })}   `,
      zeros(40),
    ),
  },
  { bytes: safetensors({}) },
];

const state: TorchState = {
  storages: {
    '0': { count: 6, data: floats(0, 1, 2, 3, 4, 5) },
    '1': { count: 16, type: 'HalfStorage', data: zeros(32) },
    '2': { count: 1, type: 'LongStorage', data: zeros(8) },
  },
  tensors: [
    { name: STEM, storage: '0', shape: [2, 3, 1, 1], strides: [3, 1, 1, 1] },
    { name: UNIT, storage: '1', shape: [8, 2, 1, 1], strides: [1, 8, 1, 1], parameter: true },
    { name: 'tail', storage: '0', shape: [2], strides: [2], offset: 3 },
    { name: 'steps', storage: '2', shape: [], strides: [] },
  ],
};
const plain: TorchState = { ...state, ordered: false, tensors: state.tensors.slice(0, 1) };
const members = [
  {
    name: 'resnet/root_block/standardized_conv2d/kernel.npy',
    data: npy([1, 1, 3, 2], floats(0, 1, 2, 3, 4, 5)),
  },
  { name: 'resnet/group_norm/gamma.npy', data: npy([4], zeros(32), { descr: '<f8' }), deflate: true },
  { name: 'resnet/group_norm/beta.npy', data: npy([2, 2], zeros(8), { descr: '<f2', fortran: true }) },
  { name: 'steps.npy', data: npy([1], zeros(8), { descr: '<i8' }) },
];

export const pickleSeeds: readonly Seed[] = [
  { bytes: torchLegacy(state) },
  { bytes: torchLegacy({ ...plain, storages: { '0': { count: 9, data: zeros(36), view: ['v', 1, 6] } } }) },
  { bytes: statePickle(state), wrap: (mutant) => torchZip(mutant, state.storages) },
  { bytes: statePickle(plain), wrap: (mutant) => torchZip(mutant, state.storages) },
  {
    // protocol 4: a frame, short text, memoized, names from the stack
    bytes: join(
      [0x80, 4, 0x95, 40, 0, 0, 0, 0, 0, 0, 0, ...pickle.emptyDict, 0x94, 0x28],
      [
        0x8c,
        1,
        0x77,
        0x94,
        0x8c,
        12,
        ...ascii('torch._utils'),
        0x94,
        0x8c,
        18,
        ...ascii('_rebuild_tensor_v2'),
        0x94,
      ],
      [0x93, 0x94, 0x28, 0x28, 0x8c, 7, ...ascii('storage'), 0x8c, 5, ...ascii('torch'), 0x8c, 12],
      [...ascii('FloatStorage'), 0x93, 0x8c, 1, 0x30, 0x8c, 3, ...ascii('cpu'), 0x4b, 6, 0x74, 0x51],
      [0x4b, 0, 0x4b, 6, 0x85, 0x4b, 1, 0x85, 0x89, 0x4e, 0x74, 0x52, ...pickle.setItems, ...pickle.stop],
    ),
    wrap: (mutant) => torchZip(mutant, state.storages),
  },
];

export const zipSeeds: readonly Seed[] = [
  { bytes: torchZip(statePickle(plain), state.storages) },
  { bytes: zip(members) },
  { bytes: zip(members.slice(0, 2), { zip64: true }) },
  { bytes: zip(members.map((member) => ({ ...member, sizesBehind: true, deflate: true }))) },
];

export const npySeeds: readonly Seed[] = [
  ...members.map(({ name, data }) => ({
    bytes: data,
    wrap: (mutant: Bytes) => zip([{ name, data: mutant }]),
  })),
  ...members.slice(0, 2).map(({ name, data }) => ({
    bytes: data,
    wrap: (mutant: Bytes) => zip([{ name, data: mutant, deflate: true }]),
  })),
  { bytes: zip(members) },
];

export const configSeeds: readonly Seed[] = [
  json({
    model_type: 'bit',
    num_channels: 3,
    embedding_size: 64,
    hidden_sizes: [256, 512],
    depths: [1, 2],
    layer_type: 'preactivation',
    hidden_act: 'relu',
    global_padding: 'same',
    num_groups: 32,
    output_stride: 32,
    width_factor: 1,
    out_features: ['stem', 'stage2'],
    out_indices: [0, 2],
    id2label: { 0: 'tench', 1: 'goldfish' },
    label2id: { tench: 0, goldfish: 1 },
    drop_path_rate: 0.0,
    problem_type: null,
  }),
  json({
    image_processor_type: 'BitImageProcessor',
    do_convert_rgb: true,
    do_resize: true,
    size: { shortest_edge: 448 },
    crop_size: { height: 448, width: 448 },
    resample: 2,
    rescale_factor: 0.00392156862745098,
    image_mean: [0.5, 0.5, 0.5],
    image_std: 0.5,
    do_pad: false,
    pad_size: null,
  }),
  json({
    metadata: { total_size: 120 },
    weight_map: {
      [STEM]: 'one.safetensors',
      [UNIT]: 'one.safetensors',
      'classifier.1.weight': 'one.safetensors',
    },
  }),
  json({
    architecture: 'resnetv2_50x1_bit',
    num_classes: 2,
    pretrained_cfg: {
      tag: 'goog_in21k_ft_in1k',
      input_size: [3, 448, 448],
      crop_pct: 0.875,
      interpolation: 'bilinear',
      mean: [0.5, 0.5, 0.5],
      std: [0.5, 0.5, 0.5],
      label_names: ['n01440764', 'n01443537'],
    },
    label_descriptions: { n01440764: 'tench' },
  }),
];

/** Where the .onnx of these seeds keeps weights. */
export const OUTSIDE = 'model.onnx.data';

export type Fields = readonly (readonly [number: number, value: number | string | Uint8Array])[];

/** A protobuf message of any fields. */
export function message(...fields: Fields): Bytes {
  const writer = new MessageWriter();
  for (const [field, value] of fields) {
    if (typeof value === 'number') writer.integer(field, value);
    else if (typeof value === 'string') writer.string(field, value);
    else writer.message(field, value);
  }
  return writer.finish();
}

/** A ModelProto around a graph's fields: an input of pictures, an output of classes, metadata. */
export function onnx(graph: Fields, metadata: readonly (readonly [string, string])[] = []): Bytes {
  const value = (name: string, ...sizes: (number | string)[]): Bytes => {
    const shape = message(...sizes.map((it) => [1, message([typeof it === 'number' ? 1 : 2, it])] as const));
    return message([1, name], [2, message([1, message([1, 1], [2, shape])])]);
  };
  const ends: Fields = [
    [11, value('pixel_values', 'N', 3, 8, 8)],
    [12, value('logits', 'N', 2)],
  ];
  const properties = metadata.map(([key, text]) => [14, message([1, key], [2, text])] as const);
  return message(
    [1, 8],
    [2, 'pytorch'],
    [7, message(...graph, ...ends)],
    [8, message([2, 17])],
    ...properties,
  );
}

const weight = (...more: Fields): Bytes => message([1, 2], [1, 3], [2, 1], [8, 'w'], ...more);
const branch = message([6, message([1, message([1, 'x'], [2, 'y'], [4, 'Relu'])])]);
const place = (key: string, text: string) => [13, message([1, key], [2, text])] as const;

function ownGraph(): Bytes {
  const graph = new OnnxWriter();
  const x = graph.input('pixel_values', ['N', 3, 'H', 'W']);
  const pooled = graph.node('ReduceMean', [x, graph.integers([2, 3])], { keepdims: 0 });
  graph.output('logits', graph.node('Relu', [pooled]), ['N', 3]);
  return graph.finish('test');
}

export const onnxSeeds: readonly Seed[] = [
  { bytes: ownGraph() },
  {
    bytes: onnx(
      [
        [1, message([1, 'x'], [2, 'y'], [4, 'Conv'])],
        [5, weight([9, zeros(24)])],
        [1, message([4, 'If'], [5, branch])],
      ],
      [
        ['imgsz', '[224, 224]'],
        ['names', "{0: 'tench', 1: \"jack-o'-lantern\"}"],
        ['preprocessor_config', '{"do_resize": true}'],
      ],
    ),
  },
  {
    bytes: onnx([
      [1, message([4, 'Gemm'])],
      [5, weight(place('location', OUTSIDE), place('offset', '8'), place('length', '24'), [14, 1])],
    ]),
  },
];
