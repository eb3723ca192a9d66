import type { ShelfModel } from '../../engine/shelf/protocol.ts';
import { inputSize } from '../classify/prepared.ts';
import { count, megabytes } from '../figures.ts';
import { Icon } from '../shell/Icon.tsx';
import { Label, useStrings } from '../shell/Words.tsx';
import { useApp } from '../store.ts';
import type { SessionModel } from './models.ts';
import { OpeningAction, OpeningState, speedOf, Tested } from './SessionRow.tsx';
import { operationsOf, pace, rowOf, type Speed, shelfName, sourceText } from './shelfRows.ts';
import { TableLine } from './TableLine.tsx';
import { Amount, Running, Stopped, Why } from './TransferState.tsx';
import { useShelf, useShelfWords } from './useShelf.ts';

function State({
  model,
  session,
  name,
}: {
  model: ShelfModel;
  session: SessionModel | undefined;
  name: string;
}) {
  const w = useShelfWords();
  const job = useApp((app) => app.shelf.jobs.find(({ id }) => id === model.id));
  const error = useApp((app) => app.shelf.troubles[model.id]);
  if (job) return <Running progress={job.progress} name={name} />;
  if (model.state === 'downloading')
    return (
      <>
        <span>{w.otherTab}</span>
        <Amount done={model.stored} total={model.bytes ?? 0} name={name} />
      </>
    );
  if (model.state === 'partial') return <Stopped model={model} name={name} error={error} />;
  if (model.state === 'damaged') return <span className="text-wrong font-semibold">{w.damaged}</span>;
  return (
    <>
      {session === undefined || (session.state.kind === 'closed' && session.info === null) ? (
        w.stored
      ) : (
        <OpeningState model={session} />
      )}
      {error && <Why error={error} />}
    </>
  );
}

function Actions({
  model,
  session,
  name,
}: {
  model: ShelfModel;
  session: SessionModel | undefined;
  name: string;
}) {
  const t = useStrings();
  const w = useShelfWords();
  const act = useShelf();
  const job = useApp((app) => app.shelf.jobs.some(({ id }) => id === model.id));
  const busy = job || model.state === 'downloading';
  const again = model.state === 'damaged';
  return (
    <>
      {job && (
        <button
          type="button"
          className="icon"
          aria-label={w.pauseModel(name)}
          onClick={() => act((shelf) => shelf.pause(model.id))}
        >
          <Icon name="pause" />
        </button>
      )}
      {!busy && model.state !== 'complete' && model.source.kind !== 'dropped' && (
        <button
          type="button"
          className="btn sm"
          aria-label={again ? w.againModel(name) : w.resumeModel(name)}
          onClick={() => act((shelf) => shelf.resume(model))}
        >
          {again ? w.again : w.resume}
        </button>
      )}
      {model.state === 'complete' &&
        (session === undefined ? (
          <button
            type="button"
            className="btn sm"
            aria-label={t.chooseModel(name)}
            onClick={() => act((shelf) => shelf.use(model))}
          >
            {t.use}
          </button>
        ) : (
          <OpeningAction model={session} />
        ))}
      <button
        type="button"
        className="icon"
        aria-label={busy ? w.cancelModel(name) : w.deleteModel(name)}
        onClick={() => act((shelf) => shelf.askToRemove([model]))}
      >
        <Icon name={busy ? 'close' : 'bin'} />
      </button>
    </>
  );
}

/** A model on the shelf: stored, under way or stopped. `session` is its twin in this visit, once it was opened. */
export function ShelfRow({ model, session }: { model: ShelfModel; session: SessionModel | undefined }) {
  const t = useStrings();
  const inUse = useApp((app) => session !== undefined && app.inUse === session.id);
  const here = useApp(pace);
  const row = rowOf(model);
  const name = shelfName(model);
  const info = session?.info;
  const operations = info ? operationsOf(info) : (row?.gmacs ?? null);
  const estimated: Speed | null =
    here === null || operations === null ? null : { ms: here * operations, measured: false };
  const classes = info ? info.labels.length : (model.offer?.classes ?? row?.classes ?? null);
  const input = info ? inputSize(info.processor) : (model.offer?.inputSize ?? row?.input.size ?? '–');
  const top1 = row?.top1 ?? null;
  return (
    <TableLine
      inUse={inUse}
      name={<Label>{name}</Label>}
      from={model.source.kind === 'dropped' ? t.yourFile : <Label>{sourceText(model.source) ?? ''}</Label>}
      classes={classes === null ? '–' : count(classes)}
      input={input}
      top1={top1 === null ? <Tested model={session} /> : top1.toFixed(1)}
      speed={speedOf(session) ?? estimated}
      size={model.bytes === null ? '–' : megabytes(model.bytes)}
      state={<State model={model} session={session} name={name} />}
      actions={<Actions model={model} session={session} name={name} />}
    />
  );
}
