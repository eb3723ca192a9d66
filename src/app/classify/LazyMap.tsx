/** MapView's parts, fetched after the first paint. Where they cannot be had, the picture stays as it is. */
import { type ComponentType, type LazyExoticComponent, lazy } from 'react';

type View = typeof import('./MapView.tsx');

function part<P>(name: string, of: (view: View) => ComponentType<P>): LazyExoticComponent<ComponentType<P>> {
  return lazy(() =>
    import('./MapView.tsx').then(
      (view) => ({ default: of(view) }),
      (cause: unknown) => {
        console.error(`the map's ${name} could not be loaded`, cause);
        return { default: () => null };
      },
    ),
  );
}

export const MapLayer = part('layer', (view) => view.MapLayer);
export const MapNote = part('note', (view) => view.MapNote);
export const OverlayChoice = part('switch', (view) => view.OverlayChoice);
