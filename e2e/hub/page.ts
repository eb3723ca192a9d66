/** The browser's half of the hub tests and of the fault program: the engine's own shelf, and what a person keeps beside it. */
import { BitError, type BitErrorCode } from '../../src/bit/index.ts';
import { createEngine } from '../../src/engine/client.ts';
import { parseAddress } from '../../src/engine/hub/address.ts';
import type { Classification, Engine, ModelInfo } from '../../src/engine/protocol.ts';
import { createShelf } from '../../src/engine/shelf/client.ts';
import type { Offer, Patience, ShelfModel, ShelfState } from '../../src/engine/shelf/protocol.ts';
import { storedFiles } from '../../src/engine/store/shelf.ts';

/** A call's result, or the code and words of its BitError; anything else is thrown. */
export type Outcome<T> = { readonly ok: T } | { readonly code: BitErrorCode; readonly message: string };

export interface OnShelf {
  readonly id: string;
  readonly name: string;
  readonly state: ShelfState;
  /** Bytes stored so far. */
  readonly stored: number;
  /** Of a complete model: name -> SHA-256 of the bytes that the store hands out; or why it hands out none. */
  readonly hashes: Outcome<Readonly<Record<string, string>>> | null;
}

export interface Answer {
  readonly logits: readonly number[];
  /** Top five with the model's own preprocessing. */
  readonly top: Classification['scores'];
}

const shelf = createShelf();
let engine: Engine | null = null;
const running = new Map<
  number,
  { readonly stop: AbortController; readonly outcome: Promise<Outcome<ShelfModel>> }
>();
let done = 0;

async function outcomeOf<T>(promise: Promise<T>): Promise<Outcome<T>> {
  try {
    return { ok: await promise };
  } catch (error) {
    if (error instanceof BitError) return { code: error.code, message: error.message };
    throw error;
  }
}

async function sha256(blob: Blob): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', await blob.arrayBuffer());
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

const lens = {
  /** What a person would be asked about; `text` is what they paste. */
  lookUp: (text: string, base?: string): Promise<Outcome<Offer>> =>
    outcomeOf(
      (async () => shelf.lookUp(parseAddress(text, { ...(base && { base }), page: location.href })))(),
    ),

  /** Begins a download and gives a number to ask after it. */
  begin(offer: Offer, patience: Partial<Patience>): number {
    const stop = new AbortController();
    done = 0;
    const onProgress = (progress: { readonly done: number }): void => {
      done = progress.done;
    };
    const download = shelf.download(offer, { signal: stop.signal, onProgress, patience });
    const number = running.size + 1;
    running.set(number, { stop, outcome: outcomeOf(download) });
    return number;
  },
  /** How the download of that number ended. */
  async end(number: number): Promise<Outcome<ShelfModel>> {
    const found = running.get(number);
    if (!found) throw new Error(`there is no download ${number}`);
    return found.outcome;
  },
  pause: (number: number): void => running.get(number)?.stop.abort(),
  download: (offer: Offer, patience: Partial<Patience>): Promise<Outcome<ShelfModel>> =>
    outcomeOf(shelf.download(offer, { patience })),
  /** Bytes of the last download that was begun. */
  progress: (): number => done,

  /** Everything on the shelf, and of complete models what their bytes really are. */
  async list(): Promise<Outcome<{ readonly lost: boolean; readonly models: readonly OnShelf[] }>> {
    const listed = await outcomeOf(shelf.list());
    if (!('ok' in listed)) return listed;
    const models: OnShelf[] = [];
    for (const { id, name, state, stored } of listed.ok.models) {
      const hashes = state === 'complete' ? await outcomeOf(hashesOf(id)) : null;
      models.push({ id, name, state, stored, hashes });
    }
    return { ok: { lost: listed.ok.lost, models } };
  },
  remove: (id: string): Promise<Outcome<void>> => outcomeOf(shelf.remove(id)),
  removeAll: (): Promise<Outcome<void>> => outcomeOf(shelf.removeAll()),

  /** Opens a stored model, which checks its bytes first. */
  async open(id: string): Promise<Outcome<ModelInfo>> {
    engine ??= createEngine();
    return outcomeOf(engine.open({ kind: 'stored', id }, { device: 'wasm' }));
  },
  /** What the open model says to a picture (base64), and its logits; `config` replaces its preprocessor_config.json. */
  async classify(picture: string, config: unknown, backend: 'torchvision' | 'pil'): Promise<Answer> {
    if (!engine) throw new Error('no model is open');
    const blob = new Blob([Uint8Array.from(atob(picture), (c) => c.charCodeAt(0))]);
    const own = config === null ? {} : { config };
    const { pixelValues } = await engine.preprocess({
      picture: blob,
      name: 'picture',
      load: 'pipeline',
      backend,
      ...own,
    });
    const { logits } = await engine.forward({ pixelValues, outputs: ['logits'] });
    const { scores } = await engine.classify(blob, { name: 'picture' });
    return { logits: [...(logits?.data ?? [])], top: scores };
  },
  closeEngine(): void {
    engine?.dispose();
    engine = null;
  },

  mark,
  marked,
};
export type Lens = typeof lens;

/** Longer than the medium model takes on a busy machine. */
const READ_MS = 8_000;

async function hashesOf(id: string): Promise<Record<string, string>> {
  const { files } = await storedFiles(id);
  const hashes: Record<string, string> = {};
  for (const { name, blob } of files) {
    // a chunk whose loose file is gone cannot be read, and one whose file is short is read for ever: no wrong byte
    const late = new Promise<string>((resolve) => setTimeout(resolve, READ_MS, 'unreadable: nothing comes'));
    const hash = sha256(blob).catch((error: unknown) => `unreadable: ${String(error)}`);
    hashes[name] = await Promise.race([hash, late]);
  }
  return hashes;
}

/** What a person made: a database of its own, a file, a setting. Nothing of the shelf may touch them. */
const MARKER = 'a person’s own work';
const ROWS = 50;

function markerDatabase(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open('someones-own-work', 1);
    request.onupgradeneeded = () => request.result.createObjectStore('rows');
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function mark(): Promise<void> {
  const database = await markerDatabase();
  await new Promise<void>((resolve, reject) => {
    const tx = database.transaction('rows', 'readwrite');
    for (let row = 0; row < ROWS; row++) tx.objectStore('rows').put(`${MARKER} ${row}`, row);
    tx.oncomplete = () => resolve();
    tx.onabort = () => reject(tx.error);
  });
  database.close();
  localStorage.setItem('someones-own-setting', MARKER);
  const root = await navigator.storage.getDirectory();
  const file = await (await root.getFileHandle('someones-own-file', { create: true })).createWritable();
  await file.write(MARKER);
  await file.close();
}

/** Which parts of it are still there, whole. */
async function marked(): Promise<{
  readonly database: boolean;
  readonly file: boolean;
  readonly setting: boolean;
}> {
  const database = await markerDatabase();
  const rows = await new Promise<unknown[]>((resolve, reject) => {
    const request = database.transaction('rows').objectStore('rows').getAll();
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  database.close();
  const root = await navigator.storage.getDirectory();
  const text = await root
    .getFileHandle('someones-own-file')
    .then(async (handle) => (await handle.getFile()).text())
    .catch((error: unknown) => String(error));
  return {
    database: rows.length === ROWS && rows.every((row, i) => row === `${MARKER} ${i}`),
    file: text === MARKER,
    setting: localStorage.getItem('someones-own-setting') === MARKER,
  };
}

Object.assign(globalThis, { lens, shelf });
