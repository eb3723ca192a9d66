/**
 * The directory of a zip file (PKWARE APPNOTE 6.3, 4.3 and 4.5: with zip64), for torch's and numpy's archives.
 * A zip describes each member twice, may hide bytes between members and may let them overlap. So the directory is
 * believed only where it fills the end of the file exactly, members lie one behind the other, and each member's own
 * header tells the same story.
 */
import { BitError } from '../errors.ts';
import { type NearReader, nearReader, readBytes, shown, utf8 } from './bytes.ts';
import type { NamedBlob } from './checkpoint.ts';
import { MAX_HEADER_BYTES, MAX_NAME_BYTES, MAX_ZIP_MEMBERS } from './limits.ts';

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const END_64 = 0x06064b50;
const LOCATOR_64 = 0x07064b50;
const LOCAL_BYTES = 30;
const CENTRAL_BYTES = 46;
const END_BYTES = 22;
const END_64_BYTES = 56;
const LOCATOR_64_BYTES = 20;
/** A 32-bit field whose value stands in the zip64 record instead. */
const SATURATED = 0xffffffff;
/** Flags that leave the bytes readable: deflate's level (1, 2), sizes behind the data (3), UTF-8 names (11). */
const READABLE_FLAGS = 0x080e;
const SIZES_BEHIND = 0x0008;

export interface ZipMember {
  readonly name: string;
  readonly deflated: boolean;
  readonly crc32: number;
  /** Bytes in the archive, and after inflating. */
  readonly storedSize: number;
  readonly size: number;
  readonly headerOffset: number;
  /** Where the next member, or the directory, begins. */
  readonly limit: number;
}

export interface ZipArchive {
  readonly file: string;
  readonly blob: Blob;
  /** For members' heads, which are best read in the order of the file. */
  readonly near: NearReader;
  /** In the order of the file. */
  readonly members: ReadonlyMap<string, ZipMember>;
}

/** Reads the directory. Throws 'checkpoint-truncated', 'checkpoint-header' or 'checkpoint-limit'. */
export async function openZip(
  { name: file, blob }: NamedBlob,
  maxMembers = MAX_ZIP_MEMBERS,
): Promise<ZipArchive> {
  const { count, start, size } = await findDirectory(blob, file);
  if (count > maxMembers)
    throw new BitError('checkpoint-limit', `lists ${count} members; at most ${maxMembers} are read`, {
      file,
    });
  if (size > MAX_HEADER_BYTES)
    throw new BitError('checkpoint-limit', 'has a zip directory of more than 16 MiB', { file });
  const view = new DataView(await readBytes(blob, start, start + size, file));
  const entries: Omit<ZipMember, 'limit'>[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    const { member, next } = readEntry(view, at, file);
    entries.push(member);
    at = next;
  }
  if (at !== size) throw lie('has a zip directory longer than its entries', file);
  entries.sort((a, b) => a.headerOffset - b.headerOffset);
  const members = new Map<string, ZipMember>();
  entries.forEach((entry, i) => {
    const limit = entries[i + 1]?.headerOffset ?? start;
    if (entry.headerOffset + LOCAL_BYTES + entry.storedSize > limit)
      throw lie(`has zip member ${shown(entry.name)} overlapping what follows it`, file);
    if (members.has(entry.name)) throw lie(`has zip member ${shown(entry.name)} twice`, file);
    members.set(entry.name, { ...entry, limit });
  });
  return { file, blob, near: nearReader(blob, file), members };
}

/** Position of a member's stored bytes in the file, once its own header agrees with the directory. */
export async function memberStart({ near, file }: ZipArchive, member: ZipMember): Promise<number> {
  const { name, headerOffset, limit } = member;
  const nameLength = new TextEncoder().encode(name).length;
  const nameEnd = headerOffset + LOCAL_BYTES + nameLength;
  if (nameEnd > limit) throw lie(`has zip member ${shown(name)} overlapping what follows it`, file);
  const bytes = await near(headerOffset, nameEnd);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const flags = view.getUint16(6, true);
  const sameSize = (field: number, expected: number): boolean => {
    const value = view.getUint32(field, true);
    return value === expected || value === SATURATED || (flags & SIZES_BEHIND) !== 0;
  };
  const agrees =
    view.getUint32(0, true) === LOCAL &&
    (flags & ~READABLE_FLAGS) === 0 &&
    view.getUint16(8, true) === (member.deflated ? 8 : 0) &&
    sameSize(18, member.storedSize) &&
    sameSize(22, member.size) &&
    view.getUint16(26, true) === nameLength &&
    utf8(bytes.subarray(LOCAL_BYTES)) === name;
  const start = nameEnd + view.getUint16(28, true);
  if (!agrees || start + member.storedSize > limit)
    throw lie(`describes zip member ${shown(name)} in two ways`, file);
  return start;
}

