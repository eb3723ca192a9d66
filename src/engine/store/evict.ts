/** How much the shelf takes, and what would have to go. Nothing here deletes. */
import type { EvictionPlan, ShelfModel, StorageStatus } from '../shelf/protocol.ts';
import { idsInLocks } from './locks.ts';
import { listModels } from './shelf.ts';

/** What the shelf and the browser say about room; the browser's quota is a guess, and only a write is a test. */
export async function storageStatus(): Promise<Omit<StorageStatus, 'persisted'>> {
  const { models } = await listModels();
  const storage = (navigator as { readonly storage?: StorageManager }).storage; // missing in no secure context
  const estimate = await storage?.estimate();
  return {
    shelfBytes: models.reduce((sum, { stored }) => sum + stored, 0),
    usage: estimate?.usage ?? null,
    quota: estimate?.quota ?? null,
  };
}

/** The models to delete for that many bytes; those in `keep` or in use in any tab stay. */
export async function evictionFor(bytes: number, keep: readonly string[]): Promise<EvictionPlan> {
  const [{ models }, open] = await Promise.all([listModels(), idsInLocks('open')]);
  const spared = new Set([...keep, ...open]);
  return chooseEviction(
    models.filter(({ id }) => !spared.has(id)),
    bytes,
  );
}

/** Damaged and partial models first, then the least recently used, until they free what is asked; never one under way. */
export function chooseEviction(models: readonly ShelfModel[], bytes: number): EvictionPlan {
  const rank = ({ state }: ShelfModel): number => (state === 'complete' ? 1 : 0);
  const order = models
    .filter(({ state, stored }) => state !== 'downloading' && stored > 0)
    .toSorted((a, b) => rank(a) - rank(b) || a.lastUsed - b.lastUsed);
  const chosen: ShelfModel[] = [];
  let frees = 0;
  for (const model of order) {
    if (frees >= bytes) break;
    chosen.push(model);
    frees += model.stored;
  }
  return { models: chosen, frees, enough: frees >= bytes };
}
