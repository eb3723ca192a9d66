/** The only file that knows onnxruntime-web: which build serves, on which device, and one run at a time. */
import type { InferenceSession } from 'onnxruntime-web/wasm';
import {
  BitError,
  type BitGraph,
  EXTERNAL_DATA_PATH,
  type GraphOptions,
  type Precision,
  toFloat32,
  toHalf,
} from '../bit/index.ts';
import type { Device, DeviceReport, FallbackReason, PlainTensor, RuntimeBuild } from './protocol.ts';
import type { ExternalWeights } from './weights.ts';

type Runtime = typeof import('onnxruntime-web/wasm');

/** A lost GPU can leave requestAdapter() hanging for ever. */
const ADAPTER_TIMEOUT_MS = 5_000;
/** Fetching and compiling the runtime; slower than this is a failure worth saying. */
const RUNTIME_TIMEOUT_MS = 60_000;
/** More threads than this gained nothing on convolutions of BiT's sizes. */
const MAX_THREADS = 8;

export interface AdapterAnswer {
  /** The adapter's own description, empty when there is none. */
  readonly description: string;
  readonly missing: { readonly reason: FallbackReason; readonly detail: string } | null;
  /** Whether its shaders compute in float16. */
  readonly shaderF16: boolean;
  /** Bytes of the largest tensor that it takes; 0 when there is none. */
  readonly largestTensor: number;
}

/** Asks for a GPU adapter, at most 5 s. */
export async function askAdapter(): Promise<AdapterAnswer> {
  const gpu = (globalThis.navigator as Navigator | undefined)?.gpu;
  if (!gpu) return none('navigator.gpu is missing', 'no-webgpu');
  const late = new Promise<'late'>((resolve) => setTimeout(() => resolve('late'), ADAPTER_TIMEOUT_MS));
  try {
    const adapter = await Promise.race([gpu.requestAdapter({ powerPreference: 'high-performance' }), late]);
    if (adapter === 'late') return none('no adapter within 5 s');
    if (!adapter) return none('requestAdapter() gave none');
    const { vendor, architecture, description } = adapter.info;
    const software = adapter.info.isFallbackAdapter || architecture === 'swiftshader' ? 'software' : '';
    return {
      description: [vendor, architecture, description, software].filter(Boolean).join(' ') || 'GPU',
      missing: null,
      shaderF16: adapter.features.has('shader-f16'),
      // the runtime asks its device for all that the adapter has
      largestTensor: Math.min(adapter.limits.maxBufferSize, adapter.limits.maxStorageBufferBindingSize),
    };
  } catch (cause) {
    return none(cause instanceof Error ? cause.message : String(cause));
  }
}

function none(detail: string, reason: FallbackReason = 'no-adapter'): AdapterAnswer {
  return { description: '', missing: { reason, detail }, shaderF16: false, largestTensor: 0 };
}

/** Threads WASM may use here: one when the page is not isolated, since SharedArrayBuffer is then missing. */
export function threadsHere(): number {
  return globalThis.crossOriginIsolated ? threadsIsolated() : 1;
}

/** Threads WASM may use where the page is isolated; Node 20 has no navigator to ask. */
const threadsIsolated = (): number =>
  Math.min((globalThis.navigator as Navigator | undefined)?.hardwareConcurrency ?? 1, MAX_THREADS);

const runtimes = new Map<string, Promise<Runtime>>();
/** Whether the build with WebGPU has built a session. If it fails before, the host may lack it: then the plain one serves. */
let gpuBuildWorks = false;

/** Loads the smallest build that serves, once per worker: plain WASM, or one with WebGPU (JSPI where the browser has it). */
function loadRuntime(device: Device): Promise<Runtime> {
  const build = runtimes.has('gpu') || device === 'webgpu' ? 'gpu' : 'wasm';
  const known = runtimes.get(build);
  if (known) return known;
  const loading = (build === 'wasm' ? import('onnxruntime-web/wasm') : importGpuBuild()).then((runtime) => {
    runtime.env.wasm.numThreads = threadsHere();
    runtime.env.wasm.initTimeout = RUNTIME_TIMEOUT_MS;
    runtime.env.logLevel = 'error';
    return runtime;
  });
  runtimes.set(build, loading);
  loading.catch(() => runtimes.delete(build));
  return loading;
}

/** Starts fetching and compiling the runtime while the checkpoint is still being read. */
export function warmRuntime(device: Device): void {
  // a failure shows again, with its cause, when the session is created
  loadRuntime(device).catch(() => undefined);
}

const gpuBuild = (): RuntimeBuild => ('Suspending' in WebAssembly ? 'jspi' : 'asyncify');

/** Where the chosen session runs; of the runtime, the build with WebGPU serves both devices once it is loaded. */
export function deviceReport(
  chosen: { session: Session } & Pick<DeviceReport, 'fallback' | 'halfFallback' | 'selfCheck'>,
  adapter: AdapterAnswer | null,
): DeviceReport {
  const { session, fallback, halfFallback, selfCheck } = chosen;
  const { device, precision } = session;
  return {
    device,
    precision,
    fallback,
    halfFallback,
    selfCheck,
    adapter: device === 'webgpu' ? (adapter?.description ?? '') : '',
    threads: threadsHere(),
    cores: threadsIsolated(),
    isolated: globalThis.crossOriginIsolated,
    build: runtimes.has('gpu') ? gpuBuild() : 'wasm',
  };
}

function importGpuBuild(): Promise<Runtime> {
  return gpuBuild() === 'jspi' ? import('onnxruntime-web/jspi') : import('onnxruntime-web/webgpu');
}

