/** The set against what its folders say: numbers, mix-ups, and the pictures behind them. */
import { type FormEvent, useMemo, useState } from 'react';
import type { Choose } from '../classify/LookPlace.tsx';
import { folderCount } from '../classify/truth.ts';
import { count } from '../figures.ts';
import { useApp } from '../store.ts';
import { Work } from './Band.tsx';
import { CellPictures } from './CellPictures.tsx';
import { cellsOf, largestMixUp } from './cells.ts';
import { Empty } from './Empty.tsx';
import { outcomesIn, unmatched } from './judge.ts';
import { Matrix } from './Matrix.tsx';
import { MixUps } from './MixUps.tsx';
import { NameList, Said } from './NameList.tsx';
import { Numbers } from './Numbers.tsx';
import { useEvaluateWords, useJudged } from './useJudged.ts';

export function ScoreView({ choose }: { choose: Choose }) {
  const w = useEvaluateWords();
  const { judged, labels, line } = useJudged();
  const cell = useApp((app) => app.cell);
  const working = useApp(({ batch }) => batch !== null && batch.ms === null);
  const stopped = useApp((app) => app.own.some(({ state }) => state === 'stopped'));
  const cells = useMemo(() => cellsOf(judged), [judged]);
  const names = useMemo(() => unmatched(judged), [judged]);
  const present = useMemo(() => new Set(judged.flatMap(({ picture }) => picture.truth ?? [])), [judged]);
  const labelled = judged.some(({ picture }) => picture.truth !== null);
  if (!labelled) return <NoTruth choose={choose} />;
  const scored = outcomesIn(judged);
  const chosen = cell ?? largestMixUp(cells);
  return (
    <div className="score">
      <section className="l" aria-label={w.numbers}>
        {scored.length === 0 ? (
          <p className="prose">{cells.classes.length === 0 ? w.noneMatched : w.notAnswered}</p>
        ) : (
          <Numbers judged={judged} line={line} />
        )}
      </section>
      <section className="m" aria-label={w.mixedUp}>
        {(working || stopped) && (
          <div className="mb-4">
            <Work judged={judged} />
          </div>
        )}
        <Folders />
        {names.length > 0 && labels.length > 0 && (
          <NameList names={names} labels={labels} open={cells.classes.length === 0} />
        )}
        <Said present={present} />
        {cells.classes.length > 0 && (
          <>
            <Matrix cells={cells} labels={labels} chosen={chosen} />
            <MixUps cells={cells} labels={labels} chosen={chosen} />
          </>
        )}
      </section>
      <section className="r" aria-label={w.cellPictures}>
        <CellPictures cells={cells} labels={labels} chosen={chosen} />
      </section>
    </div>
  );
}

/** Says why the folders count, and lets a person take that back; and what a table that was read gave. */
function Folders() {
  const w = useEvaluateWords();
  const own = useApp((app) => app.own);
  const read = useApp((app) => app.tableRead);
  const justLook = useApp((app) => app.justLook);
  const folders = useMemo(() => folderCount(own), [own]);
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1 mb-4">
      <p className="prose">
        {read !== null
          ? w.tableRead(count(read.matched), count(read.lines))
          : folders > 0
            ? w.fromFolders(folders)
            : w.fromYou}
      </p>
      <button type="button" className="link text-[13px]" onClick={justLook}>
        {w.justLook}
      </button>
    </div>
  );
}

/** Nothing says what the pictures show: folders may, or a table. */
function NoTruth({ choose }: { choose: Choose }) {
  const w = useEvaluateWords();
  const own = useApp((app) => app.own.length);
  const labelBy = useApp((app) => app.labelBy);
  const [text, setText] = useState('');
  const [bad, setBad] = useState(false);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void labelBy(text).then((matched) => setBad(matched === 0));
  };
  return (
    <Empty label={w.numbers} title={w.emptyScore} how={w.emptyScoreHow} choose={choose}>
      {own > 0 && (
        <form className="mt-8 grid gap-2 justify-items-start" onSubmit={submit}>
          <h3 className="text-[16px] leading-[22px]">{w.orTable}</h3>
          <p className="prose">{w.tableHow}</p>
          <textarea
            className="paste"
            rows={5}
            spellCheck={false}
            aria-label={w.tableLabel}
            placeholder={w.tablePlaceholder}
            value={text}
            onChange={(event) => {
              setText(event.target.value);
              setBad(false);
            }}
          />
          {bad && (
            <p role="alert" className="text-wrong">
              {w.tableBad}
            </p>
          )}
          <button type="submit" className="btn" disabled={text.trim() === ''}>
            {w.readTable}
          </button>
        </form>
      )}
    </Empty>
  );
}
