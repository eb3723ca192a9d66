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
    FILES.map((name) => fetchFile(name, signal, name === FILES[0] ? onProgress : () => undefined)),
  );
}

async function fetchFile(
  name: string,
  signal: AbortSignal,
  onProgress: (done: number, total: number) => void,
): Promise<NamedBlob> {
  // the worker's script lies one folder below the page: assets/
  const url = new URL(
    `${import.meta.env.BASE_URL === './' ? '../' : import.meta.env.BASE_URL}models/${name}`,
    self.location.href,
  );
  return fetchUrl(url, name, signal, onProgress);
}
