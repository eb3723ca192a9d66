/** Reads numpy's .npz: a zip of .npy arrays, stored or deflated, in C or Fortran order. */
import { BitError } from '../errors.ts';
import { crc32, readBytes, shown } from './bytes.ts';
import { type Checkpoint, checkpointOf, type StoredTensor, type TensorInfo } from './checkpoint.ts';
import { BYTES_PER_VALUE, toFloat32 } from './dtypes.ts';
import { inflate } from './inflate.ts';
import { INFLATE_FREE_BYTES, MAX_INFLATE_RATIO } from './limits.ts';
import { NPY_PREFIX_BYTES, type NpyHeader, parseNpyHeader } from './npy.ts';
import { fortranStrides, toCOrder } from './strided.ts';
import { memberStart, type ZipArchive, type ZipMember } from './zip.ts';

const SUFFIX = '.npy';

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
  const tensors = new Map<string, Stored>();
  for (const member of archive.members.values()) {
    if (!member.name.endsWith(SUFFIX)) continue;
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
  const prefix = await firstBytes(archive, member, start, Math.min(member.size, NPY_PREFIX_BYTES));
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
    ? new Blob(await inflateMember(archive, member, start, member.size, signal))
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
async function firstBytes(
  archive: ZipArchive,
  member: ZipMember,
  start: number,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  if (!member.deflated)
    return new Uint8Array(await readBytes(archive.blob, start, start + length, archive.file));
  const parts = new Blob(await inflateMember(archive, member, start, length));
  return new Uint8Array(await parts.arrayBuffer());
}

/** The same of a deflated member, in parts that together have them. */
function inflateMember(
  { blob, file }: ZipArchive,
  member: ZipMember,
  start: number,
  length: number,
  signal?: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>[]> {
  const stored = blob.slice(start, start + member.storedSize);
  return inflate(stored, length, { whole: length === member.size, file, signal });
}
