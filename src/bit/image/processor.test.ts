import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BitError, type BitErrorCode } from '../errors.ts';
import { type ProcessorBackend, parseProcessorConfig, preprocess } from './processor.ts';
import { MODE_CHANNELS, type Raster, type RasterMode } from './raster.ts';

function raster(mode: RasterMode, width: number, height: number, value = 7): Raster {
  const channels = MODE_CHANNELS[mode];
  const Samples = mode === 'I;16' ? Uint16Array : Uint8Array;
  const data = new Samples(width * height * channels).fill(value);
  return { mode, width, height, channels, data, ...(mode === 'P' ? { palette: new Uint8Array(768) } : {}) };
}

function refusal(image: Raster, config: unknown, backend: ProcessorBackend): [BitErrorCode, string] {
  try {
    preprocess(image, parseProcessorConfig(config), backend);
  } catch (error) {
    if (error instanceof BitError) return [error.code, error.message];
    throw error;
  }
  throw new Error('it was accepted');
}

describe('what the network sees', () => {
  it('is the centre of the picture', () => {
    const config = parseProcessorConfig({ size: 50, crop_size: 40 });
    const { seen, shape } = preprocess(raster('RGB', 400, 200), config, 'torchvision');
    expect(shape).toEqual([1, 3, 40, 40]);
    expect(seen).toEqual({ left: 120, top: 20, width: 160, height: 160 });
  });
  it('reaches outside where the crop is padded', () => {
    const config = parseProcessorConfig({ do_resize: false, crop_size: { height: 10, width: 20 } });
    expect(preprocess(raster('L', 15, 15), config, 'pil').seen).toEqual({
      left: -3,
      top: 2,
      width: 20,
      height: 10,
    });
    expect(preprocess(raster('L', 15, 15), config, 'torchvision').seen).toEqual({
      left: -2,
      top: 2,
      width: 20,
      height: 10,
    });
  });
  it('is everything without a crop', () => {
    const config = parseProcessorConfig({ size: [5, 9], do_center_crop: false });
    expect(preprocess(raster('RGB', 31, 17), config, 'pil').seen).toEqual({
      left: 0,
      top: 0,
      width: 31,
      height: 17,
    });
  });
});

describe('preprocess', () => {
  it('gives the same values whether the whole image is resized or only what the crop keeps', () => {
    const sides = fc.integer({ min: 1, max: 60 });
    fc.assert(
      fc.property(
        fc.constantFrom('pil' as const, 'torchvision' as const),
        fc.constantFrom(0, 1, 2, 3),
        fc.constantFrom<RasterMode>('RGB', 'L', 'RGBA', 'I;16'),
        fc.tuple(sides, sides, sides, sides, sides),
        (backend, resample, mode, [width, height, size, cropHeight, cropWidth]) => {
          const image = raster(mode, width, height);
          for (let i = 0; i < image.data.length; i++) image.data[i] = (i * 2654435761) >>> 24;
          const config = parseProcessorConfig({ size, resample, crop_size: [cropHeight, cropWidth] });
          const whole = preprocess(image, config, backend, { keepResized: true });
          expect(preprocess(image, config, backend)).toEqual({ ...whole, resized: null });
          expect(whole.resized?.data.length).toBe(
            (whole.resized?.width ?? 0) * (whole.resized?.height ?? 0) * 3,
          );
        },
      ),
      { numRuns: 150 },
    );
  });
  it('reads the RGBA of a canvas as RGB without its fourth sample', () => {
    const rgbx: Raster = {
      ...raster('RGB', 9, 9),
      channels: 4,
      data: Uint8Array.from({ length: 324 }, (_, i) => (i * 37) & 255),
    };
    const rgb: Raster = {
      ...raster('RGB', 9, 9),
      data: rgbx.data.filter((_, i) => i % 4 !== 3) as Uint8Array,
    };
    for (const do_resize of [true, false]) {
      const config = parseProcessorConfig({ size: 5, crop_size: 4, do_resize, do_convert_rgb: false });
      expect(preprocess(rgbx, config, 'pil').data).toEqual(preprocess(rgb, config, 'pil').data);
    }
  });
  it('pads after normalizing, with zeros', () => {
    const config = parseProcessorConfig({
      size: 2,
      crop_size: 2,
      do_pad: true,
      pad_size: [2, 3],
      image_mean: 0.5,
      image_std: 0.5,
    });
    const { data, shape } = preprocess(raster('L', 2, 2, 255), config, 'torchvision');
    expect(shape).toEqual([1, 3, 2, 3]);
    expect([...data]).toEqual([1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 0]);
  });
  it('does nothing for do_pad without pad_size', () => {
    expect(preprocess(raster('L', 9, 9), parseProcessorConfig({ do_pad: true }), 'pil').shape).toEqual([
      1, 3, 224, 224,
    ]);
  });
  it('holds 1-bit pictures as 0 and 1 when they are not converted, as numpy does', () => {
    const config = parseProcessorConfig({
      size: 3,
      crop_size: 2,
      do_convert_rgb: false,
      do_rescale: false,
      image_mean: 0,
      image_std: 1,
    });
    expect([...preprocess(raster('1', 6, 6, 255), config, 'pil').data]).toEqual([1, 1, 1, 1]);
  });
  it('takes 16-bit gray without conversion when its values fit a byte', () => {
    const config = parseProcessorConfig({
      size: 3,
      crop_size: 1,
      do_convert_rgb: false,
      do_rescale: false,
      image_mean: 0,
      image_std: 1,
    });
    expect([...preprocess(raster('I;16', 6, 6, 200), config, 'pil').data]).toEqual([200]);
  });
  const plain = { do_resize: false, do_center_crop: false, do_rescale: false, do_convert_rgb: false };
  it('stretches lists of one and single channels in torchvision, as its tensors do', () => {
    const gray = { ...raster('L', 2, 1), data: Uint8Array.of(10, 20) };
    const config = parseProcessorConfig({ ...plain, image_mean: [0, 1, 2], image_std: [2] });
    const { data, shape } = preprocess(gray, config, 'torchvision');
    expect(shape).toEqual([1, 3, 1, 2]);
    expect([...data]).toEqual([5, 10, 4.5, 9.5, 4, 9]);
    const rgb = { ...raster('RGB', 1, 1), data: Uint8Array.of(10, 20, 30) };
    const one = parseProcessorConfig({ ...plain, image_mean: [0], image_std: [10] });
    expect([...preprocess(rgb, one, 'torchvision').data]).toEqual([1, 2, 3]);
  });
  it('takes the width of an RGBA picture 3 pixels wide for its channels in torchvision', () => {
    const rgba = { ...raster('RGBA', 3, 2), data: Uint8Array.from({ length: 24 }, (_, i) => i) };
    const config = parseProcessorConfig({ ...plain, do_normalize: false });
    const { data, shape } = preprocess(rgba, config, 'torchvision');
    expect(shape).toEqual([1, 3, 4, 2]);
    // [4, 2, 3] permuted to [3, 4, 2]: channel = column, row = sample of the pixel, column = row
    expect([...data.subarray(0, 8)]).toEqual([0, 12, 1, 13, 2, 14, 3, 15]);
    expect([...data.subarray(16)]).toEqual([8, 20, 9, 21, 10, 22, 11, 23]);
  });
  it('follows the reference to infinity where std is 0', () => {
    const config = parseProcessorConfig({ size: 3, crop_size: 1, image_mean: 0, image_std: 0 });
    for (const backend of ['pil', 'torchvision'] as const) {
      expect(preprocess(raster('L', 6, 6), config, backend).data[0]).toBe(Number.POSITIVE_INFINITY);
    }
  });
});

