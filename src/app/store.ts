/** The page's state, one slice for each thing a person does. React reads it through `useApp`. */
import { createContext, useContext } from 'react';
import { useStore } from 'zustand';
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Engine } from '../engine/protocol.ts';
import type { Shelf } from '../engine/shelf/protocol.ts';
import { createLive, type Live } from './classify/live.ts';
import { createLook, type Look } from './classify/look.ts';
import { createMapUse, type MapUse } from './classify/maps.ts';
import { createTaughtUse, type TaughtUse } from './classify/taught.ts';
import { createEvaluate, type Evaluate } from './evaluate/evaluate.ts';
import { createModels, type Models } from './models/models.ts';
import { createShelfPart, type ShelfPart } from './models/shelf.ts';
import type { PageMemory } from './shell/memory.ts';
import { createShell, type Shell } from './shell/shell.ts';

export type App = Shell & Models & ShelfPart & Look & Live & MapUse & Evaluate & TaughtUse;
export type AppStore = StoreApi<App>;

/** What a slice is made from. */
export interface Kit {
  readonly set: (change: Partial<App>) => void;
  readonly get: () => App;
  /** Calls back after each change; returns the function that ends it. */
  readonly subscribe: (listener: () => void) => () => void;
  readonly engine: Engine;
  readonly memory: PageMemory;
  /** Where public/ is served, ending in a slash. */
  readonly base: string;
  /** Starts the shelf's client; called once, when it is first needed. */
  readonly openShelf: () => Promise<Shelf>;
}

export function createAppStore(parts: Pick<Kit, 'engine' | 'memory' | 'base' | 'openShelf'>): AppStore {
  return createStore<App>((set, get, { subscribe }) => {
    const kit: Kit = { set, get, subscribe, ...parts };
    return {
      ...createShell(kit),
      ...createModels(kit),
      ...createShelfPart(kit),
      ...createLook(kit),
      ...createLive(kit),
      ...createMapUse(kit),
      ...createEvaluate(kit),
      ...createTaughtUse(kit),
    };
  });
}

export const StoreContext = createContext<AppStore | null>(null);

/** The part of the state that `select` returns; the component renders again when it changes. */
export function useApp<T>(select: (app: App) => T): T {
  const store = useContext(StoreContext);
  if (store === null) throw new Error('useApp needs a StoreContext');
  return useStore(store, select);
}

/** The store itself, for reading the state inside an event handler. */
export function useAppStore(): AppStore {
  const store = useContext(StoreContext);
  if (store === null) throw new Error('useAppStore needs a StoreContext');
  return store;
}
