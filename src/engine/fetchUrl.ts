/** One file of a host as a Blob, with progress. */
import { BitError, type NamedBlob } from '../bit/index.ts';

type OnProgress = (doneBytes: number, totalBytes: number) => void;

/** What relative addresses stand against: the page, or the worker that the caller's code runs in. */
export function baseUrl(): string {
  return 'document' in globalThis ? document.baseURI : globalThis.location.href;
}

/** Fetches a file. Throws 'network' for every answer that is not the file, or 'aborted'. */
export async function fetchUrl(
  url: URL,
  name: string,
  signal: AbortSignal,
  onProgress: OnProgress,
): Promise<NamedBlob> {
  const response = await request(url, name, signal);
  if (!response.ok) throw new BitError('network', `the host answered ${response.status}`, { file: name });
  if (isPage(response)) throw new BitError('network', 'the host answered with a web page', { file: name });
  return received(response, name, signal, onProgress);
}

/** The same, but null for a file that the host does not have. */
export async function fetchIfThere(
  url: URL,
  name: string,
  signal: AbortSignal,
  onProgress: OnProgress,
): Promise<NamedBlob | null> {
  const response = await request(url, name, signal);
  if (response.status === 404 || (response.ok && isPage(response))) {
    await response.body?.cancel();
    return null;
  }
  if (!response.ok) throw new BitError('network', `the host answered ${response.status}`, { file: name });
  return received(response, name, signal, onProgress);
}

/** A static host may answer 200 with its front page for a file it does not have. */
const isPage = ({ headers }: Response): boolean =>
  headers.get('content-type')?.includes('text/html') ?? false;

async function request(url: URL, name: string, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(url, { signal });
  } catch (cause) {
    throw failure(cause, url, name, signal);
  }
}

async function received(
  response: Response,
  name: string,
  signal: AbortSignal,
  onProgress: OnProgress,
): Promise<NamedBlob> {
  const total = Number(response.headers.get('content-length') ?? 0);
  let done = 0;
  try {
    if (!response.body) return { name, blob: await response.blob() };
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
    throw failure(cause, new URL(response.url), name, signal);
  }
}

function failure(cause: unknown, url: URL, name: string, signal: AbortSignal): BitError {
  if (signal.aborted) return new BitError('aborted', 'cancelled', { cause });
  return new BitError('network', `could not be fetched from ${url.host || 'this page'}`, {
    file: name,
    cause,
  });
}
