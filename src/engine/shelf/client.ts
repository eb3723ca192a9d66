/** The page's side of the shelf: its worker starts with the first call. */
import { BitError } from '../../bit/errors.ts';
import { SHELF_CHANNEL } from '../store/locks.ts';
import { linkShelf, type ShelfLink } from './link.ts';
import type { Offer, OnFull, Shelf, ShelfModel, StorageStatus } from './protocol.ts';

/** `spawn` is there for tests. */
export function createShelf(spawn?: () => Worker): Shelf {
  let link: ShelfLink | null = null;
  const worker = (): ShelfLink => {
    link ??= linkShelf(spawn);
    return link;
  };
  let asked: Promise<boolean> | null = null;
  const persist = (): Promise<boolean> => {
    asked = (storageManager()?.persist() ?? Promise.resolve(false)).catch(() => false); // a wish, not a need
    return asked;
  };
  /** Asked for when the first model comes: then a person sees why, in the browsers that ask them. */
  const persistOnce = (): void => {
    if (asked === null) persist().catch(() => undefined);
  };

  /** Tries once more when the browser is full and a person agrees to what would go. */
  async function withRoom(
    need: () => Promise<number>,
    keep: readonly string[],
    { onFull }: OnFull,
    store: () => Promise<ShelfModel>,
  ): Promise<ShelfModel> {
    persistOnce();
    try {
      return await store();
    } catch (cause) {
      if (!(cause instanceof BitError) || cause.code !== 'quota' || !onFull) throw cause;
      const plan = await worker().call('planEviction', { bytes: await need(), keep });
      if (plan.models.length === 0 || !(await onFull(plan))) throw cause;
      for (const { id } of plan.models) await worker().call('remove', { id });
      return store();
    }
  }
  const missing = async (offer: Offer): Promise<number> => {
    const { models } = await worker().call('list', null);
    return (offer.bytes ?? 0) - (models.find(({ id }) => id === offer.id)?.stored ?? 0);
  };

  return {
    lookUp: (address, options) => worker().call('lookUp', { address }, options),
    async download(offer, options = {}) {
      const { catalogueKey, patience, signal, onProgress } = options;
      const input = {
        offer,
        ...(catalogueKey === undefined ? {} : { catalogueKey }),
        ...(patience === undefined ? {} : { patience }),
      };
      return withRoom(
        () => missing(offer),
        [offer.id],
        options,
        () => worker().call('download', input, { signal, onProgress }),
      );
    },
    put(files, options) {
      const { name, choices, signal, onProgress } = options;
      const need = files.reduce((sum, { blob }) => sum + blob.size, 0);
      return withRoom(
        () => Promise.resolve(need),
        [],
        options,
        () => worker().call('put', { files, name, ...(choices && { choices }) }, { signal, onProgress }),
      );
    },
    list: () => worker().call('list', null),
    async remove(id) {
      await worker().call('remove', { id });
    },
    async removeAll() {
      const { models } = await worker().call('list', null);
      for (const { id } of models) await worker().call('remove', { id });
      await worker().call('forgetAnswers', {});
    },
    async status(): Promise<StorageStatus> {
      const persisted = (await storageManager()?.persisted()) ?? false;
      return { ...(await worker().call('status', null)), persisted };
    },
    planEviction: (bytes, keep = []) => worker().call('planEviction', { bytes, keep }),
    persist,
    keepAnswers: (answers) => worker().call('keepAnswers', answers),
    async keptAnswers(wanted) {
      const rows = await worker().call('keptAnswers', wanted);
      return new Map(rows.map((row) => [row.picture, row]));
    },
    async forgetAnswers(which = {}) {
      await worker().call('forgetAnswers', which);
    },
    subscribe(listener) {
      const channel = new BroadcastChannel(SHELF_CHANNEL);
      channel.addEventListener('message', () => listener());
      return () => channel.close();
    },
    dispose: () => link?.dispose(),
  };
}

/** Missing where the page is no secure context. */
const storageManager = (): StorageManager | undefined =>
  (navigator as { readonly storage?: StorageManager }).storage;
