import { WorkerLink } from '../link.ts';
import type { ShelfCalls } from './protocol.ts';

export type ShelfLink = WorkerLink<ShelfCalls>;

function spawnShelf(): Worker {
  return new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'bit-lens-shelf' });
}

/** A link to a shelf's worker of its own; a lost one is replaced, and its downloads go on from what is stored. */
export function linkShelf(spawn: () => Worker = spawnShelf): ShelfLink {
  return new WorkerLink<ShelfCalls>(spawn, {
    onReplaced: () => Promise.resolve(),
    onGaveUp: () => undefined, // every call rejects with 'worker-lost', which says it
  });
}
