/** This site's own files, for a copy of it. */
import * as v from 'valibot';
import { BitError, type NamedBlob, parseJsonBlob } from '../bit/index.ts';
import { withClassifier } from './classifierElement.ts';

/** Written by the build: every file of the built page with its size in bytes. */
const LIST = 'site.json';
const PAGE = 'index.html';
const listSchema = v.record(v.string(), v.number());

export interface SiteFiles {
  /** Of all of them together. */
  readonly bytes: number;
  readonly files: () => AsyncGenerator<NamedBlob>;
}

/**
 * What a page works without: some hosts take `_headers` for themselves, and some a file this large for none. A copy from
 * them lacks it too, and its service worker sends the headers, or the processor answers.
 */
const isSpare = (name: string): boolean => name === '_headers' || /\bort-[\w.-]+\.(wasm|mjs)$/.test(name);

/**
 * The files, `classifier` written into the page. Throws 'network' for one that the host does not give or for files of
 * two versions, 'aborted'.
 */
export async function siteFiles(
  classifier: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<SiteFiles> {
  const listed = await fetchOwn(LIST, signal);
  const list = v.safeParse(listSchema, listed && (await parseJsonBlob(listed, LIST)));
  if (!list.success)
    throw new BitError('network', 'the host gave something else; in development there is no built page', {
      file: LIST,
    });
  const names = [...Object.keys(list.output), LIST];
  return {
    bytes: Object.values(list.output).reduce((sum, size) => sum + size, 0),
    async *files() {
      for (const name of names) {
        const blob = await fetchOwn(name, signal);
        if (blob === null) continue;
        if (name !== PAGE) {
          yield { name, blob };
          continue;
        }
        const html = await blob.text();
        checkVersion(html, new Set(names));
        yield { name, blob: new Blob([withClassifier(html, classifier)]) };
      }
    },
  };
}

/** The page may be of the version that this browser keeps while the list is of a newer one, which the host has by now. */
function checkVersion(html: string, names: ReadonlySet<string>): void {
  for (const [name] of html.matchAll(/assets\/[\w.-]+/g))
    if (!names.has(name))
      throw new BitError('network', 'the site has a newer version: reload the page first', { file: name });
}

/** Null for a file that the host lacks and the page can do without. */
async function fetchOwn(name: string, signal: AbortSignal): Promise<Blob | null> {
  // the worker's script lies one folder below the page: assets/
  const base = import.meta.env.BASE_URL === './' ? '../' : import.meta.env.BASE_URL;
  try {
    const response = await fetch(new URL(`${base}${name}`, self.location.href), { signal });
    const html = response.headers.get('content-type')?.includes('text/html') === true;
    if (response.ok && (name === PAGE || !html)) return await response.blob();
    if (isSpare(name) && (html || response.status === 404)) return null;
    throw new BitError('network', `the host answered ${html ? 'with a web page' : response.status}`, {
      file: name,
    });
  } catch (cause) {
    if (cause instanceof BitError) throw cause;
    if (signal.aborted) throw new BitError('aborted', 'cancelled', { cause });
    throw new BitError('network', 'this site’s own files could not be fetched', { file: name, cause });
  }
}
