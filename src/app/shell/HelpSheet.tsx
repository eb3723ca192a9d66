import { useApp } from '../store.ts';
import { Sheet } from './Sheet.tsx';
import { useStrings } from './Words.tsx';

export function HelpSheet() {
  const t = useStrings();
  const singleKeys = useApp((app) => app.singleKeys);
  const setSingleKeys = useApp((app) => app.setSingleKeys);
  const { shift, control, del, esc, space } = t.keyNames;
  const rows: readonly [keys: readonly string[], what: string][] = [
    [['?'], t.keys.help],
    [['O'], t.keys.open],
    [[shift, 'O'], t.keys.folder],
    [['J', 'K', '↓', '↑'], t.keys.move],
    [['1', '…', '5'], t.keys.map],
    [['H'], t.keys.overlay],
    [[space], t.keys.bare],
    [['/'], t.keys.find],
    [['V'], t.keys.view],
    [['M'], t.keys.picker],
    [['T'], t.keys.teach],
    [['E'], t.keys.export],
    [[del], t.keys.remove],
    [[control, 'Z'], t.keys.undo],
    [[control, 'V'], t.keys.paste],
    [[esc], t.keys.escape],
  ];
  return (
    <Sheet name="help" title={t.helpTitle}>
      <div className="px-5 pt-4 pb-6 grid gap-5">
        <section className="prose">
          <h3 className="text-ink mb-1">{t.helpNumbers}</h3>
          {t.helpNumbersText.map((text) => (
            <p key={text} className="mb-1.5">
              {text}
            </p>
          ))}
        </section>
        <section className="prose">
          <h3 className="text-ink mb-1">{t.helpLine}</h3>
          {t.helpLineText.map((text) => (
            <p key={text} className="mb-1.5">
              {text}
            </p>
          ))}
        </section>
        <section>
          <h3 className="text-[13px] mb-2">{t.helpKeys}</h3>
          <dl className="keys">
            {rows.map(([keys, what]) => (
              <div key={what} className="contents">
                <dt className="flex gap-1">
                  {keys.map((key) => (
                    <kbd key={key}>{key}</kbd>
                  ))}
                </dt>
                <dd className="text-ink2">{what}</dd>
              </div>
            ))}
          </dl>
          <label className="flex items-center gap-2 mt-3 min-h-6 text-[13px] cursor-pointer">
            <input
              type="checkbox"
              className="size-4 accent-(--accent)"
              checked={singleKeys}
              onChange={(event) => setSingleKeys(event.target.checked)}
            />
            {t.keysOn}
          </label>
        </section>
      </div>
    </Sheet>
  );
}
