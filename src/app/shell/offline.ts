/** The page's side of the service worker: working offline, threads on hosts without headers, and new versions. */
import type { Question } from '../../sw/site.ts';
import { modelInUse } from '../models/models.ts';
import type { AppStore } from '../store.ts';
import { isWorking, type Person, watchPerson } from './busy.ts';
import { openMemory } from './memory.ts';

const LOOK_MS = 250;
const WISH_AGAIN_MS = 5_000;
/** A tab left open for days asks for a new version when it is looked at again. */
const UPDATE_EVERY_MS = 3_600_000;

/** Registers the service worker once the model is open, so that it takes nothing from the start. */
export async function startOffline(store: AppStore, base: string): Promise<void> {
  watchNetwork(store);
  if (!('serviceWorker' in navigator)) return; // an insecure address, or a browser without
  const person = watchPerson(document);
  await free(() => !store.getState().models.some(({ state }) => /opening|waiting/.test(state.kind)));
  const registration = await register(new URL(`${base}sw.js`, document.baseURI));
  if (registration === null) return;
  offerUpdates(store, registration, person);
  const { active } = await navigator.serviceWorker.ready;
  if (active === null) return;
  keepRuntime(store);
  offerThreads(store, person);
}

/** Null where the browser, its settings or the host forbid it: the page works without. */
async function register(script: URL): Promise<ServiceWorkerRegistration | null> {
  try {
    // the types promise a registration, but what blocks service workers may put an empty function here
    const registration: ServiceWorkerRegistration | undefined =
      await navigator.serviceWorker.register(script);
    return registration ?? null;
  } catch (cause) {
    console.info('no offline use:', cause);
    return null;
  }
}

function watchNetwork(store: AppStore): void {
  const { tell, retract } = store.getState();
  const look = () => {
    retract('offline');
    if (!navigator.onLine) tell({ kind: 'offline' });
  };
  addEventListener('online', look);
  addEventListener('offline', look);
  look();
}

/** Resolves when the condition holds. */
async function free(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
}

function ask(worker: ServiceWorker, question: Question): Promise<unknown> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => resolve(data);
    worker.postMessage(question, [port2]);
  });
}

/** Has the one runtime kept that this browser uses, and says so when the page then works offline. */
function keepRuntime(store: AppStore): void {
  let asked: string | undefined;
  const look = () => {
    const build = modelInUse(store.getState())?.info?.device.build;
    const worker = navigator.serviceWorker.controller;
    if (build === undefined || build === asked || worker === null) return;
    asked = build;
    void ask(worker, { kind: 'keep', build }).then((kept) => store.setState({ worksOffline: kept === true }));
  };
  store.subscribe(look);
  navigator.serviceWorker.addEventListener('controllerchange', look);
  look();
}

/** Reloads at the person's word, as soon as that loses nothing. */
async function reloadWhenFree(store: AppStore, person: Person, reload: () => void): Promise<void> {
  const isFree = () => !isWorking(store.getState()) && !person.typing();
  if (!isFree()) store.getState().tell({ kind: 'reload-waits' });
  await free(isFree);
  reload();
}

/** A new version waits until the person says yes, or until every tab is closed. Each is offered once, in all open tabs. */
function offerUpdates(store: AppStore, registration: ServiceWorkerRegistration, person: Person): void {
  const { own: memory } = openMemory(() => localStorage, new URL(registration.scope).pathname);
  // as it was when this tab began: what another tab offers now must be offered here too
  const offered = new Set([memory.read('offered')]);
  const takeOver = () => {
    const { waiting } = registration;
    if (waiting === null) return location.reload(); // another tab has said yes
    navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true });
    const wish = () => waiting.postMessage({ kind: 'take-over' } satisfies Question);
    wish();
    setInterval(wish, WISH_AGAIN_MS); // a busy machine may have stopped the worker before it heard
  };
  const offer = async (waiting: ServiceWorker) => {
    const version = String(await ask(waiting, { kind: 'version' }));
    if (offered.has(version)) return;
    offered.add(version);
    memory.write('offered', version);
    store.getState().retract('update');
    store.getState().tell({
      kind: 'update',
      accept: () => void reloadWhenFree(store, person, takeOver),
    });
  };
  if (registration.waiting !== null && registration.active !== null) void offer(registration.waiting);
  registration.addEventListener('updatefound', () => {
    const found = registration.installing;
    found?.addEventListener('statechange', () => {
      if (found.state === 'installed' && registration.active !== null) void offer(found);
    });
  });
  let lastLook = Date.now();
  document.addEventListener('visibilitychange', () => {
    if (document.hidden || Date.now() - lastLook < UPDATE_EVERY_MS) return;
    lastLook = Date.now();
    registration.update().catch((cause: unknown) => console.info('no news:', cause));
  });
}

/** True when this very page came through the service worker, so that a reload would bring no isolation either. */
function cameThroughWorker(): boolean {
  const [entry] = performance.getEntriesByType('navigation');
  return entry instanceof PerformanceNavigationTiming && entry.workerStart > 0;
}

/**
 * May the page reload without being asked to, to gain threads? Once a visit, and never if it is itself a reload: either
 * guard alone rules out a loop, and where nothing can be remembered the answer is no.
 */
function mayReloadUnasked(): boolean {
  const [entry] = performance.getEntriesByType('navigation');
  if (!(entry instanceof PerformanceNavigationTiming) || entry.type === 'reload') return false;
  const memory = openMemory(() => sessionStorage, '/');
  if (memory.read('reloaded') !== null) return false;
  memory.write('reloaded', 'yes');
  return memory.read('reloaded') === 'yes';
}

/** On a host without isolation headers: one reload, after which the service worker gives them. */
function offerThreads(store: AppStore, person: Person): void {
  // within another page, isolation is that page's to give
  if (crossOriginIsolated || cameThroughWorker() || self !== top) return;
  const reload = () => location.reload();
  const untouched = () => !person.touched() && store.getState().own.length === 0;
  const offer = (cores: number) => {
    const accept = () => void reloadWhenFree(store, person, reload);
    store.getState().tell({ kind: 'one-core', cores, accept });
  };
  const settle = async (cores: number) => {
    await free(() => !isWorking(store.getState()) || !untouched());
    if (untouched() && mayReloadUnasked()) reload();
    else offer(cores);
  };
  let done = false;
  const look = () => {
    const device = modelInUse(store.getState())?.info?.device;
    if (done || device === undefined || device.device !== 'wasm' || device.cores < 2) return;
    done = true;
    void settle(device.cores);
  };
  store.subscribe(look);
  look();
}
