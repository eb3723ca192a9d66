/** Where a caller's model comes from, for the classes of the library: files, a folder on a host, or the embedded one. */
import { BitError, type NamedBlob, parseJsonBlob, shardNames } from '../bit/index.ts';
import { baseUrl, fetchIfThere, fetchUrl } from './fetchUrl.ts';

/** The embedded model, as a source. */
export const embedded = 'embedded';

/**
 * A model's files: as an `<input type=file>` or a drop gives them, as NamedBlobs, as the address of a folder that ends
 * with a slash ("https://host/bit-50/", any host the caller names), or 'embedded'.
 */
export type PretrainedSource = string | URL | Blob | ArrayLike<File> | readonly NamedBlob[];

export interface FetchOptions {
  readonly signal: AbortSignal;
  /** Bytes of the weights. */
  readonly onProgress: (done: number, total: number) => void;
}

/** The source's files. Throws 'network', 'aborted', and 'checkpoint-unknown' for a folder without weights. */
export async function filesOf(
  source: PretrainedSource,
  options: FetchOptions,
): Promise<readonly NamedBlob[]> {
  if (source === embedded) return embeddedFiles(options);
  if (typeof source === 'string' || source instanceof URL) return fetchFolder(folderUrl(source), options);
  if (source instanceof Blob) return [named(source)];
  return Array.from<File | NamedBlob>(source).map((file) => (file instanceof Blob ? named(file) : file));
}

const named = (blob: Blob): NamedBlob => ({ name: blob instanceof File ? blob.name : 'model', blob });

function folderUrl(source: string | URL): URL {
  const url = new URL(source, baseUrl());
  if (!url.pathname.endsWith('/'))
    throw new BitError(
      'network',
      `${url.href.slice(0, 200)} is no folder: its address must end with a slash`,
    );
  return url;
}

/** Each file as a bundler of the caller's project finds it; the page itself reads its own copy beside it. */
const EMBEDDED: readonly (readonly [name: string, url: URL])[] = [
  ['model.safetensors', new URL('../../public/models/model.safetensors', import.meta.url)],
  ['config.json', new URL('../../public/models/config.json', import.meta.url)],
  ['preprocessor_config.json', new URL('../../public/models/preprocessor_config.json', import.meta.url)],
  ['evaluation.json', new URL('../../public/models/evaluation.json', import.meta.url)],
];

function embeddedFiles({ signal, onProgress }: FetchOptions): Promise<NamedBlob[]> {
  const quiet = (): void => undefined;
  return Promise.all(
    EMBEDDED.map(([name, url], i) => fetchUrl(url, name, signal, i === 0 ? onProgress : quiet)),
  );
}

const SETTINGS = ['config.json', 'preprocessor_config.json'] as const;
/** The first that is there holds the weights; an index names the files that do. */
const WEIGHTS = [
  'model.safetensors',
  'model.safetensors.index.json',
  'pytorch_model.bin',
  'pytorch_model.bin.index.json',
  'model.npz',
  'model.onnx',
] as const;

async function fetchFolder(folder: URL, options: FetchOptions): Promise<readonly NamedBlob[]> {
  const { signal, onProgress } = options;
  const optional = (name: string, progress: FetchOptions['onProgress'] = () => undefined) =>
    fetchIfThere(new URL(name, folder), name, signal, progress);
  const settings = await Promise.all(SETTINGS.map((name) => optional(name)));
  const found = settings.filter((file) => file !== null);
  for (const name of WEIGHTS) {
    const file = await optional(name, onProgress);
    if (!file) continue;
    if (name.endsWith('.index.json')) return [...found, file, ...(await shards(file, folder, options))];
    if (name === 'model.onnx') {
      const outside = await Promise.all(['model.onnx.data', 'model.onnx_data'].map((data) => optional(data)));
      return [...found, file, ...outside.filter((data) => data !== null)];
    }
    return [...found, file];
  }
  throw new BitError('checkpoint-unknown', `holds none of ${WEIGHTS.join(', ')}`, {
    file: folder.href.slice(0, 200),
  });
}

/** The files that an index names, which lie beside it. */
async function shards(index: NamedBlob, folder: URL, options: FetchOptions): Promise<NamedBlob[]> {
  const names = shardNames({ json: await parseJsonBlob(index.blob, index.name), file: index.name });
  const done = new Map<string, readonly [number, number]>();
  return Promise.all(
    names.map((name) =>
      fetchUrl(new URL(encodeURIComponent(name), folder), name, options.signal, (bytes, total) => {
        done.set(name, [bytes, total]);
        const all = [...done.values()];
        options.onProgress(
          all.reduce((sum, [part]) => sum + part, 0),
          all.reduce((sum, [, part]) => sum + part, 0),
        );
      }),
    ),
  );
}
