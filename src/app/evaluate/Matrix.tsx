import { type CSSProperties, useMemo } from 'react';
import { useNames } from '../classify/useNames.ts';
import { count, FEW } from '../figures.ts';
import { moveInGrid } from '../shell/gridKeys.ts';
import { Label } from '../shell/Words.tsx';
import { useApp } from '../store.ts';
import { type Cells, matrixOf } from './cells.ts';
import type { Cell } from './evaluate.ts';
import { useEvaluateWords } from './useJudged.ts';
import type { EvaluateWords } from './words.ts';

/** More classes than this are not read as a matrix. */
export const MOST = 30;

/** What a class is called on the page. */
export function useClassNames(labels: readonly string[]): (index: number) => string {
  const names = useNames();
  return (index) => names(labels[index] ?? String(index)).name;
}

/** What a cell is called, for one who does not see where it lies. */
function cellWords(cell: Cell, nameOf: (index: number) => string, n: number, w: EvaluateWords): string {
  const name = nameOf(cell.truth);
  if (cell.answer === 'unsure') return w.cellUnsure(name, count(n));
  if (cell.answer === 'other') return w.cellOther(name, count(n));
  return cell.answer === cell.truth
    ? w.cellRight(name, count(n))
    : w.cellWrong(name, nameOf(cell.answer), count(n));
}

/** Rows are what folders say, columns the answers. One Tab stop, arrows inside; a cell shows its pictures. */
export function Matrix(props: { cells: Cells; labels: readonly string[]; chosen: Cell | null }) {
  const w = useEvaluateWords();
  const { cells, labels, chosen } = props;
  const nameOf = useClassNames(labels);
  const setCell = useApp((app) => app.setCell);
  const { classes: shown, columns, some, at: cellAt } = useMemo(() => matrixOf(cells, MOST), [cells]);
  const most = Math.max(
    1,
    ...shown.flatMap((truth) => columns.map((answer) => cellAt(truth, answer).length)),
  );
  const isChosen = (cell: Cell): boolean => chosen?.truth === cell.truth && chosen.answer === cell.answer;
  const stop = shown.some((truth) => columns.some((answer) => isChosen({ truth, answer })));
  return (
    <>
      <div className="flex flex-wrap items-baseline gap-x-3">
        <h2 className="text-[16px] leading-[22px]" id="confusion">
          {w.mixedUp}
        </h2>
        <p className="cap">{w.mixedUpHow}</p>
      </div>
      {some && <p className="cap mt-1">{w.someOf(count(shown.length), count(cells.classes.length))}</p>}
      <div className="confusion">
        <table
          className="cm"
          aria-labelledby="confusion"
          onKeyDown={(event) => moveInGrid(event, '.cell', columns.length)}
        >
          <thead>
            <tr>
              <td />
              {columns.map((answer) => (
                <th key={answer} scope="col">
                  <span className={answer === 'unsure' ? 'turned text-unsure' : 'turned'}>
                    {answer === 'unsure' ? (
                      w.notSure
                    ) : answer === 'other' ? (
                      <span title={w.otherHow}>{w.other}</span>
                    ) : (
                      <Label className="initial inline-block">{nameOf(answer)}</Label>
                    )}
                  </span>
                </th>
              ))}
              <th scope="col">
                <span className="turned" title={w.foundHow}>
                  {w.found}
                </span>
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((truth, i) => (
              <tr key={truth}>
                <th scope="row">
                  <Label className="initial block truncate">{nameOf(truth)}</Label>
                </th>
                {columns.map((answer, j) => {
                  const n = cellAt(truth, answer).length;
                  const kind =
                    answer === 'unsure' && n > 0 ? 'u' : n === 0 ? 'z' : answer === truth ? 'd' : 'e';
                  const pressed = isChosen({ truth, answer });
                  return (
                    <td key={answer} className={kind}>
                      <button
                        type="button"
                        className="cell"
                        tabIndex={pressed || (!stop && i + j === 0) ? 0 : -1}
                        aria-pressed={pressed}
                        aria-label={cellWords({ truth, answer }, nameOf, n, w)}
                        style={
                          {
                            '--a': Math.round((45 * n) / most) + (answer === truth ? 8 : 22),
                          } as CSSProperties
                        }
                        onClick={() => setCell({ truth, answer })}
                      >
                        {n === 0 ? '·' : count(n)}
                      </button>
                    </td>
                  );
                })}
                <td className="tot">
                  {foundWords(cellAt(truth, truth).length, cells.totals.get(truth) ?? 0)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

/** Whole per cent, or a count of few. */
function foundWords(found: number, of: number): string {
  if (of === 0) return '–';
  return of < FEW ? `${found}/${of}` : String(Math.round((100 * found) / of));
}
