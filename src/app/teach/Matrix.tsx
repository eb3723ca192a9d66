import { type CSSProperties, memo } from 'react';
import type { ClassRow, Scores } from '../../engine/teach/protocol.ts';
import { count } from '../figures.ts';
import { moveInGrid } from '../shell/gridKeys.ts';
import { useGrowing } from './useGrowing.ts';
import { useTeach, useTeachWords } from './useTeach.ts';

/** Further rows come with the next frames: of fifty classes there are 2,500 cells. */
const FIRST_ROWS = 12;

/** Rows are a person's classes, columns the answers; a cell chooses its pictures. One Tab stop, arrows inside. */
export const Matrix = memo(function Matrix({ scores }: { scores: Scores }) {
  const w = useTeachWords();
  const chooseOnly = useTeach((teach) => teach.chooseOnly);
  const classes = useTeach((teach) => teach.project?.classes) ?? [];
  const rows = scores.classes.flatMap(({ id }) => classes.find((one: ClassRow) => one.id === id) ?? []);
  const grown = useGrowing(scores.classes.length, FIRST_ROWS, 4, true);
  if (rows.length !== scores.classes.length) return null; // the tests are of classes that are gone
  const most = Math.max(1, ...scores.cells.flat().map((cell) => cell.length));
  return (
    <>
      <div className="flex items-baseline justify-between gap-2 mt-5 mb-1">
        <h2 className="lab" id="mixed">
          {w.mixedUp}
        </h2>
        <span className="cap">{w.mixedUpHow}</span>
      </div>
      <div className="overflow-auto">
        <table
          className="mixed"
          aria-labelledby="mixed"
          onKeyDown={(event) => moveInGrid(event, '[data-cell]', rows.length)}
        >
          <thead>
            <tr>
              <td />
              {rows.map(({ id, name }) => (
                <th key={id} scope="col" title={name}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, grown).map((row, i) => (
              <tr key={row.id}>
                <th scope="row" title={row.name}>
                  {row.name}
                </th>
                {rows.map((column, j) => {
                  const cell = scores.cells[i]?.[j] ?? [];
                  const n = count(cell.length);
                  return (
                    <td key={column.id} className={cell.length === 0 ? 'z' : i === j ? 'd' : 'e'}>
                      <button
                        type="button"
                        data-cell=""
                        tabIndex={i + j === 0 ? 0 : -1}
                        style={
                          {
                            '--a': Math.round((45 * cell.length) / most) + (i === j ? 8 : 22),
                          } as CSSProperties
                        }
                        aria-label={
                          i === j ? w.cellRight(row.name, n) : w.cellWrong(row.name, column.name, n)
                        }
                        onClick={() => chooseOnly(cell)}
                      >
                        {cell.length === 0 ? '·' : n}
                      </button>
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
});
