/** What was answered, as a file. */
import { useState } from 'react';
import { answering } from '../classify/picture.ts';
import { modelInUse } from '../models/models.ts';
import { Icon } from '../shell/Icon.tsx';
import { Sheet } from '../shell/Sheet.tsx';
import { save } from '../shell/save.ts';
import { useStrings } from '../shell/Words.tsx';
import { useApp, useAppStore } from '../store.ts';
import { EXPORTS, type Export, exported, exportName } from './files.ts';
import { outcomesIn } from './judge.ts';
import { useEvaluateWords, useJudged } from './useJudged.ts';

export function ExportSheet() {
  const w = useEvaluateWords();
  return (
    <Sheet name="export" title={w.exportTitle}>
      <Form />
    </Sheet>
  );
}

function Form() {
  const w = useEvaluateWords();
  const t = useStrings();
  const store = useAppStore();
  const show = useApp((app) => app.show);
  const { judged, line } = useJudged();
  const scored = outcomesIn(judged).length > 0;
  const [what, setWhat] = useState<Export>('csv');
  const taught = useApp((app) => app.taught !== null);
  /** Why a file cannot be made; null where it can. */
  const without = (one: Export): string | null =>
    one === 'evaluation' && taught
      ? w.exportNotTaught
      : (one === 'scores' || one === 'evaluation') && !scored
        ? w.exportNeedsTruth
        : null;
  const write = (): void => {
    const app = store.getState();
    const model = modelInUse(app);
    const set = app.folder === '' ? t.yours : app.folder;
    const source = {
      set,
      model: model === undefined ? '' : model.source.kind === 'embedded' ? 'built-in' : model.name,
      taught: app.taught?.name ?? null,
      info: model?.info ?? null,
      labels: answering(app)?.labels ?? [],
      line,
      temperature: app.correction?.temperature ?? 1,
      date: new Date().toISOString(),
    };
    save(exported(what, judged, source), exportName(what, set));
    show(null);
  };
  return (
    <form
      className="px-5 py-4 grid gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        write();
      }}
    >
      <fieldset className="grid gap-3">
        <legend className="sr">{w.exportWhat}</legend>
        {EXPORTS.map((one) => (
          <label key={one} className="flex items-start gap-2.5 min-h-6 cursor-pointer">
            <input
              type="radio"
              name="export"
              className="mt-1 accent-accent"
              checked={what === one}
              disabled={without(one) !== null}
              onChange={() => setWhat(one)}
            />
            <span>
              <span className="font-medium">{w.exports[one]}</span>
              <span className="prose block">
                {w.exportHow[one]} {without(one)}
              </span>
            </span>
          </label>
        ))}
      </fieldset>
      <div className="flex justify-end">
        <button type="submit" className="btn go" disabled={without(what) !== null}>
          <Icon name="download" />
          {w.save}
        </button>
      </div>
    </form>
  );
}
