/** Reads numpy's .npz: a zip of .npy arrays, stored or deflated, in C or Fortran order. */
import { BitError } from '../errors.ts';
import { crc32, shown } from './bytes.ts';
import { type Checkpoint, checkpointOf, type StoredTensor, type TensorInfo } from './checkpoint.ts';
import { BYTES_PER_VALUE, toFloat32 } from './dtypes.ts';
import { inflate, inflateStart } from './inflate.ts';
import { INFLATE_FREE_BYTES, MAX_DEFLATED_ARRAYS, MAX_INFLATE_RATIO } from './limits.ts';
import { NPY_PREFIX_BYTES, type NpyHeader, npyHeaderEnd, parseNpyHeader } from './npy.ts';
import { fortranStrides, toCOrder } from './strided.ts';
import { memberStart, type ZipArchive, type ZipMember } from './zip.ts';

const SUFFIX = '.npy';
/** numpy's header of an array of rank 4 takes 128 bytes; only what is longer is read in a second step. */
const USUAL_HEADER_BYTES = 256;

interface Stored extends TensorInfo {
  readonly member: ZipMember;
  readonly header: NpyHeader;
  /** Position of the member's bytes in the file. */
  readonly start: number;
}

/** True when the archive holds numpy arrays. */
export function isNpz({ members }: ZipArchive): boolean {
  return [...members.keys()].some((name) => name.endsWith(SUFFIX));
}

/**
 * Opens the arrays of an archive under their member names without `.npy`; what is no floating-point number is not
 * listed. Throws 'checkpoint-header', 'checkpoint-truncated' or 'checkpoint-limit'.
 */
export async function openNpz(archive: ZipArchive): Promise<Checkpoint> {
  const { file } = archive;
  const arrays = [...archive.members.values()].filter(({ name }) => name.endsWith(SUFFIX));
  const deflated = arrays.filter((member) => member.deflated).length;
  if (deflated > MAX_DEFLATED_ARRAYS) {
    const message = `has ${deflated} deflated arrays; at most ${MAX_DEFLATED_ARRAYS} are read`;
    throw new BitError('checkpoint-limit', message, { file });
  }
  const tensors = new Map<string, Stored>();
  for (const member of arrays) {
    const stored = await openArray(archive, member);
    if (stored) tensors.set(stored.name, stored);
  }
  return checkpointOf('npz', file, tensors, (stored, signal) => locateArray(archive, stored, signal));
}

async function openArray(archive: ZipArchive, member: ZipMember): Promise<Stored | null> {
  const { file } = archive;
  const mostSize = Math.max(INFLATE_FREE_BYTES, MAX_INFLATE_RATIO * member.storedSize);
  if (member.size > mostSize) {
    const message = `has ${shown(member.name)} of ${member.size} bytes in ${member.storedSize}; at most ${MAX_INFLATE_RATIO} times as many are inflated`;
    throw new BitError('checkpoint-limit', message, { file });
  }
  const start = await memberStart(archive, member);
  const short = await firstBytes(archive, member, start, Math.min(member.size, USUAL_HEADER_BYTES));
  const whole = npyHeaderEnd(short) > short.length && member.size > short.length;
  const prefix = whole
    ? await firstBytes(archive, member, start, Math.min(member.size, NPY_PREFIX_BYTES))
    : short;
  const header = parseNpyHeader(prefix, member.name, file);
  const { dtype, shape, dataStart } = header;
  if (!dtype) return null;
  const bytes = shape.reduce((a, b) => a * b, BYTES_PER_VALUE[dtype]);
  if (!Number.isSafeInteger(bytes) || member.size - dataStart !== bytes) {
    const message = `gives ${shown(member.name)} ${member.size - dataStart} bytes, but ${dtype} [${shape.join(', ')}] takes ${bytes}`;
    throw new BitError('checkpoint-header', message, { file });
  }
  return { name: member.name.slice(0, -SUFFIX.length), dtype, shape, member, header, start };
}

/** The whole member, so that its checksum can be taken before a value of it is believed. */
async function locateArray(
  archive: ZipArchive,
  { member, header, start, dtype, shape }: Stored,
  signal?: AbortSignal,
): Promise<StoredTensor> {
  const blob = member.deflated
    ? new Blob(await inflateMember(archive, member, start, signal))
    : archive.blob.slice(start, start + member.size);
  return {
    blob,
    decode(bytes) {
      if (crc32(new Uint8Array(bytes)) !== member.crc32) {
        throw new BitError(
          'checkpoint-damaged',
          `has ${shown(member.name)} damaged: its checksum differs, as after a broken download`,
          { file: archive.file },
        );
      }
      const values = toFloat32(bytes.slice(header.dataStart), dtype);
      return header.fortranOrder ? toCOrder(values, shape, fortranStrides(shape)) : values;
    },
  };
}

/** The first `length` bytes of a member, inflated where it is deflated. */
function firstBytes(
  { near, file }: ZipArchive,
  { deflated, storedSize }: ZipMember,
  start: number,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  if (!deflated) return near(start, start + length);
  return inflateStart(
    (from, to) => near(start + from, start + Math.min(to, storedSize)),
    storedSize,
    length,
    file,
  );
}

/** A deflated member, in parts that together have its declared size. */
function inflateMember(
  { blob, file }: ZipArchive,
  { size, storedSize }: ZipMember,
  start: number,
  signal?: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>[]> {
  return inflate(blob.slice(start, start + storedSize), size, { file, signal });
}
