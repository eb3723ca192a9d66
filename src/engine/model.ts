/** From a source to a model that answers: files -> checkpoint -> config -> graph -> session, self-checked. */
import {
  applyHead,
  type BitConfig,
  BitError,
  type BitGraph,
  buildGraph,
  type Checkpoint,
  type Head,
  loadWeights,
  openCheckpoint,
  type ProcessorConfig,
  throwIfAborted,
} from '../bit/index.ts';
import { describeModel } from './describeModel.ts';
import { fetchEmbedded } from './embedded.ts';
import type {
  Device,
  DevicePreference,
  DeviceReport,
  ModelInfo,
  ModelSource,
  OpenProgress,
  PlainTensor,
} from './protocol.ts';
import { askAdapter, createSession, type Session, threadsHere, warmRuntime } from './session.ts';

/** Largest |d|/(1+|ref|) between two devices that still counts as the same answer; full-size nets measured 1.2e-4. */
const SELF_CHECK_BOUND = 1e-3;
/** Side of the self-check's input where the network takes any size: every stage still sees more than one pixel. */
const SELF_CHECK_SIDE = 64;

/** An open model: everything a call needs. */
export interface Model {
  readonly info: ModelInfo;
  readonly config: BitConfig;
  readonly processor: ProcessorConfig;
  readonly checkpoint: Checkpoint;
  readonly head: Head | null;
  readonly session: Session;
}

export interface OpenOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: OpenProgress) => void;
  /** Told before a step that blocks the thread, with its expected milliseconds. */
  readonly onBlocking: (milliseconds: number) => void;
}

/** Opens a source on the preferred device, or on WASM with the reason. Throws BitError. */
export async function openModel(
  source: ModelSource,
  preference: DevicePreference,
  options: OpenOptions,
): Promise<Model> {
  const { signal, onProgress, onBlocking } = options;
  const start = performance.now();
  const adapter = preference === 'wasm' ? null : await askAdapter();
  const wanted: Device = adapter && !adapter.missing ? 'webgpu' : 'wasm';
  warmRuntime(wanted);

  const files =
    source.kind === 'files'
      ? source.files
      : await fetchEmbedded(signal, (done, total) => onProgress({ step: 'fetch', done, total }));
  const opened = await openCheckpoint(files);
  const { checkpoint } = opened;
  const { config, processor, evaluation, assumed, processorAssumed } = describeModel(
    opened,
    source.kind === 'files' ? source.choices : undefined,
  );
  throwIfAborted(signal);

  const readStart = performance.now();
  const head = await readHead(config, checkpoint, signal);
  const wasmGraph = buildGraph(config, { form: 'two-step' });
  const load = (graph: BitGraph): Promise<Uint8Array<ArrayBuffer>> =>
    loadWeights(graph, checkpoint, {
      signal,
      onProgress: (done, total) => onProgress({ step: 'read', done, total }),
    });
  // both forms plan the same tensors in the same order, so one buffer serves both devices
  const weights = await load(wasmGraph);
  const sessionStart = performance.now();
  onProgress({ step: 'session', done: 0, total: 0 });
  onBlocking(sessionBudget(wasmGraph));
  let session = await createSession(wasmGraph, weights, 'wasm');
  throwIfAborted(signal);

  const checkStart = performance.now();
  let device: DeviceReport = {
    device: 'wasm',
    threads: threadsHere(),
    isolated: globalThis.crossOriginIsolated,
    adapter: '',
    fallback: adapter?.missing ?? null,
    selfCheck: null,
  };
  if (wanted === 'webgpu') {
    onProgress({ step: 'self-check', done: 0, total: 0 });
    const probe = probeInput(config, processor);
    onBlocking(runBudget(wasmGraph, probe.shape));
    const expected = await session.run(probe);
    const tried = await tryWebGpu(config, weights, probe, expected, head);
    if (tried.session) {
      await session.release();
      session = tried.session;
      device = { ...device, device: 'webgpu', adapter: adapter?.description ?? '', selfCheck: tried.error };
    } else {
      device = { ...device, fallback: tried.fallback };
    }
  }
  throwIfAborted(signal);
  const end = performance.now();

  const info: ModelInfo = {
    source: source.kind,
    name: checkpoint.file,
    config,
    processor,
    labels: head?.labels ?? [],
    parameters: wasmGraph.weightLength + (head ? head.weight.length + head.bias.length : 0),
    fileBytes: files.reduce((sum, file) => sum + file.blob.size, 0),
    evaluation,
    processorAssumed,
    assumed,
    device,
    ms: {
      read: sessionStart - readStart,
      build: readStart - start,
      session: checkStart - sessionStart,
      selfCheck: end - checkStart,
      total: end - start,
    },
  };
  return { info, config, processor, checkpoint, head, session };
}

