/** The shape of a class map, for eyes and ears: drawn smooth, its line at half the peak, and where its areas lie. */
import type { Support } from './cam.ts';

/** The line that is drawn: half the peak. */
export const HALF = 0.5;

/** Places of a line, in cells from the top left corner of the grid. */
export type Line = readonly (readonly [x: number, y: number])[];

/** Neighbouring cells of at least half the peak. */
export interface Area {
  /** In which third of the picture its strongest cell lies. */
  readonly row: 'upper' | 'middle' | 'lower';
  readonly column: 'left' | 'middle' | 'right';
  /** Its strongest value, 0.5 to 1. */
  readonly peak: number;
  readonly cells: number;
}

/** Catmull-Rom's weights of four neighbours at `t` between the middle two: a curve through the values themselves. */
function weightsAt(t: number): readonly [number, number, number, number] {
  return [
    t * (-0.5 + t * (1 - 0.5 * t)),
    1 + t * t * (-2.5 + 1.5 * t),
    t * (0.5 + t * (2 - 1.5 * t)),
    t * t * (-0.5 + 0.5 * t),
  ];
}

/** The smooth support at a place in cells from the corner: a cell's own value at its middle, the border's beyond it. */
function valueAt({ data, width, height }: Support, x: number, y: number): number {
  const [left, top] = [Math.floor(x - 0.5), Math.floor(y - 0.5)];
  const [across, down] = [weightsAt(x - 0.5 - left), weightsAt(y - 0.5 - top)];
  let sum = 0;
  for (const [j, weightY] of down.entries()) {
    const row = Math.min(height - 1, Math.max(0, top - 1 + j)) * width;
    for (const [i, weightX] of across.entries())
      sum += weightX * weightY * (data[row + Math.min(width - 1, Math.max(0, left - 1 + i))] ?? 0);
  }
  return Math.min(1, Math.max(0, sum)); // the curve may pass over what it goes through
}

/** The support as a picture of `factor` x `factor` pixels a cell, [height x factor, width x factor]. */
export function smoothSupport(support: Support, factor: number): Float32Array {
  const [width, height] = [support.width * factor, support.height * factor];
  const out = new Float32Array(width * height);
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at++) out[at] = valueAt(support, (x + 0.5) / factor, (y + 0.5) / factor);
  return out;
}

/** Lines where the smooth support passes `level`, found on `steps` points a cell. A closed line ends where it began. */
export function contourOf(support: Support, level = HALF, steps = 8): Line[] {
  const columns = support.width * steps + 1;
  const rows = support.height * steps + 1;
  const values = new Float32Array(columns * rows);
  for (let y = 0, at = 0; y < rows; y++)
    for (let x = 0; x < columns; x++, at++) values[at] = valueAt(support, x / steps, y / steps);
  const value = (at: number): number => values[at] ?? 0;
  // an edge between two points is named by its first point: twice its number, and one more if it goes down
  const ends = (edge: number): [number, number] => {
    const at = edge >> 1;
    return [at, edge % 2 === 0 ? at + 1 : at + columns];
  };
  const joins = new Map<number, number[]>();
  const join = (a: number, b: number): void => {
    for (const [one, other] of [
      [a, b],
      [b, a],
    ] as const)
      joins.set(one, [...(joins.get(one) ?? []), other]);
  };
  for (let y = 0; y + 1 < rows; y++) {
    for (let x = 0; x + 1 < columns; x++) {
      const at = y * columns + x;
      const square = [2 * at, 2 * (at + 1) + 1, 2 * (at + columns), 2 * at + 1]; // top, right, bottom, left
      const crossed = square.filter((edge) => {
        const [a, b] = ends(edge);
        return value(a) >= level !== value(b) >= level;
      });
      const [first, second, third, fourth] = crossed;
      if (first === undefined || second === undefined) continue;
      if (third === undefined || fourth === undefined) {
        join(first, second);
        continue;
      }
      // a saddle: the middle tells whether the corner at the top left is joined to the one across
      const middle = (value(at) + value(at + 1) + value(at + columns) + value(at + columns + 1)) / 4;
      if (value(at) >= level === middle >= level) {
        join(first, second);
        join(third, fourth);
      } else {
        join(first, fourth);
        join(second, third);
      }
    }
  }
  const placeOf = (edge: number): readonly [number, number] => {
    const [a, b] = ends(edge);
    const part = (level - value(a)) / (value(b) - value(a));
    const [x, y] = [a % columns, Math.floor(a / columns)];
    return edge % 2 === 0 ? [(x + part) / steps, y / steps] : [x / steps, (y + part) / steps];
  };
  return chains(joins).map((chain) => chain.map(placeOf));
}

/** What is joined two and two, in order: open chains first, from end to end, then the closed ones. */
function chains(joins: ReadonlyMap<number, readonly number[]>): number[][] {
  const left = new Set(joins.keys());
  const found: number[][] = [];
  const starts = [...joins].sort(([, a], [, b]) => a.length - b.length).map(([edge]) => edge);
  for (const start of starts) {
    if (!left.has(start)) continue;
    const chain: number[] = [];
    for (let at: number | undefined = start; at !== undefined; ) {
      chain.push(at);
      left.delete(at);
      at = joins.get(at)?.find((next) => left.has(next));
    }
    const last = chain.at(-1) ?? start;
    if (chain.length > 2 && joins.get(last)?.includes(start)) chain.push(start);
    found.push(chain);
  }
  return found;
}

/** The sides between cells of at least `level` and weaker ones: the line where the grid is drawn as it is. */
export function cellOutline({ data, width, height }: Support, level = HALF): Line[] {
  const inside = (x: number, y: number): boolean => (data[y * width + x] ?? 0) >= level;
  const lines: Line[] = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (x + 1 < width && inside(x, y) !== inside(x + 1, y))
        lines.push([
          [x + 1, y],
          [x + 1, y + 1],
        ]);
      if (y + 1 < height && inside(x, y) !== inside(x, y + 1))
        lines.push([
          [x, y + 1],
          [x + 1, y + 1],
        ]);
    }
  }
  return lines;
}

/** The areas of at least half the peak, the strongest first; none where nothing speaks for the class. */
export function areasOf({ data, width, height, peak }: Support): Area[] {
  if (peak === 0) return [];
  const left = new Set<number>();
  data.forEach((value, at) => {
    if (value >= HALF) left.add(at);
  });
  const areas: Area[] = [];
  for (const start of left) {
    const open = [start];
    left.delete(start);
    let [best, cells] = [start, 0];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      cells++;
      if ((data[at] ?? 0) > (data[best] ?? 0)) best = at;
      const x = at % width;
      for (const next of [
        at - width,
        at + width,
        ...(x > 0 ? [at - 1] : []),
        ...(x + 1 < width ? [at + 1] : []),
      ])
        if (left.delete(next)) open.push(next);
    }
    const [x, y] = [best % width, Math.floor(best / width)];
    const row = third(y, height, ['upper', 'middle', 'lower']);
    const column = third(x, width, ['left', 'middle', 'right']);
    areas.push({ row, column, peak: data[best] ?? 0, cells });
  }
  return areas.sort((a, b) => b.peak - a.peak);
}

/** In which third of `length` cells the middle of one lies. */
function third<T extends string>(at: number, length: number, names: readonly [T, T, T]): T {
  const part = (at + 0.5) / length;
  return part < 1 / 3 ? names[0] : part > 2 / 3 ? names[2] : names[1];
}
