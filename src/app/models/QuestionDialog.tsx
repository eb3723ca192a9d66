import { useEffect, useRef } from 'react';
import type { ShelfModel } from '../../engine/shelf/protocol.ts';
import { megabytes } from '../figures.ts';
import { Label, useStrings } from '../shell/Words.tsx';
import { useApp } from '../store.ts';
import type { Question } from './shelf.ts';
import { shelfName } from './shelfRows.ts';
import { useShelf, useShelfWords } from './useShelf.ts';

/** The models that would go, with their sizes. */
function Going({ models }: { models: readonly ShelfModel[] }) {
  return (
    <ul className="my-3 border-t border-line text-[13px] leading-[18px]">
      {models.map((model) => (
        <li key={model.id} className="flex justify-between gap-4 py-1.5 border-b border-line">
          <Label className="wrap-anywhere">{shelfName(model)}</Label>
          <span className="whitespace-nowrap">{megabytes(model.stored)}</span>
        </li>
      ))}
    </ul>
  );
}

function Asked({ question }: { question: Question }) {
  const t = useStrings();
  const w = useShelfWords();
  const act = useShelf();
  const dialog = useRef<HTMLDialogElement>(null);
  const inUse = useApp((app) => {
    const source = app.models.find(({ id }) => id === app.inUse)?.source;
    return source?.kind === 'stored' ? source.id : null;
  });
  useEffect(() => {
    if (dialog.current?.open === false) dialog.current.showModal();
  }, []);
  const remove = question.kind === 'remove';
  const models = remove ? question.models : question.plan.models;
  const bytes = megabytes(models.reduce((sum, { stored }) => sum + stored, 0));
  const used = models.find(({ id }) => id === inUse);
  return (
    <dialog
      ref={dialog}
      className="sheet p-5 max-w-[440px]"
      aria-labelledby="question"
      onKeyDown={(event) => event.stopPropagation()}
      onCancel={() => act((shelf) => shelf.answer(false))}
    >
      <h2 id="question" className="text-[16px] leading-[22px] mb-1 wrap-anywhere">
        {remove ? w.removeTitle(models.length) : w.roomTitle(question.name)}
      </h2>
      <p className="prose">{remove ? w.removeNote(bytes) : w.roomNote(bytes)}</p>
      <Going models={models} />
      {used && <p className="prose mb-3">{w.removeInUse(shelfName(used))}</p>}
      {!remove && !question.plan.enough && <p className="prose mb-3 text-unsure!">{w.roomShort}</p>}
      <div className="flex flex-wrap gap-2 justify-end">
        <button type="button" className="btn" onClick={() => act((shelf) => shelf.answer(false))}>
          {remove ? w.keepIt : t.cancel}
        </button>
        <button type="button" className="btn go" onClick={() => act((shelf) => shelf.answer(true))}>
          {remove ? w.delete : w.deleteThese}
        </button>
      </div>
    </dialog>
  );
}

/** Asks before anything is deleted. */
export function QuestionDialog() {
  const question = useApp((app) => app.shelf.question);
  return question === null ? null : <Asked key={question.kind} question={question} />;
}
