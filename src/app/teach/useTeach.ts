import { createContext, useContext } from 'react';
import { useStore } from 'zustand';
import type { ExampleRow } from '../../engine/teach/protocol.ts';
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

const NONE: readonly ExampleRow[] = [];
const byClass = new WeakMap<readonly ExampleRow[], Map<string, ExampleRow[]>>();

/** The pictures of a class: all are sorted into theirs once a change, not once a class. */
export function useExamplesOf(classId: string): readonly ExampleRow[] {
  return useTeach(({ project }) =>
    project === null ? NONE : (sorted(project.examples).get(classId) ?? NONE),
  );
}

function sorted(examples: readonly ExampleRow[]): Map<string, ExampleRow[]> {
  const known = byClass.get(examples) ?? new Map<string, ExampleRow[]>();
  if (byClass.has(examples)) return known;
  for (const row of examples) {
    const own = known.get(row.classId);
    if (own) own.push(row);
    else known.set(row.classId, [row]);
  }
  byClass.set(examples, known);
  return known;
}

export const useTeachWords = (): TeachWords => teachWords(useApp((app) => app.language));
