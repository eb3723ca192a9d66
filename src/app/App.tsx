import { lazy, useCallback, useEffect, useLayoutEffect, useMemo, useRef } from 'react';
import { LookPlace } from './classify/LookPlace.tsx';
import { ModelPicker } from './models/ModelPicker.tsx';
import { useFileDrop } from './shell/drop.ts';
import { inField } from './shell/fields.ts';
import { BottomBar, Header } from './shell/Header.tsx';
import { HelpSheet } from './shell/HelpSheet.tsx';
import { useKeys } from './shell/keys.ts';
import { Later } from './shell/Later.tsx';
import { LiveRegion } from './shell/LiveRegion.tsx';
import { addressIn, linkIn } from './shell/link.ts';
import { MenuSheet } from './shell/MenuSheet.tsx';
import { NoticeStrip } from './shell/NoticeStrip.tsx';
import { StatusLine } from './shell/StatusLine.tsx';
import { placeOf } from './shell/shell.ts';
import type { Purpose } from './shell/take.ts';
import { useStrings, Words } from './shell/Words.tsx';
import { useApp, useAppStore } from './store.ts';
import { TeachDoor } from './teach/TeachDoor.tsx';

const loadModels = () => import('./models/ModelsPlace.tsx');
const HeadSheet = lazy(async () => ({ default: (await import('./classify/HeadSheet.tsx')).HeadSheet }));
const ExportSheet = lazy(async () => ({ default: (await import('./evaluate/ExportSheet.tsx')).ExportSheet }));
const ModelsPlace = lazy(async () => ({ default: (await loadModels()).ModelsPlace }));

/** Address -> place, and the title with it. */
function useAddress(): void {
  const arrive = useApp((app) => app.arrive);
  const place = useApp((app) => app.place);
  const t = useStrings();
  useEffect(() => {
    const follow = () => {
      if (location.hash !== '#main') arrive(placeOf(location.hash)); // the skip link leads within the place
    };
    follow();
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, [arrive]);
  useEffect(() => {
    document.title = `${t.places[place]} — BiT Lens`;
  }, [place, t]);
}

/** Language and theme live on the root element, where CSS and screen readers look. */
function useRoot(): void {
  const language = useApp((app) => app.language);
  const theme = useApp((app) => app.theme);
  useLayoutEffect(() => {
    document.documentElement.lang = language;
    if (theme === 'auto') document.documentElement.removeAttribute('data-theme');
    else document.documentElement.setAttribute('data-theme', theme);
  }, [language, theme]);
}

export function App() {
  const t = useStrings();
  const store = useAppStore();
  const place = useApp((app) => app.place);
  const openLink = useApp((app) => app.openLink);
  const offered = useApp((app) => app.offered !== null);
  const exporting = useApp((app) => app.dialog === 'export');
  const pictures = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const model = useRef<HTMLInputElement>(null);
  const choose = useMemo(
    () => ({
      pictures: () => pictures.current?.click(),
      folder: () => folder.current?.click(),
      model: () => model.current?.click(),
    }),
    [],
  );
  useAddress();
  useRoot();
  useKeys(choose);

  const take = useCallback(
    (files: readonly File[], purpose?: Purpose) => {
      const [first] = files;
      if (first === undefined) return;
      import('./shell/take.ts').then(
        ({ takeFiles }) => takeFiles(store.getState(), files, purpose),
        (cause: unknown) => {
          const error = { code: 'network', message: String(cause), file: undefined } as const;
          store.getState().tell({ kind: 'not-opened', name: first.name, builtIn: false, error });
        },
      );
    },
    [store],
  );
  const takeAddress = useCallback(
    (address: URL) => {
      if (store.getState().place === 'models') return; // an address there is a model's, and has its field
      import('./shell/linked.ts').then(
        (linked) => linked.takeAddress(store.getState(), address),
        () => store.getState().tell({ kind: 'no-picture', name: address.host, why: 'refused' }),
      );
    },
    [store],
  );
  const { over, zone } = useFileDrop(take, takeAddress);
  const chosen = (event: React.ChangeEvent<HTMLInputElement>) => {
    take([...(event.target.files ?? [])]);
    event.target.value = ''; // the same file may be chosen again
  };

  useEffect(() => {
    const onPaste = (event: ClipboardEvent) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length > 0) event.preventDefault();
      take(files);
      if (files.length > 0 || inField(event.target)) return;
      const text = event.clipboardData?.getData('text/plain') ?? '';
      const link = linkIn(text);
      const address = addressIn(text);
      if (link !== null) void openLink(link);
      else if (address !== null) takeAddress(address);
    };
    document.addEventListener('paste', onPaste);
    return () => document.removeEventListener('paste', onPaste);
  }, [take, takeAddress, openLink]);
  useEffect(() => {
    if (folder.current !== null) folder.current.webkitdirectory = true;
  }, []);

  return (
    <div className="h-full flex flex-col">
      <a className="skip" href="#main">
        {t.skip}
      </a>
      <Header />
      <NoticeStrip />
      {place === 'look' ? (
        <LookPlace choose={choose} />
      ) : place === 'teach' ? (
        <TeachDoor />
      ) : (
        <Later place fallback={<main id="main" className="models" tabIndex={-1} />}>
          <ModelsPlace chooseModel={choose.model} />
        </Later>
      )}
      <StatusLine />
      <BottomBar onCapture={choose.pictures} />
      <LiveRegion />
      <HelpSheet />
      <MenuSheet />
      <ModelPicker chooseModel={choose.model} />
      {offered && (
        <Later>
          <HeadSheet />
        </Later>
      )}
      <input
        ref={pictures}
        id="choose-pictures"
        type="file"
        accept="image/*"
        multiple
        hidden
        onChange={chosen}
      />
      <input ref={folder} id="choose-folder" type="file" multiple hidden onChange={chosen} />
      <input ref={model} id="choose-model" type="file" multiple hidden onChange={chosen} />
      {exporting && (
        <Later>
          <ExportSheet />
        </Later>
      )}
      {over && (
        <div className={place === 'teach' ? 'drop frame' : 'drop'}>
          {place !== 'teach' && (
            <div data-zone="look" className={zone === 'look' ? 'on' : ''}>
              <b className="text-[16px] leading-[22px]">{t.dropHere}</b>
              <span className="text-[13px] text-ink2">
                <Words text={t.dropModel} />
              </span>
            </div>
          )}
          <div data-zone="teach" className={zone === 'teach' ? 'on' : ''}>
            <b className="text-[16px] leading-[22px]">{t.dropTeach}</b>
            <span className="text-[13px] text-ink2">{t.dropTeachHow}</span>
          </div>
        </div>
      )}
    </div>
  );
}
