import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createEngine } from '../engine/client.ts';
import { App } from './App.tsx';
import { readStoredAnswers } from './classify/samples.ts';
import { linkIn } from './shell/link.ts';
import { openMemory, pathOfPage } from './shell/memory.ts';
import { loadWords } from './shell/Words.tsx';
import { createAppStore, StoreContext } from './store.ts';
import './theme.css';

const base = import.meta.env.BASE_URL;
const stored = readStoredAnswers(base);
const engine = createEngine();
const store = createAppStore({
  engine,
  memory: openMemory(() => localStorage, pathOfPage(base)),
  base,
  openShelf: async () => (await import('../engine/shelf/client.ts')).createShelf(),
});

const root = document.getElementById('root');
if (root === null) throw new Error('the page has no #root');
const page = (
  <StrictMode>
    <StoreContext value={store}>
      <App />
    </StoreContext>
  </StrictMode>
);
loadWords(store.getState().language)
  .catch((cause: unknown) => console.error('the words could not be loaded', cause))
  .finally(() => createRoot(root).render(page));

engine.subscribe((event) => store.getState().heed(event));
void stored.then((answers) => store.getState().setStored(answers));
void store.getState().openFirst();

// after the first paint: none of this may slow it
requestAnimationFrame(() =>
  setTimeout(() => {
    void import('./shell/arrivals.ts').then(({ receiveFiles }) => receiveFiles(store, base));
    store.getState().offerKept();
    void answerAgain();
    // in development a service worker would hide every change
    if (import.meta.env.PROD)
      void import('./shell/offline.ts').then(({ startOffline }) => startOffline(store, base));
  }),
);

// a link with a taught classifier in its fragment: it is shown, and asks
function followLink(): void {
  const link = linkIn(location.hash);
  if (link === null) return;
  history.replaceState(history.state, '', '#/look'); // what it holds must not be asked for again at a reload
  void store.getState().openLink(link);
}
followLink();
addEventListener('hashchange', followLink);

/** As a person left this page; else, where it is a copy that was made for some classes, by those: it says so itself. */
async function answerAgain(): Promise<void> {
  try {
    const own = document.getElementById('bit-lens-classifier')?.textContent;
    if ((await store.getState().resumeTaught()) || !own) return;
    await (await import('./shell/ownClassifier.ts')).answerByOwn(store, own);
  } catch (cause) {
    console.error('the taught classes do not answer', cause);
  }
}

// ?model= names a model: the Models place says what and asks before any host is asked
const named = new URLSearchParams(location.search).get('model');
if (named !== null && named !== '') {
  if (location.hash === '') location.hash = '#/models';
  void store
    .getState()
    .loadShelf()
    .then((shelf) => shelf.propose(named));
}
