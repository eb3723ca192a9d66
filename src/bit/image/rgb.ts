import { BitError } from '../errors.ts';
import { MODE_CHANNELS, type Raster } from './raster.ts';
import type { Pixels } from './resample.ts';

/**
 * Pillow's `convert('RGB')` as 8-bit pixels of 3 channels, or of 1 where all three are equal (gray, 1-bit, 16-bit
 * gray): resampling one gray channel gives the bytes that resampling three equal ones would. Alpha is dropped, not
 * blended; 16-bit gray is clipped at 255, not shifted; palette transparency is ignored. Copies only where it must.
 */
export function rgbPixels(raster: Raster): Pixels {
  const { width, height, channels, data } = raster;
  switch (raster.mode) {
    case 'RGB':
    case 'RGBA':
      return { data: bytes(raster), width, height, channels: 3, stride: channels };
    case '1':
    case 'L':
    case 'LA':
      return { data: bytes(raster), width, height, channels: 1, stride: channels };
    case 'I;16':
      return { data: new Uint8ClampedArray(data), width, height, channels: 1, stride: channels };
    case 'P':
      return { data: lookedUp(raster), width, height, channels: 3, stride: 3 };
    case 'CMYK':
      return { data: fromCmyk(raster), width, height, channels: 3, stride: 3 };
  }
}

/** The picture in mode 'RGB' (see `rgbPixels`). RGBA keeps its bytes: the fourth sample is then to be ignored. */
export function toRgb(raster: Raster): Raster {
  if (raster.mode === 'RGB') return raster;
  const { data, width, height, channels, stride } = rgbPixels(raster);
  if (channels === 3) return { mode: 'RGB', width, height, channels: stride === 4 ? 4 : 3, data };
  const out = new Uint8Array(width * height * 3);
  for (let p = 0, o = 0; o < out.length; p += stride, o += 3) {
    const v = data[p] ?? 0;
    out[o] = v;
    out[o + 1] = v;
    out[o + 2] = v;
  }
  return { mode: 'RGB', width, height, channels: 3, data: out };
}

/** Throws `internal` unless the raster's arrays fit its mode and size: everything after relies on it. */
export function checkRaster(raster: Raster): void {
  const { mode, width, height, channels, data } = raster;
  const sound =
    Number.isInteger(width) &&
    Number.isInteger(height) &&
    width > 0 &&
    height > 0 &&
    channels >= MODE_CHANNELS[mode] &&
    data.length === width * height * channels &&
    (mode === 'I;16') === data instanceof Uint16Array;
  if (!sound) {
    throw new BitError(
      'internal',
      `a ${mode} raster of ${width}x${height}x${channels} has ${data.length} samples`,
    );
  }
}

function bytes({ data, mode }: Raster): Uint8Array | Uint8ClampedArray {
  if (data instanceof Uint16Array) throw new BitError('internal', `a ${mode} raster has 16-bit samples`);
  return data;
}

/** Indices past the palette's end are black, as in Pillow (its palettes have 256 entries). */
function lookedUp({ data, palette, channels, width, height }: Raster): Uint8Array {
  if (palette === undefined) throw new BitError('internal', "a raster of mode 'P' has no palette");
  const out = new Uint8Array(width * height * 3);
  for (let p = 0, o = 0; o < out.length; p += channels, o += 3) {
    const index = (data[p] ?? 0) * 3;
    out[o] = palette[index] ?? 0;
    out[o + 1] = palette[index + 1] ?? 0;
    out[o + 2] = palette[index + 2] ?? 0;
  }
  return out;
}

/** libImaging/Convert.c, cmyk2rgb. */
function fromCmyk({ data, channels, width, height }: Raster): Uint8ClampedArray {
  const out = new Uint8ClampedArray(width * height * 3);
  for (let p = 0, o = 0; o < out.length; p += channels, o += 3) {
    const light = 255 - (data[p + 3] ?? 0);
    for (let c = 0; c < 3; c++) out[o + c] = light - multiplied(data[p + c] ?? 0, light);
  }
  return out;
}

/** a * b / 255, rounded: MULDIV255 of libImaging. */
export function multiplied(a: number, b: number): number {
  const t = a * b + 128;
  return ((t >> 8) + t) >> 8;
}
