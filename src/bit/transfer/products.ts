/** Products of centred features with each other, in whichever form costs less: their Gram matrix, or the features. */
import type { FeatureMatrix } from './features.ts';
import type { Gram } from './gram.ts';
import { addWeighted, multiplyInto, transposed } from './multiply.ts';

export interface Products {
  /** Number of examples, n. */
  readonly size: number;
  /** Mean squared length of a centred example. */
  readonly meanSquare: number;
  /** The n x n matrix of products times `a` [n, outputs]. */
  times(a: Float64Array, outputs: number): Float64Array;
  /** The same with the products of other rows of the source with these examples: [rows, outputs]. */
  across(rows: readonly number[], a: Float64Array, outputs: number): Float64Array;
}

const all = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** Of centred examples by their Gram matrix; `gram` is of the features as they are, `rows` are the examples in it. */
export function productsOfGram(gram: Gram, rows?: readonly number[]): Products {
  const own = rows ?? all(gram.size);
  const n = own.length;
  const values = rows ? gram.part(own, own) : gram.values;
  const means = meansOf(values, n, n);
  let total = 0;
  let trace = 0;
  for (let i = 0; i < n; i++) {
    total += (means[i] as number) / n;
    trace += values[i * n + i] as number;
  }
  /** matrix [count, n] of products as they are, and its rows' means: centred, times a. */
  const centred = (matrix: Float64Array, rowMeans: Float64Array, a: Float64Array, outputs: number) => {
    const count = rowMeans.length;
    const columns = transposed(a, n, outputs);
    const out = new Float64Array(outputs * count);
    multiplyInto(out, count, 0, matrix, count, n, columns, outputs);
    for (let k = 0; k < outputs; k++) {
      let sum = 0;
      let shift = 0;
      for (let i = 0; i < n; i++) {
        sum += columns[k * n + i] as number;
        shift += (columns[k * n + i] as number) * (means[i] as number);
      }
      for (let i = 0; i < count; i++) {
        const at = k * count + i;
        out[at] = (out[at] as number) - sum * ((rowMeans[i] as number) - total) - shift;
      }
    }
    return transposed(out, outputs, count);
  };
  return {
    size: n,
    meanSquare: trace / n - total,
    times: (a, outputs) => centred(values, means, a, outputs),
    across(others, a, outputs) {
      const matrix = gram.part(others, own);
      return centred(matrix, meansOf(matrix, others.length, n), a, outputs);
    },
  };
}

function meansOf(matrix: Float64Array, rows: number, n: number): Float64Array {
  const means = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += matrix[i * n + j] as number;
    means[i] = sum / n;
  }
  return means;
}

/** Rows that are converted, centred and used at a time: they stay in the second cache. */
const ROWS = 16;

/** Centred features of some rows, and what sums of them are. Nothing is copied but a few rows at a time. */
export class CentredRows {
  readonly rows: readonly number[];
  readonly mean: Float64Array;
  private readonly features: FeatureMatrix;
  private readonly panel: Float64Array;

  constructor(features: FeatureMatrix, rows: readonly number[] = all(features.rows)) {
    this.features = features;
    this.rows = rows;
    this.panel = new Float64Array(ROWS * features.width);
    const { width, data } = features;
    this.mean = new Float64Array(width);
    for (const row of rows)
      for (let d = 0; d < width; d++)
        this.mean[d] = (this.mean[d] as number) + (data[row * width + d] as number);
    for (let d = 0; d < width; d++) this.mean[d] = (this.mean[d] as number) / rows.length;
  }

  meanSquare(): number {
    let squares = 0;
    this.pass(this.rows, (panel, _, count) => {
      const end = count * this.features.width;
      for (let at = 0; at < end; at++) squares += (panel[at] as number) ** 2;
    });
    return squares / this.rows.length;
  }

  /** Sum of the rows, each times its coefficients [n, outputs]: [outputs, width]. */
  weights(coefficients: Float64Array, outputs: number): Float64Array {
    const { width } = this.features;
    const out = new Float64Array(outputs * width);
    this.pass(this.rows, (panel, from, count) => {
      addWeighted(out, panel, count, width, coefficients, from, outputs);
    });
    return out;
  }

  /** Weights [outputs, width] applied to rows of the source: [rows, outputs]. */
  apply(rows: readonly number[], weights: Float64Array, outputs: number): Float64Array {
    const out = new Float64Array(outputs * rows.length);
    this.pass(rows, (panel, from, count) => {
      multiplyInto(out, rows.length, from, panel, count, this.features.width, weights, outputs);
    });
    return transposed(out, outputs, rows.length);
  }

  private pass(
    rows: readonly number[],
    use: (panel: Float64Array, from: number, count: number) => void,
  ): void {
    const { mean, panel } = this;
    const { width, data } = this.features;
    for (let from = 0; from < rows.length; from += ROWS) {
      const count = Math.min(ROWS, rows.length - from);
      for (let i = 0; i < count; i++) {
        const start = (rows[from + i] as number) * width;
        const to = i * width;
        for (let d = 0; d < width; d++) panel[to + d] = (data[start + d] as number) - (mean[d] as number);
      }
      use(panel, from, count);
    }
  }
}

/** Of centred examples by their features: two thin products instead of a square one. */
export function productsOfFeatures(features: FeatureMatrix, rows?: readonly number[]): Products {
  const own = new CentredRows(features, rows);
  return {
    size: own.rows.length,
    meanSquare: own.meanSquare(),
    times: (a, outputs) => own.apply(own.rows, own.weights(a, outputs), outputs),
    across: (others, a, outputs) => own.apply(others, own.weights(a, outputs), outputs),
  };
}

/** The cheaper form for these examples. */
export function productsOf(features: FeatureMatrix, gram: Gram | null, rows?: readonly number[]): Products {
  const n = rows?.length ?? features.rows;
  return gram && n <= 2 * features.width ? productsOfGram(gram, rows) : productsOfFeatures(features, rows);
}
