import { expect, test } from 'vitest';
import { halfOf, writeHalves } from './halves.ts';

/** The value of a finite float16 (IEEE 754-2019, 3.4). */
function numberOf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}
const bitsOf = (value: number): number => new Uint32Array(Float32Array.of(value).buffer)[0] ?? 0;
const half = (value: number): number => halfOf(bitsOf(value));

test('every finite float16 stays itself, and what lies between goes to the nearer, ties to even', () => {
  let checked = 0;
  for (let h = 0; h < 0x7c00; h++) {
    const value = numberOf(h);
    const next = h === 0x7bff ? 65536 : numberOf(h + 1);
    const middle = (value + next) / 2; // exact in float32
    const even = h % 2 === 0 ? h : h + 1;
    for (const sign of [0, 0x8000]) {
      const signed = (v: number): number => halfOf((bitsOf(v) | (sign << 16)) >>> 0);
      const below = new Float32Array(Uint32Array.of(bitsOf(middle) - 1).buffer)[0] ?? 0;
      const above = new Float32Array(Uint32Array.of(bitsOf(middle) + 1).buffer)[0] ?? 0;
      if (signed(value) !== (h | sign)) throw new Error(`${value} became ${signed(value)}`);
      if (signed(below) !== (h | sign)) throw new Error(`${below} became ${signed(below)}`);
      if (signed(middle) !== (even | sign)) throw new Error(`${middle} became ${signed(middle)}`);
      if (signed(above) !== ((h + 1) | sign)) throw new Error(`${above} became ${signed(above)}`);
      checked++;
    }
  }
  expect(checked).toBe(2 * 31744);
});

test.each([
  [0, 0],
  [-0, 0x8000],
  [1, 0x3c00],
  [65504, 0x7bff],
  [65519.996, 0x7bff],
  [65520, 0x7c00],
  [-1e30, 0xfc00],
  [Number.POSITIVE_INFINITY, 0x7c00],
  [2 ** -25, 0],
  [2 ** -25 * 1.0000002, 1],
  [2 ** -149, 0],
])('%d', (value, expected) => expect(half(value)).toBe(expected));

test('NaN stays NaN, also where its payload lies in the lost bits', () => {
  expect(halfOf(0x7f800001)).toBe(0x7e00);
  expect(halfOf(0xffc00000)).toBe(0xfe00);
});

test('a view into a larger buffer is converted from its own start', () => {
  const target = new Uint16Array(2);
  writeHalves(Float32Array.of(9, 1, -2).subarray(1), target);
  expect([...target]).toEqual([0x3c00, 0xc000]);
});
