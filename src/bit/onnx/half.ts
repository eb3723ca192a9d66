/** Half-precision patterns of float32 values, rounded to nearest, ties to even; too large ones become infinite. */
export function toHalf(values: Float32Array): Uint16Array<ArrayBuffer> {
  const out = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) out[i] = half(values[i] ?? 0);
  return out;
}

function half(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  if (size >= 65_520) return sign | 0x7c00; // halfway from the largest, 65504, to the next
  // below 2^-14 the steps stay 2^-24; above they are 2^-10 of the power of two
  const exponent = Math.max(Math.floor(Math.log2(size)), -14);
  const steps = roundHalfEven(size / 2 ** (exponent - 10));
  return sign | (size < 2 ** -14 ? steps : ((exponent + 15) << 10) + steps - 1024);
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}
