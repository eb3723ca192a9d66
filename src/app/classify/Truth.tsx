/** What a picture is said to show, and saying otherwise. Loaded when it is needed. */
import { type FormEvent, useEffect, useId, useState } from 'react';
import { ClassField, classNamed } from '../evaluate/ClassField.tsx';
import { classOf } from '../evaluate/judge.ts';
import { isComposing } from '../shell/composing.ts';
import { Icon } from '../shell/Icon.tsx';
import { Label, useStrings } from '../shell/Words.tsx';
import { useApp } from '../store.ts';
import type { Picture } from './picture.ts';
import { useNames } from './useNames.ts';

export function Truth(props: {
  picture: Picture;
  labels: readonly string[];
  /** The best class of the answer. */
  best: number | undefined;
  open: boolean;
  onOpen: (open: boolean) => void;
}) {
  const t = useStrings();
  const { picture, labels, best, open, onOpen } = props;
  const meant = useApp((app) => app.meant);
  const lists = useApp((app) => app.lists);
  const { truth } = picture;
  const names = useNames();
  if (truth === null && !open) return null;
  const index = truth === null ? null : classOf(truth, labels, { meant, lists });
  const right = index === null ? null : index === best;
  return (
    <section className="mt-4 pt-3.5 border-t border-line grid gap-2" aria-label={t.truth}>
      {truth !== null && (
        <p className="flex flex-wrap items-center gap-x-2 text-[13px]">
          <span className="text-ink3">
            {picture.path.split('/').at(-2) === truth ? t.truth : t.truthSaid}
          </span>
          <Label className="initial font-medium wrap-anywhere">{names(truth).name}</Label>
          {right === null ? (
            <span className="text-ink3">{t.truthUnknown}</span>
          ) : (
            <span className={right ? 'verdict text-accent' : 'verdict text-wrong'}>
              <Icon name={right ? 'check' : 'close'} />
              {right ? t.truthRight : t.truthWrong}
            </span>
          )}
          {!open && (
            <button type="button" className="link" onClick={() => onOpen(true)}>
              {t.changeTruth}
            </button>
          )}
        </p>
      )}
      {open && <Say key={picture.id} picture={picture} labels={labels} onDone={() => onOpen(false)} />}
    </section>
  );
}

function Say({
  picture,
  labels,
  onDone,
}: {
  picture: Picture;
  labels: readonly string[];
  onDone: () => void;
}) {
  const t = useStrings();
  const id = useId();
  const setTruths = useApp((app) => app.setTruths);
  const [text, setText] = useState('');
  const [bad, setBad] = useState(false);
  useEffect(() => document.getElementById(id)?.focus(), [id]);
  const say = (truth: string | null): void => {
    setTruths(new Map([[picture.id, truth]]));
    onDone();
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const index = classNamed(text, labels);
    const label = index === null ? undefined : labels[index];
    setBad(label === undefined);
    if (label !== undefined) say(label);
  };
  return (
    <form
      className="grid gap-2"
      onSubmit={submit}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || isComposing(event)) return;
        event.preventDefault(); // it closes the form, and stops no work
        onDone();
      }}
    >
      <label htmlFor={id} className="lab">
        {t.truthField}
      </label>
      <ClassField id={id} labels={labels} value={text} placeholder="" onText={setText} />
      {bad && (
        <p role="alert" className="text-wrong text-[13px]">
          {t.noSuchClass}
        </p>
      )}
      <div className="flex flex-wrap gap-2">
        <button type="submit" className="btn sm" disabled={text.trim() === ''}>
          {t.setTruth}
        </button>
        {picture.truth !== null && (
          <button type="button" className="btn sm" onClick={() => say(null)}>
            {t.noTruth}
          </button>
        )}
        <button type="button" className="btn sm" onClick={onDone}>
          {t.cancel}
        </button>
      </div>
    </form>
  );
}
