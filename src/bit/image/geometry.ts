import { BitError } from '../errors.ts';
import type { ProcessorBackend } from './weights.ts';

/** Whole pixels. */
export interface Extent {
  readonly height: number;
  readonly width: number;
}

/** The forms of `size` that a resize can follow, in pixels. */
export type ResizeSize =
  | Extent
  | { readonly shortestEdge: number; readonly longestEdge: number | null }
  | { readonly maxHeight: number; readonly maxWidth: number };

/**
 * Size after resizing (transformers 5.18, image_transforms.py): lengths are truncated, not rounded.
 * Throws `config-conflict` when a side would vanish.
 */
export function resizedExtent(size: ResizeSize, { height, width }: Extent): Extent {
  const extent = unchecked(size, height, width);
  if (extent.height < 1 || extent.width < 1) {
    throw new BitError(
      'config-conflict',
      `size leaves no pixel of a picture of ${width}x${height}: it would become ${extent.width}x${extent.height}`,
    );
  }
  return extent;
}

function unchecked(size: ResizeSize, height: number, width: number): Extent {
  if ('maxHeight' in size) {
    const scale = Math.min(size.maxHeight / height, size.maxWidth / width);
    return { height: Math.trunc(height * scale), width: Math.trunc(width * scale) };
  }
  if (!('shortestEdge' in size)) return size;
  const short = Math.min(height, width);
  const long = Math.max(height, width);
  let edge = size.shortestEdge;
  // Where longestEdge decides, the long side follows from the short one before that was rounded.
  let unrounded = edge;
  if (size.longestEdge !== null && (long / short) * edge > size.longestEdge) {
    unrounded = (size.longestEdge * short) / long;
    edge = roundHalfEven(unrounded);
  }
  if (size.longestEdge !== null && short === edge) return { height, width };
  const other = Math.trunc((unrounded * long) / short);
  return width < height ? { height: other, width: edge } : { height: edge, width: other };
}

/** Python's round(). */
function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}

/**
 * First row (column) of a centre crop in the resized image; negative where the crop is larger and gets padded.
 * An odd difference leaves its extra padding at the top/left in the PIL backend, at the bottom/right in torchvision's.
 */
export function cropOffset(backend: ProcessorBackend, length: number, crop: number): number {
  const floor = Math.floor((length - crop) / 2);
  const odd = (length - crop) % 2 !== 0;
  return backend === 'torchvision' && floor < 0 && odd ? floor + 1 : floor;
}
