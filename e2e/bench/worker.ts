/** One network in one onnxruntime-web: its thread count is fixed at the first session, so each setting has a worker. */
import { env, InferenceSession, Tensor } from 'onnxruntime-web/wasm';
import { buildGraph, EXTERNAL_DATA_PATH, loadWeights, parseBitConfig } from '../../src/bit/index.ts';
import { madeCheckpoint, madeValues } from './made.ts';
import { buildOrdinaryGraph } from './ordinary.ts';

/** 'repaired' is the ordinary export without its border fault. */
export type Network = 'ours' | 'ordinary' | 'repaired';
export interface Setting {
  readonly network: Network;
  /** WASM threads; null leaves what the runtime chooses by itself. */
  readonly threads: number | null;
}
export interface RunResult {
  readonly ms: number;
  readonly pooled: Float32Array;
}
export type Reply =
  | { readonly kind: 'ready'; readonly threads: number | undefined }
  | ({ readonly kind: 'ran' } & RunResult)
  | { readonly kind: 'failed'; readonly message: string };

/** Side of the input, pixels. */
const SIDE = 224;
/** The defaults are google/bit-50's: R50x1. */
const config = parseBitConfig({});
const input = new Tensor('float32', madeValues('pixel_values', 3 * SIDE * SIDE), [1, 3, SIDE, SIDE]);
let session: InferenceSession | null = null;

async function open({ network, threads }: Setting): Promise<Reply> {
  if (threads !== null) env.wasm.numThreads = threads;
  const graph =
    network === 'ours' ? buildGraph(config) : buildOrdinaryGraph(config, network === 'ordinary' ? 0 : -0);
  const weights = await loadWeights(graph, madeCheckpoint(graph));
  session = await InferenceSession.create(graph.bytes, {
    externalData: [{ path: EXTERNAL_DATA_PATH, data: weights }],
  });
  await run(); // the first run allocates
  return { kind: 'ready', threads: env.wasm.numThreads };
}

async function run(): Promise<Reply> {
  const start = performance.now();
  const pooled = (await session?.run({ pixel_values: input }))?.pooled;
  const ms = performance.now() - start;
  if (!(pooled?.data instanceof Float32Array)) throw new Error('the network gave no pooled features');
  return { kind: 'ran', ms, pooled: pooled.data };
}

self.addEventListener('message', ({ data }: MessageEvent<Setting | 'run'>) => {
  (data === 'run' ? run() : open(data)).then(
    (reply) => self.postMessage(reply),
    (error: unknown) => self.postMessage({ kind: 'failed', message: String(error) } satisfies Reply),
  );
});
