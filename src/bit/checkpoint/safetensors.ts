/**
 * Reads safetensors (huggingface/safetensors, its format section): an 8-byte little-endian header length, a JSON
 * header, then the tensors' bytes, which must cover the rest of the file without gap or overlap.
 */
import * as v from 'valibot';
import { BitError, printable } from '../errors.ts';
import { parseJson } from '../json.ts';
import { readBytes, shown, utf8 } from './bytes.ts';
import { type Checkpoint, checkpointOf, type DType, type NamedBlob, type TensorInfo } from './checkpoint.ts';
import { BYTES_PER_VALUE, toFloat32 } from './dtypes.ts';
import { MAX_HEADER_BYTES, MAX_NAME_BYTES, MAX_RANK, MAX_TENSORS } from './limits.ts';

/** Sizes of the format's other number types, which may be stored beside the weights and are left alone. */
const OTHER_BYTES = {
  C64: 8,
  I64: 8,
  U64: 8,
  I32: 4,
  U32: 4,
  I16: 2,
  U16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  F8_E8M0: 1,
};
const BYTES: ReadonlyMap<string, number> = new Map(Object.entries({ ...BYTES_PER_VALUE, ...OTHER_BYTES }));
const isFloat = (dtype: string): dtype is DType => Object.hasOwn(BYTES_PER_VALUE, dtype);

const entrySchema = v.strictObject({
  dtype: v.string(),
  shape: v.pipe(v.array(v.pipe(v.number(), v.integer(), v.minValue(0))), v.maxLength(MAX_RANK)),
  data_offsets: v.tuple([
    v.pipe(v.number(), v.integer(), v.minValue(0)),
    v.pipe(v.number(), v.integer(), v.minValue(0)),
  ]),
});

const metadataSchema = v.optional(v.record(v.string(), v.string()));

interface Stored extends TensorInfo {
  readonly start: number;
  readonly end: number;
}

/**
 * Opens a safetensors file; tensors that are not floating point are validated but not listed.
 * Throws 'checkpoint-header', 'checkpoint-truncated' or 'checkpoint-limit'.
 */
export async function openSafetensors({ name: file, blob }: NamedBlob): Promise<Checkpoint> {
  const { header, dataStart } = await readHeader(blob, file);
  const stored = parseEntries(header, file);
  checkCoverage(stored, blob.size - dataStart, file);
  const floats = stored.filter((tensor): tensor is Stored => isFloat(tensor.dtype));
  const tensors = new Map(floats.map((tensor) => [tensor.name, tensor]));
  return checkpointOf('safetensors', file, tensors, async ({ start, end, dtype }) => ({
    blob: blob.slice(dataStart + start, dataStart + end),
    decode: (bytes) => toFloat32(bytes, dtype),
  }));
}

/** The strings of a file's `__metadata__`, by name. Throws as openSafetensors does. */
export async function safetensorsMetadata({
  name: file,
  blob,
}: NamedBlob): Promise<Readonly<Record<string, string>>> {
  return parseMetadata((await readHeader(blob, file)).header, file);
}

function parseMetadata(header: Record<string, unknown>, file: string): Record<string, string> {
  const metadata = v.safeParse(metadataSchema, header.__metadata__, { abortEarly: true });
  if (!metadata.success)
    throw new BitError('checkpoint-header', 'has __metadata__ that is no map of strings', { file });
  return metadata.output ?? {};
}

async function readHeader(
  blob: Blob,
  file: string,
): Promise<{ header: Record<string, unknown>; dataStart: number }> {
  if (blob.size < 8)
    throw new BitError('checkpoint-truncated', 'is too short to hold a safetensors header', { file });
  const length = new DataView(await readBytes(blob, 0, 8, file)).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER_BYTES)) {
    throw new BitError('checkpoint-limit', `says its header has ${length} bytes; at most 16 MiB are read`, {
      file,
    });
  }
  const dataStart = 8 + Number(length);
  if (dataStart > blob.size)
    throw new BitError('checkpoint-truncated', `ends within its header of ${length} bytes`, { file });
  const text = utf8(await readBytes(blob, 8, dataStart, file));
  if (text === null) throw new BitError('checkpoint-header', 'has a header that is not UTF-8', { file });
  if (!text.startsWith('{'))
    throw new BitError('checkpoint-header', 'has a header that does not start with {', { file });
  const keys = keysIn(text);
  if (keys.top > MAX_TENSORS + 1)
    throw new BitError('checkpoint-limit', `lists ${keys.top} tensors; at most ${MAX_TENSORS} are read`, {
      file,
    });
  let header: unknown;
  try {
    header = parseJson(text, file);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.replace(`${file}: `, '') : 'is not valid JSON';
    throw new BitError('checkpoint-header', `has a header that ${why}`, { file, cause });
  }
  if (typeof header !== 'object' || header === null)
    throw new BitError('checkpoint-header', 'has a header that is no object', { file });
  if (keys.all !== keysOf(header as Record<string, unknown>))
    throw new BitError('checkpoint-header', 'names a tensor, or a field of one, twice in its header', {
      file,
    });
  return { header: header as Record<string, unknown>, dataStart };
}

