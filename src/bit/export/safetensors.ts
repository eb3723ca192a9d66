/** Writes safetensors (huggingface/safetensors, its format section) as a Blob, tensor by tensor. */
import type { DType } from '../checkpoint/checkpoint.ts';
import { BYTES_PER_VALUE } from '../checkpoint/dtypes.ts';
import { BitError } from '../errors.ts';
import { writeHalves } from '../graph/halves.ts';

export interface OutTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: Exclude<DType, 'F64'>;
  /** Its float32 values in C order, made when they are written. */
  readonly values: () => Promise<Float32Array>;
}

/** Where a header ends: the reference's writer pads it with spaces, so that values lie aligned. */
const ALIGNMENT = 8;

/**
 * The file of `tensors`, in name order as the reference sorts equal types. `metadata` are strings by name. A value that
 * came from F16 or BF16 is written back without loss. Throws what reading a tensor throws, and 'internal' when a
 * tensor has another length than its shape says.
 */
export async function writeSafetensors(
  tensors: readonly OutTensor[],
  metadata: Readonly<Record<string, string>> = {},
  onTensor: (done: number, total: number) => void = () => undefined,
): Promise<Blob> {
  const header: Record<string, unknown> = { __metadata__: { format: 'pt', ...metadata } };
  let position = 0;
  for (const { name, dtype, shape } of tensors) {
    const end = position + BYTES_PER_VALUE[dtype] * shape.reduce((a, b) => a * b, 1);
    header[name] = { dtype, shape, data_offsets: [position, end] };
    position = end;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const padded = new Uint8Array(Math.ceil(json.length / ALIGNMENT) * ALIGNMENT).fill(0x20);
  padded.set(json);
  const length = new DataView(new ArrayBuffer(8));
  length.setBigUint64(0, BigInt(padded.length), true);
  const parts: BlobPart[] = [length, padded];
  for (const [i, { name, shape, dtype, values }] of tensors.entries()) {
    const floats = await values();
    if (floats.length !== shape.reduce((a, b) => a * b, 1))
      throw new BitError('internal', `${name} has ${floats.length} values, not [${shape.join(', ')}]`);
    // a Blob of its own lets the browser keep the bytes out of this thread's memory
    parts.push(new Blob([encoded(floats, dtype)]));
    onTensor(i + 1, tensors.length);
  }
  return new Blob(parts, { type: 'application/octet-stream' });
}

function encoded(values: Float32Array, dtype: OutTensor['dtype']): BlobPart {
  if (dtype === 'F32') return Float32Array.from(values);
  const out = new Uint16Array(values.length);
  if (dtype === 'F16') writeHalves(values, out);
  else {
    const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
    for (let i = 0; i < bits.length; i++) out[i] = (bits[i] ?? 0) >>> 16; // exact for what was BF16
  }
  return out;
}
