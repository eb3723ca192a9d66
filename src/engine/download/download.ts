/** A model from a host onto the shelf: file by file, each from the last stored chunk, and the manifest last. */
import { BitError } from '../../bit/errors.ts';
import type { DownloadProgress, Offer, Patience, ShelfModel } from '../shelf/protocol.ts';
import { beginModel, completeModel, finishFile, finishModel, readManifest } from '../store/shelf.ts';
import { downloadFile } from './file.ts';
import { Meter } from './meter.ts';
import { PATIENCE } from './patience.ts';
import { shareDownload } from './share.ts';

export interface DownloadOptions {
  readonly catalogueKey?: string | undefined;
  readonly patience?: Partial<Patience> | undefined;
  /** Pauses, in all tabs; what is stored stays. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: DownloadProgress) => void;
}

/** Fetches what is not stored yet; a complete model is given back at once. Throws what `downloadFile` throws. */
export async function downloadModel(offer: Offer, options: DownloadOptions): Promise<ShelfModel> {
  const { signal, onProgress } = options;
  return shareDownload({
    id: offer.id,
    signal,
    onProgress,
    work: async (sharedSignal, report) => {
      const asked = { ...options, signal: sharedSignal, onProgress: report };
      try {
        return await fetchAll(offer, asked);
      } catch (cause) {
        // site data cleared under the download: nothing is stored any more, so it begins once more
        if (!(cause instanceof BitError) || cause.code !== 'not-stored' || sharedSignal.aborted) throw cause;
        return fetchAll(offer, asked);
      }
    },
  });
}

async function fetchAll(offer: Offer, options: DownloadOptions): Promise<ShelfModel> {
  const { id, name, source, files, bytes, licence } = offer;
  const known = await readManifest(id);
  if (known && !known.damaged) return completeModel(known);
  const row = await beginModel(
    {
      id,
      name,
      source,
      bytes,
      licence,
      added: Date.now(),
      catalogueKey: options.catalogueKey ?? null,
      choices: null,
      offer,
    },
    files.map((file) => file.name),
  );
  const meter = new Meter(bytes, options.onProgress);
  const sizes = files.map(({ size }) => size);
  let before = 0;
  for (const [index, file] of files.entries()) {
    const stored = row.files[index];
    if (!stored) throw new BitError('internal', 'the list of files has changed');
    meter.file = file.name;
    let done = stored.done;
    if (!done) {
      done = await downloadFile({
        id,
        index,
        file,
        stored,
        patience: { ...PATIENCE, ...options.patience },
        signal: options.signal,
        onBytes: (step, count) => meter.tell(step, before + count),
        onWait: (error, milliseconds) => meter.waits(error, milliseconds),
        onSize: (size) => {
          sizes[index] = size;
          if (sizes.every((each) => each !== null))
            meter.total = sizes.reduce<number>((a, b) => a + (b ?? 0), 0);
        },
      });
      await finishFile(id, index, done);
    }
    before += done.size;
    meter.tell('fetch', before);
  }
  return finishModel(id);
}
