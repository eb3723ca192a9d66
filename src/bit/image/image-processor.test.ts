/// <reference types="node" />
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BitImageProcessor, BitImageProcessorPil, type ImageInput } from './image-processor.ts';
import { orient } from './orient.ts';
import { decodePng } from './png.ts';
import { toRgb } from './rgb.ts';

const roots = [
  join(import.meta.dirname, '../../../e2e/fixtures/models'),
  join(process.env.BIT_LENS_SHARED ?? '../shared', 'golden/models'),
].filter((root) => existsSync(root));
const cases = roots.flatMap((root) => readdirSync(root).map((name) => join(root, name)));

interface Expected {
  readonly images: readonly {
    readonly file: string;
    readonly load: 'pipeline' | 'processor';
    readonly backend: 'torchvision' | 'pil';
    readonly preprocessor_config?: string;
    readonly pixel_values: { readonly file: string; readonly shape: readonly number[] };
  }[];
}

async function picture(path: string, load: 'pipeline' | 'processor'): Promise<ImageInput> {
  const { raster, orientation } = await decodePng(new Uint8Array(readFileSync(path)), path);
  return load === 'processor' ? raster : toRgb(orient(raster, orientation));
}

describe.each(cases)('%s', (dir) => {
  const { images } = JSON.parse(readFileSync(join(dir, 'expected.json'), 'utf8')) as Expected;
  it.each(images)('$file by $backend', async ({ file, load, backend, pixel_values, ...more }) => {
    const name = more.preprocessor_config ?? 'preprocessor_config.json';
    const json = JSON.parse(readFileSync(join(dir, name), 'utf8'));
    const Processor = backend === 'pil' ? BitImageProcessorPil : BitImageProcessor;
    const processor = await Processor.from_pretrained(json);
    const found = processor.preprocess(await picture(join(dir, file), load)).pixel_values;
    expect(found.dims).toEqual(pixel_values.shape);
    const bytes = new Uint8Array(readFileSync(join(dir, pixel_values.file)));
    const expected = new Float32Array(bytes.buffer);
    const worst = expected.reduce(
      (most, value, i) =>
        Math.max(most, Math.abs((found.data[i] ?? Number.NaN) - value) / Math.max(1, Math.abs(value))),
      0,
    );
    expect(worst).toBeLessThanOrEqual(1e-6);
  });

  it('comes out as it was saved', () => {
    const text = readFileSync(join(dir, 'preprocessor_config.json'), 'utf8');
    const json: Record<string, unknown> = JSON.parse(text);
    if (typeof json.size === 'number') Object.assign(json, { size: { shortest_edge: json.size } });
    if (typeof json.crop_size === 'number')
      Object.assign(json, { crop_size: { height: json.crop_size, width: json.crop_size } });
    for (const Processor of [BitImageProcessor, BitImageProcessorPil]) {
      const processor = Processor.from_dict(JSON.parse(text));
      expect(processor.to_dict()).toEqual(json);
      // key by key as the reference wrote it; some of the set's files have other spaces
      if (!dir.includes('hand_config'))
        expect(processor.to_json_string().replace(/\s/g, '')).toBe(text.replace(/\s/g, ''));
    }
  });
});

const image = (width: number, height: number, value = 255): ImageInput => ({
  width,
  height,
  data: new Uint8ClampedArray(4 * width * height).fill(value),
});

describe('image processors', () => {
  it('have the class defaults', () => {
    expect(new BitImageProcessor().to_dict()).toEqual({
      do_convert_rgb: true,
      do_resize: true,
      size: { shortest_edge: 224 },
      resample: 3,
      do_center_crop: true,
      crop_size: { height: 224, width: 224 },
      do_rescale: true,
      rescale_factor: 1 / 255,
      do_normalize: true,
      image_mean: [0.48145466, 0.4578275, 0.40821073],
      image_std: [0.26862954, 0.26130258, 0.27577711],
      image_processor_type: 'BitImageProcessor',
    });
  });

  it('keep a null that means off, and drop one that is the default', () => {
    const processor = new BitImageProcessor({ do_resize: null, size: null, do_pad: null, pad_size: null });
    const dict = processor.to_dict();
    expect(dict).toMatchObject({ do_resize: null, size: null });
    expect(Object.keys(dict)).not.toContain('do_pad');
    expect(Object.keys(dict)).not.toContain('pad_size');
    expect(new BitImageProcessor({ do_pad: true, pad_size: [300, 320] }).to_dict()).toMatchObject({
      do_pad: true,
      pad_size: { height: 300, width: 320 },
    });
  });

  it('make a batch of pictures, whatever their sizes', () => {
    const processor = new BitImageProcessor({ size: 8, crop_size: 8, do_normalize: false });
    const { pixel_values } = processor.preprocess([image(8, 8, 0), image(20, 16), image(9, 30)]);
    expect(pixel_values.dims).toEqual([3, 3, 8, 8]);
    expect(pixel_values.data.subarray(0, 192).every((v) => v === 0)).toBe(true);
    expect(pixel_values.data.subarray(192).every((v) => v === 1)).toBe(true);
  });

  it.each([
    ['do_resize, do_center_crop', { do_resize: false, do_center_crop: false }, [1, 3, 12, 10]],
    ['size as a number', { size: 6, do_center_crop: false }, [1, 3, 7, 6]],
    ['size as a pair', { size: [6, 9], do_center_crop: null }, [1, 3, 6, 9]],
    ['crop_size', { crop_size: { height: 4, width: 5 }, resample: 0 }, [1, 3, 4, 5]],
    ['pad_size', { do_pad: true, pad_size: 20 }, [1, 3, 20, 20]],
  ] as const)('take overrides for one call: %s', (_, overrides, dims) => {
    const processor = new BitImageProcessorPil({ size: 8, crop_size: 8 });
    expect(processor.preprocess(image(10, 12), overrides).pixel_values.dims).toEqual(dims);
    expect(processor.preprocess(image(10, 12)).pixel_values.dims).toEqual([1, 3, 8, 8]);
  });

  it('normalize by overrides', () => {
    const processor = new BitImageProcessorPil({ size: 8, crop_size: 8, image_mean: 0, image_std: 1 });
    const values = processor.preprocess(image(8, 8), {
      image_mean: [0, 0.5, 1],
      image_std: 0.5,
    }).pixel_values;
    expect([values.data[0], values.data[64], values.data[128]]).toEqual([2, 1, 0]);
  });

  it.each([
    ['an unknown override', image(8, 8), { sise: 8 }, 'config-field'],
    ['a wrong override', image(8, 8), { resample: 9 }, 'config-field'],
    [
      'sizes that make no batch',
      [image(8, 8), image(8, 9)],
      { do_resize: false, do_center_crop: false },
      'input-shape',
    ],
    ['no picture', [], {}, 'input-shape'],
  ])('refuse %s', (_, images, overrides, code) => {
    expect(() => new BitImageProcessor().preprocess(images, overrides as object)).toThrow(
      expect.objectContaining({ name: 'BitError', code }),
    );
  });
});
