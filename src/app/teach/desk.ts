/** What the parts of Teach's state share: the state itself, the teacher, and how a failure is shown. */
import type { Teacher } from '../../engine/teach/client.ts';
import { plainError } from '../shell/plainError.ts';
import type { Kit } from '../store.ts';
import type { Teach } from './teach.ts';

export type TeachKit = Pick<Kit, 'engine' | 'get' | 'subscribe' | 'memory'>;

export interface Desk {
  readonly kit: TeachKit;
  readonly teacher: Teacher;
  readonly get: () => Teach;
  readonly set: (change: Partial<Teach>) => void;
  /** Runs a person's wish; what goes wrong is shown and changes nothing. Null when it did. */
  readonly attempt: <T>(work: () => Promise<T>) => Promise<T | null>;
}

export function createDesk(parts: Omit<Desk, 'attempt'>): Desk {
  return {
    ...parts,
    async attempt(work) {
      try {
        return await work();
      } catch (thrown) {
        const error = plainError(thrown);
        if (error.code !== 'aborted') parts.set({ error });
        return null;
      }
    },
  };
}

/** Resolves when a model answers: pictures given before wait for it. */
export function modelOpen({ kit }: Desk): Promise<void> {
  return new Promise((resolve) => {
    if (kit.get().inUse !== null) return resolve();
    const end = kit.subscribe(() => {
      if (kit.get().inUse === null) return;
      end();
      resolve();
    });
  });
}
