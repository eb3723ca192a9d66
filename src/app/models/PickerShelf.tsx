import { megabytes } from '../figures.ts';
import { Label, useStrings } from '../shell/Words.tsx';
import { useApp } from '../store.ts';
import { RECOMMENDED } from './shelf.ts';
import { rowOf, shelfName, sourceText } from './shelfRows.ts';
import { useLoadedShelf, useShelf, useShelfWords } from './useShelf.ts';

/** The picker's stored models that this visit has not opened yet, and the recommended one while it is not here. */
export function PickerShelf() {
  useLoadedShelf();
  const t = useStrings();
  const w = useShelfWords();
  const act = useShelf();
  const { shelf, models, show } = useApp((app) => app);
  if (shelf.models === null) return null;
  const opened = new Set(
    models.flatMap(({ source, info }) => (source.kind === 'stored' && info !== null ? source.id : [])),
  );
  const closed = shelf.models.filter(({ id, state }) => state === 'complete' && !opened.has(id));
  const recommended = shelf.models.some((model) => rowOf(model)?.name === RECOMMENDED.row);
  return (
    <>
      {closed.map((model) => (
        <li key={model.id}>
          <button
            type="button"
            className="trow grid-cols-[16px_minmax(0,1fr)_auto]!"
            onClick={() => {
              show(null);
              act((doings) => doings.use(model));
            }}
          >
            <span />
            <span className="min-w-0">
              <Label className="nm">{shelfName(model)}</Label>
              <small>{sourceText(model.source) ?? t.yourFile}</small>
            </span>
            <span className="pc">{w.stored}</span>
          </button>
        </li>
      ))}
      {!recommended && (
        <li className="px-5 py-2">
          <button
            type="button"
            className="link"
            onClick={() => {
              show(null);
              location.hash = '#/models';
              act((doings) => doings.getRecommended());
            }}
          >
            {t.get(RECOMMENDED.name, megabytes(RECOMMENDED.bytes))}
          </button>
        </li>
      )}
    </>
  );
}
