/** Dropped files onto the shelf: checked to be a BiT, hashed, stored like a download. */
import { BitError, type NamedBlob, openCheckpoint, throwIfAborted } from '../../bit/index.ts';
import type { Choices } from '../protocol.ts';
import type { DownloadProgress, ShelfModel } from '../shelf/protocol.ts';
import { CHUNK_BYTES } from '../store/chunks.ts';
import { storing } from '../store/locks.ts';
import {
  beginModel,
  chooseForModel,
  deleteModel,
  finishFile,
  finishModel,
  readManifest,
} from '../store/shelf.ts';
import { createHasher, hashBlob, hashText } from './hash.ts';
import { Meter } from './meter.ts';
import { FileWriter } from './writer.ts';

export interface PutOptions {
  readonly name: string;
  readonly choices?: Choices | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: DownloadProgress) => void;
}

/**
 * Stores the files; the same bytes are stored once only, under the newest name and choices. On any failure nothing of them stays. Throws what opening a
 * checkpoint throws, 'quota', 'file-changed' when a file changed on disk meanwhile, and 'aborted'.
 */
export async function putFiles(files: readonly NamedBlob[], options: PutOptions): Promise<ShelfModel> {
  const { name, choices = null, signal, onProgress } = options;
  await openCheckpoint(files); // reads headers only
  const bytes = files.reduce((sum, { blob }) => sum + blob.size, 0);
  const hashes = await hashAll(files, signal, new Meter(bytes, onProgress));
  const id = `files:${await hashText(hashes.toSorted().join())}`;
  return storing(id, signal, async () => {
    const known = await readManifest(id);
    if (known && !known.damaged) return chooseForModel(id, name, choices);
    const model = { id, name, bytes, choices, licence: null, catalogueKey: null, offer: null };
    const row = await beginModel(
      { ...model, source: { kind: 'dropped' }, added: Date.now() },
      files.map((file) => file.name),
    );
    const meter = new Meter(bytes, onProgress);
    try {
      let before = 0;
      for (const [index, file] of files.entries()) {
        const stored = row.files[index];
        if (!stored) throw new BitError('internal', 'the list of files has changed');
        meter.file = file.name;
        const place = { id, file: index, name: file.name };
        const writer = await FileWriter.resume(place, stored, signal, () => undefined);
        for (let at = 0; at < file.blob.size; at += CHUNK_BYTES) {
          throwIfAborted(signal);
          await writer.take(new Uint8Array(await readPart(file, at)));
          meter.tell('store', before + writer.bytes);
        }
        const sha256 = await writer.finish();
        if (sha256 !== hashes[index])
          throw new BitError('file-changed', 'changed while it was being stored', { file: file.name });
        const { size } = file.blob;
        await finishFile(id, index, {
          name: file.name,
          url: null,
          size,
          sha256,
          sha256Stated: false,
          etag: null,
        });
        before += size;
      }
      return await finishModel(id);
    } catch (cause) {
      await deleteModel(id);
      throw cause;
    }
  });
}

async function hashAll(files: readonly NamedBlob[], signal: AbortSignal, meter: Meter): Promise<string[]> {
  const hashes: string[] = [];
  let before = 0;
  for (const { name, blob } of files) {
    const hasher = await createHasher();
    meter.file = name;
    await hashBlob(
      hasher,
      blob,
      name,
      signal,
      (bytes) => meter.tell('check', before + bytes),
      'file-changed',
    );
    hashes.push(hasher.digest('hex'));
    before += blob.size;
  }
  return hashes;
}

async function readPart({ name, blob }: NamedBlob, at: number): Promise<ArrayBuffer> {
  try {
    return await blob.slice(at, at + CHUNK_BYTES).arrayBuffer();
  } catch (cause) {
    throw new BitError('file-changed', 'cannot be read any more', { file: name, cause });
  }
}
