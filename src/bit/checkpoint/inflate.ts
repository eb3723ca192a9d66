/** Raw deflate data (RFC 1951), as zip members hold it: a whole member through the platform, or its first bytes at once. */
import { Inflate } from 'fflate';
import { BitError, throwIfAborted } from '../errors.ts';

/**
 * Inflates to exactly `length` bytes, in parts as they come: nothing is set aside for a length that the data may not
 * have. Throws 'checkpoint-damaged' for broken data, 'checkpoint-header' for another length, and 'aborted'.
 */
export async function inflate(
  blob: Blob,
  length: number,
  options: { file: string; signal?: AbortSignal | undefined },
): Promise<Uint8Array<ArrayBuffer>[]> {
  const { file, signal } = options;
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let filled = 0;
  const reader = blob.stream().pipeThrough(new DecompressionStream('deflate-raw')).getReader();
  const read = async (): Promise<Uint8Array<ArrayBuffer> | null> => {
    try {
      const { done, value } = await reader.read();
      return done ? null : value;
    } catch (cause) {
      throw broken(file, cause);
    }
  };
  try {
    for (;;) {
      throwIfAborted(signal);
      const part = await read();
      if (!part) break;
      filled += part.length;
      if (filled > length)
        throw new BitError('checkpoint-header', 'has a zip member that inflates to more than it says', {
          file,
        });
      parts.push(part);
    }
  } finally {
    // rejects where the data was broken, which has been said
    await reader.cancel().catch(() => undefined);
  }
  if (filled < length)
    throw new BitError('checkpoint-header', 'has a zip member that inflates to less than it says', { file });
  return parts;
}

/** Deflated bytes put in at once: they may become a thousand times as many. */
const STEP_BYTES = 128;

/**
 * The first `length` inflated bytes of a member of `storedSize` bytes, or all if it has fewer. A stream of the platform
 * costs 300 µs, too much for each of 20,000 members. Throws 'checkpoint-damaged'.
 */
export async function inflateStart(
  read: (from: number, to: number) => Promise<Uint8Array<ArrayBuffer>>,
  storedSize: number,
  length: number,
  file: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const out = new Uint8Array(length);
  let filled = 0;
  const inflater = new Inflate((part) => {
    const taken = part.subarray(0, length - filled);
    out.set(taken, filled);
    filled += taken.length;
  });
  for (let at = 0; at < storedSize && filled < length; at += STEP_BYTES) {
    const step = await read(at, at + STEP_BYTES);
    try {
      inflater.push(step, at + STEP_BYTES >= storedSize);
    } catch (cause) {
      throw broken(file, cause);
    }
  }
  return out.subarray(0, filled);
}

function broken(file: string, cause: unknown): BitError {
  return new BitError('checkpoint-damaged', 'has a zip member whose deflated data is broken', {
    file,
    cause,
  });
}
