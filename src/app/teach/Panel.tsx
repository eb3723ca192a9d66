import { type CSSProperties, memo } from 'react';
import { wilson } from '../../bit/evaluate/wilson.ts';
import { sameKey } from '../../engine/teach/featureKey.ts';
import type { Scores } from '../../engine/teach/protocol.ts';
import { count, duration, FEW } from '../figures.ts';
import { Icon } from '../shell/Icon.tsx';
import { Matrix } from './Matrix.tsx';
import { isUnfit } from './stale.ts';
import { TryIt } from './TryIt.tsx';
import { useTeach, useTeachWords } from './useTeach.ts';

/** More right answers in the last quarter of the pictures than this still count as rising. */
const RISING = 0.02;

/** What was learnt, and how well, on pictures held out. */
export function Panel() {
  const w = useTeachWords();
  const learnt = useTeach((teach) => teach.learnt);
  const learning = useTeach((teach) => teach.learning);
  const scores = useTeach((teach) => teach.scores);
  const scoring = useTeach((teach) => teach.scoring);
  const isUnseen = useTeach(({ key, project }) =>
    Boolean(project?.examples.some((one) => key === null || isUnfit(one, key))),
  );
  return (
    <aside className="side" aria-label={w.rightOn}>
      {scores !== null && scores.tested > 0 ? (
        <Rate scores={scores} />
      ) : (
        <p className="prose">{learnt !== null ? w.needMore : isUnseen ? w.needLook : w.needTwo}</p>
      )}
      {learnt !== null && <p className="cap text-ink2! mt-2">{w.lastLayer(duration(learnt.ms))}</p>}
      {(learning || scoring !== null) && (
        <p className="cap mt-2" role="status">
          {scoring === null ? w.learning : w.testing(String(Math.floor(scoring * 100)))}
        </p>
      )}
      {scores !== null && scores.tested > 0 && <Tests scores={scores} />}
      <TryIt />
      <Options />
      <Source />
    </aside>
  );
}

function Rate({ scores }: { scores: Scores }) {
  const w = useTeachWords();
  const { tested, right, folds } = scores;
  const [low, high] = wilson(right, tested);
  return (
    <div className="flex flex-wrap items-end gap-x-5 gap-y-1">
      <div>
        <h2 className="lab mb-1">{w.rightOn}</h2>
        <p className="hero">
          {tested < FEW ? (
            `${count(right)} / ${count(tested)}`
          ) : (
            <>
              {((100 * right) / tested).toFixed(1)}
              <span className="text-[22px] font-normal ml-1 tracking-normal">%</span>
            </>
          )}
        </p>
      </div>
      <p className="cap text-ink2! pb-1.5">
        {w.rightDetail(count(right), count(tested), folds)}
        <br />
        {w.likely((100 * low).toFixed(0), (100 * high).toFixed(0))}
      </p>
    </div>
  );
}

/** Made again with new tests only, not with each step of learning: a hundred classes have ten thousand cells. */
const Tests = memo(function Tests({ scores }: { scores: Scores }) {
  const w = useTeachWords();
  const chooseOnly = useTeach((teach) => teach.chooseOnly);
  const { outOfPlace, curve, novelty, views } = scores;
  const [before, last] = curve.slice(-2);
  const rising =
    before &&
    last &&
    last.tested > 0 &&
    last.right / last.tested - before.right / Math.max(1, before.tested) > RISING;
  const of = (n: number, all: number): string => `${count(n)} / ${count(all)}`;
  return (
    <>
      <Matrix scores={scores} />
      {outOfPlace.length > 0 && (
        <div className="odd-ones">
          <span className="text-unsure">
            <Icon name="warning" />
          </span>
          <p className="grow">{w.outOfPlace(outOfPlace.length)}</p>
          <button type="button" className="link" onClick={() => chooseOnly(outOfPlace)}>
            {w.lookAtThem}
          </button>
        </div>
      )}
      {curve.length > 1 && (
        <section className="mt-5">
          <h2 className="lab mb-1">{w.curve}</h2>
          <ol className="learning">
            {curve.map(({ perClass, tested, right }) => (
              <li key={perClass} style={{ '--v': (100 * right) / Math.max(1, tested) } as CSSProperties}>
                <span>
                  {w.curvePoint(perClass.toFixed(0), ((100 * right) / Math.max(1, tested)).toFixed(0))}
                </span>
                <i />
              </li>
            ))}
          </ol>
          <p className="cap mt-1">{rising ? w.stillRising : w.levelled}</p>
        </section>
      )}
      <section className="mt-5">
        <h2 className="lab mb-1">{w.noveltyTitle}</h2>
        <p className="prose">
          {novelty === null
            ? w.noveltyNone
            : w.novelty(
                of(novelty.taughtCalledNone, novelty.taught),
                of(novelty.strangersCalledNone, novelty.strangers),
              )}
        </p>
      </section>
      {views !== null && (
        <p className="prose mt-3">{w.viewsGain(count(views.rightWith), count(views.rightWithout))}</p>
      )}
    </>
  );
});

function Options() {
  const w = useTeachWords();
  const { project, change } = useTeach((teach) => teach);
  if (project === null) return null;
  const { options } = project;
  const choices = [
    ['views', w.views],
    ['balance', w.balance],
    ['originals', w.originals],
  ] as const;
  return (
    <fieldset className="mt-6 grid gap-1.5">
      <legend className="lab mb-1.5">{w.options}</legend>
      {choices.map(([name, text]) => (
        <label key={name} className="flex items-start gap-2 text-[13px] leading-[18px] min-h-6">
          <input
            type="checkbox"
            className="mt-0.5 accent-accent"
            checked={options[name]}
            onChange={(event) =>
              void change({ kind: 'set-options', options: { [name]: event.target.checked } })
            }
          />
          {text}
        </label>
      ))}
    </fieldset>
  );
}

/** Which backbone the features come from, and which of them are less exact. */
function Source() {
  const w = useTeachWords();
  const key = useTeach((teach) => teach.key);
  const examples = useTeach((teach) => teach.project?.examples) ?? [];
  if (key === null) return null;
  const small = examples.filter((one) => one.fromSmall && sameKey(one.key, key)).length;
  return (
    <>
      <p className="cap mt-5 wrap-anywhere">{w.featuresFrom(key.name)}</p>
      {small > 0 && <p className="prose mt-2">{w.fromSmall(small)}</p>}
    </>
  );
}
