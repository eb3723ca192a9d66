import { BitError, throwIfAborted } from '../bit/errors.ts';
import { formatName, type ImageHeader, readImageHeader } from '../bit/image/header.ts';
import { type ExifOrientation, isExifOrientation, orient } from '../bit/image/orient.ts';
import { decodePng } from '../bit/image/png.ts';
import type { Raster } from '../bit/image/raster.ts';
import { toRgb } from '../bit/image/rgb.ts';

/** Above this the page asks first: 50 MP take about 200 MB of pixels and a second. */
export const ASK_PIXELS = 50e6;
/** Refused before decoding: 100 MP are 400 MB of RGBA, and twice that while the canvas holds them too. */
const MAX_PIXELS = 100e6;
/** No larger side fits a canvas of Chromium; a 1 MB PNG of 16,384 squared took 1.15 GB to decode. */
const MAX_SIDE = 16_384;

export interface DecodeOptions {
  /** 'pipeline' turns by EXIF and converts to RGB, as transformers' load_image; 'processor' leaves the file's own mode. */
  readonly load: 'pipeline' | 'processor';
  readonly signal?: AbortSignal | undefined;
  /** Under 'pipeline', used instead of the file's own EXIF orientation. */
  readonly orientation?: number | undefined;
}

interface Stored {
  readonly raster: Raster;
  readonly orientation: ExifOrientation;
}

/**
 * Decodes a picture, in a worker or a page; of an animation the first frame. A PNG with alpha, palette, other than 8
 * bits, or EXIF goes through png.ts, which is exact where a canvas is not. The rest is the browser's, without colour
 * management: RGB, under 'processor' 'L' for gray JPEG and PNG.
 * Throws BitError: `image-unreadable` (no picture, broken, cut off, or of a format that this browser does not
 * decode), `image-too-large` by the header, before decoding, `memory`, `aborted`.
 */
export async function decodeImage(blob: Blob, name: string, options: DecodeOptions): Promise<Raster> {
  const { load, signal, orientation } = options;
  if (orientation !== undefined && !isExifOrientation(orientation)) {
    throw new BitError('image-mode', `EXIF orientation ${orientation} does not exist`, { file: name });
  }
  throwIfAborted(signal);
  const header = await readImageHeader(blob, name);
  refuseLarge(header, name);
  throwIfAborted(signal);
  const stored: Stored =
    header.format === 'png' && header.plain !== true
      ? await decodePng(new Uint8Array(await blob.arrayBuffer()), name, signal)
      : { raster: await decodedByBrowser(blob, header, name, signal), orientation: header.orientation };
  if (load === 'processor') return stored.raster;
  return toRgb(orient(stored.raster, orientation ?? stored.orientation));
}

/** The header's size against the limits; the page uses it to ask before large pictures. */
export function refuseLarge({ size }: ImageHeader, name: string): void {
  if (size === null) return;
  const { width, height } = size;
  if (width * height <= MAX_PIXELS && width <= MAX_SIDE && height <= MAX_SIDE) return;
  throw new BitError(
    'image-too-large',
    `this picture has ${width} x ${height} pixels; at most ${MAX_PIXELS / 1e6} megapixels and ${MAX_SIDE} a side are read`,
    { file: name },
  );
}

async function decodedByBrowser(
  blob: Blob,
  header: ImageHeader,
  file: string,
  signal: AbortSignal | undefined,
): Promise<Raster> {
  const bitmap = await bitmapOf(upright(blob, header), header, file);
  try {
    throwIfAborted(signal);
    const { width, height } = bitmap;
    refuseLarge({ ...header, size: { width, height } }, file);
    const data = pixelsOf(bitmap, file);
    const base: Raster = { mode: 'RGB', width, height, channels: 4, data };
    if ((header.format === 'jpeg' && header.components === 1) || header.png?.colourType === 0)
      return { ...base, mode: 'L' };
    const convertedFrom = lostMode(header, data);
    return convertedFrom === null ? base : { ...base, convertedFrom };
  } finally {
    bitmap.close();
  }
}

/**
 * The same file with its EXIF block renamed. createImageBitmap's `imageOrientation: 'none'` is an alias of
 * 'from-image', and browsers disagree about WebP; this way none of them turns the picture, and orient.ts does.
 */
function upright(blob: Blob, { exifAt, orientation }: ImageHeader): Blob {
  if (exifAt === undefined || orientation === 1) return blob;
  return new Blob([blob.slice(0, exifAt), 'x', blob.slice(exifAt + 1)]);
}

async function bitmapOf(blob: Blob, { format }: ImageHeader, file: string): Promise<ImageBitmap> {
  try {
    return await createImageBitmap(blob, { colorSpaceConversion: 'none', premultiplyAlpha: 'none' });
  } catch (cause) {
    const common = format === 'tiff' || format === 'heif' || format === 'avif';
    const why = common
      ? `this browser does not decode this ${formatName(format)} picture; JPEG, PNG and WebP work everywhere`
      : `this ${formatName(format)} picture is damaged or cut off`;
    throw new BitError('image-unreadable', why, { file, cause });
  }
}

function pixelsOf(bitmap: ImageBitmap, file: string): Uint8ClampedArray {
  try {
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d', {
      willReadFrequently: true,
    });
    if (context === null) throw new Error('no 2d context');
    context.drawImage(bitmap, 0, 0);
    return context.getImageData(0, 0, bitmap.width, bitmap.height).data;
  } catch (cause) {
    throw new BitError('memory', `this browser has no room for ${bitmap.width} x ${bitmap.height} pixels`, {
      file,
      cause,
    });
  }
}

/** What Pillow would have opened in another mode than RGB, and a canvas cannot give back. */
function lostMode({ format, components }: ImageHeader, rgba: Uint8ClampedArray): string | null {
  if (format === 'gif') return 'GIF';
  if (format === 'jpeg' && components === 4) return 'CMYK JPEG';
  if (format === 'bmp' && components !== 24 && components !== 32) return `BMP of ${components} bits`;
  if (format === 'jpeg' || format === 'png' || format === 'bmp') return null;
  for (let i = 3; i < rgba.length; i += 4)
    if (rgba[i] !== 255) return `${formatName(format)} with transparency`;
  return null;
}
