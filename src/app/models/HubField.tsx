import { type FormEvent, useState } from 'react';
import { Icon } from '../shell/Icon.tsx';
import { useShelf, useShelfWords } from './useShelf.ts';

/** Where a repository's name, or any address of a model, is pasted; Enter looks it up. */
export function HubField() {
  const w = useShelfWords();
  const act = useShelf();
  const [text, setText] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (text.trim() !== '') act((shelf) => shelf.lookUp(text));
  };
  return (
    <search className="contents">
      <form className="hub" onSubmit={submit}>
        <Icon name="search" />
        <input
          type="text"
          inputMode="url"
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          aria-label={w.hubField}
          placeholder={w.hubHint}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <button type="submit" className="btn sm" disabled={text.trim() === ''}>
          {w.lookUp}
        </button>
      </form>
    </search>
  );
}
