import { exifOrientation } from './exif.ts';
import type { ImageHeader } from './header.ts';
import type { BlobWindow } from './window.ts';

type Exif = Pick<ImageHeader, 'orientation' | 'exifAt'>;

/** Chunks looked at for EXIF: it follows the frames of an animation, which may be many. */
const MAX_CHUNKS = 1024;

/** WebP container (RFC 9649): VP8X, VP8 or VP8L comes first and has the size. Null when it is no WebP. */
export async function webpHeader(window: BlobWindow): Promise<ImageHeader | null> {
  const head = await window.read(0, 30);
  const text = (from: number) => String.fromCharCode(...head.subarray(from, from + 4));
  if (text(0) !== 'RIFF' || text(8) !== 'WEBP') return null;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  let size = { width: 0, height: 0 };
  let exif: Exif = { orientation: 1 };
  if (head.length === 30 && text(12) === 'VP8 ') {
    size = { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
  } else if (head.length >= 25 && text(12) === 'VP8L') {
    const bits = view.getUint32(21, true);
    size = { width: (bits & 0x3fff) + 1, height: ((bits >> 14) & 0x3fff) + 1 };
  } else if (head.length === 30 && text(12) === 'VP8X') {
    size = { width: (view.getUint32(24, true) & 0xffffff) + 1, height: (view.getUint32(26, true) >>> 8) + 1 };
    if (view.getUint8(20) & 0x08) exif = await exifOf(window);
  }
  return { format: 'webp', size, ...exif };
}

async function exifOf(window: BlobWindow): Promise<Exif> {
  let offset = 12;
  for (let i = 0; i < MAX_CHUNKS && offset < window.size; i++) {
    const head = await window.read(offset, 8);
    if (head.length < 8) break;
    const length = new DataView(head.buffer, head.byteOffset, 8).getUint32(4, true);
    if (String.fromCharCode(...head.subarray(0, 4)) === 'EXIF') {
      return { orientation: exifOrientation(await window.read(offset + 8, length)), exifAt: offset };
    }
    offset += 8 + length + (length % 2);
  }
  return { orientation: 1 };
}
