import { type AxisWeights, axisWeights, FILTER, type Filter, type ProcessorBackend } from './weights.ts';

/** 8-bit pixels, interleaved: `channels` samples count, pixels lie `stride` samples apart (RGBX has 3 and 4). */
export interface Pixels {
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly stride: number;
}

/** A rectangle of whole pixels. */
export interface Region {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface ResampleOptions {
  readonly backend: ProcessorBackend;
  readonly filter: Filter;
  /** Size after resizing, pixels. */
  readonly width: number;
  readonly height: number;
  /** The part of the resized image to compute; all of it when absent. Same bytes as resizing all and cropping. */
  readonly region?: Region;
}

/**
 * Resizes 8-bit pixels to the byte as Pillow 12.3 (`Image.resize`) or torchvision 0.28 (`resize` of a uint8 CPU
 * tensor, antialiased) does: horizontally first, rounded to bytes, then vertically; an axis that keeps its size is
 * not touched. Alpha is a channel like any other here. torchvision has neither box nor hamming: callers refuse them.
 * Returns the region, tightly packed.
 */
export function resample(
  given: Pixels,
  options: ResampleOptions,
): Pixels & { readonly data: Uint8ClampedArray } {
  // One array type in the loops below: with two, they run a third slower.
  const source = {
    ...given,
    data: new Uint8ClampedArray(given.data.buffer, given.data.byteOffset, given.data.length),
  };
  const { backend, filter, width, height } = options;
  const region = options.region ?? { left: 0, top: 0, width, height };
  if (filter === FILTER.nearest || (width === source.width && height === source.height)) {
    const columns = pickedIndices(backend, source.width, width, region.left, region.width);
    const rows = pickedIndices(backend, source.height, height, region.top, region.height);
    return packed(pick(source, columns, rows), region, source.channels);
  }
  if (backend === 'pil' && isTower(source) && height < source.height && width !== source.width) {
    const rows = { left: 0, top: region.top, width: source.width, height: region.height };
    const lower = resample(source, { backend, filter, width: source.width, height, region: rows });
    return resample(lower, { backend, filter, width, height: lower.height, region: { ...region, top: 0 } });
  }
  const bottom = region.top + region.height;
  const right = region.left + region.width;
  const vertical =
    height === source.height ? null : axisWeights(backend, filter, source.height, height, region.top, bottom);
  const horizontal =
    width === source.width ? null : axisWeights(backend, filter, source.width, width, region.left, right);
  const firstRow = vertical === null ? region.top : (vertical.start[0] ?? 0);
  const lastRow = vertical === null ? bottom : lastInput(vertical);
  const between =
    horizontal === null
      ? pick(source, steps(region.left, region.width), steps(firstRow, lastRow - firstRow))
      : resampleRows(source, horizontal, firstRow, lastRow);
  const data =
    vertical === null
      ? between
      : resampleColumns(between, region.width * source.channels, vertical, firstRow);
  return packed(data, region, source.channels);
}

/** Pillow shrinks such pictures vertically first (Image.resize of 12.3): fewer rows are left to widen. */
function isTower({ width, height }: Pixels): boolean {
  return height > width * 100;
}

function packed(data: Uint8ClampedArray, { width, height }: Region, channels: number) {
  return { data, width, height, channels, stride: channels };
}

/** Horizontal pass over the input rows [firstRow, lastRow). */
function resampleRows(
  source: Pixels,
  axis: AxisWeights,
  firstRow: number,
  lastRow: number,
): Uint8ClampedArray {
  const { data, width, stride, channels } = source;
  const { start, count, weight, taps, length, bits } = axis;
  const half = 1 << (bits - 1);
  const out = new Uint8ClampedArray((lastRow - firstRow) * length * channels);
  let o = 0;
  for (let y = firstRow; y < lastRow; y++) {
    const row = y * width * stride;
    for (let x = 0; x < length; x++) {
      const p0 = row + (start[x] as number) * stride;
      const k0 = x * taps;
      const k1 = k0 + (count[x] as number);
      if (channels === 3) {
        // Three sums in one walk: the case of every photograph, and most of the time spent here.
        let r = half;
        let g = half;
        let b = half;
        for (let k = k0, p = p0; k < k1; k++, p += stride) {
          const w = weight[k] as number;
          r = (r + Math.imul(w, data[p] as number)) | 0;
          g = (g + Math.imul(w, data[p + 1] as number)) | 0;
          b = (b + Math.imul(w, data[p + 2] as number)) | 0;
        }
        out[o] = r >> bits;
        out[o + 1] = g >> bits;
        out[o + 2] = b >> bits;
        o += 3;
        continue;
      }
      for (let c = 0; c < channels; c++) {
        let sum = half;
        for (let k = k0, p = p0 + c; k < k1; k++, p += stride) {
          sum = (sum + Math.imul(weight[k] as number, data[p] as number)) | 0;
        }
        out[o++] = sum >> bits;
      }
    }
  }
  return out;
}

/** Vertical pass; `data` holds rows of `rowLength` samples, the first of them input row `firstRow`. */
function resampleColumns(
  data: Uint8ClampedArray,
  rowLength: number,
  axis: AxisWeights,
  firstRow: number,
): Uint8ClampedArray {
  const { start, count, weight, taps, length, bits } = axis;
  const half = 1 << (bits - 1);
  const out = new Uint8ClampedArray(length * rowLength);
  const sums = new Int32Array(rowLength);
  for (let y = 0; y < length; y++) {
    sums.fill(half);
    const rows = count[y] as number;
    for (let k = 0; k < rows; k++) {
      const w = weight[y * taps + k] as number;
      const row = ((start[y] as number) + k - firstRow) * rowLength;
      for (let i = 0; i < rowLength; i++) {
        sums[i] = ((sums[i] as number) + Math.imul(w, data[row + i] as number)) | 0;
      }
    }
    const o = y * rowLength;
    for (let i = 0; i < rowLength; i++) out[o + i] = (sums[i] as number) >> bits;
  }
  return out;
}

function lastInput({ start, count, length }: AxisWeights): number {
  let last = 0;
  for (let i = 0; i < length; i++) last = Math.max(last, (start[i] as number) + (count[i] as number));
  return last;
}

function pick(source: Pixels, columns: Int32Array, rows: Int32Array): Uint8ClampedArray {
  const { data, width, stride, channels } = source;
  const out = new Uint8ClampedArray(rows.length * columns.length * channels);
  let o = 0;
  for (let y = 0; y < rows.length; y++) {
    const row = (rows[y] as number) * width;
    for (let x = 0; x < columns.length; x++) {
      const p = (row + (columns[x] as number)) * stride;
      for (let c = 0; c < channels; c++) out[o++] = data[p + c] as number;
    }
  }
  return out;
}

function steps(first: number, length: number): Int32Array {
  return Int32Array.from({ length }, (_, i) => first + i);
}

/** Which input pixel each of the output pixels [first, first + length) takes. */
function pickedIndices(
  backend: ProcessorBackend,
  input: number,
  output: number,
  first: number,
  length: number,
): Int32Array {
  if (input === output) return steps(first, length);
  const picked = new Int32Array(length);
  if (backend === 'torchvision') {
    // 'nearest-exact' of ATen: the scale and the product are float32.
    const scale = Math.fround(input / output);
    for (let i = 0; i < length; i++) {
      picked[i] = Math.min(Math.floor(Math.fround((first + i + 0.5) * scale)), input - 1);
    }
    return picked;
  }
  // Pillow adds the step up from the left edge (Geometry.c, ImagingScaleAffine): the rounding errors add up too.
  const step = input / output;
  let x = step * 0.5;
  for (let i = 0; i < first + length; i++, x += step) {
    if (i >= first) picked[i - first] = Math.min(Math.trunc(x), input - 1);
  }
  return picked;
}
