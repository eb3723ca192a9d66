import { type CSSProperties, useEffect, useState } from 'react';
import { useShallow } from 'zustand/react/shallow';
import type { Batch } from '../classify/batch.ts';
import { answering } from '../classify/picture.ts';
import { count, duration } from '../figures.ts';
import { Icon } from '../shell/Icon.tsx';
import { useStrings } from '../shell/Words.tsx';
import { useApp } from '../store.ts';
import type { Judged } from './judge.ts';
import { useEvaluateWords } from './useJudged.ts';
import type { EvaluateWords } from './words.ts';

/** How far the work is, with its switches, and how sure the answers are. */
export function Band({ judged, line }: { judged: readonly Judged[]; line: number }) {
  return (
    <div className="band">
      <Work judged={judged} />
      <Histogram judged={judged} line={line} />
    </div>
  );
}

function leftWords(ms: number, w: EvaluateWords): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 60) return w.seconds(count(seconds));
  return seconds < 5400 ? w.minutes(count(Math.round(seconds / 60))) : w.hours((seconds / 3600).toFixed(1));
}

/** "64 a second, 11 s left"; null before there is anything to go by. */
function rateWords({ done, total, startedAt, pausedAt }: Batch, w: EvaluateWords): string | null {
  const ms = (pausedAt ?? performance.now()) - startedAt;
  if (done < 2 || ms < 500) return null;
  const perSecond = (1000 * done) / ms;
  return w.rate(
    perSecond >= 10 ? count(Math.round(perSecond)) : perSecond.toFixed(1),
    leftWords((ms / done) * (total - done), w),
  );
}

/** True twice a second, so that time goes on between two answers. */
function useTick(on: boolean): void {
  const [, tick] = useState(0);
  useEffect(() => {
    if (!on) return;
    const timer = setInterval(() => tick((n) => n + 1), 500);
    return () => clearInterval(timer);
  }, [on]);
}

/** The progress of the batch with Pause and Stop; what came of it once it is done. */
export function Work({ judged }: { judged: readonly Judged[] }) {
  const w = useEvaluateWords();
  const batch = useApp((app) => app.batch);
  const takenUp = useApp((app) => app.takenUp);
  const { pauseWork, resumeWork, stopWork, goOn, setFilter, setView } = useApp((app) => app);
  const working = batch !== null && batch.ms === null;
  useTick(working && batch.pausedAt === null);
  const all = judged.length;
  const answered = judged.filter(({ answer }) => answer !== null).length;
  const failed = judged.filter(({ picture }) => picture.state === 'failed').length;
  const stopped = !working && judged.some(({ picture }) => picture.state === 'stopped');
  const done = answered + failed;
  return (
    <div>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 min-h-[28px]">
        <p className="text-[16px] leading-[22px] font-semibold">{w.doneOf(count(done), count(all))}</p>
        <p className="text-[13px] text-ink2">
          {working
            ? batch.pausedAt !== null
              ? w.paused
              : rateWords(batch, w)
            : stopped
              ? w.stoppedHow
              : batch?.ms != null && w.finished(count(batch.done), duration(batch.ms))}
        </p>
        <span className="grow" />
        {working && (
          <span className="flex gap-3">
            <button
              type="button"
              className="btn sm"
              onClick={batch.pausedAt === null ? pauseWork : resumeWork}
            >
              {batch.pausedAt === null && <Icon name="pause" />}
              {batch.pausedAt === null ? w.pause : w.goOn}
            </button>
            <button type="button" className="btn sm" onClick={stopWork}>
              {w.stop}
            </button>
          </span>
        )}
        {stopped && (
          <button type="button" className="btn sm" onClick={goOn}>
            {w.goOn}
          </button>
        )}
      </div>
      <div
        className={batch?.pausedAt != null ? 'prog still mt-2.5' : 'prog mt-2.5'}
        style={{ '--v': all === 0 ? 0 : (100 * done) / all, height: 6 } as CSSProperties}
        role="progressbar"
        aria-label={w.answering}
        aria-valuenow={done}
        aria-valuemin={0}
        aria-valuemax={all}
      >
        <i />
      </div>
      <p className="cap mt-1.5 text-ink2!">
        {takenUp > 0 && `${w.keptHow(count(takenUp))} `}
        {working && w.meanwhile}
        {!working && failed > 0 && (
          <>
            {w.notRead(count(failed), count(all))}{' '}
            <button
              type="button"
              className="link text-[12px]"
              onClick={() => {
                setFilter('failed');
                setView('table');
              }}
            >
              {w.showThem}
            </button>
          </>
        )}
      </p>
    </div>
  );
}

const BINS = 20;
const HEIGHT = 46;

/** The answers by their best score, and the "not sure" line over them, which can be dragged. */
function Histogram({ judged, line }: { judged: readonly Judged[]; line: number }) {
  const t = useStrings();
  const w = useEvaluateWords();
  const key = useApp(useShallow((app) => answering(app)?.key));
  const setLine = useApp((app) => app.setLine);
  const bins = Array.from({ length: BINS }, () => 0);
  let below = 0;
  for (const { best } of judged) {
    if (best === null) continue;
    const at = Math.max(0, Math.min(BINS - 1, Math.floor(best.score * BINS)));
    bins[at] = (bins[at] ?? 0) + 1;
    if (best.score * 100 < line) below++;
  }
  const answered = bins.reduce((sum, n) => sum + n, 0);
  const most = Math.max(1, ...bins);
  return (
    <div className="histogram">
      <svg
        viewBox={`0 0 400 ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={w.histogram(count(below), count(answered), String(line), count(bins.at(-1) ?? 0))}
      >
        {bins.map((n, i) => {
          const height = n === 0 ? 0 : Math.max(1.5, ((HEIGHT - 2) * n) / most);
          const unsure = (i + 0.5) * (100 / BINS) < line;
          return (
            <rect
              // biome-ignore lint/suspicious/noArrayIndexKey: a bin is its place
              key={i}
              x={i * 20 + 0.5}
              width={19}
              y={HEIGHT - height}
              height={height}
              fill={unsure ? 'var(--unsure)' : 'var(--bar)'}
            />
          );
        })}
      </svg>
      <input
        type="range"
        min={0}
        max={100}
        value={line}
        aria-label={t.lineLabel}
        aria-valuetext={t.lineValue(String(line))}
        disabled={key === undefined}
        onChange={(event) => key !== undefined && setLine(key, Number(event.target.value))}
      />
      <div className="ticks" style={{ '--t': line } as CSSProperties} aria-hidden="true">
        <span className="left-0">0</span>
        <span className="at">{w.unsureBelow(String(line))}</span>
        <span className="right-0">100{'\u2009'}%</span>
      </div>
    </div>
  );
}
