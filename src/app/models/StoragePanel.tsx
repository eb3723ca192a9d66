import type { CSSProperties } from 'react';
import type { ShelfModel } from '../../engine/shelf/protocol.ts';
import { megabytes } from '../figures.ts';
import { errorSentence } from '../shell/errorSentence.ts';
import { Label, useStrings } from '../shell/Words.tsx';
import { useApp } from '../store.ts';
import { shelfName, sourceText } from './shelfRows.ts';
import { useShelf, useShelfWords } from './useShelf.ts';

const sum = (models: readonly ShelfModel[]): number => models.reduce((all, { stored }) => all + stored, 0);
/** Nothing is no kilobyte. */
const sizeOf = (bytes: number): string => (bytes === 0 ? '0\u2009MB' : megabytes(bytes));
const NOTHING: readonly ShelfModel[] = [];

/** Everything known of a stored model; closed until asked for. */
function Details({ model }: { model: ShelfModel }) {
  const w = useShelfWords();
  const language = useApp((app) => app.language);
  const { source, licence, files } = model;
  const date = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' });
  const name = shelfName(model);
  return (
    <details className="border-b border-line text-[13px] leading-[18px]">
      <summary className="py-1.5 min-h-6 wrap-anywhere">
        <Label>{name}</Label> <span className="cap">{megabytes(model.stored)}</span>
      </summary>
      <dl className="facts mb-3">
        <dt>{w.source}</dt>
        <dd className="wrap-anywhere">{sourceText(source) ?? w.yourFile}</dd>
        {source.kind === 'repo' && source.commit !== null && (
          <>
            <dt>{w.commit}</dt>
            <dd className="wrap-anywhere" lang="en">
              {source.commit}
            </dd>
          </>
        )}
        <dt>{w.licence}</dt>
        <dd>{licence === null ? w.licenceUnknown : <Label>{licence}</Label>}</dd>
        <dt>{w.lastUsed}</dt>
        <dd>{date.format(model.lastUsed)}</dd>
        {files.map((file) => (
          <div key={file.name} className="contents">
            <dt className="wrap-anywhere" lang="en">
              {file.name}
            </dt>
            <dd>
              {megabytes(file.size)}
              <span className="block wrap-anywhere text-[12px] leading-[15px]" lang="en">
                {`${w.sha} ${file.sha256}`}
              </span>
              <span className="block cap">{file.sha256Stated ? w.shaStated : w.shaOwn}</span>
            </dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

function Figure({
  colour,
  words,
  bytes,
  action,
  onAct,
}: {
  colour: string;
  words: string;
  bytes: number;
  action: string;
  onAct: () => void;
}) {
  return (
    <li className="flex items-center gap-2.5 min-h-7 text-[13px] leading-[18px] text-ink2">
      <i className={`size-2 flex-none ${colour}`} />
      {words}
      {bytes > 0 && (
        <button type="button" className="link" onClick={onAct}>
          {action}
        </button>
      )}
      <span className="ml-auto text-ink whitespace-nowrap">{sizeOf(bytes)}</span>
    </li>
  );
}

/** Whether the browser may clear the shelf on its own, and asking it not to. */
function Keeping() {
  const w = useShelfWords();
  const act = useShelf();
  const { storage, refusedToKeep } = useApp((app) => app.shelf);
  if (storage?.persisted) return <p className="prose mt-2">{w.promised}</p>;
  return (
    <p className="prose mt-2">
      {w.evict}{' '}
      {refusedToKeep ? (
        w.refused
      ) : (
        <button type="button" className="link" onClick={() => act((shelf) => shelf.persist())}>
          {w.askIt}
        </button>
      )}
    </p>
  );
}

/** What the shelf takes of this browser's storage, model by model. */
export function StoragePanel() {
  const t = useStrings();
  const w = useShelfWords();
  const act = useShelf();
  const { models, storage, lost, error } = useApp((app) => app.shelf);
  const all = models ?? NOTHING;
  const whole = all.filter(({ state }) => state === 'complete' || state === 'damaged');
  const parts = all.filter((model) => !whole.includes(model));
  const [stored, unfinished] = [sum(whole), sum(parts)];
  const share = stored + unfinished === 0 ? 0 : (100 * stored) / (stored + unfinished);
  const ask = (which: readonly ShelfModel[]) => act((shelf) => shelf.askToRemove(which));
  return (
    <section>
      <div className="flex justify-between items-baseline mb-2">
        <h2 className="lab">{w.storage}</h2>
        <span className="cap">{w.used(sizeOf(stored + unfinished))}</span>
      </div>
      {error && (
        <p className="prose text-wrong!" role="alert">
          {errorSentence(error, t)}
        </p>
      )}
      {lost && <p className="prose text-unsure! mb-2">{w.lost}</p>}
      {all.length === 0 ? (
        <p className="prose">{w.empty}</p>
      ) : (
        <>
          <div className="stack" style={{ '--v': share } as CSSProperties} aria-hidden="true">
            <i />
          </div>
          <ul className="mt-2">
            <Figure
              colour="bg-bar"
              words={w.models}
              bytes={stored}
              action={w.deleteAll}
              onAct={() => ask(whole)}
            />
            <Figure
              colour="bg-unsure"
              words={w.unfinished}
              bytes={unfinished}
              action={w.clear}
              onAct={() => ask(parts)}
            />
          </ul>
        </>
      )}
      {storage?.usage !== null && storage?.usage !== undefined && storage.quota !== null && (
        <p className="prose mt-2">{w.estimate(megabytes(storage.usage), megabytes(storage.quota))}</p>
      )}
      <Keeping />
      {whole.length > 0 && (
        <div className="mt-3 border-t border-line">
          {whole.map((model) => (
            <Details key={model.id} model={model} />
          ))}
        </div>
      )}
    </section>
  );
}
