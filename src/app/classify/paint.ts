/** A class map as pixels and as lines. */
import type { Support } from '../../bit/cam.ts';
import { cellOutline, cellSides, contourOf, type Line, smoothSupport } from '../../bit/cam-shape.ts';
import type { CellGrid } from '../../bit/index.ts';
import type { Overlay } from './maps.ts';

/** Dark violet to pale yellow, each step lighter than the one before, so that it reads without colour too. */
const RAMP = [
  [38, 16, 74],
  [112, 32, 118],
  [190, 58, 92],
  [238, 116, 58],
  [250, 190, 92],
  [255, 240, 190],
] as const;
/** The legend's: what RAMP looks like in a row. */
export const RAMP_CSS = `linear-gradient(90deg, ${RAMP.map((rgb) => `rgb(${rgb.join(' ')})`).join(', ')})`;

const SHADE = [12, 16, 14] as const;
/** Of what counts nothing, under the veil. */
const SHADE_ALPHA = 0.78;
/** The veil's legend. */
export const VEIL_CSS = `linear-gradient(90deg, rgb(${SHADE.join(' ')}), rgb(${SHADE.join(' ')} / 8%))`;
const HEAT_ALPHA = 0.82;
/** Side of the drawn picture in pixels; the browser smooths it to the size of the screen. */
const SIDE = 192;

/** Red, green, blue (0 to 255) and alpha (0 to 1) of a value from 0 to 1. */
function heat(value: number): readonly [number, number, number, number] {
  const at = Math.min(0.9999, 0.12 + 0.88 * value) * (RAMP.length - 1);
  const from = RAMP[Math.floor(at)] ?? RAMP[0];
  const to = RAMP[Math.floor(at) + 1] ?? from;
  const part = at % 1;
  const mix = (channel: 0 | 1 | 2): number => from[channel] + (to[channel] - from[channel]) * part;
  return [mix(0), mix(1), mix(2), Math.min(HEAT_ALPHA, Math.max(0, value - 0.05) * 1.15)];
}

/** Past two thirds of the peak the veil is lifted wholly. */
const veil = (value: number): readonly [number, number, number, number] => [
  ...SHADE,
  SHADE_ALPHA * (1 - Math.min(1, 1.5 * value)),
];

/** Draws the support smooth over the whole canvas. */
export function paint(
  canvas: HTMLCanvasElement,
  support: Support,
  grid: CellGrid,
  overlay: 'heat' | 'veil',
): void {
  const colour = overlay === 'veil' ? veil : heat;
  canvas.width = SIDE;
  canvas.height = SIDE;
  const context = canvas.getContext('2d');
  if (context === null) return; // a browser out of canvases still has the line and the words
  const image = context.createImageData(SIDE, SIDE);
  smoothSupport(support, grid, SIDE, SIDE).forEach((value, at) => {
    const [red, green, blue, alpha] = colour(value);
    image.data.set([red, green, blue, Math.round(255 * alpha)], 4 * at);
  });
  context.putImageData(image, 0, 0);
}

/** A cell as it is drawn, in parts of the picture. */
export interface Cell {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly fill: string;
  readonly fillOpacity: number;
}

/** The cells themselves; those wholly outside the picture are left out. */
export function cellsOf({ data, width, height }: Support, grid: CellGrid): Cell[] {
  const columns = cellSides(grid.x, width);
  const rows = cellSides(grid.y, height);
  const cells = Array.from(data, (value, at) => {
    const [column, row] = [at % width, Math.floor(at / width)];
    const [left = 0, right = 1] = columns.slice(column);
    const [top = 0, bottom = 1] = rows.slice(row);
    const [red, green, blue, fillOpacity] = heat(value);
    const fill = `rgb(${[red, green, blue].map(Math.round).join(' ')})`;
    return { x: left, y: top, width: right - left, height: bottom - top, fill, fillOpacity };
  });
  return cells.filter((cell) => cell.width > 0 && cell.height > 0);
}

/** The line at half the peak as an SVG path in parts of the picture. */
export function linePath(support: Support, grid: CellGrid, overlay: Overlay): string {
  const lines = overlay === 'cells' ? cellOutline(support, grid) : contourOf(support, grid);
  return lines.map(pathOf).join('');
}

const pathOf = (line: Line): string =>
  line.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${x.toFixed(4)} ${y.toFixed(4)}`).join('');
