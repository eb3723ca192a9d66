/** The few choices that outlive a visit. */
export interface Memory {
  read(key: string): string | null;
  write(key: string, value: string): void;
}

const PREFIX = 'bit-lens.';

/** localStorage, or nothing at all: a browser may forbid it (reading the property throws) or be out of room. */
export function openMemory(storage: () => Storage): Memory {
  function attempt<T>(use: (storage: Storage) => T, otherwise: T): T {
    try {
      return use(storage());
    } catch {
      return otherwise; // a choice that cannot be kept is no reason to stop
    }
  }
  return {
    read: (key) => attempt((store) => store.getItem(PREFIX + key), null),
    write: (key, value) => attempt((store) => store.setItem(PREFIX + key, value), undefined),
  };
}
