/** Someone else's .onnx, run as it is: session, self-check, and what is known about it. */
import { BitError, type NamedBlob, type OpenedOnnx, throwIfAborted } from '../bit/index.ts';
import { runBudget, sessionBudget } from './budget.ts';
import { describeClasses, describeInput } from './describeOnnx.ts';
import type { Network } from './forward.ts';
import type { Model, OpenOptions } from './model.ts';
import type { DeviceReport, ModelSource, PlainTensor } from './protocol.ts';
import {
  type AdapterAnswer,
  createOnnxSession,
  type OnnxFile,
  type Session,
  threadsHere,
} from './session.ts';

/** Largest |d|/(1+|ref|) of its output between two devices that still counts as the same answer. */
const SELF_CHECK_BOUND = 1e-3;
/** How far a sum of probabilities may lie from 1: float16 rounds each of 1,000 by 2^-12 of itself. */
const SUM_BOUND = 1e-3;

/**
 * Opens it on WebGPU where `adapter` is one and the answer there is WASM's, else on WASM. Throws BitError:
 * 'onnx-classifier' when a run shows another output than declared, 'config-conflict' for a preprocessing of another
 * size than the network's, 'session', 'memory', 'aborted', and what describing it throws.
 */
export async function openForeign(
  opened: OpenedOnnx,
  source: ModelSource,
  files: readonly NamedBlob[],
  adapter: AdapterAnswer | null,
  options: OpenOptions,
): Promise<Model> {
  const { signal, onProgress, onBlocking } = options;
  const { model, classifier } = opened;
  const start = performance.now();
  const choices = source.kind === 'files' ? source.choices : undefined;
  const input = describeInput(opened, choices);
  refuseOtherSize(opened, input.processor.doCenterCrop ? input.processor.cropSize : null);
  onProgress({ step: 'read', done: 0, total: 0 });
  const file = await fileOf(opened);
  throwIfAborted(signal);

  const built = performance.now();
  onProgress({ step: 'session', done: 0, total: 0 });
  onBlocking(sessionBudget(model.parameters));
  let session = await createOnnxSession(file, 'wasm');
  throwIfAborted(signal);
  const checkStart = performance.now();
  onProgress({ step: 'self-check', done: 0, total: 0 });
  const { height, width } = classifier.input;
  const crop = input.processor.cropSize ?? { height: 224, width: 224 };
  const probe = noise([1, classifier.input.channels, height ?? crop.height, width ?? crop.width]);
  onBlocking(runBudget(model.parameters, probe.shape));
  const expected = await rowOf(session, opened, probe);
  let device: DeviceReport = {
    device: 'wasm',
    threads: threadsHere(),
    isolated: globalThis.crossOriginIsolated,
    adapter: '',
    fallback: adapter?.missing ?? null,
    selfCheck: null,
  };
  if (adapter && !adapter.missing) {
    onBlocking(sessionBudget(model.parameters));
    const tried = await tryWebGpu(file, opened, probe, expected);
    if (tried.session) {
      await session.release();
      session = tried.session;
      device = { ...device, device: 'webgpu', adapter: adapter.description, selfCheck: tried.error };
    } else device = { ...device, fallback: tried.fallback };
  }
  throwIfAborted(signal);
  const end = performance.now();

  const classes = describeClasses(opened, expected.length, choices);
  const { config } = classes;
  return {
    config,
    processor: input.processor,
    network: foreignNetwork(session, opened, isDistribution(expected)),
    info: {
      source: source.kind,
      name: model.file,
      format: 'onnx',
      config,
      processor: input.processor,
      labels: config.labels,
      parameters: model.parameters,
      fileBytes: files.reduce((sum, { blob }) => sum + blob.size, 0),
      evaluation: [],
      processorAssumed: input.processorAssumed,
      assumed: [...input.assumed, ...classes.assumed],
      device,
      ms: {
        read: built - start,
        build: 0,
        session: checkStart - built,
        selfCheck: end - checkStart,
        total: end - start,
      },
    },
  };
}

function refuseOtherSize(
  { model, classifier }: OpenedOnnx,
  crop: { readonly height: number; readonly width: number } | null,
): void {
  const { height, width } = classifier.input;
  if (!crop || ((height ?? crop.height) === crop.height && (width ?? crop.width) === crop.width)) return;
  throw new BitError(
    'config-conflict',
    `takes pictures of ${height} x ${width}, but its preprocessing makes ${crop.height} x ${crop.width}`,
    { file: model.file },
  );
}

