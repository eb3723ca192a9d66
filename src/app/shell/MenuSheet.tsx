import { useShallow } from 'zustand/react/shallow';
import { useApp } from '../store.ts';
import { Choice } from './Choice.tsx';
import { Sheet } from './Sheet.tsx';
import { THEMES } from './shell.ts';
import { deviceTexts, statusText } from './status.ts';
import { useSpeak, useStrings } from './Words.tsx';

/** The phone's menu: what the header's tools and the status line hold elsewhere. */
export function MenuSheet() {
  const t = useStrings();
  const { language, theme, setTheme, show } = useApp((app) => app);
  const speak = useSpeak();
  const status = useApp(useShallow((app) => [statusText(app, t), ...deviceTexts(app, t), t.private]));
  return (
    <Sheet name="menu" title={t.menu} under>
      <div className="px-5 pt-4 pb-5 grid gap-4">
        <Choice
          named
          legend={t.language}
          value={language}
          choices={[
            ['en', 'English'],
            ['ja', '日本語'],
          ]}
          onChoose={speak}
        />
        <Choice
          named
          legend={t.theme}
          value={theme}
          choices={THEMES.map((each) => [each, t.themes[each]] as const)}
          onChoose={setTheme}
        />
        <section>
          <h3 className="lab mb-1">{t.status}</h3>
          <ul className="prose">
            {status.map((each) => (
              <li key={each}>{each}</li>
            ))}
          </ul>
        </section>
        <button type="button" className="btn" onClick={() => show('help')}>
          {t.help}
        </button>
      </div>
    </Sheet>
  );
}
