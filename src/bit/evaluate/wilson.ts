/** The standard normal's 0.975 quantile: 95 % lie within so many standard deviations of the mean. */
const Z = 1.959963984540054;

/**
 * The 95 % score interval of a rate, `right` of `n`: Wilson, J. Am. Stat. Assoc. 22 (1927) 209. Both ends are in
 * [0, 1]; of nothing tried (n = 0) nothing is known: [0, 1].
 */
export function wilson(right: number, n: number): readonly [low: number, high: number] {
  if (n === 0) return [0, 1];
  const rate = right / n;
  const shrink = 1 + (Z * Z) / n;
  const centre = (rate + (Z * Z) / (2 * n)) / shrink;
  const half = (Z * Math.sqrt((rate * (1 - rate)) / n + (Z * Z) / (4 * n * n))) / shrink;
  // at both ends the formula gives 0 and 1 but for rounding
  return [right === 0 ? 0 : centre - half, right === n ? 1 : centre + half];
}
