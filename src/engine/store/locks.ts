/**
 * What tabs tell each other about the shelf: Web Locks say who stores and who has a model open (a tab that dies lets go
 * at once), and a channel says that something changed. Both are missing where the page is no secure context; a tab then
 * knows of itself only, and the store's own checks keep two writers apart.
 */

/** store: writes its bytes, alone. open: has it open; any number of tabs may. */
export type Hold = 'store' | 'open';

const lockName = (hold: Hold, id: string): string => `bit-lens-${hold} ${id}`;
export const SHELF_CHANNEL = 'bit-lens-shelf';

const locks = (): LockManager | undefined => (navigator as { readonly locks?: LockManager }).locks;

/** Runs the work while this tab alone stores that model; waits for its turn. Rejects as the signal says. */
export async function storing<T>(id: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const manager = locks();
  if (!manager) return inTurn(id, work);
  return manager.request(lockName('store', id), { signal }, work) as Promise<T>;
}

const tails = new Map<string, Promise<unknown>>();

/** Without Web Locks: one after another within this worker. */
function inTurn<T>(id: string, work: () => Promise<T>): Promise<T> {
  const result = (tails.get(id) ?? Promise.resolve()).then(work);
  const tail = result.catch(() => undefined); // the caller has the error
  tails.set(id, tail);
  return result;
}

/** Says that this worker has the model open, until the function returned is called or the worker ends. */
export function holdOpen(id: string): () => void {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  locks()
    ?.request(lockName('open', id), { mode: 'shared' }, () => held)
    .catch(() => undefined); // it only spares the model from eviction
  return () => release();
}

/** The models that some tab stores, or has open, now. */
export async function idsInLocks(hold: Hold): Promise<Set<string>> {
  const held = (await locks()?.query())?.held ?? [];
  const prefix = lockName(hold, '');
  return new Set(
    held.flatMap(({ name = '' }) => (name.startsWith(prefix) ? [name.slice(prefix.length)] : [])),
  );
}

/** Tells every tab, this one's page too, that the list has changed. */
export function announceChange(): void {
  const channel = new BroadcastChannel(SHELF_CHANNEL);
  channel.postMessage({ kind: 'changed' });
  channel.close();
}
