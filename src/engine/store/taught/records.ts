/**
 * The second copy's file: records one behind the other. The first is the whole project as it was at its revision; each
 * of the others is a change.
 */
import { crc32 } from '../../../bit/checkpoint/bytes.ts';
import type { Rows } from './db.ts';
import { pack, unpack } from './pack.ts';

/** Before each record: its length and its checksum. */
const HEAD_BYTES = 8;

/** What is read of a file. */
export interface Readable {
  getSize(): number;
  read(target: Uint8Array, at: { at: number }): number;
}

export function recordOf(rows: Rows): Uint8Array<ArrayBuffer> {
  const bytes = pack(rows);
  const record = new Uint8Array(HEAD_BYTES + bytes.length);
  const head = new DataView(record.buffer);
  head.setUint32(0, bytes.length, true);
  head.setUint32(4, crc32(bytes), true);
  record.set(bytes, HEAD_BYTES);
  return record;
}

/** Length of the record at a place, with its head; 0 where none begins: a disk may leave zeros behind. */
export function lengthAt(file: Readable, at: number): number {
  const head = new Uint8Array(HEAD_BYTES);
  if (file.read(head, { at }) < HEAD_BYTES) return 0;
  const length = new DataView(head.buffer).getUint32(0, true);
  return length === 0 ? 0 : HEAD_BYTES + length;
}

/** Revision of the last record, where the records from a place on end exactly where the file does; else null. */
export function lastRevision(file: Readable, from: number): number | null {
  const size = file.getSize();
  let last = from;
  for (let at = from; at < size; ) {
    const length = lengthAt(file, at);
    if (length === 0) return null;
    last = at;
    at += length;
    if (at > size) return null;
  }
  const bytes = new Uint8Array(size - last);
  file.read(bytes, { at: last });
  const { value: rows } = recordsOf(bytes).next();
  return rows?.project?.revision ?? null;
}

/** The whole records, up to a torn one. */
function* recordsOf(bytes: Uint8Array<ArrayBuffer>): Generator<Rows, undefined> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + HEAD_BYTES < bytes.length; ) {
    const length = view.getUint32(at, true);
    const body = bytes.slice(at + HEAD_BYTES, at + HEAD_BYTES + length);
    if (length === 0 || body.length < length || crc32(body) !== view.getUint32(at + 4, true)) return;
    yield unpack(body) as Rows; // the checksum says that these are our own bytes
    at += HEAD_BYTES + length;
  }
}

/** All rows of a project. Tabs may append in another order than they committed: revisions say which is later. */
export function merged(bytes: Uint8Array<ArrayBuffer>): Rows | null {
  const revisionOf = (rows: Rows): number => rows.project?.revision ?? 0;
  const [first, ...others] = recordsOf(bytes);
  if (!first) return null;
  const later = others.filter((rows) => revisionOf(rows) > revisionOf(first));
  const ordered = [first, ...later.sort((a, b) => revisionOf(a) - revisionOf(b))];
  let project: Rows['project'] = null;
  const examples = new Map<string, Rows['examples'][number]>();
  const features = new Map<string, Rows['features'][number]>();
  for (const rows of ordered) {
    project = rows.project ?? project;
    for (const one of rows.examples) examples.set(one.id, one);
    for (const one of rows.features) features.set(`${one.example} ${one.view}`, one);
  }
  if (!project) return null;
  return {
    project,
    // pictures' originals are not in the second copy
    examples: [...examples.values()].map(({ id, row }) => ({
      id,
      row: row && { ...row, hasOriginal: false },
    })),
    features: [...features.values()],
  };
}
