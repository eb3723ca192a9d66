/** Anything that a page may hold a picture in -> what the worker takes, with as little loss as there can be. */
import { BitError, type Raster, rasterOf, throwIfAborted, toRgb } from '../bit/index.ts';
import { decodeImage } from './decode.ts';
import { baseUrl, fetchUrl } from './fetchUrl.ts';

/** A file, an address, decoded pixels, or an element. An element's file is fetched again: its own bytes are exact. */
export type PictureInput =
  | Blob
  | string
  | URL
  | ImageData
  | Raster
  | ImageBitmap
  | HTMLImageElement
  | HTMLCanvasElement
  | OffscreenCanvas;

/** Throws 'network' for an address that cannot be fetched, 'image-unreadable' for an element without pixels, 'aborted'. */
export async function pictureOf(
  input: PictureInput,
  signal: AbortSignal = new AbortController().signal,
): Promise<{ picture: Blob | Raster; name: string }> {
  throwIfAborted(signal);
  if (input instanceof Blob) return { picture: input, name: input instanceof File ? input.name : 'picture' };
  if (typeof input === 'string' || input instanceof URL) return fetched(input, signal);
  if (isImage(input)) return fetched(input.currentSrc || input.src, signal);
  if (input instanceof ImageData || 'mode' in input) return { picture: rasterOf(input), name: 'picture' };
  return { picture: drawn(input), name: 'picture' };
}

/** A picture as the reference's `load_image` gives it: turned by EXIF, in RGB. For an image processor's `preprocess`. */
export async function load_image(input: PictureInput, signal?: AbortSignal): Promise<Raster> {
  const { picture, name } = await pictureOf(input, signal);
  return picture instanceof Blob ? decodeImage(picture, name, { load: 'pipeline', signal }) : toRgb(picture);
}

/** A worker has no elements, and not their classes either. */
const isImage = (input: PictureInput): input is HTMLImageElement =>
  'HTMLImageElement' in globalThis && input instanceof HTMLImageElement;

async function fetched(address: string | URL, signal: AbortSignal): Promise<{ picture: Blob; name: string }> {
  if (address === '') throw new BitError('image-unreadable', 'the element has no picture');
  const url = new URL(address, baseUrl());
  const name = url.protocol === 'data:' ? 'picture' : (url.pathname.split('/').at(-1) ?? 'picture');
  const { blob } = await fetchUrl(url, name, signal, () => undefined);
  return { picture: blob, name };
}

function drawn(source: ImageBitmap | HTMLCanvasElement | OffscreenCanvas): Raster {
  const { width, height } = source;
  try {
    const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
    if (!context) throw new Error('there is no 2d context');
    context.drawImage(source, 0, 0);
    return rasterOf(context.getImageData(0, 0, width, height));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new BitError('image-unreadable', `its pixels cannot be read (${why})`, { cause });
  }
}
