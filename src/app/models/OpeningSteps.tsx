import type { CSSProperties } from 'react';
import type { OpenProgress } from '../../engine/protocol.ts';
import { megabytes } from '../figures.ts';
import { Icon } from '../shell/Icon.tsx';
import { nameOf, openingShare } from '../shell/status.ts';
import { Label, useStrings } from '../shell/Words.tsx';
import { useApp } from '../store.ts';
import { modelInUse, modelOpening } from './models.ts';

const STEPS: readonly OpenProgress['step'][] = ['fetch', 'read', 'session', 'self-check'];

function StepFigure({ step, progress, share }: { step: string; progress: OpenProgress; share: number }) {
  const t = useStrings();
  return step === 'fetch'
    ? t.ofTotal(megabytes(progress.done), megabytes(progress.total))
    : `${share}\u2009%`;
}

/** The model being opened, step by step, with what answers meanwhile. Nothing while none is. */
export function OpeningSteps() {
  const t = useStrings();
  const model = useApp(modelOpening);
  const current = useApp(modelInUse);
  const cancelOpening = useApp((app) => app.cancelOpening);
  if (model === undefined || model.state.kind !== 'opening') return null;
  const { progress } = model.state;
  const steps = STEPS.filter((step) => step !== 'fetch' || model.source.kind === 'embedded');
  const at = progress === null ? -1 : steps.indexOf(progress.step);
  const share = openingShare(model);
  const name = nameOf(model, t);
  return (
    <section>
      <h2 className="text-[16px] leading-[22px] mb-1 wrap-anywhere">
        {model.source.kind === 'embedded' ? t.opening(name) : <Label>{t.opening(name)}</Label>}
      </h2>
      {current !== undefined && (
        <p className="prose mb-3">
          {current.id === model.id ? t.meanwhileItself : t.meanwhile(nameOf(current, t))}
        </p>
      )}
      <ol className="steps">
        {steps.map((step, index) => (
          <li key={step} aria-current={index === at ? 'step' : undefined}>
            <span className="text-accent grid place-items-center">
              {index < at ? <Icon name="check" /> : index === at && <span className="dot" />}
            </span>
            <span className={index === at ? 'font-semibold' : index < at ? '' : 'text-ink3'}>
              {t.steps[step]}
            </span>
            {index === at && share !== null ? (
              <span
                className="prog"
                role="progressbar"
                aria-label={t.steps[step]}
                aria-valuenow={share}
                aria-valuemin={0}
                aria-valuemax={100}
                style={{ '--v': share } as CSSProperties}
              >
                <i />
              </span>
            ) : (
              <span />
            )}
            <span className="text-right text-ink2">
              {index === at && progress !== null && share !== null && (
                <StepFigure step={step} progress={progress} share={share} />
              )}
            </span>
          </li>
        ))}
      </ol>
      {current !== undefined && (
        <button type="button" className="btn sm mt-3" onClick={() => cancelOpening(model.id)}>
          {t.cancel}
        </button>
      )}
    </section>
  );
}
