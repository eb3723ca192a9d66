/** The head of a TensorProto: what it claims must be what it holds, or what lies where it points. */
import { BitError } from '../errors.ts';
import { MAX_NAME_BYTES, MAX_RANK } from './limits.ts';
import type { Field, ProtobufReader } from './protobuf.ts';

/** Weights in a file of their own. */
export interface StoredOutside {
  /** As the model writes it: relative to the model's folder. */
  readonly location: string;
  readonly offset: number;
  /** Bytes; what the shape asks for where the model does not say. */
  readonly length: number;
}

/** Bits of a value by TensorProto.DataType; strings (8) have none. */
const BITS: Readonly<Record<number, number>> = {
  1: 32,
  2: 8,
  3: 8,
  4: 16,
  5: 16,
  6: 32,
  7: 64,
  9: 8,
  10: 16,
  11: 64,
  12: 32,
  13: 64,
  14: 64,
  15: 128,
  16: 16,
  17: 8,
  18: 8,
  19: 8,
  20: 8,
  21: 4,
  22: 4,
  23: 4,
  24: 8,
  25: 2,
  26: 2,
};
const STRING = 8;
/** Fields that hold values one by one (float_data, int32_data, string_data, int64_data, double_data, uint64_data). */
const TYPED_DATA = new Set([4, 5, 6, 7, 10, 11]);

/** Reads name, number of values and place of a TensorProto. Throws 'checkpoint-header', 'checkpoint-limit', 'onnx-path'. */
export function readTensor(
  reader: ProtobufReader,
  bytes: Uint8Array<ArrayBuffer>,
): { name: string; length: number; outside: StoredOutside | null } {
  let name = '';
  let type = 0;
  let length = 1;
  let raw: number | null = null;
  let typed = 0;
  let isOutside = false;
  const entries = new Map<string, string>();
  for (const field of reader.message(bytes)) {
    if (field.number === 1)
      for (const size of reader.integers(field, MAX_RANK)) length *= size >= 0 ? size : Number.NaN;
    else if (field.number === 2) type = reader.integer(field);
    else if (field.number === 8) name = reader.text(field, MAX_NAME_BYTES);
    else if (field.number === 9) raw = reader.nested(field).length;
    else if (field.number === 13) {
      isOutside = true;
      readEntry(reader, field, entries);
    } else if (field.number === 14) isOutside ||= reader.integer(field) === 1;
    else if (TYPED_DATA.has(field.number)) typed += field.bytes?.length ?? 8;
  }
  const bits = type === STRING ? 0 : BITS[type];
  if (bits === undefined) throw reader.broken(`has a tensor of type ${type}`, name);
  const size = Math.ceil((length * bits) / 8);
  if (!Number.isSafeInteger(length) || !Number.isSafeInteger(size))
    throw reader.broken('has an impossible shape', name);
  if (isOutside) return { name, length, outside: outsideOf(reader, entries, size, name) };
  if (raw !== null && raw !== size)
    throw reader.broken(`has ${raw} bytes where its shape asks for ${size}`, name);
  // a string takes a field of its own, which may be empty: its two bytes of framing are not counted in `typed`
  if (raw === null && type !== STRING && typed < length)
    throw reader.broken('lacks values that its shape asks for', name);
  if (type === STRING && length > bytes.length)
    throw reader.broken('lacks values that its shape asks for', name);
  return { name, length, outside: null };
}

function readEntry(reader: ProtobufReader, field: Field, entries: Map<string, string>): void {
  let key = '';
  let value = '';
  for (const part of reader.message(reader.nested(field))) {
    if (part.number === 1) key = reader.text(part, MAX_NAME_BYTES);
    else if (part.number === 2) value = reader.text(part, MAX_NAME_BYTES);
  }
  entries.set(key, value);
}

function outsideOf(
  reader: ProtobufReader,
  entries: ReadonlyMap<string, string>,
  size: number,
  name: string,
): StoredOutside {
  const location = entries.get('location') ?? '';
  const number = (key: string, fallback: number): number => {
    const text = entries.get(key);
    if (text === undefined) return fallback;
    const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
    if (!Number.isSafeInteger(value)) throw reader.broken(`has an impossible ${key} of outside data`, name);
    return value;
  };
  if (location === '') throw reader.broken('does not say where its data lie', name);
  if (leavesFolder(location))
    throw new BitError(
      'onnx-path',
      `points at ${JSON.stringify(location.slice(0, 100))}, outside its own folder`,
      {
        file: reader.file,
      },
    );
  const length = number('length', size);
  if (length !== size)
    throw reader.broken(`has ${length} bytes outside where its shape asks for ${size}`, name);
  return { location, offset: number('offset', 0), length };
}

/** True for absolute paths, drives, addresses and steps upwards. */
function leavesFolder(location: string): boolean {
  return /^[/\\]|^[a-z][a-z0-9+.-]*:|\0/i.test(location) || location.split(/[/\\]/).includes('..');
}
