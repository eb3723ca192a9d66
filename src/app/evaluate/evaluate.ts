/** The set as a list and against what is known of it: order, filter, chosen cell, names matched, and the correction in use. */
import type { LabelList } from '../../bit/index.ts';
import type { EvaluationSet, PlainError } from '../../engine/protocol.ts';
import type { Picture } from '../classify/picture.ts';
import { plainError } from '../shell/plainError.ts';
import type { Kit } from '../store.ts';
import type { Fitted } from './correct.ts';
import type { Keeping } from './kept.ts';
import { KEEP_FROM, KEPT_SET, readKeptSet, SAID, setName } from './keptSet.ts';
import type { TableRead } from './table.ts';

export const COLUMNS = ['file', 'answer', 'sure', 'next', 'truth', 'right', 'ms'] as const;
export type Column = (typeof COLUMNS)[number];
export interface Order {
  readonly column: Column;
  readonly down: boolean;
}

export const FILTERS = ['all', 'right', 'wrong', 'unsure', 'failed', 'unanswered'] as const;
export type Filter = (typeof FILTERS)[number];

/** Pictures of one class that got one answer; 'other' is any class that no folder is named by. */
export interface Cell {
  readonly truth: number;
  readonly answer: number | 'other' | 'unsure';
}

/** A temperature that was fitted to this very model, head and preprocessing, and how right it is with it. */
export interface Correction {
  readonly temperature: number;
  /** On pictures that the temperature was not fitted on. */
  readonly tested: readonly EvaluationSet[];
}

export interface Evaluate {
  /** Null: as the pictures came. */
  readonly order: Order | null;
  readonly filter: Filter;
  /** Text that a file, an answer or a folder's name holds. */
  readonly find: string;
  /** Null: the largest mix-up. */
  readonly cell: Cell | null;
  /** A person's word for which class a folder's name means, by its label; null leaves the folder out. */
  readonly meant: Readonly<Record<string, string | null>>;
  /** Lists that know WordNet ids, once a folder is named by one. */
  readonly lists: readonly LabelList[];
  /** Answers of the set that come from an earlier visit. */
  readonly takenUp: number;
  /** What a table said of the pictures; null where folders speak. */
  readonly tableRead: TableRead | null;
  readonly correction: Correction | null;
  /** A correction found and not decided on yet. */
  readonly fitted: Fitted | null;
  readonly fitting: boolean;
  readonly fitError: PlainError | null;
  /** The same column once more turns it round, a third time ends it. */
  readonly orderBy: (column: Column) => void;
  readonly setFilter: (filter: Filter) => void;
  readonly setFind: (find: string) => void;
  /** Another set of pictures: what was looked for and chosen in the last one is over. */
  readonly forgetChosen: () => void;
  readonly setCell: (cell: Cell | null) => void;
  /** Keeps what was said of a large set for the next visit. */
  readonly rememberSaid: () => void;
  /** Classes were renamed: the names that meant them mean them still. */
  readonly followRenames: (before: readonly string[], after: readonly string[]) => Promise<void>;
  readonly mean: (names: Readonly<Record<string, string | null>>) => void;
  /** Reads the lists that know WordNet ids from this page's own host, once. */
  readonly readLists: () => Promise<void>;
  /** Gives pictures the answers that an earlier visit kept of them; from now on large sets are kept. */
  readonly takeUp: (pictures: readonly Picture[]) => Promise<void>;
  /** Forgets the rows that are kept of a set, by its folder. */
  readonly forgetKept: (folder: string) => Promise<void>;
  /** Tells of a set whose rows an earlier visit kept. */
  readonly offerKept: () => void;
  /** A person's word on a name is taken back. */
  readonly unmean: (name: string) => void;
  /** Takes what a table (CSV) says of the pictures; resolves to how many it names. */
  readonly labelBy: (text: string) => Promise<number>;
  /** Fits a temperature on half of what is scored, and says what it does to the other half. */
  readonly fitCorrection: () => Promise<void>;
  /** Answers with the fitted temperature from now on, or with none. */
  readonly correct: (correction: Correction | null) => Promise<void>;
  readonly declineFitted: () => void;
  /** Another model answers: its own correction is looked for. */
  readonly forgetCorrection: () => void;
}

export const CORRECTIONS = 'corrections';

