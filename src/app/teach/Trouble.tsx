import { useEffect, useRef } from 'react';
import type { PlainError } from '../../engine/protocol.ts';
import { errorSentence } from '../shell/errorSentence.ts';
import { useStrings } from '../shell/Words.tsx';

/** In place of Teach: what hinders it; `error` is null while it is tried again. */
export function Trouble({ error, onAgain }: { error: PlainError | null; onAgain: () => void }) {
  const t = useStrings();
  const tried = useRef(false);
  useEffect(
    () => () => {
      // the button goes with this; what comes in its place has the focus
      if (tried.current && document.activeElement === document.body) document.getElementById('main')?.focus();
    },
    [],
  );
  return (
    <main id="main" className="flex-1 min-h-0 overflow-auto" tabIndex={-1}>
      <section className="w-[min(620px,100%)] mx-auto px-5 py-12">
        <h1 className="big">{t.teachNotOpened}</h1>
        <div role="alert" className="prose mt-2">
          {error === null ? t.teachOpening : errorSentence(error, t)}
        </div>
        <button
          type="button"
          className="btn go mt-4"
          aria-disabled={error === null}
          onClick={() => {
            if (error === null) return;
            tried.current = true;
            onAgain();
          }}
        >
          {t.tryAgain}
        </button>
      </section>
    </main>
  );
}
