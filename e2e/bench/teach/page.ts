/** The browser's half of the teaching benchmark: features by the app's engine, learning in a worker. */
import { createEngine } from '../../../src/engine/client.ts';
import type { Reply, Request } from './worker.ts';

function filesOf(id: string): File[] {
  return [...(document.querySelector<HTMLInputElement>(`#${id}`)?.files ?? [])];
}

const engine = createEngine();

/** Opens the files of #model; the number of features a picture has. */
async function openModel(): Promise<number> {
  const files = filesOf('model').map((blob) => ({ name: blob.name, blob }));
  await engine.open({ kind: 'files', files }, { device: 'wasm' });
  return (await engine.featureKey()).width;
}

/** A picture no larger than `side` at its shorter side, as a JPEG of that quality: what a small stored picture would be. */
async function smaller(file: Blob, side: number, quality: number): Promise<Blob> {
  const full = await createImageBitmap(file);
  const scale = Math.min(1, side / Math.min(full.width, full.height));
  const [width, height] = [Math.round(full.width * scale), Math.round(full.height * scale)];
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d');
  if (!context) throw new Error('no canvas');
  context.imageSmoothingQuality = 'high';
  context.drawImage(full, 0, 0, width, height);
  full.close();
  return canvas.convertToBlob({ type: 'image/jpeg', quality });
}

let rows: Float32Array[] = [];

/** Features of the pictures in #pictures, from the files themselves or from small ones; bytes of each picture used. */
async function readPictures(small: { side: number; quality: number } | null): Promise<number> {
  rows = [];
  let bytes = 0;
  for (const file of filesOf('pictures')) {
    const picture = small === null ? file : await smaller(file, small.side, small.quality);
    bytes += picture.size;
    rows.push((await engine.features(picture, { name: file.name })).features.data);
  }
  return bytes;
}

let worker: Worker | null = null;

/** One task for the learners' worker. */
function ask(request: Request): Promise<Reply> {
  worker ??= new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  const busy = worker;
  return new Promise((resolve, reject) => {
    busy.onmessage = ({ data }: MessageEvent<Reply | { readonly failed: string }>) =>
      'failed' in data ? reject(new Error(data.failed)) : resolve(data);
    busy.onerror = ({ message }) => reject(new Error(message));
    busy.postMessage(request);
  });
}

/** Hands the features read last to the worker, under their classes. */
async function giveFeatures(labels: readonly number[], classes: number): Promise<void> {
  await ask({ kind: 'features', rows, labels, classes });
}

const teach = { openModel, readPictures, giveFeatures, ask };
export type TeachBench = typeof teach;
Object.assign(globalThis, { teach });
