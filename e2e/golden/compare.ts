/** One compared quantity of a golden case: its worst error and the bound it must meet. */
export interface Row {
  readonly quantity: string;
  readonly error: number;
  readonly bound: number;
}

/** Largest distance under `scale`; another length or a NaN is infinitely far. */
export function worst(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  scale: (expected: number) => number,
): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  let most = 0;
  for (let i = 0; i < expected.length; i++) {
    const value = expected[i] ?? 0;
    const d = Math.abs((actual[i] ?? Number.NaN) - value) / scale(value);
    if (Number.isNaN(d)) return Number.POSITIVE_INFINITY;
    most = Math.max(most, d);
  }
  return most;
}

export const relative = (value: number): number => 1 + Math.abs(value);
export const atLeastOne = (value: number): number => Math.max(1, Math.abs(value));
export const absolute = (): number => 1;

/** Merges rows of several images: the worst of each quantity. */
export function mergeRows(rows: readonly Row[]): Row[] {
  const merged = new Map<string, Row>();
  for (const row of rows) {
    const known = merged.get(row.quantity);
    if (!known || !(row.error <= known.error)) merged.set(row.quantity, row);
  }
  return [...merged.values()];
}
