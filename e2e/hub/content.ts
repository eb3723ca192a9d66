/** The bytes of one served file, in memory or on the disk, with the hashes that the Hub states for them. */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync, statSync } from 'node:fs';

export interface Content {
  readonly size: number;
  readonly sha256: string;
  /** Git's hash of the file as a blob: what a small file's ETag is. */
  readonly gitSha1: string;
  /** Bytes [start, end). */
  read(start: number, end: number): Buffer;
}

export type Given = Content | Uint8Array | string;

/** Text, bytes, or what is a content already. */
export function contentOf(given: Given): Content {
  if (typeof given !== 'string' && !(given instanceof Uint8Array)) return given;
  const bytes = Buffer.from(given);
  return {
    size: bytes.length,
    sha256: hash('sha256', bytes),
    gitSha1: gitSha1(bytes),
    read: (start, end) => bytes.subarray(start, end),
  };
}

/** A file of the disk, never read as a whole. `hashes` when they are known already. */
export function contentAt(
  path: string,
  hashes?: { readonly sha256: string; readonly gitSha1: string },
): Content {
  const { size } = statSync(path);
  const read = (start: number, end: number): Buffer => {
    const file = openSync(path, 'r');
    try {
      const bytes = Buffer.alloc(end - start);
      let done = 0;
      while (done < bytes.length) {
        const count = readSync(file, bytes, done, bytes.length - done, start + done);
        if (count === 0) throw new Error(`${path} became shorter`);
        done += count;
      }
      return bytes;
    } finally {
      closeSync(file);
    }
  };
  return { size, ...(hashes ?? hashesOf(size, read)), read };
}

const STEP = 1 << 20;

/** Both hashes in one pass. */
export function hashesOf(
  size: number,
  read: (start: number, end: number) => Buffer,
): { sha256: string; gitSha1: string } {
  const sha256 = createHash('sha256');
  const git = createHash('sha1').update(`blob ${size}\0`);
  for (let at = 0; at < size; at += STEP) {
    const bytes = read(at, Math.min(size, at + STEP));
    sha256.update(bytes);
    git.update(bytes);
  }
  return { sha256: sha256.digest('hex'), gitSha1: git.digest('hex') };
}

export const hash = (algorithm: 'sha1' | 'sha256', bytes: Uint8Array | string): string =>
  createHash(algorithm).update(bytes).digest('hex');

/** Git's hash of a blob. */
export function gitSha1(bytes: Uint8Array | string): string {
  return createHash('sha1')
    .update(`blob ${Buffer.byteLength(bytes)}\0`)
    .update(bytes)
    .digest('hex');
}
