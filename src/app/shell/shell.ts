/** The shell's slice: place, language, theme, keys, dialogs, notices. */
import type { EngineEvent, FallbackReason, PlainError } from '../../engine/protocol.ts';
import type { KeptSet } from '../evaluate/keptSet.ts';
import type { Kit } from '../store.ts';
import type { NoPicture } from './linked.ts';

export type Place = 'look' | 'teach' | 'models';
export type Language = 'en' | 'ja';
export type Theme = 'auto' | 'light' | 'dark';
export type Dialog = 'help' | 'picker' | 'menu' | 'head' | 'take-away' | 'export';
export const THEMES: readonly Theme[] = ['auto', 'light', 'dark'];

/** What a strip under the header can say; the words are chosen when it is drawn, so they follow the language. */
export type News =
  | { readonly kind: 'replaced'; readonly reason: 'died' | 'hung' | 'device-lost'; readonly detail: string }
  | { readonly kind: 'gave-up'; readonly detail: string }
  | { readonly kind: 'no-names'; readonly detail: string }
  | { readonly kind: 'fallback'; readonly reason: FallbackReason; readonly detail: string }
  | {
      readonly kind: 'not-opened';
      readonly name: string;
      readonly builtIn: boolean;
      readonly error: PlainError;
    }
  /** A download is done while a person is at something else. */
  | { readonly kind: 'model-stored'; readonly model: string; readonly name: string }
  | { readonly kind: 'not-stored'; readonly name: string; readonly error: PlainError }
  /** What would have to be deleted is asked on the Models place. */
  | { readonly kind: 'no-room'; readonly name: string }
  /** Rows of a set that was answered in an earlier visit. */
  | ({ readonly kind: 'kept-set' } & KeptSet)
  /** A table of classes that names none of the pictures. */
  | { readonly kind: 'no-table'; readonly name: string }
  /** A picture at an address, by its host. */
  | { readonly kind: 'fetching'; readonly name: string }
  | { readonly kind: 'no-picture'; readonly name: string; readonly why: NoPicture }
  | { readonly kind: 'offline' }
  | { readonly kind: 'update'; readonly accept: () => void }
  | { readonly kind: 'one-core'; readonly cores: number; readonly accept: () => void }
  /** The person said yes to a reload, which waits for the work to end. */
  | { readonly kind: 'reload-waits' }
  | { readonly kind: 'share-lost' };
export type Notice = News & { readonly id: number };

export interface Shell {
  readonly place: Place;
  readonly language: Language;
  readonly theme: Theme;
  readonly singleKeys: boolean;
  readonly dialog: Dialog | null;
  /** Newest first; the first is shown. */
  readonly notices: readonly Notice[];
  /** True once all that a start needs is kept on this device. */
  readonly worksOffline: boolean;
  /** Pieces of work, besides models and pictures, that a reload would cut off. */
  readonly held: number;
  /** Follows the address; `go` changes the address. */
  readonly arrive: (place: Place) => void;
  readonly setLanguage: (language: Language) => void;
  readonly setTheme: (theme: Theme) => void;
  readonly setSingleKeys: (on: boolean) => void;
  readonly show: (dialog: Dialog | null) => void;
  readonly tell: (news: News) => void;
  readonly dismiss: (id: number) => void;
  /** Takes back every notice of a kind: it is no longer true. */
  readonly retract: (kind: News['kind']) => void;
  /** For long work and for text that is not kept yet: nothing reloads the page until the returned function is called. */
  readonly holdReload: () => () => void;
  readonly heed: (event: EngineEvent) => void;
}

/** '#/models' -> 'models'; anything else is Look. */
export const placeOf = (hash: string): Place =>
  hash === '#/models' ? 'models' : hash === '#/teach' ? 'teach' : 'look';

function chosen<T extends string>(value: string | null, choices: readonly T[], otherwise: T): T {
  return choices.find((choice) => choice === value) ?? otherwise;
}

export function createShell({ set, get, memory }: Kit): Shell {
  let lastNotice = 0;
  const browserLanguage: Language = globalThis.navigator?.language?.startsWith('ja') ? 'ja' : 'en';
  return {
    place: 'look',
    language: chosen<Language>(memory.read('language'), ['en', 'ja'], browserLanguage),
    theme: chosen<Theme>(memory.read('theme'), THEMES, 'auto'),
    singleKeys: memory.read('keys') !== 'off',
    dialog: null,
    notices: [],
    worksOffline: false,
    held: 0,
    arrive(place) {
      if (place !== 'look') get().closeCamera();
      set({ place });
    },
    setLanguage(language) {
      memory.write('language', language);
      set({ language });
    },
    setTheme(theme) {
      memory.write('theme', theme);
      set({ theme });
    },
    setSingleKeys(singleKeys) {
      memory.write('keys', singleKeys ? 'on' : 'off');
      set({ singleKeys });
    },
    show: (dialog) => set({ dialog }),
    tell: (news) => set({ notices: [{ ...news, id: ++lastNotice }, ...get().notices] }),
    dismiss: (id) => set({ notices: get().notices.filter((notice) => notice.id !== id) }),
    retract: (kind) => set({ notices: get().notices.filter((notice) => notice.kind !== kind) }),
    holdReload() {
      let holding = true;
      set({ held: get().held + 1 });
      return () => {
        if (holding) set({ held: get().held - 1 });
        holding = false;
      };
    },
    heed(event) {
      switch (event.kind) {
        case 'worker-replaced':
          get().tell({ kind: 'replaced', reason: event.reason, detail: event.detail });
          return get().pauseForWorker();
        case 'worker-gave-up':
          return get().tell({ kind: 'gave-up', detail: event.detail });
        case 'model-reopened':
          get().modelReopened(event.model);
          return get().resumeAfterWorker();
      }
    },
  };
}
