import type { ImageHeader } from './header.ts';
import type { BlobWindow } from './window.ts';

/** The first bytes hold all boxes that matter: `meta` is written before the pixels and is small. */
const MAX_META = 65_536;

/** Boxes that hold boxes on the way to `ispe`, and the bytes before those (ISO/IEC 14496-12, 23008-12). */
const CONTAINERS: Readonly<Record<string, number>> = { meta: 4, iprp: 0, ipco: 0 };

/**
 * AVIF and HEIF: the size is the largest `ispe` property. The browser applies the container's own rotation, so no
 * orientation is reported. Null when there is no `ftyp` with a brand of either.
 */
export async function boxedHeader(window: BlobWindow): Promise<ImageHeader | null> {
  const bytes = await window.read(0, MAX_META);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = (from: number, length = 4) => String.fromCharCode(...bytes.subarray(from, from + length));
  if (bytes.length < 16 || text(4) !== 'ftyp') return null;
  const brands = text(8, Math.min(view.getUint32(0), 256) - 8);
  const format = /avi[fs]/.test(brands) ? 'avif' : /hei[cxms]|hev[cx]|mif1|msf1/.test(brands) ? 'heif' : null;
  if (format === null) return null;
  let size: { width: number; height: number } | null = null;
  // Entering a container only means stepping over its header, so one walk visits every box.
  for (let offset = 0; offset + 20 <= bytes.length; ) {
    const type = text(offset + 4);
    if (type === 'ispe') {
      const found = { width: view.getUint32(offset + 12), height: view.getUint32(offset + 16) };
      if (size === null || found.width * found.height > size.width * size.height) size = found;
    }
    const length = view.getUint32(offset);
    const inner = CONTAINERS[type];
    if (inner === undefined && length < 8) break;
    offset += inner === undefined ? length : 8 + inner;
  }
  return { format, size, orientation: 1 };
}
