import { BitError } from '../errors.ts';
import { premultiplied, unmultiplied } from './alpha.ts';
import { cropOffset, type Extent, resizedExtent } from './geometry.ts';
import { valueTables } from './normalize.ts';
import type { ProcessorConfig } from './processor-config.ts';
import { MODE_CHANNELS, type Raster } from './raster.ts';
import { type Pixels, type Region, resample } from './resample.ts';
import { checkRaster, rgbPixels } from './rgb.ts';
import { FILTER, type ProcessorBackend } from './weights.ts';

export { type ProcessorConfig, parseProcessorConfig } from './processor-config.ts';
export type { ProcessorBackend } from './weights.ts';

/** Pixels that one result may hold (4096 x 4096, 200 MB of float32): no published BiT takes more than 480 x 480. */
const MAX_RESULT_PIXELS = 2 ** 24;

export interface Preprocessed {
  /** pixel_values, NCHW. */
  readonly data: Float32Array;
  readonly shape: readonly [1, channels: number, height: number, width: number];
  /** 'uint8' when neither rescale nor normalize is on: the reference's network takes no such input. */
  readonly dtype: 'float32' | 'uint8';
  /** The image right after the resize step, HWC; null without that step, or when it was not asked for. */
  readonly resized: {
    readonly data: Uint8Array;
    readonly width: number;
    readonly height: number;
    readonly channels: number;
  } | null;
  /** The part of the input picture that the network sees, in its pixels; reaches outside where the crop was padded. */
  readonly seen: Region;
  /** How much of pixel_values shows that part; the rest are do_pad's zeros, right of and below it. */
  readonly shown: Extent;
}

/**
 * The image processors of BiT: `backend` 'torchvision' is BitImageProcessor, 'pil' is BitImageProcessorPil
 * (transformers 5.18): convert, resize, centre crop, rescale, normalize, pad. Resized bytes are the reference's own;
 * values differ at most by the last bit of float32. Only the part that the crop keeps is resized, unless
 * `keepResized` asks for the whole.
 * Throws BitError: `image-mode` for channels that the processor cannot take, `config-field` or `config-conflict`
 * for settings that cannot be followed on this picture, `memory` for a result past the limit.
 */
export function preprocess(
  image: Raster,
  config: ProcessorConfig,
  backend: ProcessorBackend,
  options: { readonly keepResized?: boolean } = {},
): Preprocessed {
  checkRaster(image);
  const pixels = config.doConvertRgb ? rgbPixels(image) : ownPixels(image, backend);
  const channels = config.doConvertRgb ? 3 : pixels.channels;
  const tables = valueTables(config, backend, channels);

  const full =
    config.doResize && config.size !== null ? resizedExtent(config.size, pixels) : extentOf(pixels);
  const crop = config.doCenterCrop && config.cropSize !== null ? config.cropSize : full;
  const top = cropOffset(backend, full.height, crop.height);
  const left = cropOffset(backend, full.width, crop.width);
  const kept = overlap(full, { top, left, ...crop });
  const result = paddedExtent(config, crop);

  const keepResized = config.doResize && options.keepResized === true;
  const region = keepResized ? { top: 0, left: 0, ...full } : kept;
  refuseLarge(region);
  refuseLarge(result);
  const resized = resize(pixels, full, region, config, backend);

  const data = new Float32Array(tables.length * result.height * result.width);
  for (const [c, table] of tables.entries()) {
    const plane = data.subarray(c * result.height * result.width, (c + 1) * result.height * result.width);
    if (kept.height !== crop.height || kept.width !== crop.width)
      fillCrop(plane, result.width, crop, table[0] ?? 0);
    const from = (kept.top - region.top) * resized.width + (kept.left - region.left);
    const to = (kept.top - top) * result.width + (kept.left - left);
    write(resized, Math.min(c, resized.channels - 1), from, table, plane, result.width, to, kept);
  }

  const perColumn = pixels.width / full.width;
  const perRow = pixels.height / full.height;
  return {
    data,
    shape: [1, tables.length, result.height, result.width],
    dtype: config.doRescale || config.doNormalize ? 'float32' : 'uint8',
    resized: keepResized ? { ...full, channels, data: spread(resized, channels) } : null,
    seen: {
      left: left * perColumn,
      top: top * perRow,
      width: crop.width * perColumn,
      height: crop.height * perRow,
    },
    shown: { height: crop.height, width: crop.width },
  };
}

