import { BitError } from '../errors.ts';
import { boxedHeader } from './header-boxes.ts';
import { jpegHeader } from './header-jpeg.ts';
import { webpHeader } from './header-webp.ts';
import type { ExifOrientation } from './orient.ts';
import { isPlainPng, type PngShape, pngShape } from './png-shape.ts';
import { BlobWindow } from './window.ts';

export type ImageFormat = 'jpeg' | 'png' | 'webp' | 'gif' | 'bmp' | 'avif' | 'heif' | 'tiff';

/** What the first bytes of a picture say. Nothing of it is proven: the decoder has the last word. */
export interface ImageHeader {
  readonly format: ImageFormat;
  /** As stored, before any orientation; null where the format is only recognized, so that it can be named. */
  readonly size: { readonly width: number; readonly height: number } | null;
  /** From EXIF; 1 for PNG, whose reader takes it from the whole file. */
  readonly orientation: ExifOrientation;
  /** Place of the EXIF block's name in a JPEG or WebP file: with that byte spoiled no browser turns the picture. */
  readonly exifAt?: number;
  readonly png?: PngShape;
  /** A PNG that a canvas reproduces to the byte. */
  readonly plain?: boolean;
  /** Components of a JPEG (1 gray, 3 colour, 4 CMYK), bits per pixel of a BMP. */
  readonly components?: number;
}

/** The header of a format whose numbers lie at fixed places in the first bytes. */
function fixedHeader(head: Uint8Array, file: string): ImageHeader | null {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const text = (from: number, length: number) => String.fromCharCode(...head.subarray(from, from + length));
  if (text(0, 8) === '\x89PNG\r\n\x1a\n') {
    const png = pngShape(head, file);
    return { format: 'png', size: { width: png.width, height: png.height }, orientation: 1, png };
  }
  if (/^GIF8[79]a$/.test(text(0, 6)) && head.length >= 10) {
    return {
      format: 'gif',
      size: { width: view.getUint16(6, true), height: view.getUint16(8, true) },
      orientation: 1,
    };
  }
  if (text(0, 2) === 'BM' && head.length >= 30) {
    const core = view.getUint32(14, true) === 12; // OS/2 header: 16-bit sizes
    const width = core ? view.getUint16(18, true) : view.getInt32(18, true);
    const height = core ? view.getUint16(20, true) : Math.abs(view.getInt32(22, true)); // negative: top down
    return {
      format: 'bmp',
      size: { width, height },
      orientation: 1,
      components: view.getUint16(core ? 24 : 28, true),
    };
  }
  if (text(0, 4) === 'II*\0' || text(0, 4) === 'MM\0*') return { format: 'tiff', size: null, orientation: 1 };
  return null;
}

/**
 * Format, size and orientation from a picture's first bytes, read in bounded slices.
 * Throws `image-unreadable` when it is no picture (the message says what it looks like instead) or its header is
 * cut off or senseless.
 */
export async function readImageHeader(blob: Blob, file: string): Promise<ImageHeader> {
  if (blob.size === 0) throw new BitError('image-unreadable', 'the file is empty', { file });
  const window = new BlobWindow(blob);
  const head = await window.read(0, 64);
  const header =
    fixedHeader(head, file) ??
    (await jpegHeader(window)) ??
    (await webpHeader(window)) ??
    (await boxedHeader(window));
  if (header?.png !== undefined) return { ...header, plain: await isPlainPng(window, header.png) };
  if (header === null)
    throw new BitError('image-unreadable', `this is no picture but ${looksLike(head)}`, { file });
  if (header.size !== null && (header.size.width < 1 || header.size.height < 1)) {
    throw new BitError(
      'image-unreadable',
      `this ${formatName(header.format)} picture ends in its header, or has no pixels`,
      { file },
    );
  }
  return header;
}

/** For people. */
export function formatName(format: ImageFormat): string {
  return format === 'webp' ? 'WebP' : format.toUpperCase();
}

const OTHER_KINDS: readonly (readonly [start: string, name: string])[] = [
  ['%PDF', 'a PDF document'],
  ['PK', 'a zip archive'],
  ['<svg', 'an SVG drawing'],
  ['<?xml', 'an XML text'],
  ['<', 'a web page or another marked-up text'],
  ['8BPS', 'a Photoshop file'],
  ['\0\0\0\x0cJXL ', 'a JPEG XL picture, which is not read here'],
  ['\xff\x0a', 'a JPEG XL picture, which is not read here'],
  ['\0\0\0\x0cjP', 'a JPEG 2000 picture, which is not read here'],
  ['\0\0\x01\0', 'an icon file, which is not read here'],
];

function looksLike(head: Uint8Array): string {
  const start = String.fromCharCode(...head);
  const known = OTHER_KINDS.find(([prefix]) => start.startsWith(prefix));
  if (known !== undefined) return known[1];
  const printable = head.every((byte) => byte >= 32 || byte === 9 || byte === 10 || byte === 13);
  return printable ? 'a text' : 'a file of an unknown kind';
}
