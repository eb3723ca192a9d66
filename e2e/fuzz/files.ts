/** Writers of small checkpoint files in every format that is read: true ones, and ones that lie where a test says so. */
import { deflateRawSync } from 'node:zlib';
import { crc32 } from '../../src/bit/checkpoint/bytes.ts';

export type Bytes = Uint8Array<ArrayBuffer>;

const encoder = new TextEncoder();
export const ascii = (text: string): Bytes => Uint8Array.from(text, (c) => c.charCodeAt(0));

export function join(...parts: readonly (ArrayLike<number> | string)[]): Bytes {
  const arrays = parts.map((part) => (typeof part === 'string' ? encoder.encode(part) : part));
  const out = new Uint8Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of arrays) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

const little = (value: number | bigint, bytes: number): number[] => {
  const out: number[] = [];
  if (typeof value === 'number' && value >= 0)
    for (let rest = value; out.length < bytes; rest = Math.floor(rest / 256)) out.push(rest % 256);
  else
    for (let rest = BigInt.asUintN(8 * bytes, BigInt(value)); out.length < bytes; rest >>= 8n)
      out.push(Number(rest & 0xffn));
  return out;
};
const u16 = (value: number): number[] => little(value, 2);
const u32 = (value: number): number[] => little(value, 4);
const u64 = (value: number): number[] => little(value, 8);

export const floats = (...values: number[]): Bytes => new Uint8Array(Float32Array.from(values).buffer);

/** A safetensors file; `header` is written as it is, true or not. */
export function safetensors(header: unknown, data: ArrayLike<number> = [], headerLength?: number): Bytes {
  const json = encoder.encode(typeof header === 'string' ? header : JSON.stringify(header));
  return join(u64(headerLength ?? json.length), json, data);
}

export interface Member {
  readonly name: string;
  readonly data: ArrayLike<number>;
  readonly deflate?: boolean;
  /** Sizes stand behind the data, as torch writes them. */
  readonly sizesBehind?: boolean;
  /** What the directory says instead of the truth. */
  readonly lie?: {
    readonly size?: number;
    readonly storedSize?: number;
    readonly name?: string;
    readonly flags?: number;
    readonly offset?: number;
  };
}

/** A zip file, with the zip64 records that large ones have when `zip64`. */
export function zip(members: readonly Member[], { zip64 = false } = {}): Bytes {
  const parts: Bytes[] = [];
  const directory: Bytes[] = [];
  let offset = 0;
  for (const { name, data, deflate = false, sizesBehind = false, lie = {} } of members) {
    const raw = Uint8Array.from(data);
    const stored = deflate ? new Uint8Array(deflateRawSync(raw)) : raw;
    const flags = (sizesBehind ? 8 : 0) | 0x800;
    const sums = [...u32(crc32(raw)), ...u32(stored.length), ...u32(raw.length)];
    const fields = [...u16(flags), ...u16(deflate ? 8 : 0), ...u32(0)];
    const local = join(u32(0x04034b50), u16(20), fields, sizesBehind ? new Array(12).fill(0) : sums);
    const behind = sizesBehind ? join(u32(0x08074b50), sums) : [];
    const part = join(local, u16(encoder.encode(name).length), u16(0), name, stored, behind);
    const listed = encoder.encode(lie.name ?? name);
    const at = lie.offset ?? offset;
    const size = lie.size ?? raw.length;
    const extra = zip64 ? [...u16(1), ...u16(24), ...u64(size), ...u64(stored.length), ...u64(at)] : [];
    const saturated = new Array(4).fill(0xff);
    directory.push(
      join(
        [
          ...u32(0x02014b50),
          ...u16(20),
          ...u16(20),
          ...u16(lie.flags ?? flags),
          ...u16(deflate ? 8 : 0),
          ...u32(0),
        ],
        u32(crc32(raw)),
        zip64 ? [...saturated, ...saturated] : [...u32(lie.storedSize ?? stored.length), ...u32(size)],
        [...u16(listed.length), ...u16(extra.length), ...u16(0), ...u16(0), ...u16(0), ...u32(0)],
        zip64 ? saturated : u32(at),
        listed,
        extra,
      ),
    );
    parts.push(part);
    offset += part.length;
  }
  const list = join(...directory);
  const n = members.length;
  const end64 = join(
    [...u32(0x06064b50), ...u64(44), ...u16(45), ...u16(45), ...u32(0), ...u32(0), ...u64(n), ...u64(n)],
    [...u64(list.length), ...u64(offset)],
    [...u32(0x07064b50), ...u32(0), ...u64(offset + list.length), ...u32(1)],
  );
  const end = [
    ...u32(0x06054b50),
    ...u16(0),
    ...u16(0),
    ...u16(n),
    ...u16(n),
    ...u32(list.length),
    ...u32(offset),
  ];
  return join(...parts, list, zip64 ? end64 : [], end, u16(0));
}

/** One array as numpy saves it; `header` replaces the true one. */
export function npy(
  shape: readonly number[],
  data: ArrayLike<number>,
  { descr = '<f4', fortran = false, header }: { descr?: string; fortran?: boolean; header?: string } = {},
): Bytes {
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const dict =
    header ?? `{'descr': '${descr}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': (${sizes}), }`;
  const padded = `${dict.padEnd(Math.ceil((dict.length + 11) / 64) * 64 - 11)}\n`;
  return join([0x93], 'NUMPY', [1, 0], u16(padded.length), padded, data);
}

