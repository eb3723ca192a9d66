import { count } from '../figures.ts';
import { errorSentence } from '../shell/errorSentence.ts';
import { Sheet } from '../shell/Sheet.tsx';
import { Label, useStrings } from '../shell/Words.tsx';
import { useApp } from '../store.ts';
import { isRepo } from './headDoings.ts';
import { headWords } from './headWords.ts';

const SHOWN = 12;

/** A taught classifier from elsewhere: what it holds, and what it needs. */
export function HeadSheet() {
  const t = useStrings();
  const w = useApp((app) => (app.language === 'ja' ? headWords('ja') : headWords('en')));
  const { offered, headDoings } = useApp((app) => app);
  if (offered === null) return null;
  const { taught, step, error } = offered;
  const { labels } = taught.head;
  const [tested] = taught.evaluation;
  const backbone = taught.backbone.name === 'built-in' ? w.builtIn : taught.backbone.name;
  const act = (what: 'accept' | 'decline' | 'findBackbone') => () =>
    void headDoings().then((doings) => doings[what]());
  return (
    <Sheet name="head" title={w.title}>
      <div className="px-5 py-4 grid gap-3">
        <p className="text-[20px] leading-[26px] wrap-anywhere">
          <Label>{taught.name}</Label>
        </p>
        <p className="prose wrap-anywhere">
          {w.classes(count(labels.length))}: <Label>{labels.slice(0, SHOWN).join(', ')}</Label>
          {labels.length > SHOWN && ` ${w.andMore(count(labels.length - SHOWN))}`}
        </p>
        <p className="prose wrap-anywhere">
          {w.stands(backbone)} {w.fromLink}
        </p>
        <p className="prose">
          {tested === undefined
            ? w.untested
            : w.tested(count(Math.round(tested.top1 * tested.n)), count(tested.n))}
        </p>
        {step === 'backbone' && (
          <div role="status" className="grid gap-2">
            <p className="text-unsure font-semibold wrap-anywhere">{w.backbone(backbone)}</p>
            <p className="prose wrap-anywhere">
              {isRepo(taught.backbone.name) ? w.findHow : w.dropIt(backbone)}{' '}
              {w.fingerprint(taught.backbone.sha256.slice(0, 12))}
            </p>
          </div>
        )}
        {error !== null && (
          <p role="alert" className="text-wrong">
            {errorSentence(error, t)}
          </p>
        )}
        <div className="flex flex-wrap gap-2 justify-end items-center">
          {step === 'opening' && (
            <p role="status" className="cap grow">
              {w.opening}
            </p>
          )}
          <button type="button" className="btn" onClick={act('decline')}>
            {w.no}
          </button>
          {step === 'backbone' && isRepo(taught.backbone.name) && (
            <button type="button" className="btn go" onClick={act('findBackbone')}>
              {w.findIt}
            </button>
          )}
          {step !== 'backbone' && (
            <button type="button" className="btn go" disabled={step === 'opening'} onClick={act('accept')}>
              {w.use}
            </button>
          )}
        </div>
      </div>
    </Sheet>
  );
}
