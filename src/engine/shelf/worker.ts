/** The shelf's worker: one handler a call. What only some calls need is loaded with the first of them. */
import { serve } from '../serve.ts';
import { evictionFor, storageStatus } from '../store/evict.ts';
import { deleteModel, listModels } from '../store/shelf.ts';
import type { ShelfCalls } from './protocol.ts';

/** A host that says nothing for this long while it describes a model. */
const LOOK_UP_IDLE_MS = 30_000;

const answersStore = () => import('../store/answers.ts');

serve<ShelfCalls>({
  async lookUp({ address }, { signal }) {
    const { lookUp } = await import('../hub/lookup.ts');
    const found = await lookUp(address, { signal, idleMs: LOOK_UP_IDLE_MS });
    const known = (await listModels()).models.find(({ id }) => id === found.id);
    return { ...found, onShelf: known?.state ?? null };
  },
  async download({ offer, catalogueKey, patience }, { signal, onProgress }) {
    const { downloadModel } = await import('../download/download.ts');
    return downloadModel(offer, { catalogueKey, patience, signal, onProgress });
  },
  async put({ files, name, choices }, { signal, onProgress }) {
    const { putFiles } = await import('../download/put.ts');
    return putFiles(files, { name, choices, signal, onProgress });
  },
  list: () => listModels(),
  async remove({ id }, { signal }) {
    const { afterStopping } = await import('../download/share.ts');
    await afterStopping(id, signal, () => deleteModel(id));
    return null;
  },
  status: () => storageStatus(),
  planEviction: ({ bytes, keep }) => evictionFor(bytes, keep),
  async verify({ id }, { signal }) {
    const { verifyStored } = await import('../download/verify.ts');
    await verifyStored(id, signal);
    return null;
  },
  keepAnswers: async (answers) => (await answersStore()).keepAnswers(answers),
  keptAnswers: async (wanted) => (await answersStore()).keptAnswers(wanted),
  async forgetAnswers({ set }) {
    await (await answersStore()).forgetAnswers(set);
    return null;
  },
});
