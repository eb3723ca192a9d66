/** The few choices that outlive a visit. */
export interface Memory {
  read(key: string): string | null;
  write(key: string, value: string): void;
}

/** What all pages of a host share, and what each of them has for itself: a copy of this page may lie beside it. */
export interface PageMemory extends Memory {
  readonly own: Memory;
}

const PREFIX = 'bit-lens.';

/** localStorage, or nothing at all: a browser may forbid it (reading the property throws) or be out of room. `path` is the page's. */
export function openMemory(storage: () => Storage, path: string): PageMemory {
  function attempt<T>(use: (storage: Storage) => T, otherwise: T): T {
    try {
      return use(storage());
    } catch {
      return otherwise; // a choice that cannot be kept is no reason to stop
    }
  }
  const under = (prefix: string): Memory => ({
    read: (key) => attempt((store) => store.getItem(prefix + key), null),
    write: (key, value) => attempt((store) => store.setItem(prefix + key, value), undefined),
  });
  return { ...under(PREFIX), own: under(path === '/' ? PREFIX : `${PREFIX}${path} `) };
}

/** The folder that the page lies in, on its host. */
export const pathOfPage = (base: string): string => new URL(base, document.baseURI).pathname;
