/** What a person teaches, in a database of its own that nothing ever evicts. Rows stay small (under 65,000 B). */
import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import { BitError } from '../../../bit/index.ts';
import type { Change, ClassRow, FeatureKey, ProjectOptions } from '../../teach/protocol.ts';

const NAME = 'bit-lens-teach';
const VERSION = 1;

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

/** Rows as they were before a change, or null where there was none. */
export interface UndoRow {
  readonly project: string;
  readonly revision: number;
  readonly kind: Change['kind'];
  readonly before: Rows;
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
}
export type Database = IDBPDatabase<Schema>;

/** All keys of a project in the stores whose keys begin with it: arrays sort behind everything else. */
export const allOf = (project: string): IDBKeyRange => IDBKeyRange.bound([project], [project, []]);

let opening: Promise<Database> | null = null;
/** True when the browser says that it had to throw the database away. */
let lost = false;

export const databaseWasLost = (): boolean => lost;

function open(): Promise<Database> {
  opening ??= openDB<Schema>(NAME, VERSION, {
    upgrade(db, _old, _new, _tx, event) {
      if ((event as IDBVersionChangeEvent & { dataLoss?: string }).dataLoss === 'total') lost = true;
      db.createObjectStore('projects', { keyPath: 'id' });
      db.createObjectStore('examples', { keyPath: ['project', 'id'] });
      db.createObjectStore('features', { keyPath: ['project', 'example', 'view'] });
      db.createObjectStore('originals', { keyPath: ['project', 'example'] });
      db.createObjectStore('undo', { keyPath: ['project', 'revision'] });
    },
    terminated: () => {
      opening = null;
    },
    blocking: (_current, _blocked, event) => {
      (event.target as IDBDatabase).close();
      opening = null;
    },
  });
  opening.catch(() => {
    opening = null;
  });
  return opening;
}

/**
 * Runs `work` on the database. A handle that the browser closed under us (site data cleared, connection lost) is opened
 * again, once. Throws 'quota' and 'storage'; an error never means that there is no data.
 */
export async function withDatabase<T>(work: (db: Database) => Promise<T>): Promise<T> {
  try {
    return await work(await open());
  } catch (cause) {
    if (cause instanceof BitError) throw cause;
    if (!(cause instanceof DOMException && cause.name === 'InvalidStateError')) throw storageError(cause);
    opening = null;
    try {
      return await work(await open());
    } catch (again) {
      throw again instanceof BitError ? again : storageError(again);
    }
  }
}

function storageError(cause: unknown): BitError {
  if (cause instanceof DOMException && cause.name === 'QuotaExceededError')
    return new BitError('quota', 'the browser has no room left to keep what you teach', { cause });
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new BitError('storage', `the browser could not read or keep what you teach: ${detail}`, { cause });
}
