import { type ExifOrientation, isExifOrientation } from './orient.ts';

const ORIENTATION_TAG = 0x0112;

/**
 * The orientation in an EXIF block (a TIFF header and its first directory; Exif 2.32, 4.6.4), with or without the
 * 'Exif\0\0' in front. 1 where the block is broken or silent, as Pillow takes it.
 */
export function exifOrientation(block: Uint8Array): ExifOrientation {
  const prefixed = block[0] === 0x45 && block[1] === 0x78 && block[4] === 0 && block[5] === 0;
  const tiff = prefixed ? block.subarray(6) : block;
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  if (view.byteLength < 8) return 1;
  const order = view.getUint16(0);
  if (order !== 0x4949 && order !== 0x4d4d) return 1;
  const little = order === 0x4949;
  if (view.getUint16(2, little) !== 42) return 1;
  const directory = view.getUint32(4, little);
  if (directory + 2 > view.byteLength) return 1;
  const count = view.getUint16(directory, little);
  for (
    let entry = directory + 2;
    entry + 12 <= view.byteLength && entry < directory + 2 + count * 12;
    entry += 12
  ) {
    if (view.getUint16(entry, little) !== ORIENTATION_TAG) continue;
    const value = firstUint(view, entry, little);
    return value !== undefined && isExifOrientation(value) ? value : 1;
  }
  return 1;
}

function firstUint(view: DataView, entry: number, little: boolean): number | undefined {
  // Types 1 BYTE, 3 SHORT, 4 LONG: the standard says SHORT, writers use all three.
  const type = view.getUint16(entry + 2, little);
  if (type === 1) return view.getUint8(entry + 8);
  if (type === 3) return view.getUint16(entry + 8, little);
  return type === 4 ? view.getUint32(entry + 8, little) : undefined;
}
