/** The two thin products that everything here spends its time in, on float64 in C order. */

/** Numbers of a row at a time: four rows of them and two vectors stay in the nearest cache. */
const DEPTH = 512;

/**
 * matrix [rows, n] times `vectors`, given as rows [count, n], added to out [count, stride] from column `at` on. Four rows
 * by two vectors at a time: eight sums that do not wait for each other.
 */
export function multiplyInto(
  out: Float64Array,
  stride: number,
  at: number,
  matrix: Float64Array,
  rows: number,
  n: number,
  vectors: Float64Array,
  count: number,
): void {
  for (let from = 0; from < n; from += DEPTH) {
    const to = Math.min(from + DEPTH, n);
    for (let i = 0; i < rows; i += 4) {
      for (let k = 0; k < count; k += 2) {
        const place = k * stride + at + i;
        if (i + 4 <= rows && k + 2 <= count)
          fourByTwo(out, place, stride, matrix, i * n, n, vectors, k * n, from, to);
        else
          for (let row = 0; row < Math.min(4, rows - i); row++)
            for (let v = 0; v < Math.min(2, count - k); v++)
              single(out, place + v * stride + row, matrix, (i + row) * n, vectors, (k + v) * n, from, to);
      }
    }
  }
}

function single(
  out: Float64Array,
  place: number,
  matrix: Float64Array,
  p: number,
  vectors: Float64Array,
  q: number,
  from: number,
  to: number,
): void {
  let sum = 0;
  for (let j = from; j < to; j++) sum += (matrix[p + j] as number) * (vectors[q + j] as number);
  out[place] = (out[place] as number) + sum;
}

function fourByTwo(
  out: Float64Array,
  place: number,
  stride: number,
  matrix: Float64Array,
  p0: number,
  n: number,
  vectors: Float64Array,
  v0: number,
  from: number,
  to: number,
): void {
  const [p1, p2, p3, v1] = [p0 + n, p0 + 2 * n, p0 + 3 * n, v0 + n] as const;
  let s00 = 0;
  let s01 = 0;
  let s10 = 0;
  let s11 = 0;
  let s20 = 0;
  let s21 = 0;
  let s30 = 0;
  let s31 = 0;
  for (let j = from; j < to; j++) {
    const a0 = vectors[v0 + j] as number;
    const a1 = vectors[v1 + j] as number;
    const m0 = matrix[p0 + j] as number;
    const m1 = matrix[p1 + j] as number;
    s00 += m0 * a0;
    s01 += m0 * a1;
    s10 += m1 * a0;
    s11 += m1 * a1;
    const m2 = matrix[p2 + j] as number;
    const m3 = matrix[p3 + j] as number;
    s20 += m2 * a0;
    s21 += m2 * a1;
    s30 += m3 * a0;
    s31 += m3 * a1;
  }
  const second = place + stride;
  out[place] = (out[place] as number) + s00;
  out[place + 1] = (out[place + 1] as number) + s10;
  out[place + 2] = (out[place + 2] as number) + s20;
  out[place + 3] = (out[place + 3] as number) + s30;
  out[second] = (out[second] as number) + s01;
  out[second + 1] = (out[second + 1] as number) + s11;
  out[second + 2] = (out[second + 2] as number) + s21;
  out[second + 3] = (out[second + 3] as number) + s31;
}

/** out [count, n] += coefficients (those of matrix row i lie at (from + i) * count) times the rows of matrix [rows, n]. */
export function addWeighted(
  out: Float64Array,
  matrix: Float64Array,
  rows: number,
  n: number,
  coefficients: Float64Array,
  from: number,
  count: number,
): void {
  for (let begin = 0; begin < n; begin += DEPTH) {
    const end = Math.min(begin + DEPTH, n);
    for (let i = 0; i < rows; i += 4) {
      for (let k = 0; k < count; k++) {
        const of = (one: number): number =>
          i + one < rows ? (coefficients[(from + i + one) * count + k] as number) : 0;
        // a missing row counts with 0, whatever stands there
        const line = (one: number): number => (i + one < rows ? i + one : i) * n;
        addFour(
          out,
          k * n,
          matrix,
          line(0),
          line(1),
          line(2),
          line(3),
          of(0),
          of(1),
          of(2),
          of(3),
          begin,
          end,
        );
      }
    }
  }
}

function addFour(
  out: Float64Array,
  target: number,
  x: Float64Array,
  p0: number,
  p1: number,
  p2: number,
  p3: number,
  c0: number,
  c1: number,
  c2: number,
  c3: number,
  begin: number,
  end: number,
): void {
  for (let j = begin; j < end; j++)
    out[target + j] =
      (out[target + j] as number) +
      (c0 * (x[p0 + j] as number) +
        c1 * (x[p1 + j] as number) +
        (c2 * (x[p2 + j] as number) + c3 * (x[p3 + j] as number)));
}

/** [rows, columns] to [columns, rows]. */
export function transposed(values: Float64Array, rows: number, columns: number): Float64Array {
  if (rows === 1 || columns === 1) return values;
  const out = new Float64Array(values.length);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) out[j * rows + i] = values[i * columns + j] as number;
  return out;
}
