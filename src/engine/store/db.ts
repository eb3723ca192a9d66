/**
 * The shelf's database. It holds weights and answers, which can be fetched and made again; what a person makes is in a
 * database of its own (taught/), which nothing else opens.
 */
import type { DBSchema, IDBPDatabase, StoreNames } from 'idb';
import type { Choices } from '../protocol.ts';
import type { KeptAnswer, Offer, ShelfFile, ShelfSource } from '../shelf/protocol.ts';
import { Database, type WriteTransactionOf } from './database.ts';

/** A model all of whose bytes are stored and hashed. Written last, in a transaction of its own: there is no other sign. */
export interface Manifest {
  readonly id: string;
  readonly name: string;
  readonly source: ShelfSource;
  readonly files: readonly ShelfFile[];
  readonly bytes: number;
  readonly licence: string | null;
  readonly added: number;
  readonly lastUsed: number;
  readonly catalogueKey: string | null;
  readonly choices: Choices | null;
  /** Its bytes were found changed. */
  readonly damaged: boolean;
}

/** How far the storing of one file is. */
export interface FileProgress {
  /** Chunks stored; each but the last is CHUNK_BYTES long. */
  readonly chunks: number;
  /** Bytes in them. */
  readonly bytes: number;
  /** What tells the file on the host from a later one: its ETag or else its date; null where there is neither. */
  readonly validator: string | null;
  /** The finished file; null until then. */
  readonly done: ShelfFile | null;
}

/** A model on its way to the shelf. */
export interface Unfinished {
  readonly id: string;
  readonly name: string;
  readonly source: ShelfSource;
  readonly bytes: number | null;
  readonly licence: string | null;
  readonly added: number;
  readonly catalogueKey: string | null;
  readonly choices: Choices | null;
  readonly offer: Offer | null;
  readonly files: readonly FileProgress[];
}

/** One answer, for the picture in the set by the model. */
export interface StoredAnswer {
  readonly model: string;
  readonly picture: string;
  readonly set: string;
  /** When it was kept, milliseconds since 1970. */
  readonly at: number;
  readonly row: KeptAnswer;
}

/** The answers of one set of pictures by one model. */
export interface AnswerSet {
  readonly set: string;
  readonly model: string;
  readonly rows: number;
  /** When the last of them was kept, milliseconds since 1970. */
  readonly at: number;
}

export interface ShelfSchema extends DBSchema {
  manifests: { key: string; value: Manifest };
  unfinished: { key: string; value: Unfinished };
  /** [model, file, chunk] -> at most CHUNK_BYTES. */
  chunks: { key: [string, number, number]; value: Blob };
  answers: {
    key: [model: string, picture: string, set: string];
    value: StoredAnswer;
    indexes: { bySet: [set: string, model: string, at: number] };
  };
  /** How many answers each set has, so that no row is read to know it. */
  answerSets: { key: [set: string, model: string]; value: AnswerSet };
}

const MAKE: Readonly<Record<StoreNames<ShelfSchema>, (db: IDBPDatabase<ShelfSchema>) => unknown>> = {
  manifests: (db) => db.createObjectStore('manifests', { keyPath: 'id' }),
  unfinished: (db) => db.createObjectStore('unfinished', { keyPath: 'id' }),
  chunks: (db) => db.createObjectStore('chunks'),
  answers: (db) =>
    db
      .createObjectStore('answers', { keyPath: ['model', 'picture', 'set'] })
      .createIndex('bySet', ['set', 'model', 'at']),
  answerSets: (db) => db.createObjectStore('answerSets', { keyPath: ['set', 'model'] }),
};

/** Version 2 has `answers` and `answerSets`. */
const shelf = new Database<ShelfSchema>(
  'bit-lens-shelf',
  (db) => {
    for (const store of Object.keys(MAKE) as StoreNames<ShelfSchema>[])
      if (!db.objectStoreNames.contains(store)) MAKE[store](db);
  },
  2,
);

export type WriteTransaction = WriteTransactionOf<ShelfSchema>;
export const wasLost = (): boolean => shelf.wasLost();
export const withDatabase: typeof shelf.use = (work) => shelf.use(work);
export const write: typeof shelf.write = (stores, work, durability) => shelf.write(stores, work, durability);
