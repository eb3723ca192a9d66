/** What a person does with the shelf: look up, get, pause, delete, keep. Loaded when first needed. */
import { addressText, parseAddress, parseBase } from '../../engine/hub/address.ts';
import type { PlainError } from '../../engine/protocol.ts';
import type { ModelAddress, Offer, Shelf, ShelfModel } from '../../engine/shelf/protocol.ts';
import { plainError } from '../shell/plainError.ts';
import type { Kit } from '../store.ts';
import { type LookUp, RECOMMENDED, type ShelfView } from './shelf.ts';
import { createJobs, inTheMiddle } from './shelfJobs.ts';
import { addressOf, CATALOGUE, type CatalogueRow, rowOf, shelfName } from './shelfRows.ts';

export interface ShelfDoings {
  /** Reads the shelf anew. */
  readonly refresh: () => Promise<void>;
  /** Asks the host that the text names what it would fetch. */
  readonly lookUp: (text: string, row?: CatalogueRow) => Promise<void>;
  /** Says what the page's address asks for; a model that is here already is opened, else a person is asked first. */
  readonly propose: (text: string) => Promise<void>;
  readonly closeLookUp: () => void;
  /** Fetches what was looked up, or goes on with what is stored of it. */
  readonly get: (offer: Offer, key?: string | null) => Promise<void>;
  /** Gets the recommended one, or uses it where it is here already. */
  readonly getRecommended: () => Promise<void>;
  /** A row's Get: the press on it, beside its size, is the consent, unless the host has something much larger. */
  readonly getRow: (row: CatalogueRow) => Promise<void>;
  readonly pause: (id: string) => void;
  readonly resume: (model: ShelfModel) => Promise<void>;
  readonly use: (model: ShelfModel) => Promise<boolean>;
  /** Asks, then deletes. */
  readonly askToRemove: (models: readonly ShelfModel[]) => void;
  readonly answer: (yes: boolean) => void;
  /** Stores the dropped files of a model of this session. */
  readonly keep: (session: number) => Promise<void>;
  readonly persist: () => Promise<void>;
  /** Null goes back to the Hub. Returns what is wrong with it. */
  readonly setBase: (text: string | null) => PlainError | null;
}

/** A host may have a little more than the catalogue says: JSON files beside the weights. */
const SURPRISE = 1.05;
const hostOf = (address: ModelAddress): string =>
  new URL(address.kind === 'repo' ? address.base : address.url).host;

