/** The confusion of a judged set: which pictures of which class got which answer. */
import type { Cell } from './evaluate.ts';
import type { Judged } from './judge.ts';

export interface Cells {
  /** Classes that pictures are known to show, the person's order of names. */
  readonly classes: readonly number[];
  /** Answered pictures of a class, by the answer. */
  readonly rows: ReadonlyMap<number, ReadonlyMap<Cell['answer'], readonly Judged[]>>;
  /** Pictures of each class with an answer. */
  readonly totals: ReadonlyMap<number, number>;
}

export interface MixUp {
  readonly truth: number;
  /** Any class of the model. */
  readonly answer: number;
  readonly pictures: readonly Judged[];
}

/** An answer counts where it is sure; below the line the picture is under 'unsure'. */
export function cellsOf(judged: readonly Judged[]): Cells {
  const known = new Map<number, string>();
  for (const { truth, picture } of judged)
    if (truth !== null && !known.has(truth)) known.set(truth, picture.truth ?? '');
  const collator = new Intl.Collator('en', { numeric: true });
  const classes = [...known].sort(([, a], [, b]) => collator.compare(a, b)).map(([index]) => index);
  const rows = new Map<number, Map<Cell['answer'], Judged[]>>(classes.map((index) => [index, new Map()]));
  const totals = new Map<number, number>();
  for (const one of judged) {
    const { truth, best, sure } = one;
    const row = truth === null || best === null ? undefined : rows.get(truth);
    if (row === undefined || truth === null || best === null) continue;
    const answer = !sure ? 'unsure' : known.has(best.index) ? best.index : 'other';
    const cell = row.get(answer);
    if (cell) cell.push(one);
    else row.set(answer, [one]);
    totals.set(truth, (totals.get(truth) ?? 0) + 1);
  }
  return { classes, rows, totals };
}

/** Pictures of a class with an answer; that may be any class of the model, also one that no folder is named by. */
export function inCell(cells: Cells, { truth, answer }: Cell): readonly Judged[] {
  const row = cells.rows.get(truth);
  if (typeof answer !== 'number' || cells.rows.has(answer)) return row?.get(answer) ?? [];
  return (row?.get('other') ?? []).filter(({ best }) => best?.index === answer);
}

/** What of the confusion is shown as a matrix. */
export interface Shown {
  readonly classes: readonly number[];
  readonly columns: readonly Cell['answer'][];
  /** Whether some classes are left out. */
  readonly some: boolean;
  /** The pictures of a cell; those of a class that has no column are under 'other'. */
  readonly at: (truth: number, answer: Cell['answer']) => readonly Judged[];
}

/** Of more than `most` classes those with the most mistakes. */
export function matrixOf(cells: Cells, most: number): Shown {
  const classes = worstClasses(cells, most);
  const some = classes.length < cells.classes.length;
  const others = some || [...cells.rows.values()].some((row) => row.has('other'));
  const columns: readonly Cell['answer'][] = [...classes, ...(others ? (['other'] as const) : []), 'unsure'];
  const visible = new Set<Cell['answer']>(columns);
  return {
    classes,
    columns,
    some,
    at(truth, answer) {
      if (answer !== 'other') return inCell(cells, { truth, answer });
      return [...(cells.rows.get(truth) ?? [])].flatMap(([to, pictures]) =>
        to === 'other' || !visible.has(to) ? pictures : [],
      );
    },
  };
}

/** Wrong, sure answers, the most frequent first; classes that no folder is named by included. */
export function mixUpsOf(cells: Cells): MixUp[] {
  const found: MixUp[] = [];
  for (const [truth, row] of cells.rows) {
    for (const [answer, pictures] of row) {
      if (answer === truth || answer === 'unsure') continue;
      if (answer !== 'other') found.push({ truth, answer, pictures });
      else {
        const byClass = new Map<number, Judged[]>();
        for (const one of pictures) {
          const index = one.best?.index ?? -1;
          byClass.set(index, [...(byClass.get(index) ?? []), one]);
        }
        for (const [index, own] of byClass) found.push({ truth, answer: index, pictures: own });
      }
    }
  }
  return found.sort((a, b) => b.pictures.length - a.pictures.length || a.truth - b.truth);
}

/** The cell that is shown where nobody chose one: the largest mix-up, else what it was not sure of, else what it found. */
export function largestMixUp(cells: Cells): Cell | null {
  const [mixUp] = mixUpsOf(cells);
  if (mixUp) return { truth: mixUp.truth, answer: mixUp.answer };
  const answered = cells.classes.filter((index) => (cells.totals.get(index) ?? 0) > 0);
  const largest = (cellOf: (truth: number) => Cell): Cell | undefined =>
    answered
      .map(cellOf)
      .filter((cell) => inCell(cells, cell).length > 0)
      .sort((a, b) => inCell(cells, b).length - inCell(cells, a).length)[0];
  return (
    largest((truth) => ({ truth, answer: 'unsure' })) ??
    largest((truth) => ({ truth, answer: truth })) ??
    null
  );
}

/** Of more classes than a person can read, those with the most mistakes, in the order of all. */
export function worstClasses(cells: Cells, most: number): readonly number[] {
  if (cells.classes.length <= most) return cells.classes;
  const wrong = (index: number): number =>
    (cells.totals.get(index) ?? 0) - (cells.rows.get(index)?.get(index)?.length ?? 0);
  const worst = new Set([...cells.classes].sort((a, b) => wrong(b) - wrong(a)).slice(0, most));
  return cells.classes.filter((index) => worst.has(index));
}
