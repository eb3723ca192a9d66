import { useMemo } from 'react';
import { useShallow } from 'zustand/react/shallow';
import { wilson } from '../../bit/evaluate/wilson.ts';
import { reliability, scoresOfSet } from '../../bit/index.ts';
import { answering } from '../classify/picture.ts';
import { Ruler } from '../classify/Ruler.tsx';
import { count, FEW } from '../figures.ts';
import { useApp } from '../store.ts';
import { Calibration } from './Calibration.tsx';
import { type Judged, outcomesIn } from './judge.ts';
import { useEvaluateWords } from './useJudged.ts';

const TOP = 5;

/** A rate with its 95 % interval, or a count of few. */
function rate(right: number, n: number): readonly [value: string, spread: string] {
  if (n < FEW) return [`${count(right)} / ${count(n)}`, ''];
  const [low, high] = wilson(right, n);
  return [percent(right / n), `${percent(low)}–${percent(high)}`];
}

/** One decimal, and never certain. */
function percent(share: number): string {
  return (100 * share).toFixed(1);
}

/** How right the answers are. The line plays no part in Top-1, so that it compares with what papers say. */
export function Numbers({ judged, line }: { judged: readonly Judged[]; line: number }) {
  const w = useEvaluateWords();
  const outcomes = useMemo(() => outcomesIn(judged), [judged]);
  const scores = useMemo(() => scoresOfSet(outcomes, TOP), [outcomes]);
  const rows = useMemo(() => reliability(outcomes), [outcomes]);
  const key = useApp(useShallow((app) => answering(app)?.key));
  const classes = useApp((app) => answering(app)?.classes ?? 0);
  const setLine = useApp((app) => app.setLine);
  const { n, right, inTopK, balancedAccuracy, balancedHalfWidth } = scores;
  const labelled = judged.filter(({ right: known }) => known !== null);
  const sure = labelled.filter((one) => one.sure);
  const answeredRight = sure.filter((one) => one.right).length;
  const [low, high] = wilson(right, n);
  const few = n < FEW;
  const [topValue, topSpread] = rate(inTopK, n);
  const [sureValue, sureSpread] = rate(answeredRight, sure.length);
  const chances = labelled.every(({ answer }) => answer?.functionToApply !== 'none');
  return (
    <>
      <h2 className="lab mb-1">{w.top1}</h2>
      <p className="hero">
        {few ? (
          `${count(right)} / ${count(n)}`
        ) : (
          <>
            {percent(right / n)}
            <span className="text-[22px] font-normal ml-1 tracking-normal">%</span>
          </>
        )}
      </p>
      <p className="cap mt-1 mb-4 text-ink2!">
        {!few && `${w.rightOf(count(right), count(n))} `}
        {w.interval(percent(low), percent(high))}
      </p>
      <dl className="kv">
        {classes > TOP && (
          <>
            <dt>{w.topK(TOP)}</dt>
            <dd>{topValue}</dd>
            <dd>{topSpread}</dd>
          </>
        )}
        <dt>{w.balanced}</dt>
        <dd>{percent(balancedAccuracy)}</dd>
        <dd>{`±${(100 * balancedHalfWidth).toFixed(1)}`}</dd>
        {chances && (
          <>
            <dt>{w.whenAnswers}</dt>
            <dd>{sure.length === 0 ? '–' : sureValue}</dd>
            <dd>{sure.length === 0 ? '' : sureSpread}</dd>
          </>
        )}
      </dl>
      {chances && (
        <>
          <h2 className="lab mt-6">{w.sayUnsure}</h2>
          <div className="flex items-start gap-3">
            <div className="grow">
              <Ruler
                score={line / 100}
                unsure={false}
                line={line}
                onLine={(to) => key !== undefined && setLine(key, to)}
              />
            </div>
            <b className="mt-2">
              {line}
              {'\u2009'}%
            </b>
          </div>
          <p className="cap text-ink2! mt-1">
            {sure.length === 0
              ? w.noneAnswered
              : w.answersShare(
                  few ? `${count(sure.length)} / ${count(n)}` : `${percent(sure.length / n)}\u2009%`,
                )}
          </p>
          <Calibration judged={judged} rows={rows} outcomes={outcomes} />
        </>
      )}
    </>
  );
}
