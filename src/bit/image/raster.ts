/**
 * How the samples of a decoded picture are meant; the names are Pillow's modes.
 * '1' holds 0 or 255, 'P' holds palette indices, 'I;16' is 16-bit gray, 'CMYK' is already un-inverted (0 = no ink).
 */
export type RasterMode = '1' | 'L' | 'LA' | 'P' | 'RGB' | 'RGBA' | 'I;16' | 'CMYK';

/** Samples per pixel that a mode means. */
export const MODE_CHANNELS = { '1': 1, L: 1, LA: 2, P: 1, RGB: 3, RGBA: 4, 'I;16': 1, CMYK: 4 } as const;

/** A decoded picture: rows top to bottom, channels interleaved (HWC), no row padding. */
export interface Raster {
  readonly mode: RasterMode;
  readonly width: number;
  readonly height: number;
  /**
   * Samples per pixel in `data`. May be more than the mode means: the rest is ignored, so that the RGBA that a
   * canvas hands over serves as 'RGB' (or 'L': red counts) without a copy of every pixel.
   */
  readonly channels: 1 | 2 | 3 | 4;
  /** Length width * height * channels; Uint16Array for 'I;16' only. */
  readonly data: Uint8Array | Uint8ClampedArray | Uint16Array;
  /** RGB triples of mode 'P'. */
  readonly palette?: Uint8Array;
  /**
   * What the file held, where the decoder could only hand over its conversion to RGB ('CMYK JPEG', 'GIF').
   * A processor that wants the file's own channels has to refuse such a raster.
   */
  readonly convertedFrom?: string;
}
