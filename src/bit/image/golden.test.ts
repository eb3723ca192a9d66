/// <reference types="node" />
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isExifOrientation, orient } from './orient.ts';
import { decodePng } from './png.ts';
import { parseProcessorConfig, preprocess } from './processor.ts';
import type { Raster } from './raster.ts';
import { toRgb } from './rgb.ts';

interface GoldenImage {
  readonly decoded_rgb_png?: string;
  readonly exif_orientation?: number | null;
  readonly pil_mode: string;
}
interface GoldenCase {
  readonly id: number;
  readonly image: string;
  readonly load: 'pipeline' | 'processor';
  readonly backend: 'torchvision' | 'pil';
  readonly preprocessor_config: unknown;
  readonly note: string;
  readonly pixel_values: { file: string; shape: number[]; processor_dtype: string };
  readonly resized?: { file: string; shape: number[] };
}

/** Two folders of one layout: the full set where it is at hand, and the part of it that is kept here. */
const FOLDERS = [
  ['kept', join(import.meta.dirname, '../../../e2e/fixtures/images'), 48],
  ['all', join(process.env.BIT_LENS_SHARED ?? '../shared', 'golden/images'), 106],
] as const;

function json<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}

async function load(folder: string, image: string, how: GoldenCase['load']): Promise<Raster> {
  const facts = json<Record<string, GoldenImage>>(join(folder, 'images.json'))[image.replace('files/', '')];
  if (facts === undefined) throw new Error(`images.json does not know ${image}`);
  const { raster } = await decodePng(
    new Uint8Array(readFileSync(join(folder, facts.decoded_rgb_png ?? image))),
    image,
  );
  if (facts.decoded_rgb_png === undefined) expect(raster.mode).toBe(facts.pil_mode);
  if (how === 'processor') return raster;
  const orientation = facts.exif_orientation ?? 1;
  if (!isExifOrientation(orientation)) throw new Error(`orientation ${orientation}`);
  return toRgb(orient(raster, orientation));
}

for (const [name, folder, atLeast] of FOLDERS) {
  const there = existsSync(join(folder, 'cases.json'));
  if (!there) console.warn(`reference images (${name}) are not at hand: ${folder}`);
  const cases = there ? json<GoldenCase[]>(join(folder, 'cases.json')) : [];
  describe.skipIf(!there)(`the reference image processors, ${name}`, () => {
    it('has its cases', () => expect(cases.length).toBeGreaterThanOrEqual(atLeast));
    it.for(cases)(
      '$id: $image $load $backend $note',
      async ({ image, load: how, backend, preprocessor_config, ...expected }) => {
        const raster = await load(folder, image, how);
        const config = parseProcessorConfig(preprocessor_config);
        const whole = preprocess(raster, config, backend, { keepResized: true });
        const part = preprocess(raster, config, backend);

        expect(part.resized).toBeNull();
        expect(Buffer.compare(new Uint8Array(part.data.buffer), new Uint8Array(whole.data.buffer))).toBe(0);
        expect(whole.shape).toEqual(expected.pixel_values.shape);
        expect(whole.dtype).toBe(expected.pixel_values.processor_dtype);
        const values = new Float32Array(
          new Uint8Array(readFileSync(join(folder, expected.pixel_values.file))).buffer,
        );
        expect(whole.data.length).toBe(values.length);
        let worst = 0;
        for (const [i, value] of values.entries()) {
          worst = Math.max(
            worst,
            Math.abs((whole.data[i] ?? Number.NaN) - value) / Math.max(1, Math.abs(value)),
          );
        }
        expect(worst).toBeLessThanOrEqual(1e-6);

        if (expected.resized === undefined) {
          expect(whole.resized).toBeNull();
        } else {
          const [height, width, channels] = expected.resized.shape;
          expect(whole.resized).toMatchObject({ height, width, channels });
          expect(
            Buffer.compare(
              whole.resized?.data ?? new Uint8Array(),
              readFileSync(join(folder, expected.resized.file)),
            ),
          ).toBe(0);
        }
      },
    );
  });
}
