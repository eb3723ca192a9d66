/** The map on the picture, its switch and its legend. Loaded after the first paint. */
import { type CSSProperties, type ReactNode, useEffect, useLayoutEffect, useMemo, useRef } from 'react';
import { type Support, supportOf } from '../../bit/cam.ts';
import { areasOf } from '../../bit/cam-shape.ts';
import type { CellGrid } from '../../bit/index.ts';
import type { Classification } from '../../engine/protocol.ts';
import { Choice } from '../shell/Choice.tsx';
import { errorSentence } from '../shell/errorSentence.ts';
import { Label, useStrings, Words } from '../shell/Words.tsx';
import { useApp } from '../store.ts';
import { canMap, mappedClass, OVERLAYS } from './maps.ts';
import { type MapWords, mapWords } from './mapWords.ts';
import { cellsOf, linePath, paint, RAMP_CSS, VEIL_CSS } from './paint.ts';
import type { Picture } from './picture.ts';
import { useNames } from './useNames.ts';

interface Shown {
  readonly picture: Picture;
  readonly answer: Classification;
}

const useMapWords = (): MapWords => mapWords[useApp((app) => app.language)];

/** The shown class's name and what speaks for it; null before its map is there. */
function useSupport({ picture, answer }: Shown): { name: string; support: Support | null } {
  const score = useApp((app) => mappedClass(app, picture, answer));
  const names = useNames();
  const { maps } = answer;
  const index = score?.index;
  const support = useMemo(() => {
    const at = maps === null || index === undefined ? -1 : maps.classes.indexOf(index);
    if (maps === null || at < 0) return null;
    const { width, height } = maps;
    const data = maps.data.subarray(at * width * height, (at + 1) * width * height);
    return supportOf({ data, width, height });
  }, [maps, index]);
  return { name: names(score?.label ?? '').name, support };
}

/** "Map of support for beacon: strongest in the upper middle, two areas". */
function twinOf(name: string, support: Support, grid: CellGrid, t: MapWords): string {
  const areas = areasOf(support, grid);
  const [first] = areas;
  return first === undefined ? t.twinNothing(name) : t.twin(name, t.place(first), t.areas(areas.length));
}

/** Off, Heat, Veil, Cells; nothing where the model gives no map. */
export function OverlayChoice() {
  const t = useMapWords();
  const overlay = useApp((app) => app.overlay);
  const setOverlay = useApp((app) => app.setOverlay);
  const possible = useApp(canMap);
  if (!possible) return null;
  return (
    <div className="overlays" title={t.scaled}>
      <Choice
        legend={t.overlay}
        value={overlay}
        choices={OVERLAYS.map((one) => [one, t.overlays[one]] as const)}
        onChoose={setOverlay}
      />
    </div>
  );
}

/** The overlay itself, over the part that the model saw. */
export function MapLayer({ style, ...shown }: Shown & { style: CSSProperties }) {
  const t = useMapWords();
  const overlay = useApp((app) => app.overlay);
  const asked = useApp((app) => app.mapAsked);
  const sayMap = useApp((app) => app.sayMap);
  const { name, support } = useSupport(shown);
  const canvas = useRef<HTMLCanvasElement>(null);
  const { answer } = shown;
  const { maps } = answer;
  const twin = useMemo(
    () => (support === null || maps === null ? null : twinOf(name, support, maps, t)),
    [name, support, maps, t],
  );
  useLayoutEffect(() => {
    if (canvas.current !== null && support !== null && maps !== null && overlay !== 'off')
      paint(canvas.current, support, maps, overlay === 'veil' ? 'veil' : 'heat');
  }, [support, maps, overlay]);
  useEffect(() => {
    if (asked && overlay !== 'off' && twin !== null) sayMap(answer, twin);
  }, [asked, overlay, twin, answer, sayMap]);
  const line = useMemo(
    () => (support === null || maps === null ? '' : linePath(support, maps, overlay)),
    [support, maps, overlay],
  );
  if (overlay === 'off' || support === null || maps === null || support.peak === 0) return null;
  return (
    // a new one for each map and overlay, so that it fades in
    <div key={`${overlay} ${name}`} className="map" style={style} role="img" aria-label={twin ?? undefined}>
      {overlay !== 'cells' && <canvas ref={canvas} />}
      <svg viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true">
        {overlay === 'cells' &&
          cellsOf(support, maps).map((cell) => <rect key={`${cell.x} ${cell.y}`} {...cell} />)}
        <path className="under" d={line} />
        <path d={line} />
      </svg>
    </div>
  );
}

function Legend({ name, support }: { name: string; support: Support }) {
  const t = useMapWords();
  const overlay = useApp((app) => app.overlay);
  const label = <Label>{name}</Label>;
  if (support.peak === 0) {
    return (
      <p>
        <Words text={t.nothing} x={label} />
      </p>
    );
  }
  return (
    <p className="legend" title={t.scaled}>
      {t.less}
      <i style={{ background: overlay === 'veil' ? VEIL_CSS : RAMP_CSS }} />
      <span>
        <Words text={t.more} x={label} />
      </span>
    </p>
  );
}

/** Finds the maps that the answer did not bring, and says what is seen. */
export function MapNote({ picture, answer }: Shown) {
  const t = useMapWords();
  const strings = useStrings();
  const overlay = useApp((app) => app.overlay);
  const possible = useApp(canMap);
  const findMaps = useApp((app) => app.findMaps);
  const error = useApp(({ mapError }) => (mapError?.answer === picture.answer ? mapError?.it : undefined));
  const { name, support } = useSupport({ picture, answer });
  const missing = overlay !== 'off' && possible && picture.answer !== null && picture.answer.maps === null;
  // biome-ignore lint/correctness/useExhaustiveDependencies: of the picture only its answer counts
  useEffect(() => {
    if (!missing) return;
    const abort = new AbortController();
    void findMaps(picture, abort.signal);
    return () => abort.abort();
  }, [missing, picture.answer, findMaps]);
  if (!possible) return <Note>{t.impossible}</Note>;
  if (overlay === 'off') return <Note>{null}</Note>;
  if (support === null) {
    if (error) return <Note>{t.failed + errorSentence(error, strings)}</Note>;
    return <p className="cap late">{t.finding}</p>;
  }
  const grid = `${support.width} × ${support.height}`;
  return (
    <>
      <Legend name={name} support={support} />
      <Note>{support.peak > 0 && `${overlay === 'cells' ? t.grid(grid) : t.smooth(grid)} ${t.proof}`}</Note>
    </>
  );
}

/** A remark behind what the corner marks mean. */
function Note({ children }: { children: ReactNode }) {
  const t = useStrings();
  return (
    <p className="cap text-ink2">
      <span className="max-strip:hidden">{t.corners} </span>
      {children}
    </p>
  );
}
