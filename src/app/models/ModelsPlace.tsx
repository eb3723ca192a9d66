import { Icon } from '../shell/Icon.tsx';
import { useStrings } from '../shell/Words.tsx';
import { BaseAddress } from './BaseAddress.tsx';
import { HubField } from './HubField.tsx';
import { LookUpPanel } from './LookUpPanel.tsx';
import { ModelCard } from './ModelCard.tsx';
import { ModelTable } from './ModelTable.tsx';
import { OpeningSteps } from './OpeningSteps.tsx';
import { QuestionDialog } from './QuestionDialog.tsx';
import { SpeedChart } from './SpeedChart.tsx';
import { StoragePanel } from './StoragePanel.tsx';
import { useLoadedShelf } from './useShelf.ts';

export function ModelsPlace({ chooseModel }: { chooseModel: () => void }) {
  const t = useStrings();
  useLoadedShelf();
  return (
    <main id="main" className="models" tabIndex={-1}>
      <div className="sub">
        <h1>{t.places.models}</h1>
        <p className="max-wide:hidden truncate">{t.modelsNote}</p>
        <span className="grow max-strip:hidden" />
        <HubField />
        <button type="button" className="btn" onClick={chooseModel}>
          <Icon name="add" />
          {t.openModel}
        </button>
      </div>
      <section className="list" aria-label={t.modelList}>
        <ModelTable />
        <p className="prose max-w-[64ch] px-3.5 py-4">{t.openModelHow}</p>
      </section>
      <aside className="rail grid content-start gap-6">
        <LookUpPanel />
        <OpeningSteps />
        <SpeedChart />
        <StoragePanel />
        <BaseAddress />
        <ModelCard />
      </aside>
      <QuestionDialog />
    </main>
  );
}
