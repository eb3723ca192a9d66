import type { Pixels } from './resample.ts';
import { multiplied } from './rgb.ts';

/** Colour times alpha (Pillow's La and RGBa; the last channel is alpha): so transparent pixels bleed no colour when averaged. */
export function premultiplied({ data, width, height, channels, stride }: Pixels): Pixels {
  const out = new Uint8Array(width * height * channels);
  for (let p = 0, o = 0; o < out.length; p += stride, o += channels) {
    const alpha = data[p + channels - 1] ?? 0;
    for (let c = 0; c < channels - 1; c++) out[o + c] = multiplied(data[p + c] ?? 0, alpha);
    out[o + channels - 1] = alpha;
  }
  return { data: out, width, height, channels, stride: channels };
}

/** The way back (libImaging/Convert.c, rgba2rgbA): truncated, clipped; fully opaque and fully transparent pixels stay. */
export function unmultiplied({ data, width, height, channels, stride }: Pixels): Pixels {
  const out = new Uint8ClampedArray(width * height * channels);
  for (let p = 0, o = 0; o < out.length; p += stride, o += channels) {
    const alpha = data[p + channels - 1] ?? 0;
    for (let c = 0; c < channels - 1; c++) {
      const v = data[p + c] ?? 0;
      out[o + c] = alpha === 0 || alpha === 255 ? v : Math.trunc((255 * v) / alpha);
    }
    out[o + channels - 1] = alpha;
  }
  return { data: out, width, height, channels, stride: channels };
}
