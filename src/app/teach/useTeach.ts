import { createContext, useContext } from 'react';
import { useStore } from 'zustand';
import { useApp } from '../store.ts';
import type { Teach, TeachStore } from './teach.ts';
import { type TeachWords, teachWords } from './words.ts';

export const TeachContext = createContext<TeachStore | null>(null);

export function useTeachStore(): TeachStore {
  const store = useContext(TeachContext);
  if (store === null) throw new Error('Teach needs a TeachContext');
  return store;
}

/** The part of Teach's state that `select` returns; the component renders again when it changes. */
export function useTeach<T>(select: (teach: Teach) => T): T {
  return useStore(useTeachStore(), select);
}

export const useTeachWords = (): TeachWords => teachWords(useApp((app) => app.language));
