/** The set as a list: one row a picture. */
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, useEffect, useMemo, useRef } from 'react';
import type { Choose } from '../classify/LookPlace.tsx';
import { useNames } from '../classify/useNames.ts';
import { count } from '../figures.ts';
import { Icon } from '../shell/Icon.tsx';
import { useStrings } from '../shell/Words.tsx';
import { useApp } from '../store.ts';
import { Band } from './Band.tsx';
import { Empty } from './Empty.tsx';
import { COLUMNS, type Column, FILTERS } from './evaluate.ts';
import type { Judged } from './judge.ts';
import { arranged } from './rows.ts';
import { TableRow } from './TableRow.tsx';
import { useEvaluateWords, useJudged } from './useJudged.ts';

const ROW_HEIGHT = 45;

export function TableView({ choose }: { choose: Choose }) {
  const w = useEvaluateWords();
  const { judged, line } = useJudged();
  const { order, filter, find } = useApp((app) => app);
  const rows = useMemo(() => arranged(judged, order, filter, find), [judged, order, filter, find]);
  if (judged.length === 0)
    return <Empty label={w.results} title={w.emptyTable} how={w.emptyTableHow} choose={choose} />;
  return (
    <div className="tabv">
      <Band judged={judged} line={line} />
      <Filters shown={rows.length} all={judged.length} />
      <Rows rows={rows} all={judged.length} />
    </div>
  );
}

function Filters({ shown, all }: { shown: number; all: number }) {
  const w = useEvaluateWords();
  const t = useStrings();
  const { filter, find, setFilter, setFind, removed, undoRemove } = useApp((app) => app);
  return (
    <div className="filters">
      <label className="seek">
        <Icon name="search" />
        <input
          id="find"
          type="search"
          placeholder={w.find}
          aria-label={w.find}
          value={find}
          onChange={(event) => setFind(event.target.value)}
        />
        <kbd className="max-strip:hidden">/</kbd>
      </label>
      <label className="flex items-center gap-2">
        <span className="text-ink2 max-strip:hidden">{w.filter}</span>
        <select
          className="pick"
          aria-label={w.filter}
          value={filter}
          onChange={(event) => setFilter(FILTERS.find((one) => one === event.target.value) ?? 'all')}
        >
          {FILTERS.map((one) => (
            <option key={one} value={one}>
              {w.filters[one]}
            </option>
          ))}
        </select>
      </label>
      <p className="text-ink2" role="status">
        {w.rows(count(shown), count(all))}
      </p>
      {removed !== null && (
        <p className="flex items-center gap-2">
          {t.removed(removed.pictures.length)}
          <button type="button" className="link" onClick={undoRemove}>
            {t.undo}
          </button>
        </p>
      )}
    </div>
  );
}

/** Only the rows in view are in the document. One Tab stop: arrows move within, Enter opens. */
function Rows({ rows, all }: { rows: readonly Judged[]; all: number }) {
  const t = useStrings();
  const w = useEvaluateWords();
  const box = useRef<HTMLDivElement>(null);
  const selected = useApp((app) => app.selected);
  const names = useNames();
  const { select, setView, setFilter, setFind } = useApp((app) => app);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
  });
  const at = rows.findIndex(({ picture }) => picture.id === selected);
  const current = Math.max(0, at);
  const wanted = useRef<number | null>(null);
  const shown = virtual.getVirtualItems();
  // the row that an arrow chose is focused once it is in the document
  useEffect(() => {
    if (wanted.current === null) return;
    const row = box.current?.querySelector<HTMLElement>(`[data-row="${wanted.current}"]`);
    if (row) {
      row.focus({ preventScroll: true });
      wanted.current = null;
    }
  });
  const go = (to: number): void => {
    const index = Math.max(0, Math.min(rows.length - 1, to));
    const row = rows[index];
    if (row === undefined) return;
    wanted.current = index;
    select(row.picture.id);
    virtual.scrollToIndex(index);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const page = Math.max(1, Math.floor((box.current?.clientHeight ?? ROW_HEIGHT) / ROW_HEIGHT) - 1);
    const to = {
      ArrowDown: at + 1,
      ArrowUp: current - 1,
      PageDown: current + page,
      PageUp: current - page,
      Home: 0,
      End: rows.length - 1,
    }[event.key];
    if (to === undefined || !(event.target instanceof Element) || !event.target.closest('tbody')) return;
    event.preventDefault();
    go(to);
  };
  const open = (id: number): void => {
    select(id);
    setView('picture');
  };
  const before = shown[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (shown.at(-1)?.end ?? 0);
  return (
    <section ref={box} className="tw" aria-label={w.results}>
      <table className="rt" aria-rowcount={rows.length + 1} onKeyDown={onKeyDown}>
        <caption className="sr">{w.caption}</caption>
        <Head />
        <tbody>
          {before > 0 && <tr style={{ height: before }} />}
          {shown.map(({ index }) => {
            const row = rows[index];
            return (
              row && (
                <TableRow
                  key={row.picture.id}
                  row={row}
                  index={index}
                  current={index === current}
                  chosen={index === at}
                  t={t}
                  w={w}
                  names={names}
                  choose={select}
                  open={open}
                />
              )
            );
          })}
          {after > 0 && <tr style={{ height: after }} />}
        </tbody>
      </table>
      {rows.length === 0 && all > 0 && (
        <p className="prose py-6">
          {w.nothingFound}{' '}
          <button
            type="button"
            className="link"
            onClick={() => {
              setFilter('all');
              setFind('');
            }}
          >
            {w.showAll}
          </button>
        </p>
      )}
    </section>
  );
}

const SORTS = { none: undefined, up: 'ascending', down: 'descending' } as const;

function Head() {
  const w = useEvaluateWords();
  const order = useApp((app) => app.order);
  const orderBy = useApp((app) => app.orderBy);
  const wayOf = (column: Column) =>
    order?.column !== column ? 'none' : order.down ? ('down' as const) : ('up' as const);
  return (
    <thead>
      <tr aria-rowindex={1}>
        <td className="head c-th" />
        {COLUMNS.map((column) => (
          <th key={column} scope="col" className={`head c-${column}`} aria-sort={SORTS[wayOf(column)]}>
            <button type="button" className="by" onClick={() => orderBy(column)}>
              {w.columns[column]}
              <span aria-hidden="true">{{ none: '', up: ' ↑', down: ' ↓' }[wayOf(column)]}</span>
            </button>
          </th>
        ))}
      </tr>
    </thead>
  );
}
