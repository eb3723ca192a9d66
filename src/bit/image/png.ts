import { BitError, throwIfAborted } from '../errors.ts';
import { exifOrientation } from './exif.ts';
import type { ExifOrientation } from './orient.ts';
import { type PixelWriter, passesOf, pixelWriter, unfilter } from './png-lines.ts';
import { type PngShape, pngShape, storedChannels } from './png-shape.ts';
import type { Raster } from './raster.ts';

/*
 * A reader of its own, because what is at hand does not serve: a canvas loses colour under alpha and 16-bit samples,
 * and fast-png 8.0 misreads interlaced pictures of less than 8 bits and inflates without a bound.
 */

type Bytes = Uint8Array<ArrayBuffer>;

interface PngParts {
  readonly shape: PngShape;
  readonly palette: Uint8Array | undefined;
  readonly exif: Uint8Array | undefined;
  readonly data: readonly Bytes[];
}

/**
 * Decodes a PNG to the mode and samples that Pillow opens it with: gray of 1 bit is '1', of 2 to 8 bits 'L' (scaled
 * to 0..255), of 16 bits 'I;16'; 16-bit colour and alpha lose their low byte; tRNS changes no pixel; of an animation
 * the default image. Memory follows the size that IHDR states, which the caller has to have limited.
 * `orientation` is what an eXIf chunk says; the raster is not turned.
 * Throws BitError `image-unreadable` for a broken or truncated file, `aborted`.
 */
export async function decodePng(
  bytes: Bytes,
  file: string,
  signal?: AbortSignal,
): Promise<{ readonly raster: Raster; readonly orientation: ExifOrientation }> {
  const { shape, palette, exif, data } = pngParts(bytes, file);
  const writer = pixelWriter(shape);
  try {
    await inflateLines(shape, data, writer, signal);
  } catch (cause) {
    throw cause instanceof BitError && cause.code === 'aborted'
      ? cause
      : unreadable(file, 'its pixels are damaged or cut off', cause);
  }
  const { mode, channels } = writer;
  const raster: Raster = { mode, width: shape.width, height: shape.height, channels, data: writer.data };
  return {
    raster: palette === undefined ? raster : { ...raster, palette },
    orientation: exif === undefined ? 1 : exifOrientation(exif),
  };
}

function pngParts(bytes: Bytes, file: string): PngParts {
  const shape = pngShape(bytes, file);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data: Bytes[] = [];
  let palette: Uint8Array | undefined;
  let exif: Uint8Array | undefined;
  for (let offset = 8; offset + 8 <= bytes.length; ) {
    const end = offset + 8 + view.getUint32(offset);
    const type = String.fromCharCode(...bytes.subarray(offset + 4, offset + 8));
    if (type === 'IEND') break;
    const body = bytes.subarray(offset + 8, end);
    if (type === 'IHDR' || type === 'PLTE' || type === 'IDAT') {
      if (end + 4 > bytes.length) throw unreadable(file, 'the file ends too early');
      if (crc32(bytes.subarray(offset + 4, end)) !== view.getUint32(end)) {
        throw unreadable(file, `its ${type} part is damaged (the checksum differs)`);
      }
    }
    if (type === 'IDAT') data.push(body);
    if (type === 'PLTE' && shape.colourType === 3 && body.length <= 768) palette = body;
    if (type === 'eXIf') exif = body;
    offset = end + 4;
  }
  if (data.length === 0) throw unreadable(file, 'the file ends before its pixels');
  if (shape.colourType === 3 && palette === undefined) throw unreadable(file, 'its palette is missing');
  return { shape, palette, exif, data };
}

/** Line by line, and no further than the picture goes, whatever the stream would expand to. */
async function inflateLines(
  shape: PngShape,
  data: readonly Bytes[],
  writer: PixelWriter,
  signal: AbortSignal | undefined,
): Promise<void> {
  const reader = new Blob([...data]).stream().pipeThrough(new DecompressionStream('deflate')).getReader();
  const pixelBytes = Math.max(1, (shape.depth * storedChannels(shape)) / 8);
  let chunk: Uint8Array = new Uint8Array(0);
  for (const pass of passesOf(shape)) {
    // Two lines with their filter bytes, taking turns; the line above the first is all zero.
    let stored = new Uint8Array(pass.lineBytes + 1);
    let above = new Uint8Array(pass.lineBytes + 1);
    for (let y = 0; y < pass.height; y++) {
      for (let filled = 0; filled < stored.length; ) {
        if (chunk.length === 0) {
          throwIfAborted(signal);
          const next = await reader.read();
          if (next.done) throw new RangeError('too few bytes');
          chunk = next.value;
        }
        const part = chunk.subarray(0, stored.length - filled);
        stored.set(part, filled);
        filled += part.length;
        chunk = chunk.subarray(part.length);
      }
      const line = stored.subarray(1);
      if (!unfilter(stored[0] ?? 0, line, above.subarray(1), pixelBytes))
        throw new RangeError('unknown filter');
      writer.write(line, pass, y);
      [stored, above] = [above, stored];
    }
  }
  await reader.cancel();
}

/** CRC-32 of ISO 3309 (PNG, third edition, annex D). */
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

function crc32(bytes: Uint8Array): number {
  let c = -1;
  for (let i = 0; i < bytes.length; i++)
    c = (CRC_TABLE[(c ^ (bytes[i] as number)) & 255] as number) ^ (c >>> 8);
  return ~c >>> 0;
}

function unreadable(file: string, why: string, cause?: unknown): BitError {
  return new BitError('image-unreadable', `this PNG picture cannot be read: ${why}`, { file, cause });
}
