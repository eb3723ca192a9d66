/** What a copied page answers by: a head on the built-in model, or a model in a folder beside the page. */
import * as v from 'valibot';
import { parseJson } from '../../bit/json.ts';
import { firstModel } from '../models/firstModel.ts';
import type { AppStore } from '../store.ts';

const schema = v.union([
  v.object({ head: v.string() }),
  v.object({ model: v.pipe(v.string(), v.regex(/^[\w-]+\/$/)), name: v.string() }),
]);

const isSame = (one: string, other: string): boolean => one.replace(/\/$/, '') === other.replace(/\/$/, '');

/** Answers by it; a model is fetched only when a person agrees, and once it is here it stays what a person chose. */
export async function answerByOwn(store: AppStore, text: string): Promise<void> {
  const own = v.parse(schema, parseJson(text, 'index.html'));
  const app = store.getState();
  if ('head' in own) {
    const blob = await (await fetch(`data:application/octet-stream;base64,${own.head}`)).blob();
    await app.openOwnHead({ name: 'index.html', blob });
    return;
  }
  const address = new URL(own.model, document.baseURI).href;
  await firstModel({ get: store.getState, subscribe: store.subscribe });
  const shelf = await app.loadShelf();
  await shelf.refresh();
  const { models, inUse, shelf: view } = store.getState();
  const here = (view.models ?? []).find(
    ({ source, state }) => state === 'complete' && source.kind === 'folder' && isSame(source.url, address),
  );
  const chosen = models.find(({ id }) => id === inUse)?.source;
  if (here !== undefined) {
    if (chosen?.kind !== 'stored') await shelf.use(here);
    return;
  }
  location.hash = '#/models';
  await shelf.propose(address);
}
