import { type KeyboardEvent, memo, useEffect, useMemo, useRef } from 'react';
import { wholePercent } from '../figures.ts';
import { Icon } from '../shell/Icon.tsx';
import { Label, useStrings } from '../shell/Words.tsx';
import { useApp } from '../store.ts';
import type { Strings } from '../strings.ts';
import { isSure, UNKNOWN_LINE } from './calibration.ts';
import type { Choose } from './LookPlace.tsx';
import type { Names } from './label.ts';
import { answering, holding, lineOf, type Picture, selectedPicture, shown } from './picture.ts';
import { useNames } from './useNames.ts';

/** A few words for why a picture has no answer; the answer panel has the whole sentence. */
export function unreadWords(code: string, t: Strings): string {
  switch (code) {
    case 'image-unreadable':
    case 'image-too-large':
    case 'image-mode':
    case 'memory':
      return t.unread[code];
    default:
      return t.unread.other;
  }
}

const Row = memo(function Row(props: {
  picture: Picture;
  current: boolean;
  line: number;
  t: Strings;
  names: Names;
  select: (id: number) => void;
}) {
  const { picture, current, line, t, names } = props;
  const answer = picture.answer ?? picture.stored;
  const best = answer?.scores[0];
  const raw = answer?.functionToApply === 'none';
  const unsure = best !== undefined && !raw && !isSure(best.score, line);
  const failed = picture.state === 'failed';
  return (
    <li>
      <button
        type="button"
        className={unsure ? 'trow unsure' : 'trow'}
        aria-current={current ? 'true' : undefined}
        tabIndex={current ? 0 : -1}
        title={picture.name}
        onClick={() => props.select(picture.id)}
      >
        <span className={failed ? 'th text-wrong' : 'th'}>
          {failed ? (
            <Icon name="warning" />
          ) : (
            picture.thumbnail !== null && <img src={picture.thumbnail} alt="" decoding="async" />
          )}
        </span>
        <span className="txt min-w-0">
          {failed ? (
            <span className="nm text-wrong">{unreadWords(picture.error?.code ?? '', t)}</span>
          ) : picture.state === 'stopped' ? (
            <span className="nm">{t.stopped}</span>
          ) : best === undefined ? (
            <span className="nm late text-ink3">{picture.state === 'looking' ? t.looking : '…'}</span>
          ) : picture.none ? (
            <span className="nm text-unsure">{t.none}</span>
          ) : unsure ? (
            <span className="nm text-unsure">{t.notSure}</span>
          ) : (
            <Label className="nm initial">{names(best.label).name}</Label>
          )}
          <small>{picture.sample === null ? <Label>{picture.name}</Label> : t.sample(picture.sample)}</small>
        </span>
        {best !== undefined && !failed && (
          <span className="pc">{raw ? best.score.toFixed(1) : wholePercent(best.score)}</span>
        )}
      </button>
    </li>
  );
});

/** Up and down within the list move the choice and the focus with it: the list is one Tab stop. */
function useFocusFollows(selected: number | undefined) {
  const list = useRef<HTMLUListElement>(null);
  const { step } = useApp((app) => app);
  useEffect(() => {
    const row = list.current?.querySelector<HTMLElement>('[aria-current]');
    if (selected === undefined || !row) return;
    row.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    if (list.current?.contains(document.activeElement)) row.focus({ preventScroll: true });
  }, [selected]);
  const onKeyDown = (event: KeyboardEvent) => {
    const by = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    step(by === 1 ? 1 : -1);
  };
  return { list, onKeyDown };
}

/** Rows that are drawn anew together: with thousands of pictures an answer must not cost a look at each. */
const BLOCK = 100;

interface RowsProps {
  readonly pictures: readonly Picture[];
  readonly current: number | undefined;
  readonly line: number;
  readonly t: Strings;
  readonly names: Names;
  readonly select: (id: number) => void;
}

const sameRows = (a: RowsProps, b: RowsProps): boolean =>
  a.line === b.line &&
  a.t === b.t &&
  a.names === b.names &&
  a.pictures.length === b.pictures.length &&
  a.pictures.every((picture, i) => picture === b.pictures[i]) &&
  (a.current === b.current || !a.pictures.some(({ id }) => id === a.current || id === b.current));