function doubtGpuBuild(): void {
  if (!gpuBuildWorks) runtimes.delete('gpu');
}

/** Where a network runs, and in which numbers. */
export interface Placement {
  readonly device: Device;
  readonly precision: Precision;
}

/** The graph's form for a placement. */
export function graphOptions({ device, precision }: Placement): GraphOptions {
  return { form: device === 'webgpu' ? 'reduce' : 'two-step', precision };
}

/** One network on one device. */
export interface Session extends Placement {
  /**
   * The graph's one input (pixel_values [N, C, H, W] of a whole network) to its outputs by name: all, or only those
   * `wanted`, since an output that is not asked for is not copied from the device. Throws 'session'.
   */
  run(input: PlainTensor, wanted?: readonly string[]): Promise<Map<string, PlainTensor>>;
  release(): Promise<void>;
}

// the runtime keeps state across sessions: one call into it at a time
let tail: Promise<unknown> = Promise.resolve();
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const result = tail.then(work);
  tail = result.catch(() => undefined);
  return result;
}

/** Creates a session of the graph with its external weights. Throws 'session' or 'memory'. */
export async function createSession(
  graph: Pick<BitGraph, 'bytes'>,
  weights: ExternalWeights,
  placement: Placement,
): Promise<Session> {
  const { device } = placement;
  const runtime = await loadRuntime(device).catch(fail('the runtime did not start'));
  const options: InferenceSession.SessionOptions = {
    executionProviders: [device],
    externalData: [{ path: EXTERNAL_DATA_PATH, data: weights.data }],
  };
  const session = await inTurn(() => runtime.InferenceSession.create(graph.bytes, options)).catch((cause) => {
    doubtGpuBuild();
    weights.check(); // the runtime only says that it got no data; this says why
    return fail(`the network could not be built on ${device}`)(cause);
  });
  gpuBuildWorks ||= runtimes.has('gpu');
  try {
    weights.check();
  } catch (cause) {
    await inTurn(() => session.release());
    throw cause;
  }
  return asSession(session, placement, ({ data, shape }) => ({
    [session.inputNames[0] ?? 'pixel_values']: new runtime.Tensor('float32', data, shape),
  }));
}

/** Someone else's .onnx: its bytes, the weights outside it and its one input. */
export interface OnnxFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly outside: readonly { readonly path: string; readonly data: Uint8Array<ArrayBuffer> }[];
  readonly input: { readonly name: string; readonly type: 'float32' | 'float16' };
}

/**
 * Creates a session of someone else's network. Throws 'session' or 'memory'. The runtime's Pad_Fusion
 * (onnxruntime/core/optimizer/pad_fusion.cc) is off: it merges the zeros that BiT's stem pads with into MaxPool's own
 * padding, which is -infinity.
 */
export async function createOnnxSession(
  { bytes, outside, input }: OnnxFile,
  placement: Placement,
): Promise<Session> {
  const { device } = placement;
  const runtime = await loadRuntime(device).catch(fail('the runtime did not start'));
  const options: InferenceSession.SessionOptions = {
    executionProviders: [device],
    externalData: [...outside],
    extra: { optimization: { disable_specified_optimizers: 'Pad_Fusion' } },
  };
  const session = await inTurn(() => runtime.InferenceSession.create(bytes, options)).catch((cause) => {
    doubtGpuBuild();
    return fail(`the network could not be built on ${device}`)(cause);
  });
  gpuBuildWorks ||= runtimes.has('gpu');
  return asSession(session, placement, ({ data, shape }) => ({
    [input.name]:
      input.type === 'float16'
        ? new runtime.Tensor('float16', toHalf(data), shape)
        : new runtime.Tensor('float32', data, shape),
  }));
}

function asSession(
  session: InferenceSession,
  placement: Placement,
  feeds: (input: PlainTensor) => InferenceSession.FeedsType,
): Session {
  return {
    ...placement,
    run: (input, wanted = session.outputNames) =>
      inTurn(async () => {
        const results = await session.run(feeds(input), wanted);
        const outputs = new Map<string, PlainTensor>();
        for (const [name, tensor] of Object.entries(results)) {
          const data = plain(await tensor.getData());
          if (data) outputs.set(name, { data, shape: tensor.dims });
          tensor.dispose();
        }
        return outputs;
      }).catch(fail(`the run on ${placement.device} failed`)),
    release: () => inTurn(() => session.release()),
  };
}

/** A copy in float32; null for other types, which no output that is read here has. */
function plain(data: unknown): Float32Array | null {
  if (data instanceof Float32Array) return data.slice();
  // float16 comes as its patterns, or as Float16Array where the browser has one
  if (data instanceof Uint16Array) return toFloat32(data.slice().buffer, 'F16');
  if (ArrayBuffer.isView(data) && data.constructor.name === 'Float16Array')
    return toFloat32(new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice().buffer, 'F16');
  return null;
}

function fail(what: string): (cause: unknown) => never {
  return (cause) => {
    if (cause instanceof BitError) throw cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    const code =
      cause instanceof RangeError || /out of memory|bad_alloc|allocation/i.test(message)
        ? 'memory'
        : 'session';
    throw new BitError(code, `${what}: ${message}`, { cause });
  };
}

/** Calls back once when the GPU under the sessions of this worker is lost. */
export async function onDeviceLost(report: (detail: string) => void): Promise<void> {
  const runtime = await runtimes.get('gpu');
  const device = await runtime?.env.webgpu.device;
  if (!device) return;
  const { reason, message } = await (device as GPUDevice).lost;
  if (reason !== 'destroyed') report(message || 'the GPU device was lost');
}
