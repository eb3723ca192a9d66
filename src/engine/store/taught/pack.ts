/** Plain data with typed arrays in it <-> bytes: a JSON text, then the arrays' bytes behind it. */

const KINDS = { u8: Uint8Array, f32: Float32Array } as const;
type Kind = keyof typeof KINDS;
/** Stands in the JSON for an array: its kind, where its bytes begin behind the JSON, and how many there are. */
interface Reference {
  readonly $bytes: readonly [kind: Kind, offset: number, length: number];
}
/** So that float32 values lie aligned when they are read back. */
const ALIGNMENT = 4;
const padded = (length: number): number => Math.ceil(length / ALIGNMENT) * ALIGNMENT;

/** Layout: length of the JSON (uint32, little-endian), the JSON padded to 4, then each array padded to 4. */
export function pack(value: unknown): Uint8Array<ArrayBuffer> {
  const arrays: Uint8Array[] = [];
  let size = 0;
  const json = JSON.stringify(value, (_, item: unknown) => {
    const kind = item instanceof Uint8Array ? 'u8' : item instanceof Float32Array ? 'f32' : null;
    if (kind === null || !ArrayBuffer.isView(item)) return item;
    const reference: Reference = { $bytes: [kind, size, item.byteLength] };
    arrays.push(new Uint8Array(item.buffer, item.byteOffset, item.byteLength));
    size += padded(item.byteLength);
    return reference;
  });
  const text = new TextEncoder().encode(json);
  const start = 4 + padded(text.length);
  const out = new Uint8Array(start + size);
  new DataView(out.buffer).setUint32(0, text.length, true);
  out.set(text, 4);
  let at = start;
  for (const array of arrays) {
    out.set(array, at);
    at += padded(array.length);
  }
  return out;
}

/** Reads what `pack` wrote; throws RangeError or SyntaxError for anything else. */
export function unpack(bytes: Uint8Array<ArrayBuffer>): unknown {
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, true);
  const start = 4 + padded(length);
  if (start > bytes.length) throw new RangeError('packed data is cut off');
  const text = new TextDecoder().decode(bytes.subarray(4, 4 + length));
  return JSON.parse(text, (_, item: unknown) => {
    if (!isReference(item)) return item;
    const [kind, offset, size] = item.$bytes;
    const end = start + offset + size;
    if (!(offset >= 0 && size >= 0 && end <= bytes.length)) throw new RangeError('packed data is cut off');
    const own = bytes.slice(start + offset, end).buffer; // so that a row does not keep all of it alive
    return new KINDS[kind](own);
  });
}

function isReference(item: unknown): item is Reference {
  if (typeof item !== 'object' || item === null || !('$bytes' in item)) return false;
  const { $bytes } = item;
  return Array.isArray($bytes) && $bytes.length === 3 && Object.hasOwn(KINDS, String($bytes[0]));
}
