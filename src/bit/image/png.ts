import { BitError, throwIfAborted } from '../errors.ts';
import { exifOrientation } from './exif.ts';
import type { ExifOrientation } from './orient.ts';
import { type PngShape, pngShape } from './png-shape.ts';
import { linesOf, pixelWriter, unfilter } from './png-lines.ts';
import type { Raster } from './raster.ts';

/*
 * A reader of its own, because what is at hand does not serve: a canvas loses colour under alpha and 16-bit samples,
 * and fast-png 8.0 decodes interlaced pictures of less than 8 bits wrongly, refuses pictures for an odd text chunk,
 * and inflates without a bound.
 */

/** Parts of a PNG that make pixels (PNG, third edition, 5 and 11). */
interface PngParts {
  readonly shape: PngShape;
  readonly palette: Uint8Array | undefined;
  readonly exif: Uint8Array | undefined;
  readonly data: readonly Uint8Array<ArrayBuffer>[];
}

/**
 * Decodes a PNG to the mode and samples that Pillow opens it with: gray of 1 bit is '1', of 2 to 8 bits 'L' (scaled
 * to 0..255), of 16 bits 'I;16'; 16-bit colour and alpha lose their low byte; tRNS changes no pixel; of an animation
 * the default image. Memory is bounded by the size that IHDR states, which the caller has to have limited.
 * Throws BitError `image-unreadable` for a broken or truncated file, `aborted`.
 */
export async function decodePng(
  bytes: Uint8Array<ArrayBuffer>,
  file: string,
  signal?: AbortSignal,
): Promise<{ readonly raster: Raster; readonly orientation: ExifOrientation }> {
  const parts = pngParts(bytes, file);
  const { shape, palette } = parts;
  const { width, height } = shape;
  const pixels = pixelWriter(shape);
  await inflateLines(parts, pixels.write, file, signal);
  const raster: Raster = {
    mode: pixels.mode,
    width,
    height,
    channels: pixels.channels,
    data: pixels.data,
    ...(pixels.mode === 'P' && palette !== undefined ? { palette } : {}),
  };
  return { raster, orientation: parts.exif === undefined ? 1 : exifOrientation(parts.exif) };
}

function pngParts(bytes: Uint8Array<ArrayBuffer>, file: string): PngParts {
  const shape = pngShape(bytes, file);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data: Uint8Array<ArrayBuffer>[] = [];
  let palette: Uint8Array | undefined;
  let exif: Uint8Array | undefined;
  let offset = 8;
  while (offset + 8 <= bytes.length) {
    const length = view.getUint32(offset);
    const type = String.fromCharCode(...bytes.subarray(offset + 4, offset + 8));
    const end = offset + 8 + length;
    if (type === 'IEND') break;
    if (type === 'IHDR' || type === 'PLTE' || type === 'IDAT') {
      if (end + 4 > bytes.length) throw unreadable(file, 'the file ends too early');
      if (crc32(bytes.subarray(offset + 4, end)) !== view.getUint32(end)) {
        throw unreadable(file, `its ${type} part is damaged (the checksum differs)`);
      }
    }
    const body = bytes.subarray(offset + 8, Math.min(end, bytes.length));
    if (type === 'IDAT') data.push(body);
    if (type === 'PLTE' && length > 0 && length % 3 === 0 && length <= 768) palette = body;
    if (type === 'eXIf') exif = body;
    offset = end + 4;
  }
  if (data.length === 0) throw unreadable(file, 'the file ends before its pixels');
  if (shape.colourType === 3 && palette === undefined) throw unreadable(file, 'its palette is missing');
  return { shape, palette, exif, data };
}

/** Inflates only as far as the lines of the picture go, whatever the stream would expand to. */
async function inflateLines(
  { shape, data }: PngParts,
  write: ReturnType<typeof pixelWriter>['write'],
  file: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const reader = new Blob([...data]).stream().pipeThrough(new DecompressionStream('deflate')).getReader();
  let chunk = new Uint8Array(0);
  try {
    for (const { pass, y, bytes } of linesOf(shape)) {
      const line = new Uint8Array(bytes + 1);
      let filled = 0;
      while (filled < line.length) {
        if (chunk.length === 0) {
          throwIfAborted(signal);
          const next = await reader.read();
          if (next.done) throw unreadable(file, 'the file ends in the middle of its pixels');
          chunk = next.value;
        }
        const part = chunk.subarray(0, line.length - filled);
        line.set(part, filled);
        filled += part.length;
        chunk = chunk.subarray(part.length);
      }
      write(line, pass, y);
    }
  } finally {
    await reader.cancel();
  }
}

function unreadable(file: string, why: string, cause?: unknown): BitError {
  return new BitError('image-unreadable', `this PNG picture cannot be read: ${why}`, { file, cause });
}
