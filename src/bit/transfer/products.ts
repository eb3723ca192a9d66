/** Products of centred features with each other, in whichever form costs less: their Gram matrix, or the features. */
import type { FeatureMatrix } from './features.ts';
import type { Gram } from './gram.ts';

export interface Products {
  /** Number of examples, n. */
  readonly size: number;
  /** Mean squared length of a centred example. */
  readonly meanSquare: number;
  /** The n x n matrix of products times `a` [n, outputs]. */
  times(a: Float64Array, outputs: number): Float64Array;
}

/** Of centred examples by their Gram matrix; `gram` is of the features as they are. */
export function productsOfGram({ size: n, values }: Gram): Products {
  const means = new Float64Array(n);
  let total = 0;
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += values[i * n + j] ?? 0;
    means[i] = sum / n;
    total += sum / (n * n);
  }
  const centred = new Float64Array(n * n);
  let trace = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++)
      centred[i * n + j] = (values[i * n + j] ?? 0) - (means[i] ?? 0) - (means[j] ?? 0) + total;
    trace += centred[i * n + i] ?? 0;
  }
  return {
    size: n,
    meanSquare: trace / n,
    times: (a, outputs) =>
      transposed(multiply(centred, n, n, transposed(a, n, outputs), outputs), outputs, n),
  };
}

/** Of centred examples by their features: two thin products instead of a square one. */
export function productsOfFeatures({ rows, width, data }: FeatureMatrix): Products {
  const centred = Float64Array.from(data);
  let squares = 0;
  for (let d = 0; d < width; d++) {
    let sum = 0;
    for (let i = 0; i < rows; i++) sum += centred[i * width + d] ?? 0;
    for (let i = 0; i < rows; i++) {
      const value = (centred[i * width + d] ?? 0) - sum / rows;
      centred[i * width + d] = value;
      squares += value * value;
    }
  }
  const columns = transposed(centred, rows, width);
  return {
    size: rows,
    meanSquare: squares / rows,
    times(a, outputs) {
      const weights = multiply(columns, width, rows, transposed(a, rows, outputs), outputs);
      return transposed(multiply(centred, rows, width, weights, outputs), outputs, rows);
    },
  };
}

/**
 * matrix [rows, n] times `vectors`, given as rows [count, n]: [count, rows]. Two rows by four vectors at a time: eight
 * sums that do not wait for each other, and the matrix is read a quarter as often.
 */
function multiply(
  matrix: Float64Array,
  rows: number,
  n: number,
  vectors: Float64Array,
  count: number,
): Float64Array {
  if (count % 4 !== 0) {
    // zeros beside them cost less than a sum that waits for itself
    const padded = new Float64Array((count + 4 - (count % 4)) * n);
    padded.set(vectors);
    return multiply(matrix, rows, n, padded, padded.length / n).subarray(0, count * rows);
  }
  const out = new Float64Array(count * rows);
  const evenRows = rows - (rows % 2);
  for (let k = 0; k < count; k += 4) {
    const [v0, v1, v2, v3] = [k * n, (k + 1) * n, (k + 2) * n, (k + 3) * n] as const;
    for (let i = 0; i < evenRows; i += 2) {
      const [p, q] = [i * n, (i + 1) * n] as const;
      let s00 = 0;
      let s01 = 0;
      let s02 = 0;
      let s03 = 0;
      let s10 = 0;
      let s11 = 0;
      let s12 = 0;
      let s13 = 0;
      for (let j = 0; j < n; j++) {
        const m0 = matrix[p + j] as number;
        const m1 = matrix[q + j] as number;
        const a0 = vectors[v0 + j] as number;
        const a1 = vectors[v1 + j] as number;
        const a2 = vectors[v2 + j] as number;
        const a3 = vectors[v3 + j] as number;
        s00 += m0 * a0;
        s01 += m0 * a1;
        s02 += m0 * a2;
        s03 += m0 * a3;
        s10 += m1 * a0;
        s11 += m1 * a1;
        s12 += m1 * a2;
        s13 += m1 * a3;
      }
      out[k * rows + i] = s00;
      out[(k + 1) * rows + i] = s01;
      out[(k + 2) * rows + i] = s02;
      out[(k + 3) * rows + i] = s03;
      out[k * rows + i + 1] = s10;
      out[(k + 1) * rows + i + 1] = s11;
      out[(k + 2) * rows + i + 1] = s12;
      out[(k + 3) * rows + i + 1] = s13;
    }
  }
  if (evenRows < rows) {
    for (let k = 0; k < count; k++) {
      let sum = 0;
      for (let j = 0; j < n; j++)
        sum += (matrix[evenRows * n + j] as number) * (vectors[k * n + j] as number);
      out[k * rows + evenRows] = sum;
    }
  }
  return out;
}

/** [rows, columns] to [columns, rows]. */
function transposed(values: Float64Array, rows: number, columns: number): Float64Array {
  if (rows === 1 || columns === 1) return values;
  const out = new Float64Array(values.length);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) out[j * rows + i] = values[i * columns + j] ?? 0;
  return out;
}

/** The cheaper form for these examples. */
export function productsOf(features: FeatureMatrix, gram: Gram | null): Products {
  return gram && features.rows <= 2 * features.width ? productsOfGram(gram) : productsOfFeatures(features);
}
