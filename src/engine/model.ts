/** From a source to a model that answers: files -> checkpoint -> config -> placement -> session. */
import {
  type BitConfigFields,
  BitError,
  buildGraph,
  type Checkpoint,
  type Head,
  hasOnnx,
  memoryNeed,
  type NamedBlob,
  openCheckpoint,
  type ProcessorConfig,
  readHead,
  throwIfAborted,
  usualInput,
} from '../bit/index.ts';
import { listen, runBudget, sessionBudget } from './budget.ts';
import { describeModel } from './describeModel.ts';
import { fetchEmbedded } from './embedded.ts';
import { bitNetwork, type Network } from './forward.ts';
import { firstThatServes, planPlacements, type Trial } from './placements.ts';
import type {
  DevicePreference,
  ModelInfo,
  ModelSource,
  OpenProgress,
  PlainTensor,
  Precision,
} from './protocol.ts';
import { runInSegments } from './segments.ts';
import { judge, probeInput, type Verdict } from './selfCheck.ts';
import {
  askAdapter,
  createSession,
  deviceReport,
  graphOptions,
  type Placement,
  type Session,
  warmRuntime,
} from './session.ts';
import { openWeights } from './weights.ts';

/** An open model: everything a call needs. */
export interface Model {
  readonly info: ModelInfo;
  readonly config: BitConfigFields;
  readonly processor: ProcessorConfig;
  readonly network: Network;
  /** Null for someone else's network, which is run as it is. */
  readonly checkpoint: Checkpoint | null;
  /** The files that it was opened from. */
  readonly files: readonly NamedBlob[];
}

export interface OpenOptions {
  readonly signal: AbortSignal;
  /** True once cancelled; heard while the thread is blocked, as the signal is not. */
  readonly cancelled: () => boolean;
  readonly onProgress: (progress: OpenProgress) => void;
  /** Told before a step that blocks the thread, with its expected milliseconds. */
  readonly onBlocking: (milliseconds: number) => void;
}

interface Parts extends Pick<Model, 'config' | 'processor'> {
  readonly checkpoint: Checkpoint;
  readonly head: Head | null;
}

/** What every other placement is compared with. */
const REFERENCE: Placement = { device: 'wasm', precision: 'float32' };

/** Opens a source where it is fastest and right, or on WASM with the reason. Throws BitError. */
export async function openModel(
  source: Exclude<ModelSource, { kind: 'stored' }>,
  preference: DevicePreference,
  options: OpenOptions,
): Promise<Model> {
  const { signal, onProgress } = options;
  const start = performance.now();
  const adapter = preference === 'wasm' ? null : await askAdapter();
  warmRuntime(adapter && !adapter.missing ? 'webgpu' : 'wasm');

  const files =
    source.kind === 'files'
      ? source.files
      : await fetchEmbedded(signal, (done, total) => onProgress({ step: 'fetch', done, total }));
  const foreign = (await hasOnnx(files)) && (await import('./foreign.ts'));
  const other = foreign && (await foreign.openForeign(source, files, adapter, options));
  if (other) return other;
  const opened = await openCheckpoint(files);
  const { checkpoint } = opened;
  const { config, processor, ...rest } = await describeModel(opened, source, signal);
  throwIfAborted(signal);
  const need = memoryNeed(config, usualInput(processor));
  const plan = planPlacements(need, adapter, isHalfSize(config, checkpoint), checkpoint.file);

  const described = performance.now();
  const head = await readHead(config, checkpoint, signal);
  const opening = new Opening({ config, processor, checkpoint, head }, options);
  const chosen = await firstThatServes(plan, opening);
  const { session } = chosen;
  await listen();
  if (signal.aborted) await session.release();
  throwIfAborted(signal);
  const info: ModelInfo = {
    source: source.kind,
    name: checkpoint.file,
    format: checkpoint.format,
    config,
    processor,
    labels: head?.labels ?? [],
    givesProbabilities: false,
    parameters: buildGraph(config).weightLength + (head ? head.weight.length + head.bias.length : 0),
    fileBytes: files.reduce((sum, file) => sum + file.blob.size, 0),
    ...rest,
    device: deviceReport(chosen, adapter),
    ms: { ...opening.ms, build: described - start, total: performance.now() - start },
  };
  const network = bitNetwork({ config, checkpoint, head, session });
  return { info, config, processor, checkpoint, network, files };
}

/** Builds and checks the sessions of one model, and adds up where the time goes. */
class Opening implements Trial<Session> {
  readonly ms = { read: 0, session: 0, selfCheck: 0 };
  private readonly parts: Parts;
  private readonly options: OpenOptions;
  private readonly probe: PlainTensor;
  private reference: Float32Array | null = null;

  constructor(parts: Parts, options: OpenOptions) {
    this.parts = parts;
    this.options = options;
    this.probe = probeInput(parts.config, parts.processor);
  }

  async build(placement: Placement): Promise<Session> {
    const { onProgress, onBlocking } = this.options;
    const start = performance.now();
    const graph = buildGraph(this.parts.config, { ...graphOptions(placement), lastHiddenState: true });
    const weights = await openWeights(graph, this.parts.checkpoint, {
      ...this.options,
      onProgress: (done, total) =>
        onProgress(done < total ? { step: 'read', done, total } : { step: 'session', done: 0, total: 0 }),
    });
    onBlocking(sessionBudget(graph.weightLength));
    const session = await createSession(graph, weights, placement);
    this.ms.read += weights.ms();
    this.ms.session += performance.now() - start - weights.ms();
    return session;
  }

  async check(session: Session, precision: Precision): Promise<Verdict> {
    const { config, head } = this.parts;
    const { onProgress, onBlocking } = this.options;
    const start = performance.now();
    onProgress({ step: 'self-check', done: 0, total: 0 });
    onBlocking(runBudget(buildGraph(config).weightLength, this.probe.shape));
    const pooled = pooledOf(await session.run(this.probe, ['pooled']));
    this.reference ??= await this.runReference();
    const verdict = judge(pooled, this.reference, head, config, precision);
    this.ms.selfCheck += performance.now() - start;
    return verdict;
  }

  release(session: Session): Promise<void> {
    return session.release();
  }

  /** WASM in float32, piece by piece: a whole session beside the GPU's would hold the weights a second time. */
  private async runReference(): Promise<Float32Array> {
    const { config, checkpoint } = this.parts;
    const { outputs } = await runInSegments(config, checkpoint, this.probe, REFERENCE, {
      ...this.options,
      onProgress: (done, total) => this.options.onProgress({ step: 'self-check', done, total }),
    });
    return pooledOf(outputs);
  }
}

function pooledOf(outputs: ReadonlyMap<string, PlainTensor>): Float32Array {
  const pooled = outputs.get('pooled');
  if (!pooled) throw new BitError('internal', 'the network gave no pooled features');
  return pooled.data;
}

/** Whether every kernel is stored in 16 bits: then float16 loses little that is there. */
function isHalfSize(config: BitConfigFields, { tensors }: Checkpoint): boolean {
  const kernels = buildGraph(config).weights.filter(({ standardize }) => standardize);
  return kernels.every(({ name }) => /^B?F16$/.test(tensors.get(name)?.dtype ?? ''));
}
