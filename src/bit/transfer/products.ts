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

/** matrix [rows, n] times `vectors`, given as rows [count, n]: [count, rows]. */
function multiply(
  matrix: Float64Array,
  rows: number,
  n: number,
  vectors: Float64Array,
  count: number,
): Float64Array {
  const out = new Float64Array(count * rows);
  let k = 0;
  // four sums at once: the matrix is read a quarter as often
  for (; k + 4 <= count; k += 4) {
    const [v0, v1, v2, v3] = [k, k + 1, k + 2, k + 3].map((row) =>
      vectors.subarray(row * n, (row + 1) * n),
    ) as [Float64Array, Float64Array, Float64Array, Float64Array];
    for (let i = 0; i < rows; i++) {
      const line = matrix.subarray(i * n, (i + 1) * n);
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      for (let j = 0; j < n; j++) {
        const m = line[j] as number;
        s0 += m * (v0[j] as number);
        s1 += m * (v1[j] as number);
        s2 += m * (v2[j] as number);
        s3 += m * (v3[j] as number);
      }
      out[k * rows + i] = s0;
      out[(k + 1) * rows + i] = s1;
      out[(k + 2) * rows + i] = s2;
      out[(k + 3) * rows + i] = s3;
    }
  }
  for (; k < count; k++) {
    const vector = vectors.subarray(k * n, (k + 1) * n);
    for (let i = 0; i < rows; i++) {
      const line = matrix.subarray(i * n, (i + 1) * n);
      let sum = 0;
      for (let j = 0; j < n; j++) sum += (line[j] as number) * (vector[j] as number);
      out[k * rows + i] = sum;
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
