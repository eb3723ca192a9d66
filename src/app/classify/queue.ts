/** Two decodes at once: a 1024 px picture takes tens of megabytes until its bitmap is closed. */
export const AT_ONCE = 2;

/** Work by id, a few at a time, in order; `run` settles its own errors. */
export interface WorkQueue {
  /** Appends ids; one that is waiting or running already is left where it is. */
  add(ids: readonly number[]): void;
  /** Moves a waiting id to the front. */
  first(id: number): void;
  /** Forgets a waiting id, aborts a running one. */
  remove(id: number): void;
  /** Forgets many at once. */
  removeAll(ids: ReadonlySet<number>): void;
  /** Empties the queue and aborts what runs. */
  clear(): void;
  /** Starts nothing until the returned function is called; holds may overlap. */
  hold(): () => void;
  /** True while an id waits or runs. */
  has(id: number): boolean;
  readonly size: number;
}

export function createWorkQueue(
  run: (id: number, signal: AbortSignal) => Promise<void>,
  atOnce = AT_ONCE,
): WorkQueue {
  let waiting: number[] = [];
  const running = new Map<number, AbortController>();
  let holds = 0;

  function pump(): void {
    while (holds === 0 && running.size < atOnce) {
      const id = waiting.shift();
      if (id === undefined) return;
      const abort = new AbortController();
      running.set(id, abort);
      void run(id, abort.signal).finally(() => {
        if (running.get(id) === abort) running.delete(id);
        pump();
      });
    }
  }

  function removeAll(ids: ReadonlySet<number>): void {
    waiting = waiting.filter((id) => !ids.has(id));
    for (const [id, abort] of running) {
      if (!ids.has(id)) continue;
      abort.abort();
      running.delete(id);
    }
    pump();
  }

  return {
    add(ids) {
      const known = new Set([...waiting, ...running.keys()]);
      waiting.push(...ids.filter((id) => !known.has(id)));
      pump();
    },
    first(id) {
      if (waiting.includes(id)) waiting = [id, ...waiting.filter((other) => other !== id)];
    },
    remove: (id) => removeAll(new Set([id])),
    removeAll,
    clear() {
      waiting = [];
      for (const abort of running.values()) abort.abort();
      running.clear();
    },
    hold() {
      holds++;
      let held = true;
      return () => {
        if (held) holds--;
        held = false;
        pump();
      };
    },
    has: (id) => waiting.includes(id) || running.has(id),
    get size() {
      return waiting.length + running.size;
    },
  };
}
