/** What a second start cannot do without: reading the model's stored bytes, and creating a session of its size. */
import { env, InferenceSession } from 'onnxruntime-web/wasm';
import { buildGraph, EXTERNAL_DATA_PATH, parseBitConfig } from '../../../src/bit/index.ts';
import { threadsHere } from '../../../src/engine/session.ts';
import { storedFiles } from '../../../src/engine/store/shelf.ts';

const STEP = 4 * 2 ** 20;

self.addEventListener('message', ({ data: id }: MessageEvent<string>) => {
  work(id).then(
    (bytes) => self.postMessage({ bytes }),
    (error: unknown) => self.postMessage({ error: String(error) }),
  );
});

/** Resolves with the number of bytes read. */
async function work(id: string): Promise<number> {
  const { files } = await storedFiles(id);
  let read = 0;
  for (const { blob } of files) {
    for (let at = 0; at < blob.size; at += STEP)
      read += (await blob.slice(at, at + STEP).arrayBuffer()).byteLength;
  }
  env.wasm.numThreads = threadsHere();
  const graph = buildGraph(parseBitConfig({}), { form: 'two-step' }); // the defaults are google/bit-50's
  const data = new Uint8Array(4 * graph.weightLength);
  await InferenceSession.create(graph.bytes, { externalData: [{ path: EXTERNAL_DATA_PATH, data }] });
  return read;
}
