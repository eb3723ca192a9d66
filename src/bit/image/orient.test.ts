import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ExifOrientation, isExifOrientation, orient } from './orient.ts';
import type { Raster } from './raster.ts';

/** Samples a b c over d e f, as PIL.ImageOps.exif_transpose turns them. */
const TURNED: Readonly<Record<ExifOrientation, readonly [width: number, samples: string]>> = {
  1: [3, 'abcdef'],
  2: [3, 'cbafed'],
  3: [3, 'fedcba'],
  4: [3, 'defabc'],
  5: [2, 'adbecf'],
  6: [2, 'daebfc'],
  7: [2, 'fcebda'],
  8: [2, 'cfbead'],
};

function raster(width: number, height: number, channels: Raster['channels'], data: Uint8Array): Raster {
  return { mode: 'RGB', width, height, channels, data };
}

const orientations = [1, 2, 3, 4, 5, 6, 7, 8] as const;

describe('orient', () => {
  it.for(orientations)('turns by orientation %i', (orientation) => {
    const [width, letters] = TURNED[orientation];
    for (const channels of [1, 3, 4] as const) {
      const samples = (text: string) =>
        Uint8Array.from(
          [...text].flatMap((c) => [0, 1, 2, 3].slice(0, channels).map((k) => c.charCodeAt(0) + 7 * k)),
        );
      const turned = orient(raster(3, 2, channels, samples('abcdef')), orientation);
      expect([turned.width, turned.height]).toEqual([width, 6 / width]);
      expect([...turned.data]).toEqual([...samples(letters)]);
    }
  });

  it('keeps 16-bit samples', () => {
    const turned = orient(
      { mode: 'I;16', width: 2, height: 1, channels: 1, data: Uint16Array.of(7, 65535) },
      3,
    );
    expect(turned.data).toEqual(Uint16Array.of(65535, 7));
  });

  it('is undone by its inverse, past the edges of a tile too', () => {
    const inverse: Readonly<Record<ExifOrientation, ExifOrientation>> = {
      1: 1,
      2: 2,
      3: 3,
      4: 4,
      5: 5,
      6: 8,
      7: 7,
      8: 6,
    };
    fc.assert(
      fc.property(
        fc.constantFrom(...orientations),
        fc.integer({ min: 1, max: 70 }),
        fc.integer({ min: 1, max: 70 }),
        (o, w, h) => {
          const data = Uint8Array.from({ length: w * h * 4 }, (_, i) => (i * 2654435761) >>> 24);
          expect([...orient(orient(raster(w, h, 4, data), o), inverse[o]).data]).toEqual([...data]);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('knows which numbers are orientations', () => {
    expect([0, 1, 8, 9, 1.5, Number.NaN].map(isExifOrientation)).toEqual([
      false,
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});
