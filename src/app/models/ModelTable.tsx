import { inputSize } from '../classify/prepared.ts';
import { count, duration, median, megabytes } from '../figures.ts';
import { errorSentence } from '../shell/errorSentence.ts';
import { Icon } from '../shell/Icon.tsx';
import { nameOf, openingShare } from '../shell/status.ts';
import { Label, useStrings } from '../shell/Words.tsx';
import { useApp } from '../store.ts';
import { BUILT_IN, type SessionModel } from './models.ts';

function State({ model }: { model: SessionModel }) {
  const t = useStrings();
  const inUse = useApp((app) => app.inUse === model.id);
  const { state } = model;
  switch (state.kind) {
    case 'opening': {
      const share = openingShare(model);
      const step = state.progress === null ? t.waitingTurn : t.steps[state.progress.step];
      return <>{share === null ? `${step}…` : `${step}, ${share}\u2009%`}</>;
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

function Actions({ model }: { model: SessionModel }) {
  const t = useStrings();
  const { inUse, openModel, cancelOpening, removeModel } = useApp((app) => app);
  const name = nameOf(model, t);
  const busy = model.state.kind === 'opening' || model.state.kind === 'waiting';
  if (busy) {
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
    <>
      <button
        type="button"
        className="btn sm"
        aria-label={failed ? t.tryAgainModel(name) : t.chooseModel(name)}
        onClick={() => void openModel(model.id)}
      >
        {failed ? t.tryAgain : t.use}
      </button>
      {model.id !== BUILT_IN && (
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
  );
}

function Row({ model }: { model: SessionModel }) {
  const t = useStrings();
  const inUse = useApp((app) => app.inUse === model.id);
  const { info } = model;
  const run = median(model.timings.map((ms) => ms.run));
  const builtIn = model.source.kind === 'embedded';
  return (
    <tr className={inUse ? 'on' : undefined}>
      <th scope="row">
        <b>{builtIn ? t.builtIn : <Label>{nameOf(model, t)}</Label>}</b>
        <small>{builtIn ? t.partOfPage : t.yourFile}</small>
      </th>
      <td className="n" data-column={t.columns.classes}>
        {info === null ? '–' : count(info.labels.length)}
      </td>
      <td className="n" data-column={t.columns.input}>
        {info === null ? '–' : inputSize(info.processor)}
      </td>
      <td className="n" data-column={t.columns.top1}>
        <div>
          {info === null || info.evaluation.length === 0
            ? '–'
            : info.evaluation.map((set) => (
                <span key={set.name} className="block">
                  {(set.top1 * 100).toFixed(1)} <small lang="en">{`${set.name}, ${count(set.n)}`}</small>
                </span>
              ))}
        </div>
      </td>
      <td className="n" data-column={t.columns.here}>
        {run === undefined ? '–' : duration(run)}
      </td>
      <td className="n" data-column={t.columns.size}>
        {info === null ? '–' : megabytes(info.fileBytes)}
      </td>
      <td className="text-ink2 min-w-[120px] pr-3">
        <State model={model} />
      </td>
      <td>
        <div className="flex justify-end items-center gap-1 pr-2">
          <Actions model={model} />
        </div>
      </td>
    </tr>
  );
}

export function ModelTable() {
  const t = useStrings();
  const models = useApp((app) => app.models);
  const { name, classes, input, top1, here, size, state, action } = t.columns;
  return (
    <table className="mt">
      <caption className="sr">{t.modelCaption}</caption>
      <thead>
        <tr>
          <th scope="col">{name}</th>
          {[classes, input, top1, here, size].map((column) => (
            <th key={column} scope="col" className="n text-right!">
              {column}
            </th>
          ))}
          <th scope="col">{state}</th>
          <th scope="col">
            <span className="sr">{action}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {models.map((model) => (
          <Row key={model.id} model={model} />
        ))}
      </tbody>
    </table>
  );
}
