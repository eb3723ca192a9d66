/** What a copied page answers by: a head on the built-in model, or a model in a folder beside the page. */
import * as v from 'valibot';
import { parseJson } from '../../bit/json.ts';
import { firstModel } from '../models/firstModel.ts';
import type { AppStore } from '../store.ts';

const schema = v.union([
  v.object({ head: v.string() }),
  v.object({ model: v.pipe(v.string(), v.regex(/^[\w-]+\/$/)), name: v.string() }),
]);

/** Uses it; a model is fetched only when a person agrees, and what was used last stays in use. */
export async function useOwn(store: AppStore, text: string): Promise<void> {
  const own = v.parse(schema, parseJson(text, 'index.html'));
  const app = store.getState();
  if ('head' in own) {
    const blob = await (await fetch(`data:application/octet-stream;base64,${own.head}`)).blob();
    await app.openHead({ name: 'index.html', blob }, false); // other pages of this host keep what they answer by
    return;
  }
  await firstModel({ get: store.getState, subscribe: store.subscribe });
  if (
    store
      .getState()
      .models.some(({ source, id }) => source.kind === 'stored' && id === store.getState().inUse)
  )
    return;
  location.hash = '#/models';
  await (await app.loadShelf()).propose(new URL(own.model, document.baseURI).href);
}
