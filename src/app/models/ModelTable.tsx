import { type ReactNode, useState } from 'react';
import { useStrings } from '../shell/Words.tsx';
import { useApp } from '../store.ts';
import { CatalogueLine } from './CatalogueLine.tsx';
import { SessionRow } from './SessionRow.tsx';
import { ShelfRow } from './ShelfRow.tsx';
import { RECOMMENDED } from './shelf.ts';
import { CATALOGUE, rowOf } from './shelfRows.ts';
import { useShelfWords } from './useShelf.ts';

/** Hub rows first: the recommended one, then the published ones in the order of the catalogue. */
const HUB = CATALOGUE.filter(({ host, kind }) => host === 'huggingface.co' && kind === 'published').toSorted(
  (a, b) => Number(b.name === RECOMMENDED.row) - Number(a.name === RECOMMENDED.row),
);
const OTHERS = CATALOGUE.filter((row) => !HUB.includes(row));

function Group({ title, children }: { title: string; children: ReactNode }) {
  return (
    <tbody>
      <tr className="group">
        <th scope="rowgroup" colSpan={8}>
          {title}
        </th>
      </tr>
      {children}
    </tbody>
  );
}

/** Built-in, stored and dropped models, and downloads under way or stopped. */
function OnDevice() {
  const w = useShelfWords();
  const models = useApp((app) => app.models);
  const shelf = useApp((app) => app.shelf);
  const stored = shelf.models ?? [];
  const putting = shelf.jobs.some(({ host }) => host === null);
  const shown = stored.filter(
    ({ source, state }) => !(putting && source.kind === 'dropped' && state === 'downloading'),
  );
  const twinOf = (id: string) => models.find(({ source }) => source.kind === 'stored' && source.id === id);
  const own = models.filter(
    ({ source }) => source.kind !== 'stored' || !stored.some(({ id }) => id === source.id),
  );
  const [builtIn, ...dropped] = own;
  return (
    <Group title={w.onDevice}>
      {builtIn && <SessionRow model={builtIn} />}
      {shown.map((model) => (
        <ShelfRow key={model.id} model={model} session={twinOf(model.id)} />
      ))}
      {dropped.map((model) => (
        <SessionRow key={model.id} model={model} />
      ))}
    </Group>
  );
}

/** The catalogue, without what is on this device. */
function OnHub() {
  const w = useShelfWords();
  const [all, setAll] = useState(false);
  const stored = useApp((app) => app.shelf.models);
  const base = useApp((app) => app.shelf.base);
  const here = new Set((stored ?? []).map((model) => rowOf(model)?.name));
  const missing = (rows: typeof HUB) => rows.filter(({ name }) => !here.has(name));
  return (
    <>
      <Group title={base === null ? w.onHub : w.onHost(new URL(base).host)}>
        {missing(HUB).map((row) => (
          <CatalogueLine key={row.name} row={row} />
        ))}
      </Group>
      {all ? (
        <Group title={w.others}>
          <tr>
            <td colSpan={8} className="cap px-3.5! max-strip:px-0!">
              {w.googleNote}
            </td>
          </tr>
          {missing(OTHERS).map((row) => (
            <CatalogueLine key={row.name} row={row} />
          ))}
        </Group>
      ) : (
        <tbody>
          <tr>
            <td colSpan={8}>
              <button type="button" className="link ml-3.5 max-strip:ml-0" onClick={() => setAll(true)}>
                {w.showOthers}
              </button>
            </td>
          </tr>
        </tbody>
      )}
    </>
  );
}

export function ModelTable() {
  const t = useStrings();
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
      <OnDevice />
      <OnHub />
    </table>
  );
}
