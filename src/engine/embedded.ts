/** The embedded model's files, read from the page's own host exactly as a dropped folder would be. */
import type { NamedBlob } from '../bit/index.ts';
import { fetchUrl } from './fetchUrl.ts';

const FILES = ['model.safetensors', 'config.json', 'preprocessor_config.json', 'evaluation.json'] as const;

/** Fetches the embedded model. Progress is in bytes of the weights. Throws 'network' or 'aborted'. */
export async function fetchEmbedded(
  signal: AbortSignal,
  onProgress: (done: number, total: number) => void,
): Promise<NamedBlob[]> {
  return Promise.all(
    FILES.map((name) => fetchFile(`models/${name}`, signal, name === FILES[0] ? onProgress : undefined)),
  );
}

/** A file of the page's own host, by its path in public/. Throws 'network' or 'aborted'. */
export async function fetchFile(
  path: string,
  signal: AbortSignal,
  onProgress: (done: number, total: number) => void = () => undefined,
): Promise<NamedBlob> {
  const name = path.slice(path.lastIndexOf('/') + 1);
  // the worker's script lies one folder below the page: assets/
  const url = new URL(
    `${import.meta.env.BASE_URL === './' ? '../' : import.meta.env.BASE_URL}${path}`,
    self.location.href,
  );
  return fetchUrl(url, name, signal, onProgress);
}
