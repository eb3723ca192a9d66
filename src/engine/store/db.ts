/**
 * The shelf's database. It holds weights, which can be fetched again; what a person makes belongs in a database of its
 * own, which nothing in this folder opens.
 */
import { type DBSchema, type IDBPDatabase, type IDBPTransaction, openDB, type StoreNames } from 'idb';
import { BitError } from '../../bit/index.ts';
import type { Choices } from '../protocol.ts';
import type { Offer, ShelfFile, ShelfSource } from '../shelf/protocol.ts';

const NAME = 'bit-lens-shelf';
const VERSION = 1;
/** Opening takes milliseconds, unless a tab with an older version of the page holds on to it. */
const OPEN_MS = 30_000;

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

export interface ShelfSchema extends DBSchema {
  manifests: { key: string; value: Manifest };
  unfinished: { key: string; value: Unfinished };
  /** [model, file, chunk] -> at most CHUNK_BYTES. */
  chunks: { key: [string, number, number]; value: Blob };
}
export type ShelfDatabase = IDBPDatabase<ShelfSchema>;

let opening: Promise<ShelfDatabase> | null = null;
let lost = false;

/** True when the browser had found the database corrupt and replaced it by an empty one, in this worker's time. */
export function wasLost(): boolean {
  return lost;
}

function open(): Promise<ShelfDatabase> {
  const drop = (): void => {
    if (opening === mine) opening = null;
  };
  const mine: Promise<ShelfDatabase> = Promise.race([
    openDB<ShelfSchema>(NAME, VERSION, {
      upgrade(db, _from, _to, _tx, event) {
        // Chromium's own word for a store it could not read
        if ((event as IDBVersionChangeEvent & { dataLoss?: string }).dataLoss === 'total') lost = true;
        db.createObjectStore('manifests', { keyPath: 'id' });
        db.createObjectStore('unfinished', { keyPath: 'id' });
        db.createObjectStore('chunks');
      },
      blocking(_current, _blocked, event) {
        drop();
        (event.target as IDBDatabase).close();
      },
      terminated: drop,
    }),
    new Promise<never>((_, reject) =>
      setTimeout(reject, OPEN_MS, new Error('it did not open; another tab may hold it')),
    ),
  ]);
  mine.catch(drop);
  return mine;
}

/**
 * Does work on the open database. A handle that has gone stale (cleared site data, a lost connection) is dropped, and
 * the work is tried once more on a fresh one; so the work must be safe to repeat. An error never means "no data".
 * Throws 'quota', 'storage' and what the work throws.
 */
export async function withDatabase<T>(work: (db: ShelfDatabase) => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    let mine: Promise<ShelfDatabase> | null = null;
    try {
      opening ??= open(); // throws at once where storage is forbidden
      mine = opening;
      return await work(await mine);
    } catch (cause) {
      if (cause instanceof BitError) throw cause;
      const name = cause instanceof Error ? cause.name : '';
      const stale = name === 'InvalidStateError' || name === 'AbortError' || name === 'UnknownError';
      if (!stale || tries > 0) throw storageError(cause);
      if (opening === mine) opening = null;
      mine?.then(
        (db) => db.close(),
        () => undefined, // it never opened
      );
    }
  }
}

type Stores = StoreNames<ShelfSchema>[];
export type WriteTransaction = IDBPTransaction<ShelfSchema, Stores, 'readwrite'>;

/**
 * One readwrite transaction; what it did is saved when this resolves (a request's success is no commit), and nothing of
 * it is when this rejects. The work must await requests of the transaction only.
 */
export function write<T>(
  stores: Stores,
  work: (tx: WriteTransaction) => Promise<T>,
  durability: IDBTransactionDurability = 'default',
): Promise<T> {
  return withDatabase(async (db) => {
    const tx = db.transaction(stores, 'readwrite', { durability });
    let over = false;
    const outcome = tx.done
      .then(
        () => null,
        (cause: unknown) => ({ cause }),
      )
      .finally(() => {
        over = true;
      });
    let result: T;
    try {
      result = await work(tx);
    } catch (cause) {
      // over quota the request says AbortError and only the transaction knows why
      if (cause instanceof DOMException && cause.name === 'AbortError') throw (await outcome)?.cause ?? cause;
      if (!over) tx.abort();
      await outcome;
      throw cause;
    }
    const failed = await outcome;
    if (failed) throw failed.cause;
    return result;
  });
}

function storageError(cause: unknown): BitError {
  const { name, message } = cause instanceof Error ? cause : { name: '', message: String(cause) };
  if (name === 'QuotaExceededError')
    return new BitError('quota', 'no room is left in this browser', { cause });
  return new BitError('storage', `the browser's storage failed: ${message || name}`, { cause });
}
