/** A stand-in for idb in unit tests: databases in memory, with versions, ranges, indexes, and commits that can be made to fail. */

type Key = number | string | readonly Key[];
type KeyPath = string | readonly string[] | null;

/** As IndexedDB orders keys: numbers, strings by UTF-16 unit, arrays. */
export function compareKeys(a: Key, b: Key): number {
  const rank = (key: Key): number => (typeof key === 'number' ? 0 : typeof key === 'string' ? 1 : 2);
  if (typeof a !== 'object' || typeof b !== 'object')
    return rank(a) - rank(b) || (a < b ? -1 : a > b ? 1 : 0);
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = compareKeys(a[i] ?? 0, b[i] ?? 0);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** Stands in for IDBKeyRange, which Node lacks. */
export class FakeKeyRange {
  readonly lower: Key;
  readonly upper: Key;
  constructor(lower: Key, upper: Key) {
    this.lower = lower;
    this.upper = upper;
  }
  static bound(lower: Key, upper: Key): FakeKeyRange {
    return new FakeKeyRange(lower, upper);
  }
  has(key: Key): boolean {
    return compareKeys(this.lower, key) <= 0 && compareKeys(key, this.upper) <= 0;
  }
}
type Query = Key | FakeKeyRange;

interface Row {
  /** In the store, or in the index that was asked. */
  readonly key: Key;
  readonly primary: Key;
  readonly value: unknown;
}

class FakeStore {
  rows = new Map<string, Row>();
  readonly keyPath: KeyPath;
  readonly indexes = new Map<string, KeyPath>();
  constructor(keyPath: KeyPath) {
    this.keyPath = keyPath;
  }
  createIndex(name: string, keyPath: KeyPath): void {
    this.indexes.set(name, keyPath);
  }
}

const keyAt = (value: unknown, path: KeyPath): Key =>
  typeof path === 'string'
    ? ((value as Record<string, Key>)[path] ?? [])
    : (path ?? []).map((part) => keyAt(value, part));

/** The calls of an object store or an index; `alive` throws once the transaction is over. */
function access(store: FakeStore, alive: () => void, index?: KeyPath) {
  const select = (query?: Query, count = Number.POSITIVE_INFINITY): Row[] => {
    alive();
    if (query !== undefined && !(query instanceof FakeKeyRange) && index === undefined) {
      const row = store.rows.get(JSON.stringify(query));
      return row ? [row] : [];
    }
    const rows = [...store.rows.values()].map((row) =>
      index ? { ...row, key: keyAt(row.value, index) } : row,
    );
    return rows
      .filter(({ key }) => !(query instanceof FakeKeyRange) || query.has(key))
      .sort((a, b) => compareKeys(a.key, b.key) || compareKeys(a.primary, b.primary))
      .slice(0, count);
  };
  return {
    get: async (key: Key) => structuredClone(select(key)[0]?.value),
    getAll: async (query?: Query, count?: number) =>
      select(query, count).map(({ value }) => structuredClone(value)),
    getAllKeys: async (query?: Query, count?: number) => select(query, count).map(({ primary }) => primary),
    count: async (query?: Query) => select(query).length,
    async openCursor(query?: Query, direction: 'next' | 'prev' = 'next') {
      const rows = select(query);
      if (direction === 'prev') rows.reverse();
      const cursorAt = (i: number): unknown => {
        const row = rows[i];
        return row
          ? {
              value: structuredClone(row.value),
              continue: async () => cursorAt(i + 1),
              delete: async () => {
                store.rows.delete(JSON.stringify(row.primary));
              },
            }
          : null;
      };
      return cursorAt(0);
    },
    async put(value: unknown, outside?: Key) {
      alive();
      const key = outside ?? keyAt(value, store.keyPath);
      store.rows.set(JSON.stringify(key), { key, primary: key, value: structuredClone(value) });
    },
    async delete(query: Query) {
      for (const { primary } of select(query)) store.rows.delete(JSON.stringify(primary));
    },
    async clear() {
      alive();
      store.rows.clear();
    },
  };
}

class FakeDatabase {
  version = 0;
  readonly stores = new Map<string, FakeStore>();
  /** What the next commits of writers fail with. */
  readonly ends: Error[] = [];

  readonly objectStoreNames = { contains: (name: string): boolean => this.stores.has(name) };

  createObjectStore(name: string, { keyPath = null }: { keyPath?: KeyPath } = {}): FakeStore {
    if (this.stores.has(name)) throw new DOMException(`${name} is there`, 'ConstraintError');
    const store = new FakeStore(keyPath);
    this.stores.set(name, store);
    return store;
  }

  /** Commits with the next task, as IndexedDB does when no request is open. */
  transaction(names: string | readonly string[], mode = 'readonly') {
    const scope = typeof names === 'string' ? [names] : names;
    const before = scope.map((name) => new Map(this.find(name).rows));
    let over = false;
    const alive = (): void => {
      if (over) throw new DOMException('it is over', 'TransactionInactiveError');
    };
    let reject: (cause: Error) => void = () => undefined;
    const undo = (cause: Error): void => {
      over = true;
      scope.forEach((name, i) => {
        this.find(name).rows = before[i] ?? new Map();
      });
      reject(cause);
    };
    const done = new Promise<void>((resolve, fail) => {
      reject = fail;
      setTimeout(() => {
        if (over) return;
        const cause = mode === 'readwrite' ? this.ends.shift() : undefined;
        if (cause) undo(cause);
        over = true;
        resolve();
      });
    });
    done.catch(() => undefined); // a reader does not ask
    const objectStore = (name: string) => {
      if (!scope.includes(name)) throw new DOMException(`${name} is not in it`, 'NotFoundError');
      const store = this.find(name);
      const index = (of: string) => access(store, alive, store.indexes.get(of) ?? null);
      return { ...access(store, alive), index };
    };
    const abort = (): void => undo(new DOMException('aborted', 'AbortError'));
    return { objectStore, store: objectStore(scope[0] ?? ''), done, abort };
  }

  get = (name: string, key: Key) => this.transaction(name).store.get(key);
  getAll = (name: string, query?: Query) => this.transaction(name).store.getAll(query);
  close(): void {
    // nothing holds it
  }

  private find(name: string): FakeStore {
    const store = this.stores.get(name);
    if (!store) throw new DOMException(`there is no ${name}`, 'NotFoundError');
    return store;
  }
}

/** Databases by name, which outlive the code that opens them. */
export class FakeIdb {
  readonly databases = new Map<string, FakeDatabase>();

  openDB = async (
    name: string,
    version: number,
    {
      upgrade,
    }: { upgrade?: (db: FakeDatabase, from: number, to: number, tx: null, event: object) => void } = {},
  ): Promise<FakeDatabase> => {
    const db = this.databases.get(name) ?? new FakeDatabase();
    this.databases.set(name, db);
    if (db.version > version) throw new DOMException('it is newer', 'VersionError');
    if (db.version < version) upgrade?.(db, db.version, version, null, {});
    db.version = version;
    return db;
  };
}
