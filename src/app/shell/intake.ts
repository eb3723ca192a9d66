/** Dropped, pasted and chosen files: which are a model, which are pictures. Names first, bytes where names say nothing. */
import type { NamedBlob } from '../../bit/index.ts';

export interface Intake {
  /** Checkpoint files and the JSON beside them; empty when the set holds no model. */
  readonly model: readonly NamedBlob[];
  readonly pictures: readonly File[];
  /** The folder that all files came from, '' when there is none. */
  readonly folder: string;
}

const WEIGHTS = /\.(safetensors|bin|npz|pth?|ckpt|onnx)$/i;
const PICTURE = /\.(jpe?g|jfif|png|gif|webp|avif|bmp|ico|svg|tiff?|heic|heif|jxl)$/i;
const JSON_FILE = /\.json$/i;
/** Files that systems leave in folders: nobody means to drop them. */
const LITTER = /^(\.|thumbs\.db$|desktop\.ini$)/i;

/** 'holiday/day 1/a.jpg' of a file from a folder; its bare name otherwise. */
export function pathOf(file: File): string {
  const dropped = 'relativePath' in file && typeof file.relativePath === 'string' ? file.relativePath : '';
  return (file.webkitRelativePath || dropped || file.name).replace(/^(\.?\/)+/, '');
}

/** True when the first bytes are those of a checkpoint: a zip (torch, npz), a pickle, a safetensors header or an ONNX model. */
export async function looksLikeWeights(file: Blob): Promise<boolean> {
  const bytes = new Uint8Array(await file.slice(0, 16).arrayBuffer());
  const [a, b, c, d] = bytes;
  if (a === 0x50 && b === 0x4b && c === 3 && d === 4) return true;
  if (isOnnx(bytes)) return true;
  if (a === 0x80 && b !== undefined && b >= 2 && b <= 5) return true;
  return bytes[8] === 0x7b && bytes[6] === 0 && bytes[7] === 0; // '{' after a 64-bit length below 2^48
}

/** An ONNX model starts with its version and then its producer, or at once its graph. */
function isOnnx([tag, version = 0, next]: Uint8Array): boolean {
  return tag === 0x08 && version >= 3 && version <= 20 && (next === 0x12 || next === 0x3a);
}

async function isWeights(file: File): Promise<boolean> {
  if (WEIGHTS.test(file.name)) return true;
  if (file.type.startsWith('image/') || PICTURE.test(file.name) || JSON_FILE.test(file.name)) return false;
  return looksLikeWeights(file);
}

/** Sorts files by path, as people number them, into a model and pictures. Whatever is neither is tried as a picture. */
export async function sortFiles(files: readonly File[]): Promise<Intake> {
  const numbered = new Intl.Collator('en', { numeric: true });
  const wanted = files
    .filter((file) => !LITTER.test(file.name))
    .sort((x, y) => numbered.compare(pathOf(x), pathOf(y)));
  const weights = await Promise.all(wanted.map(isWeights));
  const hasWeights = weights.includes(true);
  const onlyJson = wanted.length > 0 && wanted.every((file) => JSON_FILE.test(file.name));
  // an .onnx may keep weights and class names in files of any name beside it
  const starts = await Promise.all(wanted.map((file) => file.slice(0, 16).arrayBuffer()));
  const hasOnnx = starts.some((bytes) => isOnnx(new Uint8Array(bytes)));
  const isBeside = (file: File): boolean =>
    JSON_FILE.test(file.name) || (hasOnnx && !PICTURE.test(file.name) && !file.type.startsWith('image/'));
  const inModel = (file: File, at: number) =>
    weights[at] === true || ((hasWeights || onlyJson) && isBeside(file));
  const folders = new Set(
    wanted.map((file) => (pathOf(file).includes('/') ? pathOf(file).split('/')[0] : '')),
  );
  return {
    model: wanted.filter(inModel).map((file) => ({ name: file.name, blob: file })),
    pictures: wanted.filter((file, at) => !inModel(file, at)),
    folder: folders.size === 1 ? ([...folders][0] ?? '') : '',
  };
}
