/** Where the cells of a network's last feature map lie on its input: seldom where an even grid over it would have them. */
import type { BitConfig } from '../config.ts';
import type { Extent } from '../image/geometry.ts';
import { stageWidths } from '../widths.ts';
import { stageStrides } from './resnetv2.ts';

/** A row of cells along a side: the middle of cell i lies at first + i x step, in parts of the side. */
export interface CellAxis {
  readonly first: number;
  readonly step: number;
}

export interface CellGrid {
  readonly x: CellAxis;
  readonly y: CellAxis;
}

/**
 * The cells of the last feature map, each at the middle of what it sees; strided kernels padded alike on both sides put
 * the first one at the very corner. `input` is the size of pixel_values; `part` the size, in the same pixels, of what the
 * axes are parts of: all of it, or less where zeros were added right of and below the picture.
 */
export function cellGrid(config: BitConfig, input: Extent, part: Extent = input): CellGrid {
  return { x: cellAxis(config, input.width, part.width), y: cellAxis(config, input.height, part.height) };
}

function cellAxis(config: BitConfig, length: number, part: number): CellAxis {
  const same = config.global_padding === 'SAME';
  let n = length;
  /** Middle of the first value, and from one value to the next, pixels. */
  let first = 0.5;
  let step = 1;
  /** Zeros in front of a strided convolution, and what it leaves of n. */
  const strided = (kernel: number): { before: number; left: number } => {
    const pad = config.global_padding === 'VALID' ? 0 : Math.floor(kernel / 2);
    if (!same) return { before: pad, left: Math.floor((n + 2 * pad - kernel) / 2) + 1 };
    const left = Math.ceil(n / 2);
    return { before: Math.floor(Math.max(0, (left - 1) * 2 + kernel - n) / 2), left };
  };

  const stem = strided(7);
  first += (3 - stem.before) * step;
  step *= 2;
  n = stem.left;
  let before = same ? 0 : 1;
  n += 2 * before;
  if (config.embedding_dynamic_padding) {
    before += n % 2;
    n += 1 + (n % 2);
  }
  first += (1 - before) * step; // the pool's middle
  step *= 2;
  n = Math.floor((n - 3) / 2) + 1;

  const strides = stageStrides(config);
  stageWidths(config).forEach((_, i) => {
    if (strides[i]?.stride !== 2 || !config.depths[i]) return;
    // the block adds up a kernel of 3 and a shortcut that takes every other value: halfway between their middles
    const conv = strided(3);
    first += ((1 - conv.before) / 2) * step;
    step *= 2;
    n = conv.left;
  });
  return { first: first / part, step: step / part };
}
