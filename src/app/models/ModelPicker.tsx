import { lazy } from 'react';
import { count } from '../figures.ts';
import { Icon } from '../shell/Icon.tsx';
import { Later } from '../shell/Later.tsx';
import { Sheet } from '../shell/Sheet.tsx';
import { nameOf } from '../shell/status.ts';
import { Label, useStrings } from '../shell/Words.tsx';
import { useApp } from '../store.ts';

const PickerShelf = lazy(async () => ({ default: (await import('./PickerShelf.tsx')).PickerShelf }));

/** Whose classes answer on the model in use: its own, or taught ones that were used in this visit. */
function Classes() {
  const t = useStrings();
  const { heads, taught, inUse, dropTaught, answerByTaught, show } = useApp((app) => app);
  const here = heads.filter(({ model }) => model === inUse);
  if (here.length === 0) return null;
  const rows = [null, ...here];
  return (
    <section aria-labelledby="whose" className="border-t border-line py-1.5">
      <h3 id="whose" className="lab px-5 pt-2 pb-1">
        {t.whoseClasses}
      </h3>
      <ul>
        {rows.map((one) => {
          const used = one === null ? taught === null : taught?.id === one.taught.id;
          return (
            <li key={one?.taught.id ?? ''}>
              <button
                type="button"
                className="trow grid-cols-[16px_minmax(0,1fr)_auto]!"
                aria-current={used ? 'true' : undefined}
                onClick={() => {
                  show(null);
                  if (!used) void (one === null ? dropTaught() : answerByTaught(one.taught, one.head));
                }}
              >
                <span className="text-accent">{used && <Icon name="check" />}</span>
                {one === null ? t.ownClasses : <Label className="nm">{one.taught.name}</Label>}
                <span className="pc">{one !== null && t.classes(count(one.taught.labels.length))}</span>
              </button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

/** The chip's quick picker: models that were opened before, and opening another. */
export function ModelPicker({ chooseModel }: { chooseModel: () => void }) {
  const t = useStrings();
  const { models, inUse, openModel, dropTaught, show } = useApp((app) => app);
  return (
    <Sheet name="picker" title={t.places.models} under>
      <ul className="py-1.5">
        {models
          .filter(({ state, info, id }) => info !== null || (id === 0 && state.kind !== 'opening'))
          .map((model) => (
            <li key={model.id}>
              <button
                type="button"
                className="trow grid-cols-[16px_minmax(0,1fr)_auto]!"
                aria-current={model.id === inUse ? 'true' : undefined}
                onClick={() => {
                  show(null);
                  if (model.id !== inUse) void openModel(model.id);
                  else void dropTaught();
                }}
              >
                <span className="text-accent">{model.id === inUse && <Icon name="check" />}</span>
                <span className="min-w-0">
                  {model.source.kind === 'embedded' ? (
                    <span className="nm">{t.builtIn}</span>
                  ) : (
                    <Label className="nm">{nameOf(model, t)}</Label>
                  )}
                  {model.source.kind !== 'stored' && (
                    <small>{model.source.kind === 'embedded' ? t.partOfPage : t.yourFile}</small>
                  )}
                </span>
                <span className="pc">
                  {model.info !== null && t.classes(count(model.info.labels.length))}
                </span>
              </button>
            </li>
          ))}
        <Later>
          <PickerShelf />
        </Later>
      </ul>
      <Classes />
      <div className="flex flex-wrap gap-2 px-5 py-3 border-t border-line">
        <button
          type="button"
          className="btn grow"
          onClick={() => {
            show(null);
            chooseModel();
          }}
        >
          <Icon name="add" />
          {t.openModel}
        </button>
        <button
          type="button"
          className="btn grow"
          onClick={() => {
            show(null);
            location.hash = '#/models';
          }}
        >
          {t.details}
        </button>
      </div>
    </Sheet>
  );
}
