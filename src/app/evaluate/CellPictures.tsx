import { type CSSProperties, useState } from 'react';
import type { Names } from '../classify/label.ts';
import { useNames } from '../classify/useNames.ts';
import { count, wholePercent } from '../figures.ts';
import { Icon } from '../shell/Icon.tsx';
import { Label } from '../shell/Words.tsx';
import { useApp } from '../store.ts';
import { type Cells, matrixOf } from './cells.ts';
import type { Cell } from './evaluate.ts';
import type { Judged } from './judge.ts';
import { MOST, useClassNames } from './Matrix.tsx';
import { useEvaluateWords } from './useJudged.ts';
import type { EvaluateWords } from './words.ts';

const FIRST = 8;

function titleOf({ truth, answer }: Cell, nameOf: (index: number) => string, w: EvaluateWords): string {
  const name = nameOf(truth);
  if (answer === 'unsure') return w.cellTitleUnsure(name);
  if (answer === 'other') return w.cellTitleOther(name);
  return answer === truth ? w.cellTitleRight(name) : w.cellTitleWrong(name, nameOf(answer));
}

/** The pictures behind a cell, the surest first: open one, or teach with all. */
export function CellPictures(props: { cells: Cells; labels: readonly string[]; chosen: Cell | null }) {
  const w = useEvaluateWords();
  const { cells, labels, chosen } = props;
  const names = useNames();
  const nameOf = useClassNames(labels);
  const [whole, setWhole] = useState<Cell | null>(null);
  const { select, setView, teachWith } = useApp((app) => app);
  if (chosen === null) return <p className="prose">{w.emptyCell}</p>;
  const pictures = [...matrixOf(cells, MOST).at(chosen.truth, chosen.answer)].sort(
    (a, b) => (b.best?.score ?? 0) - (a.best?.score ?? 0),
  );
  const all = whole === chosen || pictures.length <= FIRST;
  const open = (id: number): void => {
    select(id);
    setView('picture');
  };
  const teach = (): void =>
    teachWith(
      pictures.flatMap(({ picture: { name, blob } }) =>
        blob === null ? [] : [{ name, blob, folder: nameOf(chosen.truth) }],
      ),
    );
  return (
    <>
      <div className="flex items-start gap-3 mb-2.5">
        <div className="min-w-0 grow">
          <h2 className="text-[16px] leading-[22px] initial wrap-anywhere">{titleOf(chosen, nameOf, w)}</h2>
          <p className="cap">{w.surestFirst(count(pictures.length))}</p>
        </div>
        {pictures.length > 0 && (
          <button type="button" className="btn sm" onClick={teach}>
            <Icon name="teach" />
            {w.teach}
          </button>
        )}
      </div>
      <ul className="border-t border-line">
        {pictures.slice(0, all ? undefined : FIRST).map((row) => (
          <li key={row.picture.id}>
            <button
              type="button"
              className="er"
              title={row.picture.path}
              onClick={() => open(row.picture.id)}
            >
              <Pictured row={row} names={names} w={w} />
            </button>
          </li>
        ))}
      </ul>
      <div className="flex flex-wrap items-center gap-2 py-3">
        {!all && (
          <button type="button" className="link text-[13px]" onClick={() => setWhole(chosen)}>
            {w.showAllOf(count(pictures.length))}
          </button>
        )}
        <span className="grow" />
        {pictures.length > 0 && <span className="cap">{w.relabelHow}</span>}
      </div>
    </>
  );
}

function Pictured({ row, names, w }: { row: Judged; names: Names; w: EvaluateWords }) {
  const { picture, best, next, right, sure } = row;
  const tone = !sure ? 'text-unsure' : right ? 'text-accent' : 'text-wrong';
  const raw = row.answer?.functionToApply === 'none';
  const share = (score: number): string => (raw ? score.toFixed(1) : wholePercent(score));
  return (
    <>
      <span className="th">
        {picture.thumbnail !== null && <img src={picture.thumbnail} alt="" decoding="async" />}
      </span>
      <span className="min-w-0">
        <Label className="block truncate font-medium text-[13px]">{picture.name}</Label>
        <span className="cap block truncate">
          {next !== null && w.nextIs(names(next.label).name, share(next.score))}
        </span>
      </span>
      {best !== null && (
        <span className="text-[13px] text-right min-w-0">
          <span className={`block truncate font-semibold ${tone}`}>
            <Label>{names(best.label).name}</Label> {share(best.score)}
          </span>
          <i
            className="mini"
            style={
              {
                '--v': raw ? 0 : 100 * best.score,
                '--c': !sure ? 'var(--unsure)' : right ? 'var(--bar)' : 'var(--wrong)',
              } as CSSProperties
            }
          />
        </span>
      )}
    </>
  );
}
