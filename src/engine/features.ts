/** A picture to teach with: pooled features of its views, a thumbnail, and what the features depend on. */
import { type NamedBlob, type ProcessorConfig, preprocess, type Raster } from '../bit/index.ts';
import { createHasher, hashBlob, hashText } from './download/hash.ts';
import type { PlainTensor } from './protocol.ts';

/** Shorter side of a thumbnail, pixels: another model can look at it again, where the full picture was not kept. */
const THUMBNAIL_SIDE = 256;
const THUMBNAIL_LONGER_SIDE = 512;
const THUMBNAIL_QUALITY = 0.85;
/** Tried where a JPEG is too large for a row of the database; few are. */
const LOWER_QUALITIES = [0.6, 0.3];
const THUMBNAIL_BYTES = 60_000;
/** Part of each side that the closer view keeps. */
const CLOSER = 0.8;

/** pixel_values of each view: the plain one first; with `all` also its mirror image, a closer view, and that mirrored. */
export function viewsOf(raster: Raster, processor: ProcessorConfig, all: boolean): PlainTensor[] {
  const plain = preprocess(raster, processor, 'torchvision');
  if (!all) return [plain];
  const closer = preprocess(centre(raster, CLOSER), processor, 'torchvision');
  return [plain, mirrored(plain), closer, mirrored(closer)];
}

/** Left and right exchanged; [N, C, H, W]. */
function mirrored({ data, shape }: PlainTensor): PlainTensor {
  const width = shape[3] ?? 1;
  const out = new Float32Array(data.length);
  for (let row = 0; row < data.length; row += width)
    for (let x = 0; x < width; x++) out[row + x] = data[row + width - 1 - x] ?? 0;
  return { data: out, shape };
}

/** The middle of a picture, at least one pixel of it. */
function centre(raster: Raster, part: number): Raster {
  const width = Math.max(1, Math.round(raster.width * part));
  const height = Math.max(1, Math.round(raster.height * part));
  const left = Math.floor((raster.width - width) / 2);
  const top = Math.floor((raster.height - height) / 2);
  const { channels } = raster;
  const data = raster.data.slice(0, width * height * channels);
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * raster.width + left) * channels;
    data.set(raster.data.subarray(from, from + width * channels), y * width * channels);
  }
  return { ...raster, width, height, data };
}

/** A small JPEG of an RGB picture. */
export async function thumbnailOf(raster: Raster): Promise<Blob> {
  const short = Math.min(raster.width, raster.height);
  const long = Math.max(raster.width, raster.height);
  const scale = Math.min(1, THUMBNAIL_SIDE / short, THUMBNAIL_LONGER_SIDE / long);
  const width = Math.max(1, Math.round(raster.width * scale));
  const height = Math.max(1, Math.round(raster.height * scale));
  const full = new ImageData(Uint8ClampedArray.from(rgbaOf(raster)), raster.width, raster.height);
  const bitmap = await createImageBitmap(full, {
    resizeWidth: width,
    resizeHeight: height,
    resizeQuality: 'high',
  });
  try {
    const canvas = new OffscreenCanvas(width, height);
    canvas.getContext('2d')?.drawImage(bitmap, 0, 0);
    const jpeg = (quality: number): Promise<Blob> => canvas.convertToBlob({ type: 'image/jpeg', quality });
    let blob = await jpeg(THUMBNAIL_QUALITY);
    for (const quality of LOWER_QUALITIES) if (blob.size > THUMBNAIL_BYTES) blob = await jpeg(quality);
    return blob;
  } finally {
    bitmap.close();
  }
}

function rgbaOf({ width, height, channels, data }: Raster): ArrayLike<number> {
  if (channels === 4) return data;
  const out = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let pixel = 0; pixel < width * height; pixel++)
    for (let c = 0; c < 3; c++)
      out[4 * pixel + c] = Number(data[pixel * channels + Math.min(c, channels - 1)] ?? 0);
  return out;
}

/** SHA-256 of the weights: of one file its own, of several that of their names and hashes. Throws 'checkpoint-truncated'. */
export async function hashWeights(files: readonly NamedBlob[], signal: AbortSignal): Promise<string> {
  const weights = files
    .filter(({ name }) => !/\.json$/i.test(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const hashes: string[] = [];
  for (const { name, blob } of weights) {
    const hasher = await createHasher();
    await hashBlob(hasher, blob, name, signal, () => undefined, 'checkpoint-truncated');
    hashes.push(hasher.digest('hex'));
  }
  const [only] = hashes;
  if (only !== undefined && hashes.length === 1) return only;
  return hashText(weights.map(({ name }, i) => `${name} ${hashes[i]}\n`).join(''));
}