/** JSON.parse keeps the last of equal keys; counting the keys in the text shows that there were more. */
function keysIn(text: string): { top: number; all: number } {
  let depth = 0;
  let all = 0;
  let top = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 0x22) {
      for (i++; i < text.length && text.charCodeAt(i) !== 0x22; i++) if (text.charCodeAt(i) === 0x5c) i++;
    } else if (c === 0x7b || c === 0x5b) depth++;
    else if (c === 0x7d || c === 0x5d) depth--;
    else if (c === 0x3a && depth <= 2) {
      all++;
      if (depth === 1) top++;
    }
  }
  return { top, all };
}

/** Keys of an object and of the objects in it. */
function keysOf(header: Record<string, unknown>): number {
  let keys = 0;
  for (const value of Object.values(header)) {
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    keys += 1 + (isObject ? Object.keys(value).length : 0);
  }
  return keys;
}

type AnyStored = Omit<Stored, 'dtype'> & { readonly dtype: string };

function parseEntries(header: Record<string, unknown>, file: string): AnyStored[] {
  const names = Object.keys(header).filter((name) => name !== '__metadata__');
  if (names.length > MAX_TENSORS) {
    throw new BitError('checkpoint-limit', `lists ${names.length} tensors; at most ${MAX_TENSORS} are read`, {
      file,
    });
  }
  parseMetadata(header, file);
  return names.map((name) => {
    if (new TextEncoder().encode(name).length > MAX_NAME_BYTES) {
      throw new BitError(
        'checkpoint-limit',
        `has a tensor name longer than ${MAX_NAME_BYTES} bytes: ${shown(name)}`,
        { file },
      );
    }
    const parsed = v.safeParse(entrySchema, header[name], { abortEarly: true });
    if (!parsed.success) {
      throw new BitError(
        'checkpoint-header',
        `describes tensor ${shown(name)} wrongly: ${printable(parsed.issues[0].message, 100)}`,
        { file },
      );
    }
    const {
      dtype,
      shape,
      data_offsets: [start, end],
    } = parsed.output;
    const size = BYTES.get(dtype);
    if (size === undefined)
      throw new BitError('checkpoint-header', `has tensor ${shown(name)} of unknown type ${shown(dtype)}`, {
        file,
      });
    const bytes = shape.reduce((a, b) => a * b, size);
    if (!Number.isSafeInteger(bytes) || end - start !== bytes) {
      throw new BitError(
        'checkpoint-header',
        `gives tensor ${shown(name)} ${end - start} bytes, but ${dtype} [${shape.join(', ')}] takes ${bytes}`,
        { file },
      );
    }
    return { name, dtype, shape, start, end };
  });
}

/** The tensors, in order, must fill the data exactly: no gap to hide bytes in, no overlap, no end past the file. */
function checkCoverage(tensors: readonly AnyStored[], dataBytes: number, file: string): void {
  let reached = 0;
  for (const { name, start, end } of [...tensors].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (start !== reached) {
      const what = start > reached ? 'leaves a gap before' : 'overlaps at';
      throw new BitError('checkpoint-header', `${what} tensor ${shown(name)}`, {
        file,
      });
    }
    reached = end;
  }
  if (reached > dataBytes)
    throw new BitError('checkpoint-truncated', `ends ${reached - dataBytes} bytes before its header says`, {
      file,
    });
  if (reached < dataBytes)
    throw new BitError('checkpoint-header', `has ${dataBytes - reached} bytes that belong to no tensor`, {
      file,
    });
}