const Block = memo(function Block({ pictures, current, line, t, names, select }: RowsProps) {
  return pictures.map((picture) => (
    <Row
      key={picture.id}
      picture={picture}
      current={picture.id === current}
      line={line}
      t={t}
      names={names}
      select={select}
    />
  ));
}, sameRows);

/** Of more pictures than this a person is helped by a filter. */
const FILTER_FROM = 8;

export function Tray({ choose }: { choose: Choose }) {
  const t = useStrings();
  const names = useNames();
  const all = useApp(shown);
  const find = useApp((app) => app.find);
  const setFind = useApp((app) => app.setFind);
  const own = useApp((app) => app.own.length > 0);
  const pictures = useMemo(() => (own ? holding(all, find) : all), [own, all, find]);
  const current = useApp((app) =>
    app.live === null ? selectedPicture(app)?.id : (app.selected ?? undefined),
  );
  const line = useApp((app) => {
    const model = answering(app);
    return model === null ? UNKNOWN_LINE : lineOf(app, model);
  });
  const removed = useApp((app) => app.removed);
  const { select, removePictures, undoRemove } = useApp((app) => app);
  const { list, onKeyDown } = useFocusFollows(current);
  return (
    <nav className="tray" aria-label={t.pictures}>
      {!own && <h2 className="lab px-5 pt-4 pb-1.5">{t.samples}</h2>}
      {own && (all.length >= FILTER_FROM || find !== '') && (
        <div className={find === '' ? 'p-3 pb-2 max-wide:hidden' : 'p-3 pb-2'}>
          <label className="seek">
            <Icon name="search" />
            <input
              type="search"
              placeholder={t.filterTray}
              aria-label={t.filterTray}
              value={find}
              onChange={(event) => setFind(event.target.value)}
            />
          </label>
          {pictures.length === 0 && <p className="cap mt-2">{t.noneFound}</p>}
        </div>
      )}
      <ul ref={list} className={own ? 'min-h-0 overflow-auto grow py-1.5' : ''} onKeyDown={onKeyDown}>
        {Array.from({ length: Math.ceil(pictures.length / BLOCK) }, (_, i) => (
          <Block
            key={pictures[i * BLOCK]?.id}
            pictures={pictures.slice(i * BLOCK, (i + 1) * BLOCK)}
            current={current}
            line={line}
            t={t}
            names={names}
            select={select}
          />
        ))}
      </ul>
      {removed !== null && (
        <p className="side flex items-center gap-3 px-4 py-2 border-t border-line text-[13px]">
          <span className="grow">{t.removed(removed.pictures.length)}</span>
          <button type="button" className="link" onClick={undoRemove}>
            {t.undo}
          </button>
        </p>
      )}
      {own ? (
        <div className="side flex items-center gap-x-1 px-3.5 py-1.5 border-t border-line cap">
          <span className="max-wide:hidden min-w-0 truncate">
            <kbd>J</kbd> <kbd>K</kbd> {t.nextPrevious}
          </span>
          <span className="grow" />
          {current !== undefined && (
            <button
              type="button"
              className="link text-[12px] mr-4 strip:hidden"
              onClick={() => removePictures([current])}
            >
              {t.removeOne}
            </button>
          )}
          <button
            type="button"
            className="link text-[12px] whitespace-nowrap"
            onClick={() => removePictures(all.map(({ id }) => id))}
          >
            {t.removeAll}
          </button>
        </div>
      ) : (
        <div className="side mx-[18px] mt-4 pt-4 border-t border-line text-[13px] leading-[19px] text-ink2 max-wide:hidden">
          <p className="font-semibold text-ink text-[14px] mb-1">{t.nowYours}</p>
          <p>{t.nowYoursHow}</p>
          <p className="mt-2">{t.stay}</p>
          <button type="button" className="btn mt-3" onClick={choose.folder}>
            {t.chooseFolder}
          </button>
        </div>
      )}
    </nav>
  );
}
