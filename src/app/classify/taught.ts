/**
 * Taught heads that answer in Look, and pictures on their way to Teach. Teach itself is loaded when it is opened, what
 * opens a head from elsewhere when one comes.
 */
import type { Head, NamedBlob, TaughtHead } from '../../bit/index.ts';
import type { EvaluationSet, PlainError } from '../../engine/protocol.ts';
import { ANSWERS_BY } from '../models/models.ts';
import { plainError } from '../shell/plainError.ts';
import type { Kit } from '../store.ts';
import type { TeachStore } from '../teach/teach.ts';
import type { HeadDoings } from './headDoings.ts';
import { names } from './label.ts';
import { answering, type Picture } from './picture.ts';

export interface Taught {
  /** Under which what belongs to it is kept, such as its line. */
  readonly id: string;
  /** The project of this browser that it was taught in; null for one from elsewhere. */
  readonly project: string | null;
  /** Its file as base64, by which one from elsewhere answers again at the next visit: '' where it is too large, null where it shall not. */
  readonly file: string | null;
  readonly name: string;
  readonly labels: readonly string[];
  /** Its held-out scores, for calibration. */
  readonly evaluation: readonly EvaluationSet[];
  /** True when pooled features are unlike all that was taught; null when that cannot be said. */
  readonly isNone: (features: Float32Array) => Promise<boolean | null>;
}

/** A head that answered in this visit; it can again without a new session while its model is in use. */
export interface UsedHead {
  readonly taught: Taught;
  readonly head: Head;
  /** The model of this visit that it stands on. */
  readonly model: number | null;
}

/** A head from elsewhere that does not answer yet. */
export interface OfferedHead {
  readonly taught: TaughtHead;
  /** ask: nothing was done yet. opening: its backbone is looked for on this device. backbone: it is not here. */
  readonly step: 'ask' | 'opening' | 'backbone';
  readonly error: PlainError | null;
}

/** A picture to teach with, and the folder that names its class. */
export interface TeachItem {
  readonly name: string;
  readonly blob: Blob;
  readonly folder: string | null;
}

export interface TaughtUse {
  readonly taught: Taught | null;
  readonly heads: readonly UsedHead[];
  readonly offered: OfferedHead | null;
  /** Pictures that wait for Teach to take them. */
  readonly inbox: readonly TeachItem[];
  /** Answers by `head` from now on; every picture is asked again. Rejects with a BitError when it does not fit. */
  readonly answerByTaught: (taught: Taught, head: Head) => Promise<void>;
  /** The model's own classes answer again. */
  readonly dropTaught: () => Promise<void>;
  /** Opens a head file; what is wrong with it is told in a notice. */
  readonly openHead: (file: NamedBlob) => Promise<void>;
  /** Answers by the head that this page was made for, unless a person has chosen otherwise. */
  readonly openOwnHead: (file: NamedBlob) => Promise<void>;
  /** Shows what a link holds, and asks. */
  readonly openLink: (text: string) => Promise<void>;
  readonly headDoings: () => Promise<HeadDoings>;
  /** Hands pictures to Teach and goes there. */
  readonly teachWith: (items: readonly TeachItem[]) => void;
  /** Hands one over; where it is said what it shows, its class is that. */
  readonly teachPicture: (picture: Picture) => Promise<void>;
  readonly takeInbox: () => readonly TeachItem[];
  readonly openTeach: () => Promise<TeachStore>;
  /** Answers by the taught classes that answered when the page was left. False where there are none. */
  readonly resumeTaught: () => Promise<boolean>;
}

/** What follows is no project's id but a head's file. */
const ELSEWHERE = 'file:';

export function createTaughtUse(kit: Kit): TaughtUse {
  const { set, get, engine, memory } = kit;
  let opening: Promise<TeachStore> | null = null;
  let doings: Promise<HeadDoings> | null = null;

  async function orTell(name: string, work: (doings: HeadDoings) => Promise<unknown>): Promise<void> {
    try {
      await work(await get().headDoings());
    } catch (thrown) {
      get().tell({ kind: 'not-opened', name, builtIn: false, error: plainError(thrown) });
    }
  }

  /** What the class is called that a name means; the name itself where no class is called so. */
  async function className(truth: string): Promise<string> {
    const { classOf } = await import('../evaluate/judge.ts');
    const labels = answering(get())?.labels ?? [];
    const index = classOf(truth, labels, get());
    return names(get())(index === null ? truth : (labels[index] ?? truth)).name;
  }

  return {
    taught: null,
    heads: [],
    offered: null,
    inbox: [],
    async answerByTaught(taught, head) {
      const before = get().taught;
      await engine.answerWith(head);
      if (before !== null && before.project !== null && before.project === taught.project)
        await get().followRenames(before.labels, taught.labels);
      const others = get().heads.filter((one) => one.taught.id !== taught.id);
      set({ taught, heads: [...others, { taught, head, model: get().inUse }] });
      const by = taught.project ?? (taught.file && ELSEWHERE + taught.file);
      if (by !== null) memory.own.write(ANSWERS_BY, by);
      get().modelChanged();
    },
    async dropTaught() {
      if (get().taught === null) return;
      await engine.answerWith(null);
      set({ taught: null });
      memory.own.write(ANSWERS_BY, '');
      get().modelChanged();
    },
    openHead: (file) => orTell(file.name, (open) => open.openFile(file)),
    openOwnHead: (file) => orTell(file.name, (open) => open.answerBy(file, null)),
    openLink: (text) => orTell('', (open) => open.openLink(text)),
    headDoings() {
      doings ??= import('./headDoings.ts').then(({ createHeadDoings }) => createHeadDoings(kit));
      doings.catch(() => {
        doings = null;
      });
      return doings;
    },
    teachWith(items) {
      set({ inbox: [...get().inbox, ...items] });
      location.hash = '#/teach';
    },
    async teachPicture({ name, blob, truth }) {
      if (blob === null) return;
      const folder = truth === null ? null : await className(truth);
      get().teachWith([{ name, blob, folder }]);
    },
    takeInbox() {
      const { inbox } = get();
      set({ inbox: [] });
      return inbox;
    },
    async resumeTaught() {
      const by = memory.own.read(ANSWERS_BY) ?? '';
      if (by === '') return false;
      if (!by.startsWith(ELSEWHERE)) return (await import('./resumeTaught.ts')).resumeTaught(kit, by);
      return (await get().headDoings()).resume(by.slice(ELSEWHERE.length));
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
