import { type CSSProperties, useMemo } from 'react';
import { count } from '../figures.ts';
import { useApp } from '../store.ts';
import { type Cells, mixUpsOf } from './cells.ts';
import type { Cell } from './evaluate.ts';
import { useClassNames } from './Matrix.tsx';
import { useEvaluateWords } from './useJudged.ts';

const SHOWN = 8;

/** Which class was taken for which, the most frequent first. */
export function MixUps(props: { cells: Cells; labels: readonly string[]; chosen: Cell | null }) {
  const w = useEvaluateWords();
  const { cells, labels, chosen } = props;
  const nameOf = useClassNames(labels);
  const setCell = useApp((app) => app.setCell);
  const mixUps = useMemo(() => mixUpsOf(cells).slice(0, SHOWN), [cells]);
  const most = mixUps[0]?.pictures.length ?? 1;
  return (
    <section className="mixups">
      <h2 className="lab mt-6 mb-1.5">{w.mixUps}</h2>
      {mixUps.length === 0 && <p className="prose">{w.noMixUps}</p>}
      <ol>
        {mixUps.map(({ truth, answer, pictures }) => {
          const to: Cell = { truth, answer };
          return (
            <li key={`${truth} ${answer}`}>
              <button
                type="button"
                className="mixup"
                aria-pressed={chosen?.truth === to.truth && chosen.answer === to.answer}
                style={{ '--v': (100 * pictures.length) / most } as CSSProperties}
                onClick={() => setCell(to)}
              >
                <span className="what initial truncate">{w.called(nameOf(truth), nameOf(answer))}</span>
                <i />
                <b>{count(pictures.length)}</b>
              </button>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