export async function createDoings(kit: Kit): Promise<ShelfDoings> {
  const { set, get, memory } = kit;
  const shelf: Shelf = await kit.openShelf();
  let asking = new AbortController();
  const view = (): ShelfView => get().shelf;
  const change = (part: Partial<ShelfView>): void => set({ shelf: { ...view(), ...part } });
  const { refresh, run, trouble, ...jobs } = createJobs(kit, shelf);

  async function fetchOffer(offer: Offer, key: string | null): Promise<void> {
    const name = shelfName({ catalogueKey: key, source: offer.source, name: offer.name });
    const host = new URL(offer.files[0]?.url ?? location.href).host;
    const model = await run({ id: offer.id, name, host }, (options) =>
      shelf.download(offer, { ...options, ...(key === null ? {} : { catalogueKey: key }) }),
    );
    if (model === null) return;
    if (inTheMiddle(get())) get().tell({ kind: 'model-stored', model: model.id, name });
    else await get().openStored(model.id, name);
  }

  /** The look-up itself; null when it failed or another one took its place. */
  async function find(text: string, row: CatalogueRow | undefined): Promise<Offer | null> {
    asking.abort();
    asking = new AbortController();
    const { signal } = asking;
    const key = row?.name ?? null;
    const state: LookUp = { text, host: '', key, step: 'asking', offer: null, error: null };
    try {
      const address = parsed(text);
      change({ lookUp: { ...state, host: hostOf(address) } });
      const offer = await shelf.lookUp(address, { signal });
      return signal.aborted ? null : offer;
    } catch (thrown) {
      if (signal.aborted) return null;
      const host = view().lookUp?.host ?? '';
      change({ lookUp: { ...state, host, step: 'failed', error: plainError(thrown) } });
      return null;
    }
  }
  const parsed = (text: string): ModelAddress => {
    const { base } = view();
    return parseAddress(text, { page: location.href, ...(base === null ? {} : { base }) });
  };
  const found = (text: string, key: string | null, offer: Offer): void => {
    const host = view().lookUp?.host ?? '';
    change({ lookUp: { text, host, key, step: 'found', offer, error: null } });
  };
  async function lookUp(text: string, row?: CatalogueRow): Promise<void> {
    const offer = await find(text, row);
    if (offer !== null) found(text, row?.name ?? null, offer);
  }
  const use = (model: ShelfModel): Promise<boolean> => get().openStored(model.id, shelfName(model));

  async function remove(models: readonly ShelfModel[]): Promise<void> {
    for (const { id } of models) {
      jobs.forget(id);
      try {
        await shelf.remove(id);
        trouble(id, null);
        if (memory.own.read('last')?.startsWith(`${id}\n`)) memory.own.write('last', '');
        const listed = get().models.find(({ source }) => source.kind === 'stored' && source.id === id);
        if (listed) get().removeModel(listed.id);
      } catch (thrown) {
        trouble(id, plainError(thrown));
      }
    }
    await refresh();
  }

  async function getRow(row: CatalogueRow): Promise<void> {
    const here = view().models?.find((model) => model.state === 'complete' && rowOf(model) === row);
    if (here !== undefined) {
      await use(here);
      return;
    }
    const text = addressOf(row);
    const offer = await find(text, row);
    if (offer === null) return;
    const expected = offer.bytes !== null && offer.bytes <= (row.bytes ?? 0) * SURPRISE;
    if (!expected || offer.onShelf === 'complete') return found(text, row.name, offer);
    change({ lookUp: null });
    await fetchOffer(offer, row.name);
  }

  /** The address is of no use after its wish: a reload would ask again. */
  function forgetAddress(): void {
    if (new URLSearchParams(location.search).has('model'))
      history.replaceState(null, '', location.pathname + location.hash);
  }

  shelf.subscribe(() => void refresh());
  await refresh();

  return {
    refresh,
    use,
    lookUp,
    async propose(text) {
      try {
        const address = parsed(text);
        const here = view().models?.find(
          ({ state, source }) =>
            state === 'complete' &&
            source.kind === 'repo' &&
            address.kind === 'repo' &&
            address.file === null &&
            source.base === address.base &&
            source.repo === address.repo &&
            (address.revision === null || [source.revision, source.commit].includes(address.revision)),
        );
        if (here !== undefined) {
          forgetAddress();
          await use(here);
          return;
        }
        const key =
          address.kind === 'repo' ? CATALOGUE.find(({ repo }) => repo === address.repo)?.name : null;
        const state = { text, host: hostOf(address), key: key ?? null, offer: null, error: null };
        change({ lookUp: { ...state, step: 'proposed' } });
      } catch (thrown) {
        const state = { text, host: '', key: null, offer: null };
        change({ lookUp: { ...state, step: 'failed', error: plainError(thrown) } });
      }
    },
    closeLookUp() {
      asking.abort();
      forgetAddress();
      change({ lookUp: null });
    },
    async get(offer, key = null) {
      forgetAddress();
      change({ lookUp: null });
      await fetchOffer(offer, key);
    },
    async getRecommended() {
      const row = CATALOGUE.find(({ name }) => name === RECOMMENDED.row);
      if (row !== undefined) await getRow(row);
    },
    getRow,
    pause: jobs.pause,
    async resume(model) {
      const { offer, source, catalogueKey } = model;
      if (offer !== null) return fetchOffer(offer, catalogueKey);
      // a damaged one has no offer any more: its host is asked again
      if (source.kind === 'dropped') return;
      const address: ModelAddress = source.kind === 'repo' ? { ...source, file: null } : source;
      await lookUp(addressText(address), rowOf(model));
    },
    askToRemove(models) {
      jobs.decide(false);
      change({ question: { kind: 'remove', models } });
    },
    answer(yes) {
      const { question } = view();
      change({ question: null });
      jobs.decide(yes);
      if (yes && question?.kind === 'remove') void remove(question.models);
    },
    async keep(session) {
      const model = get().models.find(({ id }) => id === session);
      if (model?.source.kind !== 'files') return;
      const { name, source } = model;
      const { files, choices } = source;
      const kept = await run({ id: `session:${session}`, name, host: null }, (options) =>
        shelf.put(files, { ...options, name, ...(choices && { choices }) }),
      );
      if (kept !== null) get().nowStored(session, kept.id);
    },
    async persist() {
      const agreed = await shelf.persist();
      await refresh();
      change({ refusedToKeep: !agreed });
    },
    setBase(text) {
      try {
        const base = text === null || text.trim() === '' ? null : parseBase(text.trim(), location.href);
        memory.write('base', base ?? '');
        change({ base });
        return null;
      } catch (thrown) {
        return plainError(thrown);
      }
    },
  };
}
