import type { NamedBlob } from '../checkpoint/checkpoint.ts';

/** The fields of a ModelProto by number, up to the graph, with the wire type each must have. */
const WIRE_TYPES: Readonly<Record<number, number>> = {
  1: 0,
  2: 2,
  3: 2,
  4: 2,
  5: 0,
  6: 2,
  7: 2,
  8: 2,
  14: 2,
};
const GRAPH = 7;
/** Exporters write up to seven fields before the graph, some with several operator sets. */
const MAX_FIELDS_BEFORE = 64;

/** True for the bytes of an ONNX ModelProto: its version first, then nothing but its fields, and a graph that fits. */
export async function isOnnx(blob: Blob): Promise<boolean> {
  let at = 0;
  for (let i = 0; i < MAX_FIELDS_BEFORE && at < blob.size; i++) {
    const bytes = new Uint8Array(await blob.slice(at, at + 16).arrayBuffer());
    const tag = bytes[0] ?? 0;
    const number = tag >> 3;
    if (tag > 127 || WIRE_TYPES[number] !== (tag & 7) || (i === 0 && number !== 1)) return false;
    const value = varint(bytes);
    if (value === null) return false;
    at += 1 + value.length;
    if ((tag & 7) === 0) continue;
    if (value.value > blob.size - at) return false;
    if (number === GRAPH) return value.value > 0;
    at += value.value;
  }
  return false;
}

function varint(bytes: Uint8Array): { value: number; length: number } | null {
  let value = 0;
  for (let i = 0; i < 10; i++) {
    const byte = bytes[1 + i];
    if (byte === undefined) return null;
    value += (byte & 127) * 128 ** i;
    if (byte < 128) return { value, length: i + 1 };
  }
  return null;
}

/** True when one of the files is an ONNX model. */
export async function hasOnnx(files: readonly NamedBlob[]): Promise<boolean> {
  return (await Promise.all(files.map(({ blob }) => isOnnx(blob)))).includes(true);
}
