import { exifOrientation } from './exif.ts';
import type { ImageHeader } from './header.ts';
import type { BlobWindow } from './window.ts';

/** Segments looked at before the pixels: real files have tens; a profile split into 64 kB parts has at most 255. */
const MAX_SEGMENTS = 1024;

/**
 * Walks the segments up to the pixels (ITU T.81, annex B): the frame header has the size, APP1 the EXIF block; both may
 * lie megabytes into the file. Null when the file does not begin as a JPEG; a size of 0 when there is no frame header.
 */
export async function jpegHeader(window: BlobWindow): Promise<ImageHeader | null> {
  const start = await window.read(0, 3);
  if (start[0] !== 0xff || start[1] !== 0xd8 || start[2] !== 0xff) return null;
  let size = { width: 0, height: 0 };
  let components = 0;
  let exif: Pick<ImageHeader, 'orientation' | 'exifAt'> | undefined;
  let offset = 2;
  for (let segment = 0; segment < MAX_SEGMENTS; segment++) {
    const head = await window.read(offset, 10);
    const [fill, marker] = head;
    if (head.length < 4 || fill !== 0xff || marker === undefined || marker === 0xda || marker === 0xd9) break;
    if (marker === 0xff) {
      offset += 1; // fill bytes may stand before a marker
      continue;
    }
    if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) {
      offset += 2; // markers without a body
      continue;
    }
    const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
    const length = view.getUint16(2);
    if (length < 2) break;
    if (isFrame(marker) && head.length === 10) {
      size = { height: view.getUint16(5), width: view.getUint16(7) };
      components = view.getUint8(9);
    }
    if (marker === 0xe1 && exif === undefined) {
      const body = await window.read(offset + 4, length - 2);
      if (String.fromCharCode(...body.subarray(0, 6)) === 'Exif\0\0') {
        exif = { orientation: exifOrientation(body), exifAt: offset + 4 };
      }
    }
    offset += 2 + length;
  }
  return { format: 'jpeg', size, components, ...(exif ?? { orientation: 1 }) };
}

/** SOF0..SOF15 without DHT, JPG and DAC. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}
