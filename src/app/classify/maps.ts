/** Maps in Look: which overlay lies on the picture, of which class, and finding what the answer did not bring. */
import type { Classification, PlainError } from '../../engine/protocol.ts';
import { type Models, modelInUse } from '../models/models.ts';
import { plainError } from '../shell/plainError.ts';
import type { Kit } from '../store.ts';
import type { Live } from './live.ts';
import type { Look } from './look.ts';
import { type Picture, selectedPicture } from './picture.ts';
import { fetchSample } from './samples.ts';

/** Colours, dimming of the rest, the bare grid. */
export const OVERLAYS = ['off', 'heat', 'veil', 'cells'] as const;
export type Overlay = (typeof OVERLAYS)[number];

/** Something that is true of one answer and of none that follows it. */
interface Of<T> {
  readonly answer: Classification;
  readonly it: T;
}

export interface MapUse {
  readonly overlay: Overlay;
  /** True while the picture is shown without its overlay. */
  readonly bare: boolean;
  /** The class whose map a person asked for; the best one's is shown otherwise. */
  readonly mapped: { readonly picture: number; readonly index: number } | null;
  /** True from a person's asking for a map until it was read out. */
  readonly mapAsked: boolean;
  /** What is read out of a map. */
  readonly mapSaid: Of<string> | null;
  readonly mapError: Of<PlainError> | null;
  readonly setOverlay: (overlay: Overlay) => void;
  readonly nextOverlay: () => void;
  /** Shows the map of a class of the shown picture's answer. */
  readonly showMap: (index: number) => void;
  readonly setBare: (bare: boolean) => void;
  /** Puts the maps of its classes into a picture's answer. */
  readonly findMaps: (picture: Picture, signal: AbortSignal) => Promise<void>;
  readonly sayMap: (answer: Classification, it: string) => void;
}

/** False for someone else's .onnx, which gives logits only. */
export const canMap = (app: Models): boolean => modelInUse(app)?.info?.format !== 'onnx';

/** The class whose map is shown; undefined for an answer without classes. */
export function mappedClass(app: MapUse, picture: Picture, answer: Classification) {
  const { mapped } = app;
  const chosen = mapped?.picture === picture.id ? mapped.index : undefined;
  return answer.scores.find(({ index }) => index === chosen) ?? answer.scores[0];
}

/** True when the answer to this picture is to come with its maps. */
export const wantsMaps = (app: MapUse & Look & Live & Models, id: number): boolean =>
  app.overlay !== 'off' && canMap(app) && selectedPicture(app)?.id === id;

export function createMapUse({ set, get, engine, memory }: Kit): MapUse {
  const kept = memory.read('overlay');
  const overlay = OVERLAYS.find((one) => one === kept) ?? 'heat';
  let last: Overlay = overlay === 'off' ? 'heat' : overlay;
  return {
    overlay,
    bare: false,
    mapped: null,
    mapAsked: false,
    mapSaid: null,
    mapError: null,
    setOverlay(overlay) {
      if (overlay !== 'off') last = overlay;
      memory.write('overlay', overlay);
      set({ overlay });
    },
    nextOverlay() {
      const next = OVERLAYS[(OVERLAYS.indexOf(get().overlay) + 1) % OVERLAYS.length] ?? 'off';
      get().setOverlay(next);
    },
    showMap(index) {
      const picture = selectedPicture(get());
      if (picture === undefined) return;
      set({ mapped: { picture: picture.id, index }, mapAsked: true });
      if (get().overlay === 'off') get().setOverlay(last);
    },
    setBare(bare) {
      if (get().bare !== bare) set({ bare });
    },
    async findMaps(picture, signal) {
      const { answer, name } = picture;
      if (answer === null || picture.id === get().live?.id) return; // the camera's next answer brings them
      set({ mapError: null });
      try {
        const blob = picture.blob ?? (await fetchSample(picture.url ?? '', signal));
        const classes = answer.scores.map(({ index }) => index);
        const maps = await engine.map(blob, { name, classes, signal });
        get().keepMaps(picture.id, answer, maps);
      } catch (thrown) {
        if (!signal.aborted) set({ mapError: { answer, it: plainError(thrown) } });
      }
    },
    sayMap: (answer, it) => set({ mapAsked: false, mapSaid: { answer, it } }),
  };
}
