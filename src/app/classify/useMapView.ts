/** MapView's parts, fetched after the first paint. Without React's lazy, which shows what comes together one by one. */
import { useEffect, useState } from 'react';

type View = typeof import('./MapView.tsx');

let here: View | null = null;

/** Null until they are here. Where they cannot be had, the picture stays as it is. */
export function useMapView(): View | null {
  const [view, setView] = useState(here);
  useEffect(() => {
    if (here !== null) return setView(here);
    import('./MapView.tsx').then(
      (loaded) => {
        here = loaded;
        setView(loaded);
      },
      (cause: unknown) => console.error('the map could not be loaded', cause),
    );
  }, []);
  return view;
}