async function fileOf({ bytes, outside, classifier }: OpenedOnnx): Promise<OnnxFile> {
  const read = outside.map(async ({ location, blob }) => ({
    path: location,
    data: new Uint8Array(await blob.arrayBuffer()),
  }));
  return { bytes, outside: await Promise.all(read), input: classifier.input };
}

function foreignNetwork(session: Session, opened: OpenedOnnx, givesProbabilities: boolean): Network {
  const { channels, height, width, single } = opened.classifier.input;
  return {
    device: session.device,
    classifies: true,
    givesProbabilities,
    async forward({ data, shape }, _, { onBlocking }) {
      const [n = 0, c = 0, h = 0, w = 0] = shape;
      if (shape.length !== 4 || c !== channels || h !== (height ?? h) || w !== (width ?? w))
        throw new BitError(
          'input-shape',
          `pixel_values is [${shape.join(', ')}], the model takes [N, ${channels}, ${height ?? 'H'}, ${width ?? 'W'}]`,
        );
      const rows: Float32Array[] = [];
      const step = single ? 1 : n;
      const size = c * h * w;
      for (let at = 0; at < n; at += step) {
        onBlocking(runBudget(opened.model.parameters, [step, c, h, w]));
        const part = { data: data.subarray(at * size, (at + step) * size), shape: [step, c, h, w] };
        rows.push(await rowOf(session, opened, part));
      }
      const logits = new Float32Array(rows.reduce((sum, row) => sum + row.length, 0));
      let at = 0;
      for (const row of rows) {
        logits.set(row, at);
        at += row.length;
      }
      return {
        pooled: null,
        logits: { data: logits, shape: [n, logits.length / n] },
        lastHiddenState: null,
        hiddenStates: null,
      };
    },
    release: () => session.release(),
  };
}

/** The classifier's output, [N, classes]. */
async function rowOf(
  session: Session,
  { model, classifier }: OpenedOnnx,
  pixelValues: PlainTensor,
): Promise<Float32Array> {
  const { name } = classifier.output;
  const output = (await session.run(pixelValues)).get(name);
  const [n, classes] = output?.shape ?? [];
  if (output?.shape.length !== 2 || n !== pixelValues.shape[0] || !classes)
    throw new BitError(
      'onnx-classifier',
      `gives ${name} [${output?.shape.join(', ') ?? ''}], not one number a class [N, classes]`,
      { file: model.file },
    );
  return output.data;
}

type Tried =
  | { session: Session; error: number }
  | { session: null; fallback: NonNullable<DeviceReport['fallback']> };

async function tryWebGpu(
  file: OnnxFile,
  opened: OpenedOnnx,
  probe: PlainTensor,
  expected: Float32Array,
): Promise<Tried> {
  let session: Session | null = null;
  try {
    session = await createOnnxSession(file, 'webgpu');
    const row = await rowOf(session, opened, probe);
    const error = expected.reduce((most, value, i) => {
      const d = Math.abs((row[i] ?? Number.NaN) - value) / (1 + Math.abs(value));
      return Number.isNaN(d) ? Number.POSITIVE_INFINITY : Math.max(most, d);
    }, 0);
    if (error <= SELF_CHECK_BOUND) return { session, error };
    await session.release();
    const detail = `off by ${error.toExponential(1)} from WASM`;
    return { session: null, fallback: { reason: 'self-check', detail } };
  } catch (cause) {
    await session?.release();
    const detail = cause instanceof Error ? cause.message : String(cause);
    return { session: null, fallback: { reason: 'session-failed', detail } };
  }
}

/** True for numbers that are probabilities already: none below 0, and their sum is 1. */
function isDistribution(row: Float32Array): boolean {
  const sum = row.reduce((a, b) => a + b, 0);
  return row.length > 1 && row.every((p) => p >= 0) && Math.abs(sum - 1) <= SUM_BOUND;
}

/** A fixed input in [-1, 1). */
function noise(shape: readonly number[]): PlainTensor {
  const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
  for (let i = 0, state = 1; i < data.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0; // Numerical Recipes' generator: any fixed noise will do
    data[i] = state / 2 ** 31 - 1;
  }
  return { data, shape };
}
