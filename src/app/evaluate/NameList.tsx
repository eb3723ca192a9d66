import { type FormEvent, useId, useMemo, useState } from 'react';
import { useNames } from '../classify/useNames.ts';
import { count } from '../figures.ts';
import { Label } from '../shell/Words.tsx';
import { useApp } from '../store.ts';
import { ClassField, classNamed } from './ClassField.tsx';
import { matcherOf } from './judge.ts';
import { useEvaluateWords } from './useJudged.ts';

/** So many leave room for the numbers beside them. */
const FEW = 3;
const MOST = 200;

interface Guessed {
  readonly name: string;
  readonly pictures: number;
  /** The label that the name may mean; null where none comes near. */
  readonly guess: string | null;
}

/** Folders that are not called like a class: which class each means, with a guess. */
export function NameList(props: {
  names: readonly { readonly name: string; readonly pictures: number }[];
  labels: readonly string[];
  /** Shown at once where nothing can be scored without it. */
  open: boolean;
}) {
  const w = useEvaluateWords();
  const { names, labels, open } = props;
  const lists = useApp((app) => app.lists);
  const mean = useApp((app) => app.mean);
  const guessed = useMemo(() => {
    const matcher = matcherOf(labels, lists);
    return names.map(({ name, pictures }): Guessed => {
      const found = matcher.guess(name);
      return { name, pictures, guess: found === null ? null : (labels[found.index] ?? null) };
    });
  }, [names, labels, lists]);
  const guesses = guessed.filter(({ guess }) => guess !== null);
  return (
    <details className="names" open={open || names.length <= FEW}>
      <summary>
        <h2 className="inline text-[14px]">{w.unmatched(names.length)}</h2>
      </summary>
      <p className="prose mt-1">{w.unmatchedHow}</p>
      <ul>
        {guessed.slice(0, MOST).map((one) => (
          <Name key={one.name} {...one} labels={labels} />
        ))}
      </ul>
      {guesses.length > 0 && (
        <button
          type="button"
          className="btn sm mt-2"
          onClick={() => mean(Object.fromEntries(guesses.map(({ name, guess }) => [name, guess])))}
        >
          {w.takeAll(guesses.length)}
        </button>
      )}
    </details>
  );
}

/** Folders whose class a person said, and taking that back. */
export function Said({ present }: { present: ReadonlySet<string> }) {
  const w = useEvaluateWords();
  const meant = useApp((app) => app.meant);
  const unmean = useApp((app) => app.unmean);
  const names = useNames();
  const said = Object.entries(meant).filter(([name]) => present.has(name));
  if (said.length === 0) return null;
  return (
    <details className="names">
      <summary>
        <h2 className="inline text-[14px]">{w.namesSaid(said.length)}</h2>
      </summary>
      <ul>
        {said.map(([name, label]) => (
          <li key={name} className="flex flex-wrap items-center gap-x-3 text-[13px]">
            <Label className="grow min-w-0 wrap-anywhere">
              {w.meansClass(name, names(label ?? '').name)}
            </Label>
            <button type="button" className="link text-[13px]" onClick={() => unmean(name)}>
              {w.takeBack}
            </button>
          </li>
        ))}
      </ul>
    </details>
  );
}

function Name({ name, pictures, guess, labels }: Guessed & { labels: readonly string[] }) {
  const w = useEvaluateWords();
  const mean = useApp((app) => app.mean);
  const id = useId();
  const [text, setText] = useState(guess ?? '');
  const [bad, setBad] = useState(false);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const index = classNamed(text, labels);
    const label = index === null ? undefined : labels[index];
    setBad(label === undefined);
    if (label !== undefined) mean({ [name]: label });
  };
  return (
    <li>
      <form onSubmit={submit}>
        <label htmlFor={id} className="min-w-0">
          <Label className="block truncate font-medium">{name}</Label>
          <span className="cap">
            {w.ofPictures(count(pictures))}
            <span className="sr">, {w.means(name)}</span>
          </span>
        </label>
        <div className="min-w-0">
          <ClassField id={id} labels={labels} value={text} onText={setText} placeholder={w.noGuess} />
          <p className={bad ? 'cap text-wrong!' : 'cap'} role={bad ? 'alert' : undefined}>
            {bad ? w.noSuchClass : guess !== null && text === guess && w.guess}
          </p>
        </div>
        <button type="submit" className="btn sm" disabled={text.trim() === ''}>
          {w.take}
        </button>
      </form>
    </li>
  );
}
