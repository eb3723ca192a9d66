import { inputSize } from '../classify/prepared.ts';
import { count, megabytes } from '../figures.ts';
import { errorSentence } from '../shell/errorSentence.ts';
import { Icon } from '../shell/Icon.tsx';
import { nameOf, openingShare } from '../shell/status.ts';
import { Label, useStrings } from '../shell/Words.tsx';
import { useApp } from '../store.ts';
import { BUILT_IN, type SessionModel } from './models.ts';
import { jobShare } from './shelf.ts';
import { measuredMs, type Speed } from './shelfRows.ts';
import { TableLine } from './TableLine.tsx';
import { Why } from './TransferState.tsx';
import { useShelf, useShelfWords } from './useShelf.ts';

/** How far opening is, or how it ended. */
export function OpeningState({ model }: { model: SessionModel }) {
  const t = useStrings();
  const inUse = useApp((app) => app.inUse === model.id);
  const { state } = model;
  switch (state.kind) {
    case 'opening': {
      const share = openingShare(model);
      const step = state.progress === null ? t.waitingTurn : t.steps[state.progress.step];
      return <>{share === null ? `${step}…` : t.percentOf(step, String(share))}</>;
    }
    case 'waiting':
      return <>{t.waitingTurn}</>;
    case 'found':
      return <>{t.found}</>;
    case 'failed':
      return (
        <>
          <span className="text-wrong font-semibold">{t.notOpened}</span>
          <small className="block">{errorSentence(state.error, t)}</small>
        </>
      );
    case 'closed':
      if (inUse) return <span className="text-accent font-semibold">{t.inUse}</span>;
      return <>{model.info === null ? t.cancelled : t.readyToUse}</>;
  }
}

/** Use, Try again, Cancel: what can be done about opening it. */
export function OpeningAction({ model }: { model: SessionModel }) {
  const t = useStrings();
  const { inUse, openModel, cancelOpening } = useApp((app) => app);
  const name = nameOf(model, t);
  if (model.state.kind === 'opening' || model.state.kind === 'waiting') {
    if (inUse === null) return null; // the first model: nothing else could answer
    return (
      <button
        type="button"
        className="btn sm"
        aria-label={t.cancelModel(name)}
        onClick={() => cancelOpening(model.id)}
      >
        {t.cancel}
      </button>
    );
  }
  if (model.id === inUse) return null;
  const failed = model.state.kind === 'failed';
  return (
    <button
      type="button"
      className="btn sm"
      aria-label={failed ? t.tryAgainModel(name) : t.chooseModel(name)}
      onClick={() => void openModel(model.id)}
    >
      {failed ? t.tryAgain : t.use}
    </button>
  );
}

export function speedOf(model: SessionModel | undefined): Speed | null {
  const ms = model === undefined ? null : measuredMs(model);
  return ms === null ? null : { ms, measured: true };
}

/** The tests that came with a model. */
export function Tested({ model }: { model: SessionModel | undefined }) {
  const evaluation = model?.info?.evaluation ?? [];
  if (evaluation.length === 0) return <>–</>;
  return evaluation.map((set) => (
    <span key={set.name} className="block">
      {(set.top1 * 100).toFixed(1)} <small lang="en">{`${set.name}, ${count(set.n)}`}</small>
    </span>
  ));
}

/** The built-in model, or dropped files of this session. */
export function SessionRow({ model }: { model: SessionModel }) {
  const t = useStrings();
  const w = useShelfWords();
  const act = useShelf();
  const { inUse, removeModel, shelf } = useApp((app) => app);
  const { info, source } = model;
  const name = nameOf(model, t);
  const builtIn = model.id === BUILT_IN;
  const job = shelf.jobs.find(({ id }) => id === `session:${model.id}`);
  const trouble = shelf.troubles[`session:${model.id}`];
  const share = job && jobShare(job);
  const settled = model.state.kind === 'closed' && info !== null;
  // a dropped network of someone else's is run as it is, and no BiT to store
  const keepable = settled && source.kind === 'files' && info.format !== 'onnx';
  return (
    <TableLine
      inUse={inUse === model.id}
      name={builtIn ? t.builtIn : <Label>{name}</Label>}
      from={builtIn ? t.partOfPage : source.kind === 'files' && t.yourFile}
      classes={info === null ? '–' : count(info.labels.length)}
      input={info === null ? '–' : inputSize(info.processor)}
      top1={<Tested model={model} />}
      speed={speedOf(model)}
      size={info === null ? '–' : megabytes(info.fileBytes)}
      state={
        <>
          <OpeningState model={model} />
          {job && (
            <small className="block">
              {share === null || share === undefined ? t.storing(name) : w.storingShare(String(share))}
            </small>
          )}
          {trouble && <Why error={trouble} />}
        </>
      }
      actions={
        <>
          {keepable && job === undefined && (
            <button
              type="button"
              className="link text-[13px] leading-[17px] text-left"
              aria-label={w.keepModel(name)}
              onClick={() => act((shelf) => shelf.keep(model.id))}
            >
              {w.keep}
            </button>
          )}
          {job && (
            <button
              type="button"
              className="btn sm"
              aria-label={t.cancelModel(name)}
              onClick={() => act((shelf) => shelf.pause(job.id))}
            >
              {t.cancel}
            </button>
          )}
          <OpeningAction model={model} />
          {!builtIn && model.id !== inUse && model.state.kind !== 'opening' && (
            <button
              type="button"
              className="icon"
              aria-label={t.removeModel(name)}
              onClick={() => removeModel(model.id)}
            >
              <Icon name="bin" />
            </button>
          )}
        </>
      }
    />
  );
}
