/** Names for classes: from the files, from a person, or from the lists that the page's own host has (public/labels). */
import {
  areSynsets,
  BitError,
  type LabelList,
  type LabelSet,
  labelSetOf,
  namesOfSynsets,
  onlyNumbers,
  parseLabelList,
} from '../bit/index.ts';
import { fetchFile } from './embedded.ts';
import type { Choices, LabelsFrom } from './protocol.ts';

const lists = new Map<LabelSet, Promise<LabelList>>();

/** A list of public/labels, fetched once in a worker's life. Throws 'network' or 'aborted'. */
export function fetchLabels(set: LabelSet, signal: AbortSignal): Promise<LabelList> {
  const known = lists.get(set);
  if (known) return known;
  const list = fetchFile(`labels/${set}.tsv`, signal).then(async ({ blob }) =>
    parseLabelList(await blob.text(), set),
  );
  lists.set(set, list);
  list.catch(() => lists.delete(set)); // the next model asks again
  return list;
}

export interface NamedClasses {
  readonly labels: readonly string[];
  readonly from: LabelsFrom;
  /** The list that was wanted and could not be fetched. */
  readonly missing: LabelSet | null;
}

/**
 * What the classes are called: as chosen; else the files' own labels, WordNet ids in words; else, where those only
 * count, the list of that length. Throws 'config-conflict' for a choice of another length, and what `fetchList` throws
 * other than 'network'.
 */
export async function nameClasses(
  labels: readonly string[],
  chosen: Choices['labels'],
  fetchList: (set: LabelSet) => Promise<LabelList>,
): Promise<NamedClasses> {
  const own: LabelsFrom = onlyNumbers(labels) ? 'numbers' : 'file';
  if (chosen === 'file') return { labels, from: own, missing: null };
  if (chosen !== undefined && typeof chosen !== 'string') {
    if (chosen.length !== labels.length) throw wrongLength(`${chosen.length} names`, labels.length);
    return { labels: chosen, from: 'chosen', missing: null };
  }
  const synsets = areSynsets(labels);
  const set = chosen ?? (own === 'numbers' || synsets ? labelSetOf(labels.length) : undefined);
  const wanted: readonly LabelSet[] =
    set !== undefined ? [set] : synsets ? ['imagenet-1k', 'imagenet-21k'] : [];
  try {
    const found = await Promise.all(wanted.map(fetchList));
    const [list] = found;
    if (!list) return { labels, from: own, missing: null };
    if (synsets && chosen === undefined)
      return { labels: namesOfSynsets(labels, found), from: 'file', missing: null };
    if (list.names.length !== labels.length)
      throw wrongLength(`${set} has ${list.names.length} names`, labels.length);
    return { labels: list.names, from: set ?? own, missing: null };
  } catch (error) {
    if (!(error instanceof BitError) || error.code !== 'network') throw error;
    return { labels, from: own, missing: wanted[0] ?? null };
  }
}

function wrongLength(what: string, classes: number): BitError {
  return new BitError('config-conflict', `${what}, but the model has ${classes} classes`);
}
