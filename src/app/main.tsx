import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createEngine } from '../engine/client.ts';
import { App } from './App.tsx';
import { readStoredAnswers } from './classify/samples.ts';
import { BUILT_IN } from './models/models.ts';
import { openMemory } from './shell/memory.ts';
import { createAppStore, StoreContext } from './store.ts';
import './theme.css';

const base = import.meta.env.BASE_URL;
const stored = readStoredAnswers(base);
const engine = createEngine();
const store = createAppStore(
  engine,
  openMemory(() => localStorage),
  base,
);

const root = document.getElementById('root');
if (root === null) throw new Error('the page has no #root');
createRoot(root).render(
  <StrictMode>
    <StoreContext value={store}>
      <App />
    </StoreContext>
  </StrictMode>,
);

engine.subscribe((event) => store.getState().heed(event));
void stored.then((answers) => store.getState().setStored(answers));
void store.getState().openModel(BUILT_IN);

// after the first paint: none of this may slow it
requestAnimationFrame(() =>
  setTimeout(() => {
    void import('./shell/arrivals.ts').then(({ receiveFiles }) => receiveFiles(store, base));
    // in development a service worker would hide every change
    if (import.meta.env.PROD)
      void import('./shell/offline.ts').then(({ startOffline }) => startOffline(store, base));
  }),
);
