import { BitError, throwIfAborted } from '../errors.ts';

/**
 * Inflates raw deflate data (RFC 1951) up to `length` bytes and no further, whatever it would expand to, into parts as
 * they come: nothing is set aside for a length that the data may not have. With `whole`, it must give exactly that
 * many. Throws 'checkpoint-damaged' for broken data, 'checkpoint-header' for another length, and 'aborted'.
 */
export async function inflate(
  blob: Blob,
  length: number,
  options: { whole: boolean; file: string; signal?: AbortSignal | undefined },
): Promise<Uint8Array<ArrayBuffer>[]> {
  const { whole, file, signal } = options;
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let filled = 0;
  const reader = blob.stream().pipeThrough(new DecompressionStream('deflate-raw')).getReader();
  const read = async (): Promise<Uint8Array<ArrayBuffer> | null> => {
    try {
      const { done, value } = await reader.read();
      return done ? null : value;
    } catch (cause) {
      throw new BitError('checkpoint-damaged', 'has a zip member whose deflated data is broken', {
        file,
        cause,
      });
    }
  };
  try {
    for (;;) {
      throwIfAborted(signal);
      if (!whole && filled === length) break;
      const chunk = await read();
      if (!chunk) break;
      if (whole && chunk.length > length - filled)
        throw new BitError('checkpoint-header', 'has a zip member that inflates to more than it says', {
          file,
        });
      const part = chunk.subarray(0, length - filled);
      parts.push(part);
      filled += part.length;
    }
  } finally {
    // rejects where the data was broken, which has been said
    await reader.cancel().catch(() => undefined);
  }
  if (whole && filled < length)
    throw new BitError('checkpoint-header', 'has a zip member that inflates to less than it says', { file });
  return parts;
}
