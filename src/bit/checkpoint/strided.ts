/** Distance of neighbours along each axis, in elements, of an array in C order. */
export function cStrides(shape: readonly number[]): number[] {
  const strides: number[] = [];
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = step;
    step *= shape[axis] ?? 1;
  }
  return strides;
}

/** The same of an array in Fortran order, whose first axis is the dense one. */
export function fortranStrides(shape: readonly number[]): number[] {
  return cStrides([...shape].reverse()).reverse();
}

/** Elements from the first to behind the last that a view touches; 0 for an empty view. */
export function span(shape: readonly number[], strides: readonly number[]): number {
  if (shape.includes(0)) return 0;
  return shape.reduce((reach, size, axis) => reach + (size - 1) * (strides[axis] ?? 0), 1);
}

/**
 * Copies a view of `source` into C order. `shape` and `strides` (in elements) must stay inside it. Returns `source`
 * itself when it already is the view.
 */
export function toCOrder(
  source: Float32Array,
  shape: readonly number[],
  strides: readonly number[],
): Float32Array {
  const axes = shape.flatMap((size, i) => (size === 1 ? [] : [{ size, step: strides[i] ?? 0 }]));
  const length = axes.reduce((product, { size }) => product * size, 1);
  const dense = cStrides(axes.map(({ size }) => size));
  if (length === source.length && axes.every(({ step }, i) => step === dense[i])) return source;
  const out = new Float32Array(length);
  if (length === 0) return out;
  const inner = axes.pop() ?? { size: 1, step: 0 };
  const index = axes.map(() => 0);
  for (let to = 0, from = 0; to < length; ) {
    for (let i = 0, at = from; i < inner.size; i++, at += inner.step) out[to++] = source[at] ?? 0;
    for (let axis = axes.length - 1; axis >= 0; axis--) {
      const { size = 1, step = 0 } = axes[axis] ?? {};
      const next = (index[axis] ?? 0) + 1;
      index[axis] = next === size ? 0 : next;
      from += next === size ? step * (1 - size) : step;
      if (next < size) break;
    }
  }
  return out;
}
