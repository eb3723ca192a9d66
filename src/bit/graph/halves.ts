/** float32 to float16 (IEEE 754 binary16), as every runtime rounds: to the nearest, ties to even, past 65519 to infinity. */

/** Each value's float16 bits. */
export function toHalf(values: Float32Array): Uint16Array<ArrayBuffer> {
  const out = new Uint16Array(values.length);
  writeHalves(values, out);
  return out;
}

/** Writes each value's float16 bits to `target`, which has the same length. */
export function writeHalves(values: Float32Array, target: Uint16Array): void {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < bits.length; i++) target[i] = halfOf(bits[i] ?? 0);
}

/** The float16 nearest to the float32 with these bits; a NaN becomes the quiet NaN of its sign. */
export function halfOf(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const size = bits & 0x7fffffff;
  if (size > 0x7f800000) return sign | 0x7e00;
  if (size >= 0x477ff000) return sign | 0x7c00; // 65520, half-way from the largest float16 to the next power
  if (size >= 0x38800000) {
    // normal (2^-14 and up): 13 bits of the fraction go, the exponent's bias falls from 127 to 15
    const rounded = size + 0xfff + ((size >>> 13) & 1);
    return sign | ((rounded - 0x38000000) >>> 13);
  }
  if (size <= 0x33000000) return sign; // 2^-25, half of the smallest subnormal, ties to 0
  const shift = 126 - (size >>> 23);
  const fraction = (size & 0x7fffff) | 0x800000;
  const half = fraction >>> shift;
  const rest = fraction & ((1 << shift) - 1);
  const middle = 1 << (shift - 1);
  return sign | (half + (rest > middle || (rest === middle && half % 2 === 1) ? 1 : 0));
}
