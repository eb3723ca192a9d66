import { Icon } from '../shell/Icon.tsx';
import { useStrings } from '../shell/Words.tsx';
import { ModelCard } from './ModelCard.tsx';
import { ModelTable } from './ModelTable.tsx';
import { OpeningSteps } from './OpeningSteps.tsx';

export function ModelsPlace({ chooseModel }: { chooseModel: () => void }) {
  const t = useStrings();
  return (
    <main id="main" className="models" tabIndex={-1}>
      <div className="sub">
        <h1>{t.places.models}</h1>
        <p className="max-strip:hidden">{t.modelsNote}</p>
        <span className="grow" />
        <button type="button" className="btn go" onClick={chooseModel}>
          <Icon name="add" />
          {t.openModel}
        </button>
      </div>
      <section className="list" aria-label={t.modelList}>
        <ModelTable />
        <p className="prose max-w-[64ch] px-3.5 py-4">{t.openModelHow}</p>
      </section>
      <aside className="rail grid content-start gap-6">
        <OpeningSteps />
        <ModelCard />
      </aside>
    </main>
  );
}