/** The picture as numpy would see it: no conversion, so as many channels as its mode has. */
function ownPixels(image: Raster, backend: ProcessorBackend): Pixels {
  const { mode, width, height, channels: stride } = image;
  const channels = MODE_CHANNELS[mode];
  const refuse = (why: string) => new BitError('image-mode', `do_convert_rgb is off, and ${why}`);
  if (image.convertedFrom !== undefined) {
    throw refuse(`a ${image.convertedFrom} is only available here converted to RGB`);
  }
  if (backend === 'torchvision' && channels !== 1 && channels !== 3) {
    if (width === 1 || width === 3) return mistaken(image);
    throw refuse(
      `the torchvision processor takes pictures of 1 or 3 channels; a ${mode} picture has ${channels}`,
    );
  }
  if (backend === 'torchvision' && (mode === '1' || mode === 'I;16')) {
    throw refuse(
      `a ${mode === '1' ? '1-bit' : '16-bit'} picture is not 8-bit, as the torchvision resize needs`,
    );
  }
  if (mode === 'I;16' && image.data.some((sample) => sample > 255)) {
    throw refuse('the picture has 16-bit samples above 255, which cannot be resized');
  }
  const data = image.data instanceof Uint16Array ? new Uint8ClampedArray(image.data) : image.data;
  // numpy holds a 1-bit picture as booleans: 0 and 1, not 0 and 255.
  if (mode === '1')
    return { data: Uint8Array.from(data, (v) => Math.min(v, 1)), width, height, channels, stride };
  return { data, width, height, channels, stride };
}

/**
 * Of [channels, height, width], the torchvision processor takes the last for the channels where it is 1 or 3 and the
 * first is not: an RGBA picture 3 pixels wide becomes an RGB one, 4 high and as wide as it was high.
 */
function mistaken({ mode, data, channels: stride, width, height }: Raster): Pixels {
  const rows = MODE_CHANNELS[mode];
  const out = new Uint8Array(rows * height * width);
  for (let row = 0, o = 0; row < rows; row++)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++, o++) out[o] = data[(y * width + x) * stride + row] ?? 0;
  return { data: out, width: height, height: rows, channels: width, stride: width };
}

function resize(
  pixels: Pixels,
  full: Extent,
  region: Region,
  config: ProcessorConfig,
  backend: ProcessorBackend,
): Pixels {
  const filter = config.resample ?? FILTER.nearest; // only without do_resize, where the size stays
  if (backend === 'torchvision' && config.doResize && (filter === FILTER.box || filter === FILTER.hamming)) {
    throw new BitError(
      'config-field',
      `resample ${filter} (${filter === FILTER.box ? 'box' : 'hamming'}) exists in the PIL processor only`,
    );
  }
  const options = { backend, filter, region, height: full.height, width: full.width };
  const same = full.height === pixels.height && full.width === pixels.width;
  const hasAlpha = pixels.channels === 2 || pixels.channels === 4;
  if (!hasAlpha || same || filter === FILTER.nearest) return resample(pixels, options);
  return unmultiplied(resample(premultiplied(pixels), options));
}

function extentOf({ height, width }: Extent): Extent {
  return { height, width };
}

function overlap(full: Extent, crop: Region): Region {
  const top = Math.max(crop.top, 0);
  const left = Math.max(crop.left, 0);
  return {
    top,
    left,
    height: Math.min(crop.top + crop.height, full.height) - top,
    width: Math.min(crop.left + crop.width, full.width) - left,
  };
}

function paddedExtent({ doPad, padSize }: ProcessorConfig, crop: Extent): Extent {
  if (!doPad || padSize === null) return crop;
  if (padSize.height < crop.height || padSize.width < crop.width) {
    throw new BitError(
      'config-conflict',
      `pad_size ${padSize.width}x${padSize.height} is smaller than the image, ${crop.width}x${crop.height}`,
    );
  }
  return padSize;
}

function refuseLarge({ height, width }: Extent): void {
  if (height * width > MAX_RESULT_PIXELS) {
    throw new BitError(
      'memory',
      `the processor would make an image of ${width}x${height}: more than ${MAX_RESULT_PIXELS} pixels`,
    );
  }
}

/** What lies outside the picture is 0 before rescale and normalize, so it becomes what a black sample becomes. */
function fillCrop(plane: Float32Array, stride: number, crop: Extent, value: number): void {
  for (let y = 0; y < crop.height; y++) plane.fill(value, y * stride, y * stride + crop.width);
}

function write(
  source: Pixels,
  channel: number,
  from: number,
  table: Float32Array,
  plane: Float32Array,
  stride: number,
  to: number,
  { height, width }: Extent,
): void {
  for (let y = 0; y < height; y++) {
    let p = (from + y * source.width) * source.stride + channel;
    let o = to + y * stride;
    for (let x = 0; x < width; x++, p += source.stride)
      plane[o++] = table[source.data[p] as number] as number;
  }
}

/** Tightly packed samples, a single gray channel repeated where RGB was asked for. */
function spread({ data, channels: own, stride }: Pixels, channels: number): Uint8Array {
  if (own === channels && stride === channels)
    return new Uint8Array(data.buffer, data.byteOffset, data.length);
  const out = new Uint8Array((data.length / stride) * channels);
  for (let p = 0, o = 0; o < out.length; p += stride) {
    for (let c = 0; c < channels; c++) out[o++] = data[p + Math.min(c, own - 1)] as number;
  }
  return out;
}
