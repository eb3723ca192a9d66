import { BitError, throwIfAborted } from '../errors.ts';

/**
 * Inflates raw deflate data (RFC 1951) up to `length` bytes and no further, whatever it would expand to. With `whole`,
 * it must give exactly that many. Throws 'checkpoint-header' for broken data and 'aborted'.
 */
export async function inflate(
  blob: Blob,
  length: number,
  options: { whole: boolean; file: string; signal?: AbortSignal | undefined },
): Promise<Uint8Array<ArrayBuffer>> {
  const { whole, file, signal } = options;
  const out = new Uint8Array(length);
  let filled = 0;
  const reader = blob.stream().pipeThrough(new DecompressionStream('deflate-raw')).getReader();
  const read = async (): Promise<Uint8Array | null> => {
    try {
      const { done, value } = await reader.read();
      return done ? null : value;
    } catch (cause) {
      throw new BitError('checkpoint-header', 'has a zip member whose deflated data is broken', {
        file,
        cause,
      });
    }
  };
  for (;;) {
    throwIfAborted(signal);
    if (!whole && filled === length) break;
    const chunk = await read();
    if (!chunk) break;
    if (whole && chunk.length > length - filled) {
      await reader.cancel();
      throw new BitError('checkpoint-header', 'has a zip member that inflates to more than it says', {
        file,
      });
    }
    const part = chunk.subarray(0, length - filled);
    out.set(part, filled);
    filled += part.length;
  }
  if (!whole) await reader.cancel();
  else if (filled < length)
    throw new BitError('checkpoint-header', 'has a zip member that inflates to less than it says', { file });
  return out.subarray(0, filled);
}
