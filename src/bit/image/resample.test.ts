import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Pixels, type Region, resample } from './resample.ts';
import { axisWeights, FILTER, type Filter } from './weights.ts';

function noise(width: number, height: number, stride: number, channels: number, seed: number): Pixels {
  let s = seed;
  const data = Uint8Array.from({ length: width * height * stride }, () => {
    s = (Math.imul(s, 1664525) + 1013904223) | 0;
    return s >>> 24;
  });
  return { data, width, height, channels, stride };
}

/** Straight from the definition: whole picture, then the crop. */
function cropped({ data, width, channels }: Pixels, { left, top, width: w, height: h }: Region): number[] {
  const rows = Array.from({ length: h }, (_, y) => [
    ...data.subarray(((top + y) * width + left) * channels, ((top + y) * width + left + w) * channels),
  ]);
  return rows.flat();
}

const side = fc.oneof(
  fc.integer({ min: 1, max: 40 }),
  fc.integer({ min: 1, max: 3 }),
  fc.integer({ min: 200, max: 320 }),
);
const filters = fc.constantFrom<Filter>(0, 1, 2, 3, 4, 5);

describe('resample', () => {
  it('computes a region to the same bytes as the crop of the whole', () => {
    const layout = fc.constantFrom([1, 1], [3, 3], [4, 3], [4, 4], [2, 2], [4, 1]);
    const span = fc.tuple(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
    );
    fc.assert(
      fc.property(
        fc.constantFrom('pil' as const, 'torchvision' as const),
        filters,
        fc.tuple(side, side, side, side),
        layout,
        fc.tuple(span, span),
        fc.integer(),
        (backend, filter, [inW, inH, width, height], [stride = 1, channels = 1], [[x, w], [y, h]], seed) => {
          const source = noise(inW, inH, stride, channels, seed);
          const left = Math.floor(x * (width - 1));
          const top = Math.floor(y * (height - 1));
          const region = {
            left,
            top,
            width: 1 + Math.floor(w * (width - left - 1)),
            height: 1 + Math.floor(h * (height - top - 1)),
          };
          const whole = resample(source, { backend, filter, width, height });
          const part = resample(source, { backend, filter, width, height, region });
          expect([part.width, part.height, part.channels, part.stride]).toEqual([
            region.width,
            region.height,
            channels,
            channels,
          ]);
          expect([...part.data]).toEqual(cropped(whole, region));
        },
      ),
      { numRuns: 400 },
    );
  });

  it('ignores the samples past the channels that count', () => {
    const rgbx = noise(23, 17, 4, 3, 5);
    const rgb = { ...rgbx, stride: 3, data: rgbx.data.filter((_, i) => i % 4 !== 3) };
    const options = { backend: 'pil', filter: FILTER.bicubic, width: 9, height: 11 } as const;
    expect(resample(rgbx, options).data).toEqual(resample(rgb, options).data);
  });

  it('keeps a flat picture flat, whatever the filter', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('pil' as const, 'torchvision' as const),
        filters,
        side,
        side,
        fc.nat(255),
        (backend, filter, inW, width, v) => {
          const source = {
            data: new Uint8Array(inW * 7).fill(v),
            width: inW,
            height: 7,
            channels: 1,
            stride: 1,
          };
          expect(new Set(resample(source, { backend, filter, width, height: 5 }).data)).toEqual(new Set([v]));
        },
      ),
    );
  });

  it('does not touch a picture that keeps its size', () => {
    const source = noise(12, 5, 3, 3, 9);
    expect([
      ...resample(source, { backend: 'torchvision', filter: FILTER.lanczos, width: 12, height: 5 }).data,
    ]).toEqual([...source.data]);
  });

  it('picks as Pillow picks when it enlarges: the step is added up', () => {
    const source = {
      data: Uint8Array.from({ length: 37 }, (_, i) => i),
      width: 37,
      height: 1,
      channels: 1,
      stride: 1,
    };
    const { data } = resample(source, { backend: 'pil', filter: FILTER.nearest, width: 71, height: 1 });
    // PIL.Image.resize((71, 1), NEAREST) of Pillow 12.3.
    expect([...data.subarray(0, 14), ...data.subarray(33, 38)]).toEqual([
      0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 7, 17, 17, 18, 19, 19,
    ]);
  });

  it('shrinks a tower vertically first, as Pillow does', () => {
    const data = Uint8Array.from({ length: 402 }, (_, i) => (i * i * 7) & 255);
    const tower = { data, width: 2, height: 201, channels: 1, stride: 1 };
    const options = { backend: 'pil', filter: FILTER.bicubic } as const;
    const { data: resized } = resample(tower, { ...options, width: 3, height: 4 });
    // PIL.Image.resize((3, 4), BICUBIC) of Pillow 12.3.
    expect([...resized]).toEqual([137, 136, 135, 139, 134, 129, 139, 134, 129, 137, 134, 130]);
    const widened = resample(tower, { ...options, width: 3, height: 201 });
    expect(resample(widened, { ...options, width: 3, height: 4 }).data).not.toEqual(resized);
  });
});

describe('axisWeights', () => {
  it("takes torchvision's precision from the whole axis, also for a part of it", () => {
    const whole = axisWeights('torchvision', FILTER.lanczos, 50, 31);
    const part = axisWeights('torchvision', FILTER.lanczos, 50, 31, 14, 16);
    expect(part.bits).toBe(whole.bits);
    expect([...part.weight]).toEqual([...whole.weight.subarray(14 * whole.taps, 16 * whole.taps)]);
    expect(Math.max(...whole.weight)).toBeLessThan(32768);
  });
  it('sums to one, as far as rounding allows', () => {
    for (const filter of [1, 2, 3, 4, 5] as const) {
      const { weight, taps, length, bits } = axisWeights('pil', filter, 300, 7);
      for (let i = 0; i < length; i++) {
        const sum = weight.subarray(i * taps, (i + 1) * taps).reduce((a, b) => a + b, 0);
        expect(Math.abs(sum - 2 ** bits)).toBeLessThanOrEqual(taps);
      }
    }
  });
});
