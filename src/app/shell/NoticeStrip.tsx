import type { KeptSet } from '../evaluate/keptSet.ts';
import { count } from '../figures.ts';
import { type App, useApp } from '../store.ts';
import type { Strings } from '../strings.ts';
import { errorSentence } from './errorSentence.ts';
import { Icon } from './Icon.tsx';
import type { Notice } from './shell.ts';
import { Label, useStrings, Words } from './Words.tsx';

function sentence(notice: Notice, t: Strings, others: number): string {
  switch (notice.kind) {
    case 'replaced':
      return { died: t.notices.died, hung: t.notices.hung, 'device-lost': t.notices.lost }[notice.reason];
    case 'gave-up':
      return t.notices.gaveUp;
    case 'no-names':
      return t.notices.noNames;
    case 'fallback':
      return t.notices.fallback(t.fallback[notice.reason]);
    case 'model-stored':
      return t.notices.modelStored;
    case 'not-stored':
      return `${t.notices.notStored}${errorSentence(notice.error, t)}`;
    case 'no-room':
      return t.notices.noRoom;
    case 'not-opened':
      return `${notice.builtIn ? t.notices.builtInFailed : t.notices.notOpened}${errorSentence(notice.error, t)}`;
    case 'kept-set':
      return keptSentence(notice, t);
    case 'no-table':
      return t.notices.noTable;
    case 'fetching':
      return t.notices.fetching;
    case 'no-picture':
      return { refused: t.notices.pictureRefused, none: t.notices.noPicture }[notice.why];
    case 'offline':
      return t.notices.offline(others);
    case 'update':
      return t.notices.update;
    case 'one-core':
      return t.notices.oneCore(String(notice.cores));
    case 'reload-waits':
      return t.notices.reloadWaits;
    case 'share-lost':
      return t.notices.shareLost;
  }
}

/** A finished set is offered to be seen, another to be gone on with; by taught classes only they know it again. */
function keptSentence({ answered, total, by }: KeptSet, t: Strings): string {
  const { keptSet, keptAll, keptBy } = t.notices;
  const all = count(Number(total));
  const words = answered === total ? keptAll(all) : keptSet(count(Number(answered)), all);
  return by === '' ? words : `${words} ${keptBy(by)}`;
}

/** What of a file or a model a notice names. */
function subject(notice: Notice): string {
  if (notice.kind === 'kept-set') return notice.set;
  if (!('name' in notice)) return '';
  return notice.kind === 'not-opened' ? (notice.error.file ?? notice.name) : notice.name;
}

/** The one thing to do about it. */
function Action({ notice }: { notice: Notice }) {
  const t = useStrings();
  const { openStored, dismiss, forgetKept } = useApp((app) => app);
  if (notice.kind === 'kept-set')
    return (
      <>
        <button
          type="button"
          className="link"
          onClick={() => document.getElementById('choose-folder')?.click()}
        >
          {t.chooseFolder}
        </button>
        <button
          type="button"
          className="link"
          onClick={() => {
            dismiss(notice.id);
            void forgetKept(notice.set);
          }}
        >
          {t.notices.forgetKept}
        </button>
      </>
    );
  if (notice.kind === 'model-stored')
    return (
      <button
        type="button"
        className="link"
        onClick={() => {
          dismiss(notice.id);
          void openStored(notice.model, notice.name);
        }}
      >
        {t.use}
      </button>
    );
  if (notice.kind !== 'not-stored' && notice.kind !== 'no-room') return null;
  return (
    <button
      type="button"
      className="link"
      onClick={() => {
        dismiss(notice.id);
        location.hash = '#/models';
      }}
    >
      {notice.kind === 'no-room' ? t.notices.freeSpace : t.places.models}
    </button>
  );
}

/** Further technical words, as the browser or a file gave them. */
function detailOf(notice: Notice): string {
  if ('error' in notice) return notice.error.message;
  return 'detail' in notice ? notice.detail : '';
}

/** Models besides the built-in one that answer without a network. */
const otherModels = (app: App): number =>
  app.models.filter(({ source }) => source.kind !== 'embedded').length;

/** One notice under the header, the newest; closing it shows the one before. */
export function NoticeStrip() {
  const t = useStrings();
  const notice = useApp((app) => app.notices[0]);
  const dismiss = useApp((app) => app.dismiss);
  const others = useApp(otherModels);
  if (notice === undefined) return null;
  const wrong = notice.kind === 'gave-up' || notice.kind === 'not-opened' || notice.kind === 'not-stored';
  const detail = detailOf(notice);
  return (
    <section key={notice.id} className={wrong ? 'strip wrong' : 'strip'} role={wrong ? 'alert' : 'status'}>
      <Icon name={notice.kind === 'update' ? 'down' : 'warning'} />
      <div className="grow min-w-0 wide:flex gap-x-4">
        <p>
          <Words text={sentence(notice, t, others)} x={<Label>{subject(notice)}</Label>} />
        </p>
        {detail !== '' && (
          <details className="min-w-0">
            <summary className="font-semibold underline underline-offset-3 min-h-6">{t.details}</summary>
            <p lang="en" className="wrap-anywhere">
              {detail}
            </p>
          </details>
        )}
      </div>
      <Action notice={notice} />
      {'accept' in notice && (
        <button
          type="button"
          className="link"
          onClick={() => {
            dismiss(notice.id);
            notice.accept();
          }}
        >
          {t.notices.reload}
        </button>
      )}
      <button type="button" className="icon" aria-label={t.closeNotice} onClick={() => dismiss(notice.id)}>
        <Icon name="close" />
      </button>
    </section>
  );
}