export function createEvaluate(kit: Kit): Evaluate {
  const { set, get, memory } = kit;
  let reading: Promise<void> | null = null;
  let keeper: Promise<Keeping> | null = null;
  function keeping(): Promise<Keeping> {
    keeper ??= import('./kept.ts').then(({ Keeping }) => new Keeping(kit));
    keeper.catch(() => {
      keeper = null;
    });
    return keeper;
  }
  const loaded = () => import('./correct.ts');
  /** What a person said of this very set at an earlier visit holds again. */
  async function saidBefore(): Promise<void> {
    const { readSaid } = await import('./said.ts');
    const { own, folder } = get();
    const said = readSaid(memory.read(SAID), setName(folder));
    if (said === null) return;
    const truths = own.flatMap(({ id, path }) =>
      said.truths.has(path) ? [[id, said.truths.get(path) ?? null] as const] : [],
    );
    set({ meant: { ...said.meant, ...get().meant } });
    get().setTruths(new Map(truths));
  }

  return {
    order: null,
    filter: 'all',
    find: '',
    cell: null,
    meant: {},
    lists: [],
    takenUp: 0,
    tableRead: null,
    correction: null,
    fitted: null,
    fitting: false,
    fitError: null,
    orderBy(column) {
      const { order } = get();
      if (order?.column !== column) set({ order: { column, down: column === 'sure' || column === 'ms' } });
      else if (order.down === (column === 'sure' || column === 'ms'))
        set({ order: { column, down: !order.down } });
      else set({ order: null });
    },
    setFilter: (filter) => set({ filter }),
    setFind: (find) => set({ find }),
    forgetChosen: () => set({ filter: 'all', find: '', cell: null, tableRead: null, takenUp: 0 }),
    setCell: (cell) => set({ cell }),
    mean(names) {
      set({ meant: { ...get().meant, ...names } });
      get().rememberSaid();
    },
    async followRenames(before, after) {
      if (before.length !== after.length) return;
      const renamed = new Map(
        before.flatMap((label, i) => {
          const now = after[i] ?? label;
          // a label that has only moved was not renamed
          return after.includes(label) || before.includes(now) ? [] : [[i, now] as const];
        }),
      );
      if (renamed.size === 0) return;
      const { classOf } = await import('./judge.ts');
      const { own, meant } = get();
      const names = new Set([...own.flatMap(({ truth }) => truth ?? []), ...Object.keys(meant)]);
      const follow = [...names].flatMap((name) => {
        const now = renamed.get(classOf(name, before, get()) ?? -1);
        return now === undefined ? [] : [[name, now] as const];
      });
      if (follow.length > 0) get().mean(Object.fromEntries(follow));
    },
    rememberSaid() {
      const { own, folder, meant } = get();
      if (own.length < KEEP_FROM) return;
      import('./said.ts').then(
        ({ saidText }) => memory.write(SAID, saidText(setName(folder), own, meant)),
        (cause: unknown) => console.error('what was said of the set cannot be kept', cause),
      );
    },
    readLists() {
      reading ??= import('./wordNet.ts')
        .then(({ wordNetLists }) => wordNetLists(kit.base))
        .then((lists) => set({ lists }))
        .catch((cause: unknown) => {
          reading = null; // the next folder of that kind asks again
          console.error('the lists of WordNet ids could not be read', cause);
        });
      return reading;
    },
    offerKept() {
      const kept = readKeptSet(memory.read(KEPT_SET));
      if (kept !== null && get().own.length === 0) get().tell({ kind: 'kept-set', ...kept });
    },
    async takeUp(pictures) {
      get().retract('kept-set');
      const started = keeping();
      if (readKeptSet(memory.read(KEPT_SET)) === null) return; // nothing to wait for
      try {
        await saidBefore();
        const { turn } = get();
        const taken = await (await started).takeUp(pictures);
        if (get().turn === turn) set({ takenUp: get().takenUp + taken });
      } catch (cause) {
        console.error('rows of an earlier visit could not be read', cause); // they are answered anew
      }
    },
    async forgetKept(folder) {
      set({ takenUp: 0 });
      if (readKeptSet(memory.read(KEPT_SET)) === null) return;
      try {
        memory.write(SAID, '');
        await (await keeping()).forget(setName(folder));
      } catch (cause) {
        console.error('kept rows could not be forgotten', cause);
      }
    },
    unmean(name) {
      const { [name]: _, ...others } = get().meant;
      set({ meant: others });
      get().rememberSaid();
    },
    async labelBy(text) {
      const { truthsBy } = await import('./table.ts');
      const { truths, lines, matched } = truthsBy(text, get().own);
      if (matched > 0) {
        get().setTruths(truths);
        get().setView('score');
        set({ tableRead: { lines, matched } });
      }
      return matched;
    },
    async fitCorrection() {
      set({ fitting: true, fitError: null, fitted: null });
      const { turn } = get();
      try {
        const fitted = await (await loaded()).fit(kit);
        if (get().turn === turn) set({ fitted });
      } catch (thrown) {
        if (get().turn === turn) set({ fitError: plainError(thrown) });
      } finally {
        set({ fitting: false });
      }
    },
    async correct(correction) {
      set({ fitted: null, fitError: null });
      try {
        await (await loaded()).use(kit, correction);
      } catch (thrown) {
        set({ fitError: plainError(thrown) });
      }
    },
    declineFitted: () => set({ fitted: null }),
    forgetCorrection() {
      set({ correction: null, fitted: null, fitError: null, cell: null });
      if (memory.read(CORRECTIONS) !== null)
        void loaded()
          .then(({ recall }) => recall(kit))
          .catch((cause: unknown) => console.error('no correction', cause));
    },
  };
}
