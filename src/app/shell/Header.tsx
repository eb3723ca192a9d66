import { answering } from '../classify/picture.ts';
import { count } from '../figures.ts';
import { modelInUse, modelOpening } from '../models/models.ts';
import { useApp } from '../store.ts';
import { Icon, Mark } from './Icon.tsx';
import { type Place, THEMES } from './shell.ts';
import { nameOf } from './status.ts';
import { Label, useSpeak, useStrings } from './Words.tsx';

const PLACES: readonly Place[] = ['look', 'teach', 'models'];
const ICONS = { look: 'eye', teach: 'teach', models: 'layers' } as const;

function PlaceLinks({ icons }: { icons?: boolean }) {
  const t = useStrings();
  const place = useApp((app) => app.place);
  return PLACES.map((each) => (
    <a key={each} href={`#/${each}`} aria-current={each === place ? 'page' : undefined}>
      {icons && <Icon name={ICONS[each]} />}
      {t.places[each]}
    </a>
  ));
}

/** Which model answers, and on what; opens the picker. */
function ModelChip() {
  const t = useStrings();
  const show = useApp((app) => app.show);
  const open = useApp((app) => app.dialog === 'picker');
  const model = useApp((app) => modelInUse(app) ?? modelOpening(app) ?? app.models[0]);
  const classes = useApp((app) => answering(app)?.classes);
  const taught = useApp((app) => app.taught?.name);
  if (model === undefined) return null;
  const device = model.info?.device.device;
  const name = taught ?? nameOf(model, t);
  return (
    <button
      type="button"
      className="chip"
      aria-haspopup="dialog"
      aria-expanded={open}
      onClick={() => show('picker')}
    >
      <span className="dot" />
      <span className="truncate font-semibold">
        <span className="sr">{t.chip}</span>
        {model.source.kind === 'embedded' && taught === undefined ? name : <Label>{name}</Label>}
        {classes !== undefined && classes > 0 && (
          <>
            <span className="max-strip:hidden">{`${t.comma}${t.classes(count(classes))}`}</span>
            <span className="strip:hidden" aria-hidden="true">{`${t.comma}${count(classes)}`}</span>
          </>
        )}
      </span>
      {device !== undefined && <span className="sep">{device === 'webgpu' ? 'WebGPU' : 'WASM'}</span>}
      <Icon name="down" />
    </button>
  );
}

/** The next theme in the order automatic, light, dark. */
const after = (theme: (typeof THEMES)[number]) =>
  THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'auto';

export function Header() {
  const t = useStrings();
  const { place, language, theme, setTheme, show } = useApp((app) => app);
  const speak = useSpeak();
  return (
    <header className="top">
      <a
        className="flex items-center gap-[9px] min-h-8 mr-9 max-strip:size-11 max-strip:justify-center max-strip:mr-0 font-semibold text-[16px] tracking-[-.01em]"
        href="#/look"
        aria-label="BiT Lens"
      >
        <Mark />
        <span className="max-strip:hidden">BiT Lens</span>
      </a>
      <h1 className="strip:hidden text-[16px]">{t.places[place]}</h1>
      <nav aria-label={t.placesLabel}>
        <PlaceLinks />
      </nav>
      <span className="grow max-strip:hidden" />
      <ModelChip />
      <span className="flex ml-2.5 max-strip:hidden">
        <button
          type="button"
          className="icon"
          aria-label={t.languageIs}
          title={t.languageIs}
          onClick={() => speak(language === 'en' ? 'ja' : 'en')}
        >
          <Icon name="language" />
        </button>
        <button
          type="button"
          className="icon"
          aria-label={t.themeIs(t.themes[theme])}
          title={t.themeIs(t.themes[theme])}
          onClick={() => setTheme(after(theme))}
        >
          <Icon name="theme" />
        </button>
        <button
          type="button"
          className="icon"
          aria-label={t.help}
          title={t.help}
          onClick={() => show('help')}
        >
          <Icon name="help" />
        </button>
      </span>
      <button type="button" className="icon strip:hidden" aria-label={t.menu} onClick={() => show('menu')}>
        <Icon name="more" />
      </button>
    </header>
  );
}

/** The phone's bar: the places and one capture button. */
export function BottomBar({ onCapture }: { onCapture: () => void }) {
  const t = useStrings();
  return (
    <nav className="mnav" aria-label={t.placesLabel}>
      <PlaceLinks icons />
      <button type="button" className="fab" aria-label={t.capture} onClick={onCapture}>
        <Icon name="camera" />
      </button>
    </nav>
  );
}
