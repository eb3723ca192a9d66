import { BitError, printable, throwIfAborted } from '../errors.ts';

/**
 * Bytes [start, end) of a file. Throws 'checkpoint-truncated' when it cannot be read or gives fewer (a file on disk
 * that has changed since it was chosen), and 'aborted'.
 */
export async function readBytes(
  blob: Blob,
  start: number,
  end: number,
  file: string | undefined,
  signal?: AbortSignal,
): Promise<ArrayBuffer> {
  throwIfAborted(signal);
  let bytes: ArrayBuffer;
  try {
    bytes = await blob.slice(start, end).arrayBuffer();
  } catch (cause) {
    throw new BitError('checkpoint-truncated', 'could not be read; it may have changed since it was chosen', {
      file,
      cause,
    });
  }
  if (bytes.byteLength !== end - start) {
    throw new BitError('checkpoint-truncated', `ends at byte ${start + bytes.byteLength} of ${end}`, {
      file,
    });
  }
  return bytes;
}

/** Bytes [start, end) of a file whose small parts lie near each other. Throws as readBytes does. */
export type NearReader = (start: number, end: number) => Promise<Uint8Array<ArrayBuffer>>;

/** Read at once: 50 small members of an archive, or the head of one large one. */
const NEAR_BYTES = 2 ** 14;

/** Reads a little further than it is asked to, and from what it has already, where it can. */
export function nearReader(blob: Blob, file: string): NearReader {
  let from = 0;
  let bytes = new Uint8Array();
  return async (start, end) => {
    if (start < from || end > from + bytes.length) {
      const until = Math.max(end, Math.min(blob.size, start + NEAR_BYTES));
      bytes = new Uint8Array(await readBytes(blob, start, until, file));
      from = start;
    }
    return bytes.subarray(start - from, end - from);
  };
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Text of UTF-8 bytes, or null when they are not UTF-8. */
export function utf8(bytes: ArrayBuffer | Uint8Array): string | null {
  try {
    return decoder.decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

/** A name from a file, quoted, cut and printable, for an error message. */
export function shown(name: string): string {
  return `"${printable(name, 100)}"`;
}

/** CRC-32 of ISO 3309, as zip members carry it. */
export function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (let i = 0; i < bytes.length; i++) {
    crc = (CRC_TABLE[(crc ^ (bytes[i] ?? 0)) & 0xff] ?? 0) ^ (crc >>> 8);
  }
  return ~crc >>> 0;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});
