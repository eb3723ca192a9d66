/** The shape of a class map, for eyes and ears: drawn smooth, its line at half the peak, and where its areas lie. */
import type { Support } from './cam.ts';
import type { CellAxis, CellGrid } from './graph/cells.ts';

/** The line that is drawn: half the peak. */
export const HALF = 0.5;

/** Places of a line, in parts of the picture's width and height. */
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

/** A row of `cells` values, `every` apart in data, read at a place in parts of the side: the last one's beyond its middle. */
function read(
  data: Float32Array,
  { from, every, cells }: { from: number; every: number; cells: number },
  { first, step }: CellAxis,
  place: number,
): number {
  const at = Math.min(cells - 1, Math.max(0, (place - first) / step));
  const left = Math.floor(at);
  const [a, b, c, d] = weightsAt(at - left);
  const value = (i: number): number => data[from + every * Math.min(cells - 1, Math.max(0, i))] ?? 0;
  return a * value(left - 1) + b * value(left) + c * value(left + 1) + d * value(left + 2);
}

/** The smooth support at each pair of places in parts of the picture, [ys, xs]. */
function sampled({ data, width, height }: Support, grid: CellGrid, xs: number[], ys: number[]): Float32Array {
  const rows = new Float32Array(height * xs.length);
  for (let row = 0, at = 0; row < height; row++)
    for (const x of xs) rows[at++] = read(data, { from: row * width, every: 1, cells: width }, grid.x, x);
  const out = new Float32Array(ys.length * xs.length);
  let at = 0;
  for (const y of ys) {
    for (let column = 0; column < xs.length; column++) {
      const value = read(rows, { from: column, every: xs.length, cells: height }, grid.y, y);
      out[at++] = Math.min(1, Math.max(0, value)); // the curve may pass over what it goes through
    }
  }
  return out;
}

/** The support as a picture of columns x rows pixels, [rows, columns]. */
export function smoothSupport(support: Support, grid: CellGrid, columns: number, rows: number): Float32Array {
  const middles = (n: number): number[] => Array.from({ length: n }, (_, i) => (i + 0.5) / n);
  return sampled(support, grid, middles(columns), middles(rows));
}

/**
 * Lines where the smooth support passes `level`, found between `steps` parts of each side. A closed line ends where it
 * began; one that reaches the border ends there.
 */
export function contourOf(support: Support, grid: CellGrid, level = HALF, steps = 96): Line[] {
  const points = steps + 1;
  const places = Array.from({ length: points }, (_, i) => i / steps);
  const values = sampled(support, grid, places, places);
  const value = (at: number): number => values[at] ?? 0;
  // an edge between two points is named by its first point: twice its number, and one more if it goes down
  const ends = (edge: number): [number, number] => {
    const at = edge >> 1;
    return [at, edge % 2 === 0 ? at + 1 : at + points];
  };
  const joins = new Map<number, number[]>();
  const join = (a = -1, b = -1): void => {
    joins.set(a, [...(joins.get(a) ?? []), b]);
    joins.set(b, [...(joins.get(b) ?? []), a]);
  };
  for (let y = 0; y < steps; y++) {
    for (let x = 0; x < steps; x++) {
      const at = y * points + x;
      const inside = value(at) >= level;
      if (
        inside === value(at + 1) >= level &&
        inside === value(at + points) >= level &&
        inside === value(at + points + 1) >= level
      )
        continue;
      const square = [2 * at, 2 * (at + 1) + 1, 2 * (at + points), 2 * at + 1]; // top, right, bottom, left
      const crossed = square.filter((edge) => {
        const [a, b] = ends(edge);
        return value(a) >= level !== value(b) >= level;
      });
      if (crossed.length === 2) join(crossed[0], crossed[1]);
      if (crossed.length < 4) continue;
      // a saddle: the middle tells whether the corner at the top left is joined to the one across
      const middle = (value(at) + value(at + 1) + value(at + points) + value(at + points + 1)) / 4;
      const joined = inside === middle >= level;
      join(crossed[0], crossed[joined ? 1 : 3]);
      join(crossed[2], crossed[joined ? 3 : 1]);
    }
  }
  const placeOf = (edge: number): readonly [number, number] => {
    const [a, b] = ends(edge);
    const part = (level - value(a)) / (value(b) - value(a));
    const [x, y] = [a % points, Math.floor(a / points)];
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

/** Where `cells` cells meet along a side, and both ends of it: halfway between their middles, the outer ones reach the border. */
export function cellSides({ first, step }: CellAxis, cells: number): number[] {
  const within = (at: number): number => Math.min(1, Math.max(0, at));
  return Array.from({ length: cells + 1 }, (_, i) =>
    i === 0 ? 0 : i === cells ? 1 : within(first + (i - 0.5) * step),
  );
}

/** The sides between cells of at least `level` and weaker ones: the line where the cells are drawn as they are. */
export function cellOutline({ data, width, height }: Support, grid: CellGrid, level = HALF): Line[] {
  const inside = (x: number, y: number): boolean => (data[y * width + x] ?? 0) >= level;
  const columns = cellSides(grid.x, width);
  const rows = cellSides(grid.y, height);
  const corner = (x: number, y: number): readonly [number, number] => [columns[x] ?? 1, rows[y] ?? 1];
  const lines: Line[] = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (x + 1 < width && inside(x, y) !== inside(x + 1, y))
        lines.push([corner(x + 1, y), corner(x + 1, y + 1)]);
      if (y + 1 < height && inside(x, y) !== inside(x, y + 1))
        lines.push([corner(x, y + 1), corner(x + 1, y + 1)]);
    }
  }
  return lines;
}

/** The areas of at least half the peak, the strongest first; none where nothing speaks for the class. */
export function areasOf({ data, width, peak }: Support, grid: CellGrid): Area[] {
  if (peak === 0) return [];
  const left = new Set<number>();
  data.forEach((value, at) => {
    if (value >= HALF) left.add(at);
  });
  const beside = (at: number): number[] => {
    const x = at % width;
    return [at - width, at + width, ...(x > 0 ? [at - 1] : []), ...(x + 1 < width ? [at + 1] : [])];
  };
  const areas: Area[] = [];
  for (const start of left) {
    const open = [start];
    left.delete(start);
    let [best, cells] = [start, 0];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      cells++;
      if ((data[at] ?? 0) > (data[best] ?? 0)) best = at;
      for (const next of beside(at)) if (left.delete(next)) open.push(next);
    }
    const row = third(grid.y, Math.floor(best / width), ['upper', 'middle', 'lower']);
    const column = third(grid.x, best % width, ['left', 'middle', 'right']);
    areas.push({ row, column, peak: data[best] ?? 0, cells });
  }
  return areas.sort((a, b) => b.peak - a.peak);
}

/** In which third of the side the middle of a cell lies. */
function third<T extends string>({ first, step }: CellAxis, at: number, names: readonly [T, T, T]): T {
  const part = first + at * step;
  return part < 1 / 3 ? names[0] : part > 2 / 3 ? names[2] : names[1];
}
