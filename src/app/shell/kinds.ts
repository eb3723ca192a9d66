/** What a file is, by its first bytes; its name counts only where the bytes say nothing. */

/** 'zip': one of neither torch nor numpy; 'backup': a taught project's; 'head': a taught last layer alone. 'raw': named like torch's files, but not of their kind. 'foreign': weights of another framework. 'table': CSV, by its name. 'other': nothing known. */
export type FileKind =
  | 'safetensors'
  | 'torch'
  | 'npz'
  | 'zip'
  | 'backup'
  | 'head'
  | 'onnx'
  | 'raw'
  | 'foreign'
  | 'json'
  | 'table'
  | 'picture'
  | 'other';

const WEIGHT_NAMES: readonly (readonly [RegExp, FileKind])[] = [
  [/\.safetensors$/i, 'safetensors'],
  [/\.(bin|pth?|ckpt)$/i, 'raw'],
  [/\.npz$/i, 'npz'],
  [/\.onnx$/i, 'onnx'],
  [/\.(h5|msgpack|tflite|gguf)$/i, 'foreign'],
];
const PICTURE = /\.(jpe?g|jfif|png|gif|webp|avif|bmp|ico|svg|tiff?|heic|heif|jxl)$/i;
const JSON_NAME = /\.json$/i;
const TABLE_NAME = /\.[ct]sv$/i;
/** Enough for a zip's first name. */
const HEAD_BYTES = 128;

const text = (bytes: Uint8Array, from: number, length: number): string =>
  String.fromCharCode(...bytes.subarray(from, from + length));
const starts = (bytes: Uint8Array, signature: readonly number[]): boolean =>
  signature.every((byte, i) => bytes[i] === byte);

/** First bytes of the picture formats that browsers draw. */
function isPicture(bytes: Uint8Array): boolean {
  if (starts(bytes, [0xff, 0xd8, 0xff]) || starts(bytes, [0x89, 0x50, 0x4e, 0x47])) return true;
  if (text(bytes, 0, 4) === 'GIF8' || starts(bytes, [0xff, 0x0a])) return true;
  if (text(bytes, 0, 4) === 'RIFF' && text(bytes, 8, 4) === 'WEBP') return true;
  return text(bytes, 4, 4) === 'ftyp' && /^(avi|hei|hev|mif)/.test(text(bytes, 8, 4));
}

/** A zip's first entry is one of torch.save's or numpy.savez's; null for any other zip, undefined for no zip. */
function zipKind(bytes: Uint8Array): FileKind | null | undefined {
  if (!starts(bytes, [0x50, 0x4b, 3, 4])) return undefined;
  const name = text(bytes, 30, bytes[26] ?? 0);
  if (/\/(data\.pkl|byteorder|version|\.format_version|\.storage_alignment|data\/\d+)$/.test(name))
    return 'torch';
  return name.endsWith('.npy') ? 'npz' : null;
}

/** A length below 2^48 and a brace; an ONNX ModelProto begins with its IR version and goes on with a string or the graph. */
function weightsKind(bytes: Uint8Array): FileKind | undefined {
  const [a, b = 0, c = 0] = bytes;
  if (bytes[8] === 0x7b && bytes[6] === 0 && bytes[7] === 0) return 'safetensors';
  if (a === 0x80 && b >= 2 && b <= 5) return 'torch';
  if (a === 0x08 && b >= 1 && b <= 32 && [0x12, 0x1a, 0x22, 0x32, 0x3a, 0x42].includes(c)) return 'onnx';
  if (starts(bytes, [0x89, 0x48, 0x44, 0x46])) return 'foreign'; // HDF5, as Keras writes it
  return undefined;
}

/** Reads at most 128 bytes. A picture's name is believed where the bytes are of no kind: its decoder will judge. */
export async function kindOf(file: File): Promise<FileKind> {
  const bytes = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
  if (isPicture(bytes)) return 'picture';
  const zip = zipKind(bytes);
  const known = weightsKind(bytes) ?? zip;
  if (known) return known;
  if (file.type.startsWith('image/') || PICTURE.test(file.name)) return 'picture';
  const named = WEIGHT_NAMES.find(([name]) => name.test(file.name))?.[1];
  if (named) return named;
  if (zip === null) return 'zip';
  if (JSON_NAME.test(file.name)) return 'json';
  if (TABLE_NAME.test(file.name)) return 'table';
  return /^\s*\{\s*["}]/.test(text(bytes, 0, bytes.length)) ? 'json' : 'other';
}
