/** Image Blob -> Raster, by the browser's own decoders. */
import { BitError, type Raster, throwIfAborted } from '../bit/index.ts';

export interface DecodeOptions {
  readonly load: 'pipeline' | 'processor';
  readonly signal?: AbortSignal;
  readonly orientation?: number;
}

/** Decodes to RGBA pixels, upright for 'pipeline'. Throws 'image-unreadable' or 'aborted'. */
export async function decodeImage(blob: Blob, name: string, { load, signal }: DecodeOptions): Promise<Raster> {
  throwIfAborted(signal);
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(blob, {
      colorSpaceConversion: 'none',
      premultiplyAlpha: 'none',
      imageOrientation: load === 'pipeline' ? 'from-image' : ('none' as ImageOrientation),
    });
  } catch (cause) {
    throw new BitError('image-unreadable', 'is not a picture this browser can read, or it is damaged', { file: name, cause });
  }
  try {
    const { width, height } = bitmap;
    const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
    if (!context) throw new BitError('memory', 'no canvas could be made for it', { file: name });
    context.drawImage(bitmap, 0, 0);
    return { mode: 'RGBA', width, height, channels: 4, data: context.getImageData(0, 0, width, height).data };
  } finally {
    bitmap.close();
  }
}
