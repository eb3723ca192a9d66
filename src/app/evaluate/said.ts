/** What a person or a table said of the pictures of a large set, kept beside its rows. */
import type { Picture } from '../classify/picture.ts';
import type { Evaluate } from './evaluate.ts';

/** The browser keeps some five million characters of a page in all. */
const MOST = 1_000_000;

export interface Said {
  /** What pictures show, by path, where that is not their folder's name. */
  readonly truths: ReadonlyMap<string, string | null>;
  /** Which class a name means. */
  readonly meant: Evaluate['meant'];
}

/** As text; '' where nothing was said, or too much. */
export function saidText(set: string, own: readonly Picture[], meant: Evaluate['meant']): string {
  const truths = own.flatMap(({ path, truth, given }) => (truth === given ? [] : [[path, truth]]));
  if (truths.length === 0 && Object.keys(meant).length === 0) return '';
  const text = JSON.stringify({ set, truths, meant });
  return text.length > MOST ? '' : text;
}

/** What was said of a set at an earlier visit; null where it is of another one, or no longer readable. */
export function readSaid(text: string | null, set: string): Said | null {
  if (text === null || text === '') return null;
  try {
    const read = JSON.parse(text) as { set?: unknown; truths?: unknown; meant?: unknown } | null;
    if (read?.set !== set || !Array.isArray(read.truths)) return null;
    const truths = new Map<string, string | null>();
    for (const entry of read.truths as unknown[]) {
      const [path, truth] = Array.isArray(entry) ? (entry as unknown[]) : [];
      if (typeof path === 'string' && (typeof truth === 'string' || truth === null)) truths.set(path, truth);
    }
    const meant = Object.entries(read.meant ?? {}).filter(([, to]) => typeof to === 'string' || to === null);
    return { truths, meant: Object.fromEntries(meant) };
  } catch (cause) {
    console.error('what was said of the set cannot be read', cause);
    return null;
  }
}
