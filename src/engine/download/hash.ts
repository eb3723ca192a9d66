/** SHA-256 as it goes: crypto.subtle cannot stream, so hash-wasm does it, loaded when it is first needed. */
import { BitError, type BitErrorCode } from '../../bit/errors.ts';
import { CHUNK_BYTES } from '../store/chunks.ts';

/** Chromium reads a chunk whose loose file was cut to nothing for ever; no disk takes this long for 4 MiB. */
const READ_MS = 20_000;

export type Hasher = Awaited<ReturnType<typeof createHasher>>;

export async function createHasher() {
  const { createSHA256 } = await import('hash-wasm');
  return (await createSHA256()).init();
}

/** SHA-256 of a short text, in hex. */
export async function hashText(text: string): Promise<string> {
  return (await createHasher()).update(text).digest('hex');
}

/**
 * Feeds a Blob to a hasher, a chunk at a time. `onRead` is told the bytes so far. Throws `code` when a part cannot be
 * read, and 'aborted'.
 */
export async function hashBlob(
  hasher: Hasher,
  blob: Blob,
  file: string,
  signal: AbortSignal,
  onRead: (bytes: number) => void,
  code: BitErrorCode = 'stored-damaged',
): Promise<void> {
  for (let at = 0; at < blob.size; at += CHUNK_BYTES) {
    if (signal.aborted) throw new BitError('aborted', 'cancelled');
    const part = blob.slice(at, at + CHUNK_BYTES);
    let bytes: ArrayBuffer;
    try {
      bytes = await inTime(part.arrayBuffer());
    } catch (cause) {
      throw new BitError(code, 'a part of it cannot be read', { file, cause });
    }
    if (bytes.byteLength !== part.size)
      throw new BitError(code, 'a part of it is shorter than it was', { file });
    hasher.update(new Uint8Array(bytes));
    onRead(Math.min(at + CHUNK_BYTES, blob.size));
  }
}

async function inTime<T>(reading: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(reject, READ_MS, new Error(`nothing comes in ${READ_MS / 1000} s`));
  });
  try {
    return await Promise.race([reading, late]);
  } finally {
    clearTimeout(timer);
  }
}
