/** The embedded model's files, read from the page's own host exactly as a dropped folder would be. */
import { BitError, type NamedBlob } from '../bit/index.ts';

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
  try {
    const response = await fetch(url, { signal });
    if (!response.ok) throw new BitError('network', `the host answered ${response.status}`, { file: name });
    // a static host may answer 200 with its front page for a file it does not have
    if (response.headers.get('content-type')?.includes('text/html')) {
      throw new BitError('network', 'the host answered with a web page', { file: name });
    }
    if (!response.body) return { name, blob: await response.blob() };
    const total = Number(response.headers.get('content-length') ?? 0);
    let done = 0;
    const counted = response.body.pipeThrough(
      new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
        transform(chunk, controller) {
          done += chunk.byteLength;
          onProgress(done, Math.max(done, total));
          controller.enqueue(chunk);
        },
      }),
    );
    return { name, blob: await new Response(counted).blob() };
  } catch (cause) {
    if (cause instanceof BitError) throw cause;
    if (signal.aborted) throw new BitError('aborted', 'cancelled', { cause });
    throw new BitError('network', 'could not be fetched from the host of this page', { file: name, cause });
  }
}
