/** A rectangle in pixels of the oriented picture. */
export interface Rect {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The smallest rectangle around both: a crop that was padded reaches outside the picture. */
export function around(a: Rect, b: Rect): Rect {
  const left = Math.min(a.left, b.left);
  const top = Math.min(a.top, b.top);
  const right = Math.max(a.left + a.width, b.left + b.width);
  const bottom = Math.max(a.top + a.height, b.top + b.height);
  return { left, top, width: right - left, height: bottom - top };
}

/** Where `inner` lies in `frame`, as CSS percentages of it. */
export function within(
  inner: Rect,
  frame: Rect,
): { left: string; top: string; width: string; height: string } {
  const percent = (part: number, whole: number) => `${((part / whole) * 100).toFixed(3)}%`;
  return {
    left: percent(inner.left - frame.left, frame.width),
    top: percent(inner.top - frame.top, frame.height),
    width: percent(inner.width, frame.width),
    height: percent(inner.height, frame.height),
  };
}
