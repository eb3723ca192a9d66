/** Numbers as people read them. Probabilities never read as certain: neither 100 nor 0 %. */

/** Under so many pictures a rate pretends more than is known: counts are shown instead. */
export const FEW = 30;

/** A probability in [0, 1] as whole per cent, ">99" and "<1" at the ends. */
export function wholePercent(score: number): string {
  const percent = Math.round(score * 100);
  if (percent >= 100) return '>99';
  return percent <= 0 ? '<1' : String(percent);
}

/** A probability in [0, 1] as per cent with one decimal, ">99.9" and "<0.1" at the ends. */
export function finePercent(score: number): string {
  const percent = (score * 100).toFixed(1);
  if (Number(percent) >= 100) return '>99.9';
  return Number(percent) <= 0 ? '<0.1' : percent;
}

/** Milliseconds: one decimal below 10, whole above, seconds from 10,000. */
export function duration(ms: number): string {
  if (ms >= 10_000) return `${(ms / 1000).toFixed(0)}\u2009s`;
  if (ms >= 1000) return `${(ms / 1000).toFixed(1)}\u2009s`;
  return `${ms < 9.95 ? ms.toFixed(1) : Math.round(ms)}\u2009ms`;
}

/** Milliseconds without the unit, for lists that name it once. */
export const bareMs = (ms: number): string => (ms > 0 && ms < 9.95 ? ms.toFixed(1) : count(Math.round(ms)));

/** Bytes in decimal megabytes, as file managers and the Hub print them. */
export function megabytes(bytes: number): string {
  if (bytes < 1e6) return `${Math.max(1, Math.round(bytes / 1e3))}\u2009kB`;
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(2)}\u2009GB`;
  return `${bytes < 1e7 ? (bytes / 1e6).toFixed(1) : Math.round(bytes / 1e6)}\u2009MB`;
}

/** A count, as `count` writes it, and what is counted. */
export const plural = (n: string, one: string, many: string): string => `${n} ${n === '1' ? one : many}`;

/** A count with thousands separators. */
export function count(n: number): string {
  return n.toLocaleString('en-US');
}

/** 1,712,000 -> "1.7 M". */
export function millions(n: number): string {
  if (n < 1e6) return count(n);
  return `${(n / 1e6).toFixed(n < 1e7 ? 1 : 0)}\u2009M`;
}

/** Median; undefined of nothing. */
export function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const high = sorted[middle];
  if (high === undefined || sorted.length % 2 === 1) return high;
  return (high + (sorted[middle - 1] ?? high)) / 2;
}
