/** Which rows the table shows, in which order. */
import type { Column, Filter, Order } from './evaluate.ts';
import type { Judged } from './judge.ts';

export function passes({ picture, best, sure, right }: Judged, filter: Filter): boolean {
  switch (filter) {
    case 'all':
      return true;
    case 'right':
      return right === true;
    case 'wrong':
      return right === false;
    case 'unsure':
      return best !== null && !sure;
    case 'failed':
      return picture.state === 'failed';
    case 'unanswered':
      return best === null && picture.state !== 'failed';
  }
}

/** `find` is looked for in the file's path, the answer, and what the folder says, in any case. */
export function arranged(
  judged: readonly Judged[],
  order: Order | null,
  filter: Filter,
  find: string,
): readonly Judged[] {
  const wanted = find.trim().toLowerCase();
  const holds = (text: string | null | undefined): boolean => text?.toLowerCase().includes(wanted) === true;
  const rows = judged.filter(
    (row) =>
      passes(row, filter) &&
      (wanted === '' || holds(row.picture.path) || holds(row.best?.label) || holds(row.picture.truth)),
  );
  if (order === null) return rows;
  const compare = COMPARE[order.column];
  // rows without a value stay last, whichever way; rows alike stay as they came
  return rows.sort((a, b) => {
    const [has, hasToo] = [hasValue(a, order.column), hasValue(b, order.column)];
    if (!has || !hasToo) return Number(hasToo) - Number(has);
    return order.down ? compare(b, a) : compare(a, b);
  });
}

const names = new Intl.Collator('en', { numeric: true });
const RANK = (row: Judged): number =>
  row.right === null ? 2 : row.right ? (row.sure ? 0 : 1) : row.sure ? 4 : 3;

const COMPARE: Record<Column, (a: Judged, b: Judged) => number> = {
  file: (a, b) => names.compare(a.picture.path, b.picture.path),
  answer: (a, b) => names.compare(a.best?.label ?? '', b.best?.label ?? ''),
  sure: (a, b) => (a.best?.score ?? 0) - (b.best?.score ?? 0),
  next: (a, b) => names.compare(a.next?.label ?? '', b.next?.label ?? ''),
  truth: (a, b) => names.compare(a.picture.truth ?? '', b.picture.truth ?? ''),
  right: (a, b) => RANK(a) - RANK(b),
  ms: (a, b) => (a.answer?.ms.total ?? 0) - (b.answer?.ms.total ?? 0),
};

function hasValue(row: Judged, column: Column): boolean {
  switch (column) {
    case 'file':
      return true;
    case 'truth':
      return row.picture.truth !== null;
    case 'right':
      return row.right !== null;
    case 'next':
      return row.next !== null;
    case 'answer':
    case 'sure':
    case 'ms':
      return row.best !== null;
  }
}
