/** Stored numbers to float32, exactly: F16 and BF16 widen, F64 rounds once. Little-endian, as every format here. */
import type { DType } from './checkpoint.ts';

export const BYTES_PER_VALUE: Readonly<Record<DType, number>> = { F64: 8, F32: 4, F16: 2, BF16: 2 };

/** float32 of every half-precision pattern, made when first needed (256 KiB). */
let halves: Float32Array | undefined;

function halfTable(): Float32Array {
  if (halves) return halves;
  const table = new Float32Array(65_536);
  for (let bits = 0; bits < 65_536; bits++) {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 0x1f;
    const mantissa = bits & 0x3ff;
    if (exponent === 0) table[bits] = sign * mantissa * 2 ** -24;
    else if (exponent === 31) table[bits] = mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
    else table[bits] = sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
  }
  halves = table;
  return table;
}

/** Decodes `buffer` (its length a multiple of the value's size). */
export function toFloat32(buffer: ArrayBuffer, dtype: DType): Float32Array<ArrayBuffer> {
  switch (dtype) {
    case 'F32':
      return new Float32Array(buffer);
    case 'F64':
      return Float32Array.from(new Float64Array(buffer));
    case 'F16': {
      const table = halfTable();
      const bits = new Uint16Array(buffer);
      const out = new Float32Array(bits.length);
      for (let i = 0; i < bits.length; i++) out[i] = table[bits[i] ?? 0] ?? 0;
      return out;
    }
    case 'BF16': {
      const bits = new Uint16Array(buffer);
      const out = new Uint32Array(bits.length);
      for (let i = 0; i < bits.length; i++) out[i] = (bits[i] ?? 0) << 16;
      return new Float32Array(out.buffer);
    }
  }
}
