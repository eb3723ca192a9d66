/** What a person teaches, in a database of its own that nothing ever evicts. Rows stay small (under 65,000 B). */
import type { DBSchema, IDBPDatabase, StoreNames } from 'idb';
import type { Change, ClassRow, FeatureKey, ProjectOptions } from '../../teach/protocol.ts';
import { Database, type WriteTransactionOf } from '../database.ts';

export interface ProjectRow {
  readonly id: string;
  readonly name: string;
  readonly changed: number;
  readonly revision: number;
  readonly options: ProjectOptions;
  readonly classes: readonly ClassRow[];
  /** Examples there are; kept so that a list of projects reads no examples. */
  readonly examples: number;
}

export interface StoredExample {
  readonly project: string;
  readonly id: string;
  /** Place in the order of adding, unique within the project. */
  readonly order: number;
  readonly classId: string;
  readonly name: string;
  readonly added: number;
  readonly burst: string | null;
  readonly thumbnail: Uint8Array<ArrayBuffer>;
  readonly thumbnailType: string;
  readonly hasOriginal: boolean;
  readonly key: FeatureKey;
  /** Rows of the features store: the plain view is 0. */
  readonly views: number;
  /** The features were made from the thumbnail. */
  readonly fromSmall?: boolean;
}

/** Pooled features of one view of one example, [width]. */
export interface StoredFeatures {
  readonly project: string;
  readonly example: string;
  readonly view: number;
  readonly features: Float32Array<ArrayBuffer>;
}

export interface StoredOriginal {
  readonly project: string;
  readonly example: string;
  readonly blob: Blob;
}

/** Features of all views that another model made of an example, [views x width]. */
export interface StoredEarlier {
  readonly project: string;
  readonly example: string;
  /** The model and its preprocessing as one text. */
  readonly of: string;
  /** The change that put them aside. */
  readonly revision: number;
  readonly key: FeatureKey;
  readonly fromSmall: boolean;
  readonly features: Float32Array<ArrayBuffer>;
}

/** Rows as they were before a change, or null where there was none. */
export interface UndoRow {
  readonly project: string;
  readonly revision: number;
  readonly kind: Change['kind'];
  readonly before: Rows;
  /** Neighbours of one batch are one deed, undone at once. Rows stay small, so a deed may have many. */
  readonly batch?: string;
  /** Number of the deed; rows from before deeds were counted have none. */
  readonly deed?: number;
}

/** Rows of one change: what stands there now, or null for what is gone. */
export interface Rows {
  readonly project: ProjectRow | null;
  readonly examples: readonly { readonly id: string; readonly row: StoredExample | null }[];
  readonly features: readonly {
    readonly example: string;
    readonly view: number;
    readonly row: StoredFeatures | null;
  }[];
}

export interface Schema extends DBSchema {
  projects: { key: string; value: ProjectRow };
  examples: { key: [project: string, id: string]; value: StoredExample };
  features: { key: [project: string, example: string, view: number]; value: StoredFeatures };
  originals: { key: [project: string, example: string]; value: StoredOriginal };
  undo: { key: [project: string, revision: number]; value: UndoRow };
  earlier: { key: [project: string, example: string, of: string]; value: StoredEarlier };
}
/** What a transaction writes to: all of it, so that a change is whole. */
export const STORES: StoreNames<Schema>[] = [
  'projects',
  'examples',
  'features',
  'originals',
  'undo',
  'earlier',
];
export type Transaction = WriteTransactionOf<Schema>;

/** All keys of a project in the stores whose keys begin with it: arrays sort behind everything else. */
export const allOf = (project: string): IDBKeyRange => IDBKeyRange.bound([project], [project, []]);

const KEY_PATHS: Readonly<Record<StoreNames<Schema>, string | string[]>> = {
  projects: 'id',
  examples: ['project', 'id'],
  features: ['project', 'example', 'view'],
  originals: ['project', 'example'],
  undo: ['project', 'revision'],
  earlier: ['project', 'example', 'of'],
};

/** Version 2 has `earlier`. */
const taught = new Database<Schema>(
  'bit-lens-teach',
  (db) => {
    for (const store of STORES)
      if (!db.objectStoreNames.contains(store)) db.createObjectStore(store, { keyPath: KEY_PATHS[store] });
  },
  2,
);

export type TaughtDatabase = IDBPDatabase<Schema>;
export const withDatabase: typeof taught.use = (work) => taught.use(work);
/** Committed means committed: the disk has it. */
export const write = <T>(work: (tx: Transaction) => Promise<T>): Promise<T> =>
  taught.write(STORES, work, 'strict');
