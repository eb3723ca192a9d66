import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cStrides, fortranStrides, span, toCOrder } from './strided.ts';

test('strides of C and Fortran order', () => {
  expect(cStrides([2, 3, 4])).toEqual([12, 4, 1]);
  expect(fortranStrides([2, 3, 4])).toEqual([1, 2, 6]);
  expect([cStrides([]), span([], [])]).toEqual([[], 1]);
});

test('an array already in C order is not copied', () => {
  const values = Float32Array.of(1, 2, 3, 4);
  expect(toCOrder(values, [2, 1, 2], [2, 7, 1])).toBe(values);
});

test('any view of any array equals the plain definition of a view', () => {
  const axis = fc.record({ size: fc.nat(4), step: fc.nat(5) });
  fc.assert(
    fc.property(fc.array(axis, { maxLength: 5 }), (axes) => {
      const shape = axes.map(({ size }) => size);
      const strides = axes.map(({ step }) => step);
      const source = Float32Array.from({ length: Math.max(1, span(shape, strides)) }, (_, i) => i);
      let expected = [0];
      for (const { size, step } of axes)
        expected = expected.flatMap((at) => Array.from({ length: size }, (_, i) => at + i * step));
      expect([...toCOrder(source, shape, strides)]).toEqual(expected);
    }),
  );
});
