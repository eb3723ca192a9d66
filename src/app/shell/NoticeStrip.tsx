import { useApp } from '../store.ts';
import type { Strings } from '../strings.ts';
import { errorSentence } from './errorSentence.ts';
import { Icon } from './Icon.tsx';
import type { Notice } from './shell.ts';
import { Label, useStrings, Words } from './Words.tsx';

function sentence(notice: Notice, t: Strings): string {
  switch (notice.kind) {
    case 'replaced':
      return { died: t.notices.died, hung: t.notices.hung, 'device-lost': t.notices.lost }[notice.reason];
    case 'gave-up':
      return t.notices.gaveUp;
    case 'no-names':
      return t.notices.noNames;
    case 'fallback':
      return t.notices.fallback(t.fallback[notice.reason]);
    case 'not-opened':
      return `${notice.builtIn ? t.notices.builtInFailed : t.notices.notOpened}${errorSentence(notice.error, t)}`;
  }
}

/** One notice under the header, the newest; closing it shows the one before. */
export function NoticeStrip() {
  const t = useStrings();
  const notice = useApp((app) => app.notices[0]);
  const dismiss = useApp((app) => app.dismiss);
  if (notice === undefined) return null;
  const wrong = notice.kind === 'gave-up' || notice.kind === 'not-opened';
  const detail = notice.kind === 'not-opened' ? notice.error.message : notice.detail;
  return (
    <section key={notice.id} className={wrong ? 'strip wrong' : 'strip'} role={wrong ? 'alert' : undefined}>
      <Icon name="warning" />
      <div className="grow min-w-0 wide:flex gap-x-4">
        <p>
          <Words
            text={sentence(notice, t)}
            x={<Label>{notice.kind === 'not-opened' ? (notice.error.file ?? notice.name) : ''}</Label>}
          />
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
      <button type="button" className="icon" aria-label={t.closeNotice} onClick={() => dismiss(notice.id)}>
        <Icon name="close" />
      </button>
    </section>
  );
}
