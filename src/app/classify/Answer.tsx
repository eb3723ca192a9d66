import { lazy, useState } from 'react';
import { useShallow } from 'zustand/react/shallow';
import type { Classification } from '../../engine/protocol.ts';
import { count, megabytes, wholePercent } from '../figures.ts';
import { modelInUse } from '../models/models.ts';
import { RECOMMENDED } from '../models/shelf.ts';
import { errorSentence } from '../shell/errorSentence.ts';
import { Icon } from '../shell/Icon.tsx';
import { Later } from '../shell/Later.tsx';
import { usePhone } from '../shell/usePhone.ts';
import { Label, useStrings, Words } from '../shell/Words.tsx';
import { useApp } from '../store.ts';
import { defaultLine, isSure } from './calibration.ts';
import { calibrationWords } from './calibrationWords.ts';
import { Facts } from './Facts.tsx';
import { type Answering, answering, lineOf, type Picture, selectedPicture } from './picture.ts';
import { Ruler } from './Ruler.tsx';
import { TopFive } from './TopFive.tsx';
import { unreadWords } from './Tray.tsx';
import { useMapView } from './useMapView.ts';
import { useNames } from './useNames.ts';

/** Not part of the first load. */
const Truth = lazy(async () => ({ default: (await import('./Truth.tsx')).Truth }));
const FindClass = lazy(async () => ({ default: (await import('./FindClass.tsx')).FindClass }));

function Headline(props: { answer: Classification; unsure: boolean; line: number; none: boolean }) {
  const { answer, unsure, line, none } = props;
  const names = useNames();
  const t = useStrings();
  const best = answer.scores[0];
  if (best === undefined) return null;
  const { name, others } = names(best.label);
  const raw = answer.functionToApply === 'none';
  return (
    <>
      <div className="flex items-baseline justify-between gap-4">
        <h2 className={unsure || none ? 'big text-unsure' : 'big'}>
          {none ? t.none : unsure ? t.notSure : <Label className="initial block">{name}</Label>}
        </h2>
        <p className="big font-normal! whitespace-nowrap">
          {raw ? best.score.toFixed(2) : wholePercent(best.score)}
          {!raw && <span className="text-[20px] tracking-normal ml-1">%</span>}
        </p>
      </div>
      {none ? (
        <p className="text-ink2 mt-0.5">
          <Words text={t.noneWhy} x={<Label>{name}</Label>} />
        </p>
      ) : unsure ? (
        <p className="text-ink2 mt-0.5">
          <Words text={t.unsure(String(line))} x={<Label>{name}</Label>} />
        </p>
      ) : (
        others !== '' && (
          <p className="text-ink2 mt-0.5">
            <Label>{others}</Label>
          </p>
        )
      )}
    </>
  );
}

function Answered(props: { picture: Picture; answer: Classification; model: Answering }) {
  const t = useStrings();
  const { picture, answer, model } = props;
  const { none } = picture;
  const phone = usePhone();
  const map = useMapView();
  const line = useApp((app) => lineOf(app, model));
  const moved = useApp((app) => app.lines[model.key] !== undefined);
  const setLine = useApp((app) => app.setLine);
  const best = answer.scores[0];
  if (best === undefined) return null;
  const raw = answer.functionToApply === 'none';
  const unsure = !raw && !isSure(best.score, line);
  return (
    <>
      <Headline answer={answer} unsure={unsure} line={line} none={none} />
      {!raw && (
        <Ruler score={best.score} unsure={unsure} line={line} onLine={(to) => setLine(model.key, to)} />
      )}
      <p className="prose mt-2.5">
        <Words text={raw ? t.rawScores : calibrationWords(model, best.score, t)} />
        {unsure && !none && ` ${t.noneOfThese(count(model.classes))}`}
      </p>
      {moved && (
        <button type="button" className="link text-[13px]" onClick={() => setLine(model.key, null)}>
          {t.lineReset(String(defaultLine(model)))}
        </button>
      )}
      <TopFive picture={picture} answer={answer} classes={model.classes} line={line} unsure={unsure} />
      {model.classes > answer.scores.length && model.labels.length > 0 && answer.logits !== null && (
        <AnyClass model={model} answer={answer} />
      )}
      {phone && map !== null && (
        <div className="note">
          <map.MapNote picture={picture} answer={answer} />
        </div>
      )}
    </>
  );
}