describe('refusals', () => {
  const gray = { do_convert_rgb: false, image_mean: 0.5, image_std: 0.5 };
  it.for([
    ['box in torchvision', 'torchvision', 'RGB', { resample: 4 }, 'config-field', /resample 4 \(box\)/],
    [
      'hamming in torchvision',
      'torchvision',
      'RGB',
      { resample: 5 },
      'config-field',
      /resample 5 \(hamming\)/,
    ],
    [
      'three means for one channel',
      'pil',
      'L',
      { do_convert_rgb: false },
      'config-conflict',
      /image_mean has 3 values .* 1 channel$/,
    ],
    [
      'one std for three channels in PIL',
      'pil',
      'RGB',
      { image_std: [0.5] },
      'config-conflict',
      /image_std has 1 value .* 3 channels$/,
    ],
    [
      'two means for three channels',
      'torchvision',
      'RGB',
      { image_mean: [0.5, 0.5] },
      'config-conflict',
      /image_mean has 2 values .* 3 channels$/,
    ],
    [
      'three stds for a gray picture of one mean',
      'torchvision',
      'L',
      { do_convert_rgb: false, image_mean: 0.5, image_std: [1, 2, 3] },
      'config-conflict',
      /image_std has 3 values .* 1 channel$/,
    ],
    ['RGBA in torchvision', 'torchvision', 'RGBA', gray, 'image-mode', /do_convert_rgb.*RGBA/],
    ['LA in torchvision', 'torchvision', 'LA', gray, 'image-mode', /do_convert_rgb.*LA/],
    ['1-bit in torchvision', 'torchvision', '1', gray, 'image-mode', /1-bit/],
    ['16-bit in torchvision', 'torchvision', 'I;16', gray, 'image-mode', /16-bit/],
    [
      'rescale_factor 0 in torchvision',
      'torchvision',
      'RGB',
      { rescale_factor: 0 },
      'config-field',
      /rescale_factor/,
    ],
    [
      'std 0 without rescale in torchvision',
      'torchvision',
      'RGB',
      { do_rescale: false, image_std: [1, 0, 1] },
      'config-field',
      /image_std/,
    ],
    [
      'a pad_size below the image',
      'pil',
      'RGB',
      { do_pad: true, pad_size: 100 },
      'config-conflict',
      /pad_size 100x100/,
    ],
    ['a result past the limit', 'pil', 'RGB', { crop_size: 16000 }, 'memory', /16000x16000/],
  ] as const)('%s', ([, backend, mode, config, code, message]) => {
    expect(refusal(raster(mode, 20, 10), config, backend)).toEqual([code, expect.stringMatching(message)]);
  });
  it('16-bit samples above 255 without conversion', () => {
    expect(refusal(raster('I;16', 4, 4, 256), gray, 'pil')).toEqual([
      'image-mode',
      expect.stringContaining('above 255'),
    ]);
  });
  it('a picture whose own mode the decoder lost', () => {
    const image = { ...raster('RGB', 4, 4), convertedFrom: 'CMYK JPEG' };
    expect(refusal(image, gray, 'pil')).toEqual(['image-mode', expect.stringContaining('CMYK JPEG')]);
    expect(preprocess(image, parseProcessorConfig({}), 'pil').shape).toEqual([1, 3, 224, 224]);
  });
  it('a side that would vanish', () => {
    const config = { size: { max_height: 8, max_width: 8 } };
    expect(refusal(raster('RGB', 500, 1), config, 'pil')).toEqual([
      'config-conflict',
      expect.stringContaining('500x1'),
    ]);
  });
  it('a raster whose samples do not fit its size', () => {
    expect(refusal({ ...raster('RGB', 4, 4), width: 5 }, {}, 'pil')[0]).toBe('internal');
  });
});