/** The directory's place, from the records at the very end of the file: no comment, nothing behind. */
async function findDirectory(
  blob: Blob,
  file: string,
): Promise<{ count: number; start: number; size: number }> {
  const endStart = blob.size - END_BYTES;
  if (endStart < 0) throw noDirectory(file);
  const tailStart = Math.max(0, endStart - LOCATOR_64_BYTES - END_64_BYTES);
  const view = new DataView(await readBytes(blob, tailStart, blob.size, file));
  const end = endStart - tailStart;
  if (view.getUint32(end, true) !== END || view.getUint16(end + 20, true) !== 0) throw noDirectory(file);
  const short = {
    count: view.getUint16(end + 10, true),
    size: view.getUint32(end + 12, true),
    start: view.getUint32(end + 16, true),
  };
  const locator = end - LOCATOR_64_BYTES;
  const isLong = locator >= END_64_BYTES && view.getUint32(locator, true) === LOCATOR_64;
  if (!isLong) {
    const oneDisk = view.getUint16(end + 4, true) === 0 && view.getUint16(end + 6, true) === 0;
    if (!oneDisk || view.getUint16(end + 8, true) !== short.count || short.start + short.size !== endStart)
      throw lie('has a zip directory that is not where its end says', file);
    return short;
  }
  const record = locator - END_64_BYTES;
  const long = {
    count: u64(view, record + 32),
    size: u64(view, record + 40),
    start: u64(view, record + 48),
  };
  const agrees =
    view.getUint32(record, true) === END_64 &&
    u64(view, locator + 8) === tailStart + record &&
    u64(view, record + 24) === long.count &&
    long.start + long.size === tailStart + record &&
    (short.count === long.count || short.count === 0xffff) &&
    (short.size === long.size || short.size === SATURATED) &&
    (short.start === long.start || short.start === SATURATED);
  if (!agrees) throw lie('has a zip64 directory that is not where its end says', file);
  return long;
}

function readEntry(
  view: DataView,
  at: number,
  file: string,
): { member: Omit<ZipMember, 'limit'>; next: number } {
  if (at + CENTRAL_BYTES > view.byteLength || view.getUint32(at, true) !== CENTRAL)
    throw lie('has a zip directory with fewer entries than it says', file);
  const nameEnd = at + CENTRAL_BYTES + view.getUint16(at + 28, true);
  const extraEnd = nameEnd + view.getUint16(at + 30, true);
  const next = extraEnd + view.getUint16(at + 32, true);
  if (next > view.byteLength) throw lie('has a zip directory with an entry that runs over its end', file);
  if (nameEnd - at - CENTRAL_BYTES > MAX_NAME_BYTES)
    throw new BitError('checkpoint-limit', `has a zip member name of over ${MAX_NAME_BYTES} bytes`, { file });
  const name = utf8(new Uint8Array(view.buffer, at + CENTRAL_BYTES, nameEnd - at - CENTRAL_BYTES));
  if (name === null) throw lie('has a zip member whose name is not UTF-8', file);
  const method = view.getUint16(at + 10, true);
  if ((view.getUint16(at + 8, true) & ~READABLE_FLAGS) !== 0 || (method !== 0 && method !== 8))
    throw new BitError(
      'checkpoint-unsupported',
      `has zip member ${shown(name)} encrypted or packed by method ${method}`,
      { file },
    );
  const short = [24, 20, 42].map((field) => view.getUint32(at + field, true));
  const wide = widen(short, view, nameEnd, extraEnd);
  if (!wide) throw lie(`has zip member ${shown(name)} without its zip64 sizes`, file);
  const [size = 0, storedSize = 0, headerOffset = 0] = wide;
  if (method === 0 && size !== storedSize) throw lie(`gives zip member ${shown(name)} two sizes`, file);
  const crc = view.getUint32(at + 16, true);
  return { member: { name, deflated: method === 8, crc32: crc, storedSize, size, headerOffset }, next };
}

/** Takes saturated fields, in order, from the zip64 extra field (id 1); null when it lacks one. */
function widen(short: readonly number[], view: DataView, start: number, end: number): number[] | null {
  if (!short.includes(SATURATED)) return [...short];
  for (let at = start; at + 4 <= end; at += 4 + view.getUint16(at + 2, true)) {
    const fieldEnd = at + 4 + view.getUint16(at + 2, true);
    if (view.getUint16(at, true) !== 1 || fieldEnd > end) continue;
    let from = at + 4;
    const wide: number[] = [];
    for (const value of short) {
      if (value !== SATURATED) wide.push(value);
      else if (from + 8 > fieldEnd) return null;
      else {
        wide.push(u64(view, from));
        from += 8;
      }
    }
    return wide;
  }
  return null;
}

/** Above 2^53 the number is not exact, but then it is beyond any file and fails its next check. */
function u64(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true));
}

function lie(message: string, file: string): BitError {
  return new BitError('checkpoint-header', message, { file });
}

function noDirectory(file: string): BitError {
  return new BitError('checkpoint-truncated', 'is a zip file without its directory at the end', { file });
}
