import { count } from '../figures.ts';
import { Icon } from '../shell/Icon.tsx';
import { Label, useStrings } from '../shell/Words.tsx';
import { useApp } from '../store.ts';
import { Answer } from './Answer.tsx';
import { Stage } from './Stage.tsx';
import { Tray } from './Tray.tsx';

export interface Choose {
  readonly pictures: () => void;
  readonly folder: () => void;
}

/** The bar over the pictures: what the set is, how far the work is, and adding to it. */
function Bar({ choose }: { choose: Choose }) {
  const t = useStrings();
  const { own, folder, batch, stopWork, goOn } = useApp((app) => app);
  if (own.length === 0) {
    return (
      <div className="sub">
        <h1>{t.first}</h1>
        <p>{t.firstNote}</p>
      </div>
    );
  }
  const unread = own.filter(({ state }) => state === 'failed').length;
  const working = batch !== null && batch.ms === null;
  const stopped = own.some(({ state }) => state === 'stopped');
  return (
    <div className={working || stopped ? 'sub working' : 'sub'}>
      <h1 className="truncate">{folder === '' ? t.yours : <Label>{folder}</Label>}</h1>
      <p>
        {working ? t.progress(count(batch.done), count(batch.total)) : t.count(count(own.length), unread)}
      </p>
      <span className="grow" />
      {working && batch.total > 1 && (
        <button type="button" className="btn" onClick={stopWork}>
          <Icon name="close" />
          {t.stop}
        </button>
      )}
      {stopped && !working && (
        <button type="button" className="btn" onClick={goOn}>
          {t.goOn}
        </button>
      )}
      <button type="button" className="btn max-strip:hidden" onClick={choose.folder}>
        <Icon name="folder" />
        {t.chooseFolder}
      </button>
      <button type="button" className="btn go max-strip:hidden" onClick={choose.pictures}>
        <Icon name="add" />
        {t.addPictures}
      </button>
    </div>
  );
}

export function LookPlace({ choose }: { choose: Choose }) {
  return (
    <main id="main" className="look" tabIndex={-1}>
      <Bar choose={choose} />
      <Tray choose={choose} />
      <Stage choose={choose} />
      <Answer />
    </main>
  );
}
