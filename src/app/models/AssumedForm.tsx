import { type FormEvent, useState } from 'react';
import type { ModelInfo, PlainError } from '../../engine/protocol.ts';
import { errorSentence } from '../shell/errorSentence.ts';
import { nameOf } from '../shell/status.ts';
import { useStrings } from '../shell/Words.tsx';
import { useApp } from '../store.ts';
import { Names, Network, Preprocessing } from './AssumedFields.tsx';
import { choicesOf, type Draft, draftOf } from './draft.ts';
import type { SessionModel } from './models.ts';
import { assumedWords } from './words.ts';

/** Changes how the model in use is read; it is opened again with the choices, and answers as before until then. */
export function AssumedForm({ model, info }: { model: SessionModel; info: ModelInfo }) {
  const t = useStrings();
  const w = assumedWords[useApp((app) => app.language)];
  const choose = useApp((app) => app.choose);
  const [draft, setDraft] = useState(() => draftOf(info));
  const [drawn, setDrawn] = useState(info);
  const [error, setError] = useState<PlainError | null>(null);
  const [applied, setApplied] = useState(false);
  if (drawn !== info) {
    setDrawn(info);
    setDraft(draftOf(info));
  }
  const before = model.source.kind === 'embedded' ? undefined : model.source.choices;
  // someone else's network: its input and its classes are what a person must say
  const foreign = info.format === 'onnx';
  const unknown = info.assumed.includes('input') || info.assumed.includes('labels');
  const [asks] = useState(foreign && unknown); // stays when it was answered: the form is not shut in somebody's face
  const busy = model.state.kind === 'opening' || model.state.kind === 'waiting';
  const change = (part: Partial<Draft>) => {
    setApplied(false);
    setDraft({ ...draft, ...part });
  };
  const open = async (choices: Parameters<typeof choose>[1]) => {
    if (busy) return;
    setError(null);
    setApplied(false);
    const failed = await choose(model.id, choices);
    setError(failed?.code === 'aborted' ? null : failed);
    setApplied(failed === null);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void open(choicesOf(draft, info, before));
  };
  const fields = { draft, info, w, change };
  return (
    <details className="mt-3" open={asks || undefined}>
      <summary className="link text-[13px]">{w.change}</summary>
      <form className="grid gap-5 pt-3" aria-label={w.change} onSubmit={submit}>
        <Preprocessing {...fields} />
        <Names {...fields} />
        {!foreign && <Network {...fields} />}
        <div className="flex flex-wrap gap-2">
          <button type="submit" className="btn go" aria-disabled={busy}>
            {w.apply}
          </button>
          {before !== undefined && (
            <button type="button" className="btn" aria-disabled={busy} onClick={() => void open(null)}>
              {w.reset}
            </button>
          )}
        </div>
        <div>
          <p className="prose" role="status">
            {busy ? w.applying(nameOf(model, t)) : applied ? w.applied : ''}
          </p>
          {error !== null && (
            <div role="alert" className="prose">
              <p className="text-wrong font-semibold">
                {w.notApplied}
                {errorSentence(error, t)}
              </p>
              <p className="cap mt-1 wrap-anywhere" lang="en">
                {error.message}
              </p>
            </div>
          )}
        </div>
      </form>
    </details>
  );
}
