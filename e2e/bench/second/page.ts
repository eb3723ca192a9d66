/** The browser's half of the second start: the shelf is filled once, then both ways of starting are timed. */
import { createEngine } from '../../../src/engine/client.ts';
import { parseAddress } from '../../../src/engine/hub/address.ts';
import { createShelf } from '../../../src/engine/shelf/client.ts';

/** Puts the repository on the shelf; resolves with its id there. */
async function fetchModel(repo: string, base: string): Promise<string> {
  const shelf = createShelf();
  const offer = await shelf.lookUp(parseAddress(repo, { base }));
  const { id } = await shelf.download(offer);
  shelf.dispose();
  return id;
}

/** Milliseconds from nothing to a model that answers: worker, runtime, reading, checking, session. */
async function start(id: string): Promise<{ ms: number; parameters: number }> {
  const begun = performance.now();
  const engine = createEngine();
  const { parameters } = await engine.open({ kind: 'stored', id }, { device: 'wasm' });
  const ms = performance.now() - begun;
  engine.dispose();
  return { ms, parameters };
}

/** Milliseconds of a worker that only reads and creates a session. */
async function alone(id: string): Promise<number> {
  const begun = performance.now();
  const worker = new Worker(new URL('./alone.ts', import.meta.url), { type: 'module' });
  const reply = await new Promise<{ readonly error?: string }>((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage(id);
  });
  worker.terminate();
  if (reply.error !== undefined) throw new Error(reply.error);
  return performance.now() - begun;
}

const second = { fetchModel, start, alone };
export type Second = typeof second;
Object.assign(globalThis, { second });