/** Pickle opcodes by what they push. */
export const pickle = {
  proto: [0x80, 2],
  stop: [0x2e],
  mark: [0x28],
  none: [0x4e],
  false: [0x89],
  true: [0x88],
  emptyTuple: [0x29],
  emptyDict: [0x7d],
  emptyList: [0x5d],
  setItems: [0x75],
  appends: [0x65],
  reduce: [0x52],
  build: [0x62],
  persistentId: [0x51],
  put: (index: number): number[] => [0x71, index],
  get: (index: number): number[] => [0x68, index],
  int: (value: number): number[] => [0x4a, ...u32(value)],
  long: (value: bigint, bytes: number): number[] => [0x8a, bytes, ...little(value, bytes)],
  text: (value: string): number[] => {
    const bytes = encoder.encode(value);
    return [0x58, ...u32(bytes.length), ...bytes];
  },
  global: (module: string, name: string): number[] => [0x63, ...encoder.encode(`${module}\n${name}\n`)],
  tuple: (...items: number[][]): number[] => [0x28, ...items.flat(), 0x74],
} as const;

export interface TorchTensor {
  readonly name: string;
  /** Key into the storages. */
  readonly storage: string;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset?: number;
  readonly parameter?: boolean;
}
export interface TorchStorage {
  readonly type?: string;
  readonly count: number;
  readonly data: Bytes;
  /** (key, offset, count) of a legacy view. */
  readonly view?: readonly [key: string, offset: number, count: number];
}
export interface TorchState {
  readonly storages: Readonly<Record<string, TorchStorage>>;
  readonly tensors: readonly TorchTensor[];
  /** An OrderedDict with `_metadata`, as module.state_dict() gives it. */
  readonly ordered?: boolean;
}

/** The pickle of a state dict. */
export function statePickle({ storages, tensors, ordered = true }: TorchState, legacy = false): Bytes {
  const numbers = (values: readonly number[]): number[] => pickle.tuple(...values.map(pickle.int));
  const items = tensors.flatMap(({ name, storage: key, shape, strides, offset = 0, parameter = false }) => {
    const { type = 'FloatStorage', count = 0, view } = storages[key] ?? {};
    const viewed = view
      ? pickle.tuple(pickle.text(view[0]), pickle.int(view[1]), pickle.int(view[2]))
      : pickle.none;
    const id = pickle.tuple(
      pickle.text('storage'),
      pickle.global('torch', type),
      pickle.text(key),
      pickle.text('cpu'),
      pickle.int(count),
      ...(legacy ? [[...viewed]] : []),
    );
    const hooks = [...pickle.global('collections', 'OrderedDict'), ...pickle.emptyTuple, ...pickle.reduce];
    const tensor = [
      ...pickle.global('torch._utils', '_rebuild_tensor_v2'),
      ...pickle.tuple(
        [...id, ...pickle.persistentId],
        pickle.int(offset),
        numbers(shape),
        numbers(strides),
        [...pickle.false],
        hooks,
      ),
      ...pickle.reduce,
    ];
    const wrapped = [
      ...pickle.global('torch._utils', '_rebuild_parameter'),
      ...pickle.tuple(tensor, [...pickle.true], hooks),
      ...pickle.reduce,
    ];
    return [...pickle.text(name), ...(parameter ? wrapped : tensor)];
  });
  const empty = ordered
    ? [...pickle.global('collections', 'OrderedDict'), ...pickle.emptyTuple, ...pickle.reduce]
    : pickle.emptyDict;
  const metadata = [
    ...pickle.emptyDict,
    ...pickle.mark,
    ...pickle.text('_metadata'),
    ...pickle.emptyDict,
    ...pickle.setItems,
    ...pickle.build,
  ];
  return join(pickle.proto, empty, pickle.mark, items, pickle.setItems, ordered ? metadata : [], pickle.stop);
}

/** torch.save's zip of any pickle. */
export function torchZip(
  data: Bytes,
  storages: TorchState['storages'] = {},
  {
    extra = [],
    deflate = false,
    byteorder = 'little',
  }: { extra?: Member[]; deflate?: boolean; byteorder?: string } = {},
): Bytes {
  const sizesBehind = true;
  return zip([
    { name: 'archive/data.pkl', data, sizesBehind },
    { name: 'archive/byteorder', data: ascii(byteorder), sizesBehind },
    ...Object.entries(storages).map(([key, storage]) => ({
      name: `archive/data/${key}`,
      data: storage.data,
      sizesBehind,
      deflate,
    })),
    ...extra,
    { name: 'archive/version', data: ascii('3\n'), sizesBehind },
  ]);
}

const LEGACY_MAGIC = 0x1950a86a20f9469cfc6cn;

/** torch.save's older stream. */
export function torchLegacy(
  state: TorchState,
  { magic = LEGACY_MAGIC, protocol = 1001, tail = [] as number[] } = {},
): Bytes {
  const keys = Object.keys(state.storages);
  const system = [
    ...pickle.emptyDict,
    ...pickle.mark,
    ...[...pickle.text('little_endian'), ...pickle.true],
    ...pickle.setItems,
  ];
  const list = [...pickle.emptyList, ...pickle.mark, ...keys.flatMap(pickle.text), ...pickle.appends];
  return join(
    [...pickle.proto, ...pickle.long(magic, 10), ...pickle.stop],
    [...pickle.proto, ...pickle.int(protocol), ...pickle.stop],
    [...pickle.proto, ...system, ...pickle.stop],
    statePickle(state, true),
    [...pickle.proto, ...list, ...pickle.stop],
    ...Object.values(state.storages).map(({ count, data }) => join(u64(count), data)),
    tail,
  );
}
