import { type PngShape, storedChannels } from './png-shape.ts';
import type { Raster, RasterMode } from './raster.ts';

/** One reduced image of an interlaced picture, or the whole picture (PNG, third edition, 8). */
export interface Pass {
  readonly left: number;
  readonly top: number;
  readonly stepX: number;
  readonly stepY: number;
  readonly width: number;
  readonly height: number;
  /** Bytes of a line without its filter byte. */
  readonly lineBytes: number;
}

const WHOLE = [[0, 0, 1, 1]] as const;
const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/** The passes that hold pixels, in the order of the file. */
export function passesOf(shape: PngShape): Pass[] {
  const bits = shape.depth * storedChannels(shape);
  return (shape.interlaced ? ADAM7 : WHOLE)
    .map(([left, top, stepX, stepY]) => {
      const width = Math.ceil((shape.width - left) / stepX);
      const height = Math.ceil((shape.height - top) / stepY);
      return { left, top, stepX, stepY, width, height, lineBytes: Math.ceil((width * bits) / 8) };
    })
    .filter(({ width, height }) => width > 0 && height > 0);
}

/** Undoes the filter of one line in place (PNG, third edition, 9.2); false when there is no such filter. */
export function unfilter(filter: number, line: Uint8Array, above: Uint8Array, pixelBytes: number): boolean {
  const n = line.length;
  const head = Math.min(pixelBytes, n);
  switch (filter) {
    case 0:
      return true;
    case 1:
      for (let i = pixelBytes; i < n; i++) line[i] = (line[i] as number) + (line[i - pixelBytes] as number);
      return true;
    case 2:
      for (let i = 0; i < n; i++) line[i] = (line[i] as number) + (above[i] as number);
      return true;
    case 3:
      for (let i = 0; i < head; i++) line[i] = (line[i] as number) + ((above[i] as number) >> 1);
      for (let i = pixelBytes; i < n; i++) {
        line[i] = (line[i] as number) + (((line[i - pixelBytes] as number) + (above[i] as number)) >> 1);
      }
      return true;
    case 4:
      for (let i = 0; i < head; i++) line[i] = (line[i] as number) + (above[i] as number);
      for (let i = pixelBytes; i < n; i++) {
        const a = line[i - pixelBytes] as number;
        const b = above[i] as number;
        const c = above[i - pixelBytes] as number;
        const toA = Math.abs(b - c);
        const toB = Math.abs(a - c);
        const toC = Math.abs(a + b - c - c);
        line[i] = (line[i] as number) + (toA <= toB && toA <= toC ? a : toB <= toC ? b : c);
      }
      return true;
    default:
      return false;
  }
}

export interface PixelWriter {
  readonly mode: RasterMode;
  readonly channels: 1 | 2 | 3 | 4;
  readonly data: Uint8Array | Uint16Array;
  /** Puts one unfiltered line of a pass where it belongs. */
  readonly write: (line: Uint8Array, pass: Pass, y: number) => void;
}

/** Allocates the raster of a picture as Pillow 12.3 opens it (PngImagePlugin.py, _MODES) and fills it line by line. */
export function pixelWriter(shape: PngShape): PixelWriter {
  const { width, height, depth, colourType } = shape;
  const stored = storedChannels(shape);
  const place = (pass: Pass, y: number) => (pass.top + y * pass.stepY) * width + pass.left;

  if (depth === 16 && colourType === 0) {
    const data = new Uint16Array(width * height);
    const write: PixelWriter['write'] = (line, pass, y) => {
      for (let x = 0, o = place(pass, y); x < pass.width; x++, o += pass.stepX) {
        data[o] = ((line[2 * x] as number) << 8) | (line[2 * x + 1] as number);
      }
    };
    return { mode: 'I;16', channels: 1, data, write };
  }
  if (depth < 8) {
    const mode = colourType === 3 ? 'P' : depth === 1 ? '1' : 'L';
    const scale = colourType === 3 ? 1 : 255 / (2 ** depth - 1);
    const mask = 2 ** depth - 1;
    const data = new Uint8Array(width * height);
    const write: PixelWriter['write'] = (line, pass, y) => {
      for (let x = 0, o = place(pass, y); x < pass.width; x++, o += pass.stepX) {
        const bit = x * depth;
        data[o] = (((line[bit >> 3] as number) >> (8 - depth - (bit & 7))) & mask) * scale;
      }
    };
    return { mode, channels: 1, data, write };
  }
  // 16-bit gray with alpha becomes RGBA: Pillow has no such mode and widens it.
  const widened = depth === 16 && colourType === 4;
  const channels = widened ? 4 : stored;
  const bytes = depth / 8;
  const data = new Uint8Array(width * height * channels);
  const write: PixelWriter['write'] = (line, pass, y) => {
    if (bytes === 1 && pass.stepX === 1) {
      data.set(line, place(pass, y) * channels);
      return;
    }
    for (let x = 0, o = place(pass, y) * channels; x < pass.width; x++, o += pass.stepX * channels) {
      for (let c = 0; c < channels; c++) {
        const from = widened ? (c === 3 ? 1 : 0) : c;
        data[o + c] = line[(x * stored + from) * bytes] as number;
      }
    }
  };
  const modes: Readonly<Record<1 | 2 | 3 | 4, Raster['mode']>> = {
    1: colourType === 3 ? 'P' : 'L',
    2: 'LA',
    3: 'RGB',
    4: 'RGBA',
  };
  return { mode: modes[channels], channels, data, write };
}
