/** A class map as pixels and as lines. */
import type { Support } from '../../bit/cam.ts';
import { cellOutline, contourOf, type Line, smoothSupport } from '../../bit/cam-shape.ts';
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
/** Side of the drawn picture in pixels, at least; the browser smooths it to the size of the screen. */
const SIDE = 160;
/** Points along a side on which the line is sought. */
const POINTS = 96;

const perCell = (support: Support, whole: number): number =>
  Math.max(2, Math.ceil(whole / Math.max(support.width, support.height)));

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

/** Draws the support over the whole canvas, smooth or cell by cell. */
export function paint(canvas: HTMLCanvasElement, support: Support, overlay: Exclude<Overlay, 'off'>): void {
  const factor = overlay === 'cells' ? 1 : perCell(support, SIDE);
  const values = overlay === 'cells' ? support.data : smoothSupport(support, factor);
  const colour = overlay === 'veil' ? veil : heat;
  canvas.width = support.width * factor;
  canvas.height = support.height * factor;
  const context = canvas.getContext('2d');
  if (context === null) return; // a browser out of canvases still has the line and the words
  const image = context.createImageData(canvas.width, canvas.height);
  values.forEach((value, at) => {
    const [red, green, blue, alpha] = colour(value);
    image.data.set([red, green, blue, Math.round(255 * alpha)], 4 * at);
  });
  context.putImageData(image, 0, 0);
}

/** The line at half the peak as an SVG path in cells. */
export function linePath(support: Support, overlay: Overlay): string {
  const lines =
    overlay === 'cells' ? cellOutline(support) : contourOf(support, undefined, perCell(support, POINTS));
  return lines.map(pathOf).join('');
}

const pathOf = (line: Line): string =>
  line.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${x.toFixed(3)} ${y.toFixed(3)}`).join('');

/** The lines between the cells. */
export function gridPath({ width, height }: Pick<Support, 'width' | 'height'>): string {
  const across = Array.from({ length: height - 1 }, (_, i) => `M0 ${i + 1}H${width}`);
  const down = Array.from({ length: width - 1 }, (_, i) => `M${i + 1} 0V${height}`);
  return [...across, ...down].join('');
}
