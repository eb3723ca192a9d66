/** Places of the points and labels of "Accuracy and time, here". Pure; lengths are units of the drawing. */

export interface Point {
  readonly name: string;
  /** Milliseconds of one picture here. */
  readonly ms: number;
  /** ImageNet top-1, per cent. */
  readonly top1: number;
  readonly measured: boolean;
}

export interface Placed extends Point {
  readonly x: number;
  readonly y: number;
  /** Null where every place for it would cover something. */
  readonly label: {
    readonly x: number;
    readonly y: number;
    readonly anchor: 'start' | 'middle' | 'end';
  } | null;
}

export interface Chart {
  readonly points: readonly Placed[];
  readonly ticks: readonly { readonly x: number; readonly ms: number }[];
  readonly lines: readonly { readonly y: number; readonly top1: number }[];
}

export const WIDTH = 328;
export const HEIGHT = 200;
const LEFT = 30;
const RIGHT = 8;
const TOP = 10;
const BOTTOM = 22;
const LETTER = 6.7;
const LINE = 13;
const GAP = 9;

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}
const cover = (a: Box, b: Box): boolean =>
  a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

/** A logarithmic axis of time over whole decades, a linear one of accuracy over even per cent. */
export function chartOf(points: readonly Point[]): Chart {
  const times = points.map(({ ms }) => Math.log10(ms));
  const low = Math.floor(Math.min(...times) - 0.05);
  const high = Math.max(low + 1, Math.ceil(Math.max(...times) + 0.05));
  const bottom = 2 * Math.floor(Math.min(...points.map(({ top1 }) => top1)) / 2) - 1;
  const top = 2 * Math.ceil(Math.max(...points.map(({ top1 }) => top1)) / 2);
  const xOf = (ms: number): number => LEFT + ((Math.log10(ms) - low) / (high - low)) * (WIDTH - LEFT - RIGHT);
  const yOf = (top1: number): number => TOP + ((top - top1) / (top - bottom)) * (HEIGHT - TOP - BOTTOM);
  const placed = points.map((point) => ({ ...point, x: xOf(point.ms), y: yOf(point.top1) }));
  const taken: Box[] = placed.map(({ x, y }) => ({ left: x - 6, right: x + 6, top: y - 6, bottom: y + 6 }));
  const withLabels = placed.map((point): Placed => {
    for (const label of around(point)) {
      const box = boxOf(label, point.name.length * LETTER);
      if (box.left < LEFT || box.right > WIDTH || box.top < 0 || box.bottom > HEIGHT - BOTTOM) continue;
      if (taken.some((other) => cover(box, other))) continue;
      taken.push(box);
      return { ...point, label };
    }
    return { ...point, label: null };
  });
  const decades = Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i));
  const evens = Array.from({ length: (top - bottom - 1) / 2 + 1 }, (_, i) => top - 2 * i);
  return {
    points: withLabels,
    ticks: decades.map((ms) => ({ x: xOf(ms), ms })),
    lines: evens.map((top1) => ({ y: yOf(top1), top1 })),
  };
}

type LabelPlace = NonNullable<Placed['label']>;

/** Right, left, above, below. */
function around({ x, y }: { readonly x: number; readonly y: number }): LabelPlace[] {
  return [
    { x: x + GAP, y: y + 4, anchor: 'start' },
    { x: x - GAP, y: y + 4, anchor: 'end' },
    { x, y: y - GAP, anchor: 'middle' },
    { x: x - 6, y: y - GAP, anchor: 'start' },
    { x, y: y + GAP + LINE - 3, anchor: 'middle' },
  ];
}

function boxOf({ x, y, anchor }: LabelPlace, width: number): Box {
  const left = anchor === 'start' ? x : anchor === 'end' ? x - width : x - width / 2;
  return { left, right: left + width, top: y - LINE + 3, bottom: y + 3 };
}
