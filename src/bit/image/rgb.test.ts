import { describe, expect, it } from 'vitest';
import { premultiplied, unmultiplied } from './alpha.ts';
import type { Raster } from './raster.ts';
import { toRgb } from './rgb.ts';

function rgbOf(raster: Omit<Raster, 'width' | 'height'>): number[] {
  const { mode, data, channels, width } = toRgb({
    ...raster,
    width: raster.data.length / raster.channels,
    height: 1,
  });
  expect(mode).toBe('RGB');
  expect(data.length).toBe(width * channels);
  return Array.from({ length: width }, (_, i) => [...data.subarray(i * channels, i * channels + 3)]).flat();
}

describe('conversion to RGB as Pillow 12.3 does it', () => {
  it('repeats gray and drops alpha, blending nothing', () => {
    expect(rgbOf({ mode: 'L', channels: 1, data: Uint8Array.of(0, 9, 255) })).toEqual([
      0, 0, 0, 9, 9, 9, 255, 255, 255,
    ]);
    expect(rgbOf({ mode: 'LA', channels: 2, data: Uint8Array.of(9, 0, 200, 255) })).toEqual([
      9, 9, 9, 200, 200, 200,
    ]);
    expect(rgbOf({ mode: 'RGBA', channels: 4, data: Uint8Array.of(1, 2, 3, 0) })).toEqual([1, 2, 3]);
    expect(rgbOf({ mode: '1', channels: 1, data: Uint8Array.of(0, 255) })).toEqual([0, 0, 0, 255, 255, 255]);
  });
  it('takes gray out of the RGBA of a canvas', () => {
    expect(rgbOf({ mode: 'L', channels: 4, data: Uint8Array.of(7, 8, 9, 255) })).toEqual([7, 7, 7]);
  });
  it('clips 16-bit gray', () => {
    expect(rgbOf({ mode: 'I;16', channels: 1, data: Uint16Array.of(3, 255, 256, 65535) })).toEqual([
      3, 3, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    ]);
  });
  it('looks colours up; past the palette it is black', () => {
    const palette = Uint8Array.of(1, 2, 3, 4, 5, 6);
    expect(rgbOf({ mode: 'P', channels: 1, data: Uint8Array.of(1, 0, 2), palette })).toEqual([
      4, 5, 6, 1, 2, 3, 0, 0, 0,
    ]);
  });
  it('mixes CMYK', () => {
    const data = Uint8Array.of(0, 0, 0, 0, 10, 200, 255, 77, 255, 128, 3, 0, 90, 91, 92, 255);
    expect(rgbOf({ mode: 'CMYK', channels: 4, data })).toEqual([
      255, 255, 255, 171, 38, 0, 0, 127, 252, 0, 0, 0,
    ]);
  });
});

describe('alpha', () => {
  it.for([
    [0, [0, 0, 0], [0, 0, 0]],
    [1, [1, 0, 1], [255, 0, 255]],
    [77, [60, 9, 77], [198, 29, 255]],
    [128, [100, 16, 128], [199, 31, 255]],
    [255, [200, 31, 255], [200, 31, 255]],
  ] as const)('multiplies by alpha %i and divides again as Pillow does', ([alpha, multiplied, back]) => {
    const pixels = { data: Uint8Array.of(200, 31, 255, alpha), width: 1, height: 1, channels: 4, stride: 4 };
    const there = premultiplied(pixels);
    expect([...there.data]).toEqual([...multiplied, alpha]);
    expect([...unmultiplied(there).data]).toEqual([...back, alpha]);
  });
});
