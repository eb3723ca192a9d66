/** One IndexedDB database: opened when first needed, opened again when the browser has closed it, its errors named. */
import { type DBSchema, type IDBPDatabase, type IDBPTransaction, openDB, type StoreNames } from 'idb';
import { BitError } from '../../bit/index.ts';

/** Opening takes milliseconds, unless a tab with an older version of the page holds on to it. */
const OPEN_MS = 30_000;

export type WriteTransactionOf<S extends DBSchema> = IDBPTransaction<S, StoreNames<S>[], 'readwrite'>;

export class Database<S extends DBSchema> {
  private readonly name: string;
  private readonly create: (db: IDBPDatabase<S>) => void;
  private readonly version: number;
  private opening: Promise<IDBPDatabase<S>> | null = null;
  private lost = false;

  /** `create` makes the stores that are not there yet. */
  constructor(name: string, create: (db: IDBPDatabase<S>) => void, version = 1) {
    this.name = name;
    this.create = create;
    this.version = version;
  }

  /** True when the browser had found the database corrupt and replaced it by an empty one, in this worker's time. */
  wasLost(): boolean {
    return this.lost;
  }

  /**
   * Does work on the open database. A handle that has gone stale (cleared site data, a lost connection) is dropped, and
   * the work is tried once more on a fresh one; so the work must be safe to repeat. An error never means "no data".
   * Throws 'quota', 'storage' and what the work throws.
   */
  async use<T>(work: (db: IDBPDatabase<S>) => Promise<T>): Promise<T> {
    for (let tries = 0; ; tries++) {
      let mine: Promise<IDBPDatabase<S>> | null = null;
      try {
        this.opening ??= this.open(); // throws at once where storage is forbidden
        mine = this.opening;
        return await work(await mine);
      } catch (cause) {
        if (cause instanceof BitError) throw cause;
        const name = cause instanceof Error ? cause.name : '';
        const stale = name === 'InvalidStateError' || name === 'AbortError' || name === 'UnknownError';
        if (!stale || tries > 0) throw storageError(cause);
        if (this.opening === mine) this.opening = null;
        mine?.then(
          (db) => db.close(),
          () => undefined, // it never opened
        );
      }
    }
  }

  /**
   * One readwrite transaction; what it did is saved when this resolves (a request's success is no commit), and nothing
   * of it is when this rejects. The work must await requests of the transaction only.
   */
  write<T>(
    stores: StoreNames<S>[],
    work: (tx: WriteTransactionOf<S>) => Promise<T>,
    durability: IDBTransactionDurability = 'default',
  ): Promise<T> {
    return this.use(async (db) => {
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
        if (cause instanceof DOMException && cause.name === 'AbortError')
          throw (await outcome)?.cause ?? cause;
        if (!over) tx.abort();
        await outcome;
        throw cause;
      }
      const failed = await outcome;
      if (failed) throw failed.cause;
      return result;
    });
  }

  private open(): Promise<IDBPDatabase<S>> {
    const drop = (): void => {
      if (this.opening === mine) this.opening = null;
    };
    const mine: Promise<IDBPDatabase<S>> = Promise.race([
      openDB<S>(this.name, this.version, {
        upgrade: (db, _from, _to, _tx, event) => {
          // Chromium's own word for a store it could not read
          if ((event as IDBVersionChangeEvent & { dataLoss?: string }).dataLoss === 'total') this.lost = true;
          this.create(db);
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
}

function storageError(cause: unknown): BitError {
  const { name, message } = cause instanceof Error ? cause : { name: '', message: String(cause) };
  if (name === 'QuotaExceededError')
    return new BitError('quota', 'no room is left in this browser', { cause });
  return new BitError('storage', `the browser's storage failed: ${message || name}`, { cause });
}
