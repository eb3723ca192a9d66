import { lazy, useMemo } from 'react';
import { count } from '../figures.ts';
import { Choice } from '../shell/Choice.tsx';
import { Icon } from '../shell/Icon.tsx';
import { Later } from '../shell/Later.tsx';
import { Label, useStrings } from '../shell/Words.tsx';
import { useApp } from '../store.ts';
import { Answer } from './Answer.tsx';
import { VIEWS } from './look.ts';
import { Stage } from './Stage.tsx';
import { Tray } from './Tray.tsx';
import { folderCount } from './truth.ts';

/** Not part of the first load. */
const TableView = lazy(async () => ({ default: (await import('../evaluate/TableView.tsx')).TableView }));
const ScoreView = lazy(async () => ({ default: (await import('../evaluate/ScoreView.tsx')).ScoreView }));

export interface Choose {
  readonly pictures: () => void;
  readonly folder: () => void;
}

/** What the set is. */
function Title() {
  const t = useStrings();
  const own = useApp((app) => app.own);
  const { folder, batch } = useApp((app) => app);
  const folders = useMemo(() => folderCount(own), [own]);
  const unread = own.filter(({ state }) => state === 'failed').length;
  const working = batch !== null && batch.ms === null;
  const all = count(own.length);
  return (
    <>
      <h1 className="truncate">{folder === '' ? t.yours : <Label>{folder}</Label>}</h1>
      <p className="truncate">
        {working
          ? t.progress(count(batch.done), count(batch.total))
          : folders > 0
            ? t.labelled(all, count(folders))
            : t.count(all, unread)}
      </p>
    </>
  );
}

/** The bar over the pictures: what the set is, the three views of it, and adding to it. */
function Bar({ choose }: { choose: Choose }) {
  const t = useStrings();
  const own = useApp((app) => app.own.length > 0);
  const { view, batch, setView, stopWork, goOn, resumeWork, openCamera, show } = useApp((app) => app);
  const stopped = useApp((app) => app.own.some(({ state }) => state === 'stopped'));
  if (!own && view === 'picture') {
    return (
      <div className="sub">
        <h1>{t.first}</h1>
        <p>{t.firstNote}</p>
      </div>
    );
  }
  const working = batch !== null && batch.ms === null;
  const here = view === 'picture';
  return (
    <div className="sub views">
      {own ? <Title /> : <h1>{t.yours}</h1>}
      <span className="grow" />
      <Choice
        legend={t.view}
        value={view}
        choices={VIEWS.map((one) => [one, t.views[one]] as const)}
        onChoose={setView}
      />
      <span className="grow" />
      {here && working && batch.pausedAt !== null && (
        <button type="button" className="btn" onClick={resumeWork}>
          {t.goOn}
        </button>
      )}
      {here && working && batch.total > 1 && (
        <button type="button" className="btn" onClick={stopWork}>
          <Icon name="close" />
          {t.stop}
        </button>
      )}
      {here && stopped && !working && (
        <button type="button" className="btn" onClick={goOn}>
          {t.goOn}
        </button>
      )}
      <button
        type="button"
        className="icon max-strip:hidden"
        aria-label={t.camera}
        title={t.camera}
        onClick={openCamera}
      >
        <Icon name="camera" />
      </button>
      <button
        type="button"
        className="icon max-strip:hidden"
        aria-label={t.chooseFolder}
        title={t.chooseFolder}
        onClick={choose.folder}
      >
        <Icon name="folder" />
      </button>
      {own && (
        <button type="button" className="btn" onClick={() => show('export')}>
          <Icon name="download" />
          {t.exportIt}
        </button>
      )}
      <button type="button" className="btn go max-strip:hidden" onClick={choose.pictures}>
        <Icon name="add" />
        {t.addPictures}
      </button>
    </div>
  );
}

export function LookPlace({ choose }: { choose: Choose }) {
  const view = useApp((app) => app.view);
  return (
    <main id="main" className={view === 'picture' ? 'look' : 'look whole'} tabIndex={-1}>
      <Bar choose={choose} />
      {view === 'picture' ? (
        <>
          <Tray choose={choose} />
          <Stage choose={choose} />
          <Answer />
        </>
      ) : (
        <Later key={view}>
          {view === 'table' ? <TableView choose={choose} /> : <ScoreView choose={choose} />}
        </Later>
      )}
    </main>
  );
}
