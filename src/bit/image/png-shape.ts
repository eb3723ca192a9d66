import { BitError } from '../errors.ts';
import type { BlobWindow } from './window.ts';

/** What IHDR says (PNG, third edition, 11.2.1). */
export interface PngShape {
  readonly width: number;
  readonly height: number;
  readonly depth: 1 | 2 | 4 | 8 | 16;
  /** 0 gray, 2 RGB, 3 palette, 4 gray with alpha, 6 RGBA. */
  readonly colourType: 0 | 2 | 3 | 4 | 6;
  readonly interlaced: boolean;
}

const DEPTHS: Readonly<Record<PngShape['colourType'], readonly number[]>> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
};

/** Reads IHDR from the file's first bytes. Throws `image-unreadable` when it is cut off or no PNG can have it. */
export function pngShape(bytes: Uint8Array, file: string): PngShape {
  const refuse = (why: string) =>
    new BitError('image-unreadable', `this PNG picture cannot be read: ${why}`, { file });
  if (bytes.length < 33) throw refuse('the file ends in its header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(8) !== 13 || view.getUint32(12) !== 0x49484452)
    throw refuse('it does not begin with IHDR');
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const [depth, colourType, compression, filter, interlace] = bytes.subarray(24, 29);
  if (width < 1 || height < 1) throw refuse(`its size is ${width}x${height}`);
  if (
    compression !== 0 ||
    filter !== 0 ||
    (interlace !== 0 && interlace !== 1) ||
    !isKind(colourType, depth)
  ) {
    throw refuse('its header holds values that no PNG has');
  }
  return {
    width,
    height,
    depth: depth as PngShape['depth'],
    colourType: colourType as PngShape['colourType'],
    interlaced: interlace === 1,
  };
}

function isKind(colourType: number | undefined, depth: number | undefined): boolean {
  const depths = Object.entries(DEPTHS).find(([type]) => Number(type) === colourType)?.[1];
  return depth !== undefined && depths?.includes(depth) === true;
}

/** Samples per pixel as stored. */
export function storedChannels({ colourType }: PngShape): 1 | 2 | 3 | 4 {
  return ({ 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 } as const)[colourType];
}

/** Chunks looked at before the pixels: real files have about ten. */
const MAX_CHUNKS = 1024;

/**
 * True for opaque gray or RGB of 8 bits without EXIF: what a canvas reproduces to the byte, and faster than png.ts.
 * tRNS has to stand before the pixels; EXIF may also stand behind them, so the file's end is looked at too.
 */
export async function isPlainPng(window: BlobWindow, { depth, colourType }: PngShape): Promise<boolean> {
  if (depth !== 8 || (colourType !== 0 && colourType !== 2)) return false;
  let offset = 8;
  for (let i = 0; i < MAX_CHUNKS; i++) {
    const head = await window.read(offset, 8);
    if (head.length < 8) return false;
    const type = String.fromCharCode(...head.subarray(4, 8));
    if (type === 'tRNS' || type === 'eXIf') return false;
    if (type === 'IDAT') return !(await window.tail()).includes('eXIf');
    offset += 12 + new DataView(head.buffer, head.byteOffset, 8).getUint32(0);
  }
  return false;
}
