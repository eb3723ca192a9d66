/** Writes a zip file as a Blob, member by member, through fflate. */
import { Zip, ZipDeflate, ZipPassThrough } from 'fflate';
import { BitError, type NamedBlob, throwIfAborted } from '../bit/index.ts';

/** Bytes handed over at once: deflating them blocks the thread for about a tenth of a second. */
const STEP_BYTES = 2 ** 21;
/** fflate writes no zip64: the count of files has 16 bits, sizes and offsets 32. */
const MAX_FILES = 2 ** 16 - 1;
/** 32 MiB are left for what the zip says of its files. */
const MAX_BYTES = 2 ** 32 - 2 ** 25;
const DEFLATE_LEVEL = 6;

export interface ZipOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told after each step: bytes taken in so far. */
  readonly onBytes?: (done: number) => void;
  /** Which members are worth deflating; pictures and weights do not get smaller. */
  readonly deflate?: (name: string) => boolean;
}

/** The zip of these files, each made when its turn comes. Throws 'export-limit' past 4 GB or 65,535 files, 'aborted', and what making a file throws. */
export async function writeZip(
  files: Iterable<NamedBlob> | AsyncIterable<NamedBlob>,
  { signal, onBytes, deflate = () => false }: ZipOptions = {},
): Promise<Blob> {
  const parts: Blob[] = [];
  const failures: Error[] = [];
  const zip = new Zip((error, chunk) => {
    if (error) failures.push(error);
    else parts.push(new Blob([Uint8Array.from(chunk)]));
  });
  let done = 0;
  let count = 0;
  for await (const { name, blob } of files) {
    if (++count > MAX_FILES) throw new BitError('export-limit', 'a zip file holds at most 65,535 files');
    if (done + blob.size > MAX_BYTES)
      throw new BitError('export-limit', 'a zip file holds at most 4 GB', { file: name });
    const member = deflate(name) ? new ZipDeflate(name, { level: DEFLATE_LEVEL }) : new ZipPassThrough(name);
    zip.add(member);
    for (let at = 0; at === 0 || at < blob.size; at += STEP_BYTES) {
      throwIfAborted(signal);
      const step = blob.slice(at, at + STEP_BYTES);
      member.push(new Uint8Array(await step.arrayBuffer()), at + STEP_BYTES >= blob.size);
      done += step.size;
      onBytes?.(done);
    }
  }
  zip.end();
  if (failures[0]) throw new BitError('internal', `the zip could not be written: ${failures[0].message}`);
  return new Blob(parts, { type: 'application/zip' });
}