function Unanswered({ picture }: { picture: Picture }) {
  const t = useStrings();
  const open = useApp((app) => modelInUse(app) !== undefined);
  if (picture.state === 'failed' && picture.error !== null) {
    return (
      <div role="alert">
        <h2 className="big text-wrong">{unreadWords(picture.error.code, t)}</h2>
        <p className="text-ink2 mt-0.5">{errorSentence(picture.error, t)}</p>
        <p className="cap mt-2 wrap-anywhere" lang="en">
          {picture.error.message}
        </p>
      </div>
    );
  }
  const words = picture.state === 'stopped' ? t.stopped : open ? t.looking : t.waiting;
  return (
    <>
      <h2 key={picture.id} className="big text-ink3 late">
        {words}
      </h2>
      {picture.state === 'stopped' && <p className="text-ink2 mt-0.5">{t.stoppedWhy}</p>}
      <div className="ruler" aria-hidden="true">
        <div className="fill" />
      </div>
    </>
  );
}

/** A field that finds any class and what it got. */
function AnyClass({ model, answer }: { model: Answering; answer: Classification }) {
  const t = useStrings();
  const [text, setText] = useState('');
  const words = t.findClass(count(model.classes));
  return (
    <>
      <label className="seek mt-3.5">
        <Icon name="search" />
        <input
          id="find"
          type="search"
          placeholder={words}
          aria-label={words}
          autoComplete="off"
          spellCheck={false}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <kbd className="max-strip:hidden">/</kbd>
      </label>
      {text.trim() !== '' && (
        <Later>
          <FindClass text={text} labels={model.labels} answer={answer} />
        </Later>
      )}
    </>
  );
}

/** What becomes of an own picture: said to be something else, or taught with. */
function Further({ picture, model }: { picture: Picture; model: Answering }) {
  const t = useStrings();
  const teachPicture = useApp((app) => app.teachPicture);
  const [saying, setSaying] = useState<number | null>(null);
  const answer = picture.answer ?? picture.stored;
  const open = saying === picture.id;
  return (
    <>
      {(picture.truth !== null || open) && (
        <Later>
          <Truth
            picture={picture}
            labels={model.labels}
            best={answer?.scores[0]?.index}
            open={open}
            onOpen={(to) => setSaying(to ? picture.id : null)}
          />
        </Later>
      )}
      <div className="flex flex-wrap gap-2 mt-4">
        {model.labels.length > 1 && !open && picture.truth === null && (
          <button type="button" className="btn" onClick={() => setSaying(picture.id)}>
            {t.somethingElse}
          </button>
        )}
        <button type="button" className="btn" onClick={() => void teachPicture(picture)}>
          <Icon name="teach" />
          {t.teachWith}
        </button>
      </div>
    </>
  );
}

export function Answer() {
  const t = useStrings();
  const picture = useApp(selectedPicture);
  const model = useApp(useShallow(answering));
  const answer = picture?.answer ?? picture?.stored ?? null;
  const builtIn = useApp((app) => modelInUse(app)?.source.kind === 'embedded');
  const loadShelf = useApp((app) => app.loadShelf);
  return (
    <section className="ans" aria-label={t.answer}>
      {picture !== undefined && (answer === null || model === null) && <Unanswered picture={picture} />}
      {picture !== undefined && answer !== null && model !== null && (
        <>
          <Answered picture={picture} answer={answer} model={model} />
          <Facts picture={picture} answer={answer} />
          {picture.blob !== null && <Further picture={picture} model={model} />}
          {picture.sample !== null && (
            <p className="mt-4 pt-3.5 border-t border-line prose">
              {builtIn && (
                <button
                  type="button"
                  className="link block"
                  onClick={() => {
                    location.hash = '#/models';
                    void loadShelf().then((shelf) => shelf.getRecommended());
                  }}
                >
                  {t.get(RECOMMENDED.name, megabytes(RECOMMENDED.bytes))}
                </button>
              )}
              <a className="link" href="#/models">
                {t.furtherModel}
              </a>
              {t.furtherModelNote}
            </p>
          )}
        </>
      )}
    </section>
  );
}
