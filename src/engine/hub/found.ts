import type { Offer, OfferedFile } from '../shelf/protocol.ts';

/** What a look-up knows before it is compared with the shelf. */
export type Found = Omit<Offer, 'onShelf'>;

export interface Asking {
  readonly signal: AbortSignal;
  /** Milliseconds without a byte until a host counts as stalled. */
  readonly idleMs: number;
}

/** Sum of the sizes; null when one is not known. */
export function totalOf(files: readonly OfferedFile[]): number | null {
  return files.reduce<number | null>(
    (sum, { size }) => (sum === null || size === null ? null : sum + size),
    0,
  );
}
