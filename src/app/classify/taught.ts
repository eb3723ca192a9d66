/** A taught head that answers in Look, and pictures on their way to Teach. Teach itself is loaded when it is opened. */
import type { Head } from '../../bit/index.ts';
import type { EvaluationSet } from '../../engine/protocol.ts';
import type { Kit } from '../store.ts';
import type { TeachStore } from '../teach/teach.ts';

export interface Taught {
  /** The project that it was taught in. */
  readonly project: string;
  readonly name: string;
  readonly labels: readonly string[];
  /** Its held-out scores, for calibration. */
  readonly evaluation: readonly EvaluationSet[];
  /** True when pooled features are unlike all that was taught; null when that cannot be said. */
  readonly isNone: (features: Float32Array) => Promise<boolean | null>;
}

/** A picture to teach with, and the folder that names its class. */
export interface TeachItem {
  readonly name: string;
  readonly blob: Blob;
  readonly folder: string | null;
}

export interface TaughtUse {
  readonly taught: Taught | null;
  /** Pictures that wait for Teach to take them. */
  readonly inbox: readonly TeachItem[];
  /** Answers by `head` from now on; every picture is asked again. Rejects with a BitError when it does not fit. */
  readonly answerByTaught: (taught: Taught, head: Head) => Promise<void>;
  /** The model's own classes answer again. */
  readonly dropTaught: () => Promise<void>;
  /** Hands pictures to Teach and goes there. */
  readonly teachWith: (items: readonly TeachItem[]) => void;
  readonly takeInbox: () => readonly TeachItem[];
  readonly openTeach: () => Promise<TeachStore>;
}

export function createTaughtUse(kit: Kit): TaughtUse {
  const { set, get, engine } = kit;
  let opening: Promise<TeachStore> | null = null;
  return {
    taught: null,
    inbox: [],
    async answerByTaught(taught, head) {
      await engine.answerWith(head);
      set({ taught });
      get().modelChanged();
    },
    async dropTaught() {
      if (get().taught === null) return;
      await engine.answerWith(null);
      set({ taught: null });
      get().modelChanged();
    },
    teachWith(items) {
      set({ inbox: [...get().inbox, ...items] });
      location.hash = '#/teach';
    },
    takeInbox() {
      const { inbox } = get();
      set({ inbox: [] });
      return inbox;
    },
    openTeach() {
      opening ??= import('../teach/teach.ts').then(({ createTeach }) => createTeach(kit));
      opening.catch(() => {
        opening = null;
      });
      return opening;
    },
  };
}
