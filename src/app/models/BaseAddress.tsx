import { type FormEvent, useState } from 'react';
import { HUB } from '../../engine/hub/address.ts';
import type { PlainError } from '../../engine/protocol.ts';
import { errorSentence } from '../shell/errorSentence.ts';
import { useStrings } from '../shell/Words.tsx';
import { useApp } from '../store.ts';
import { useShelf, useShelfWords } from './useShelf.ts';

/** Where owner/name is looked for: the Hub, or a mirror, a lab's file server, a folder beside this page. */
export function BaseAddress() {
  const t = useStrings();
  const w = useShelfWords();
  const act = useShelf();
  const base = useApp((app) => app.shelf.base);
  const [text, setText] = useState(base ?? '');
  const [result, setResult] = useState<PlainError | 'saved' | null>(null);
  const save = (to: string | null) => {
    act((shelf) => setResult(shelf.setBase(to) ?? 'saved'));
    if (to === null) setText('');
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save(text);
  };
  return (
    <details open={base !== null || undefined}>
      <summary className="lab min-h-6 py-1">{w.where}</summary>
      <form onSubmit={submit} className="grid gap-2 pt-1">
        <p className="prose">{w.whereNote}</p>
        <div className="field">
          <label htmlFor="base">{w.base}</label>
          <input
            id="base"
            type="text"
            inputMode="url"
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
            placeholder={HUB}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        </div>
        {result === 'saved' && <p className="cap">{w.saved}</p>}
        {result !== null && result !== 'saved' && (
          <p className="prose text-wrong!" role="alert">
            {errorSentence(result, t)}
          </p>
        )}
        <div className="flex flex-wrap gap-2">
          <button type="submit" className="btn sm">
            {w.save}
          </button>
          {base !== null && (
            <button type="button" className="btn sm" onClick={() => save(null)}>
              {w.backToHub}
            </button>
          )}
        </div>
      </form>
    </details>
  );
}
