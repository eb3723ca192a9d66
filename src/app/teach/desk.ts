/** What the parts of Teach's state share: the state itself, the teacher, and how a failure is shown. */
import type { Teacher } from '../../engine/teach/client.ts';
import type { Change } from '../../engine/teach/protocol.ts';
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
  /** Commits a change to a project, whichever is shown; false when it could not be made. */
  readonly changeIn: (project: string, change: Change) => Promise<boolean>;
  /** Frees the teacher for a question, which would wait for a test under way; `learnSoon` has the test go on. */
  readonly makeWay: () => void;
  readonly learnSoon: () => void;
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
