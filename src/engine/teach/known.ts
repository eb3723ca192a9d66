/**
 * What is remembered of rows learnt from: their products with each other, and where learning them ended. A row is known
 * by its array of features, whatever picture and view that is of: other features are another array.
 */
import { type FeatureMatrix, type Gram, gramOf, type Probe, takeRows } from '../../bit/index.ts';

/** Above this many rows their products take more room than the features do: 2,500 squared are 50 MB. */
const MAX_GRAM_ROWS = 2_500;

export type Fit = Probe['fit'];

export class KnownRows {
  private gram: { readonly rows: readonly Float32Array[]; readonly values: Gram } | null = null;
  private start: {
    readonly rows: readonly Float32Array[];
    readonly classes: string;
    readonly fit: Fit;
  } | null = null;

  ended(rows: readonly Float32Array[], classes: string, fit: Fit): void {
    this.start = { rows, classes, fit };
  }

  /** The products of these rows: those known are taken over, whatever was added, removed or moved. */
  gramFor(matrix: FeatureMatrix, rows: readonly Float32Array[]): Gram | null {
    if (rows.length > MAX_GRAM_ROWS || rows.length > 2 * matrix.width) return null;
    const known = this.gram;
    if (!known) return this.keep(rows, gramOf(matrix));
    if (known.rows.length === rows.length && known.rows.every((row, i) => rows[i] === row))
      return known.values;
    const place = new Map(known.rows.map((row, i) => [row, i]));
    const places = rows.map((row) => place.get(row) ?? -1);
    const old = [...places.keys()].filter((row) => (places[row] ?? -1) >= 0);
    const isWhole = old.length === known.rows.length && old.every((row, i) => places[row] === i);
    const kept = isWhole ? known.values : known.values.take(old.map((row) => places[row] ?? 0));
    // the plain views of examples whose other views are known too: what is known stays
    if (old.length === rows.length && rows.length * 2 < known.rows.length) return kept;
    const fresh = [...places.keys()].filter((row) => (places[row] ?? -1) < 0);
    const order = [...old, ...fresh];
    if (order.every((row, i) => row === i)) return this.keep(rows, gramOf(matrix, kept));
    const back = new Array<number>(order.length);
    for (const [i, row] of order.entries()) back[row] = i;
    return this.keep(rows, gramOf(takeRows(matrix, order), kept).take(back));
  }

  private keep(rows: readonly Float32Array[], values: Gram): Gram {
    this.gram = { rows, values };
    return values;
  }

  /** Whether these very rows were learnt last. */
  isLast(rows: readonly Float32Array[]): boolean {
    const last = this.start?.rows ?? [];
    return last.length === rows.length && rows.every((row, i) => last[i] === row);
  }

  /** Where to start from: what was learnt last, as far as its rows are still there. */
  startFor(
    rows: readonly Float32Array[],
    classes: string,
  ): Pick<Fit, 'coefficients' | 'intercepts' | 'firstNorm'> | null {
    const known = this.start;
    if (known?.classes !== classes) return null;
    const { outputs, coefficients, intercepts, firstNorm } = known.fit;
    const place = new Map(known.rows.map((row, i) => [row, i]));
    const out = new Float64Array(rows.length * outputs);
    rows.forEach((row, i) => {
      const from = place.get(row);
      if (from !== undefined)
        out.set(coefficients.subarray(from * outputs, (from + 1) * outputs), i * outputs);
    });
    // the norm where nothing is learnt hardly changes with a picture; it only says when the optimum counts as reached
    return { coefficients: out, intercepts, firstNorm };
  }
}
