/** How measurements are put into words: medians, ratios of interleaved pairs, and a table. */

export interface Row {
  readonly quantity: string;
  readonly measured: string;
  /** The goal in words and whether it is met; null where nothing is asked for. */
  readonly goal: { readonly words: string; readonly met: boolean } | null;
}

/** The middle value, or the mean of the two middle ones; NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  return ((sorted[Math.ceil(half) - 1] ?? Number.NaN) + (sorted[Math.floor(half)] ?? Number.NaN)) / 2;
}

/** a[i] / b[i]: what drifts between pairs (other programs, the clock) drops out of the ratio. */
export function pairRatios(a: readonly number[], b: readonly number[]): number[] {
  return a.map((value, i) => value / (b[i] ?? Number.NaN));
}

/** 'median (min..max) unit'. */
export function spread(values: readonly number[], digits: number, unit: string): string {
  const text = (value: number): string => value.toFixed(digits);
  return `${text(median(values))} (${text(Math.min(...values))}..${text(Math.max(...values))}) ${unit}`;
}

/** Prints the rows of one part in aligned columns. */
export function printTable(title: string, rows: readonly Row[]): void {
  const wide = (pick: (row: Row) => string): number => Math.max(...rows.map((row) => pick(row).length));
  const quantity = wide((row) => row.quantity);
  const measured = wide((row) => row.measured);
  console.log(`\n${title}`);
  for (const row of rows) {
    const goal = row.goal === null ? '' : `  goal ${row.goal.words}: ${row.goal.met ? 'met' : 'MISSED'}`;
    console.log(`  ${row.quantity.padEnd(quantity)}  ${row.measured.padEnd(measured)}${goal}`.trimEnd());
  }
}