/** The classifier, or null for a checkpoint that is a backbone only. */
async function readHead(
  config: BitConfig,
  checkpoint: Checkpoint,
  signal: AbortSignal,
): Promise<Head | null> {
  const info = checkpoint.tensors.get('classifier.1.weight');
  if (!info) return null;
  const features = config.hidden_sizes[config.hidden_sizes.length - 1] ?? 0;
  if (info.shape.join() !== `${config.num_labels},${features}`) {
    const message = `classifier.1.weight is [${info.shape.join(', ')}], but the config asks for [${config.num_labels}, ${features}]`;
    throw new BitError('checkpoint-tensor', message, { file: checkpoint.file });
  }
  const weight = await checkpoint.read('classifier.1.weight', signal);
  const bias = await checkpoint.read('classifier.1.bias', signal);
  return { labels: config.labels, weight, bias };
}

type Tried =
  | { session: Session; error: number }
  | { session: null; fallback: NonNullable<DeviceReport['fallback']> };

async function tryWebGpu(
  config: BitConfig,
  weights: Uint8Array<ArrayBuffer>,
  probe: PlainTensor,
  expected: Map<string, PlainTensor>,
  head: Head | null,
): Promise<Tried> {
  let session: Session | null = null;
  try {
    session = await createSession(buildGraph(config, { form: 'reduce' }), weights, 'webgpu');
    const error = distance(await session.run(probe), expected, head);
    if (error <= SELF_CHECK_BOUND) return { session, error };
    await session.release();
    return {
      session: null,
      fallback: { reason: 'self-check', detail: `off by ${error.toExponential(1)} from WASM` },
    };
  } catch (cause) {
    await session?.release();
    const detail = cause instanceof Error ? cause.message : String(cause);
    return { session: null, fallback: { reason: 'session-failed', detail } };
  }
}

/** Largest |d|/(1+|ref|) over pooled features and logits; NaN counts as infinitely far. */
function distance(
  outputs: Map<string, PlainTensor>,
  expected: Map<string, PlainTensor>,
  head: Head | null,
): number {
  const pooled = outputs.get('pooled')?.data ?? new Float32Array();
  const reference = expected.get('pooled')?.data ?? new Float32Array();
  const pairs = [[pooled, reference]];
  if (head) pairs.push([applyHead(head, pooled), applyHead(head, reference)]);
  let worst = 0;
  for (const [a = pooled, b = reference] of pairs) {
    b.forEach((value, i) => {
      const d = Math.abs((a[i] ?? Number.NaN) - value) / (1 + Math.abs(value));
      worst = Number.isNaN(d) ? Number.POSITIVE_INFINITY : Math.max(worst, d);
    });
  }
  return worst;
}

/** A fixed input in [-1, 1): VALID padding runs only at its own size, other networks at any. */
function probeInput(config: BitConfig, processor: ProcessorConfig): PlainTensor {
  const own = processor.cropSize ?? { height: SELF_CHECK_SIDE, width: SELF_CHECK_SIDE };
  const limit = config.global_padding === 'VALID' ? Number.POSITIVE_INFINITY : SELF_CHECK_SIDE;
  const shape = [1, config.num_channels, Math.min(own.height, limit), Math.min(own.width, limit)];
  const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
  for (let i = 0, state = 1; i < data.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0; // Numerical Recipes' generator: any fixed noise will do
    data[i] = state / 2 ** 31 - 1;
  }
  return { data, shape };
}

/** How long a run may block the worker: multiply-adds at half a GMAC/s, thirty times slower than measured. */
export function runBudget(graph: BitGraph, shape: readonly number[]): number {
  const [n = 1, , height = 0, width = 0] = shape;
  // ResNet-50's multiply-adds are 3.5 per weight and position of the last feature map
  return 5_000 + (3.5 * graph.weightLength * n * ((height * width) / 1024)) / 5e5;
}

function sessionBudget(graph: BitGraph): number {
  return 60_000 + graph.weightLength / 1e4;
}
