/** This site's own files, for a copy of it. */
import * as v from 'valibot';
import { BitError, type NamedBlob, parseJsonBlob } from '../bit/index.ts';

/** Written by the build: every file of the built page with its size in bytes. */
const LIST = 'site.json';
const PAGE = 'index.html';
const listSchema = v.record(v.string(), v.number());

/** The element of a copied page that says what it answers by; a data block, so that nothing of it is run. */
export const CLASSIFIER_ELEMENT = 'bit-lens-classifier';

export interface SiteFiles {
  /** Of all of them together. */
  readonly bytes: number;
  readonly files: () => AsyncGenerator<NamedBlob>;
}

/** The files, `classifier` written into the page. Throws 'network' for one that the host does not give, 'aborted'. */
export async function siteFiles(
  classifier: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<SiteFiles> {
  const list = v.safeParse(listSchema, await parseJsonBlob(await fetchOwn(LIST, signal), LIST));
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
        yield name === PAGE
          ? { name, blob: new Blob([withClassifier(await blob.text(), classifier)]) }
          : { name, blob };
      }
    },
  };
}

/** The page with the classifier in place of any that it has. */
function withClassifier(html: string, classifier: Readonly<Record<string, string>>): string {
  const json = JSON.stringify(classifier).replaceAll('<', '\\u003c');
  const element = `<script type="application/json" id="${CLASSIFIER_ELEMENT}">${json}</script>`;
  const bare = html.replace(new RegExp(`<script[^>]*id="${CLASSIFIER_ELEMENT}">[^<]*</script>`), '');
  return bare.replace('</head>', () => `${element}</head>`);
}

async function fetchOwn(name: string, signal: AbortSignal): Promise<Blob> {
  // the worker's script lies one folder below the page: assets/
  const base = import.meta.env.BASE_URL === './' ? '../' : import.meta.env.BASE_URL;
  try {
    const response = await fetch(new URL(`${base}${name}`, self.location.href), { signal });
    const html = response.headers.get('content-type')?.includes('text/html') === true;
    if (response.ok && (name === PAGE || !html)) return await response.blob();
    throw new BitError('network', `the host answered ${html ? 'with a web page' : response.status}`, {
      file: name,
    });
  } catch (cause) {
    if (cause instanceof BitError) throw cause;
    if (signal.aborted) throw new BitError('aborted', 'cancelled', { cause });
    throw new BitError('network', 'this site’s own files could not be fetched', { file: name, cause });
  }
}
