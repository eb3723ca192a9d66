/** The shelf's words and doings, for the components of the Models place. */
import { useEffect } from 'react';
import { useApp } from '../store.ts';
import type { ShelfDoings } from './shelfDoings.ts';
import { type ShelfWords, shelfWords } from './shelfWords.ts';

export function useShelfWords(): ShelfWords {
  return shelfWords[useApp((app) => app.language)];
}

/** Does something with the shelf, as soon as it is loaded. */
export function useShelf(): (act: (shelf: ShelfDoings) => unknown) => void {
  const load = useApp((app) => app.loadShelf);
  return (act) => void load().then(act);
}

/** Reads the shelf when what uses it appears. */
export function useLoadedShelf(): void {
  const load = useApp((app) => app.loadShelf);
  useEffect(() => {
    void load().then((shelf) => shelf.refresh());
  }, [load]);
}
