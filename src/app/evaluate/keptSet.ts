/** What the page's memory has of a set that outlives the tab; its rows lie with the stored models. */

/** Where that is kept which a person said of the set. */
export const SAID = 'said of the kept set';
/** Where the set is told at the next visit: '612\t1284\tharbour-fair\tMy classes', done, all, its folder, the taught head. */
export const KEPT_SET = 'kept set';

/** A set of so many pictures outlives the tab, with its answers; fewer are answered again within seconds. */
export const KEEP_FROM = 20;

/** What a set is kept under. */
export const setName = (folder: string): string => folder || 'pictures';

export interface KeptSet {
  readonly set: string;
  readonly answered: string;
  readonly total: string;
  /** The taught classes that answered, '' for a model's own. */
  readonly by: string;
}

/** Null where nothing is kept. */
export function readKeptSet(text: string | null): KeptSet | null {
  const [answered = '', total = '', set = '', by = ''] = (text ?? '').split('\t');
  return Number(answered) > 0 && Number(total) >= Number(answered) ? { set, answered, total, by } : null;
}
