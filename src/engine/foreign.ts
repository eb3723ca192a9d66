/** Someone else's .onnx, run as it is: session, self-check, and what is known about it. */
import {
  BitError,
  type EvaluationSet,
  type MemoryNeed,
  type NamedBlob,
  ONNX_EVALUATION,
  type OpenedOnnx,
  openOnnx,
  parseEvaluation,
  parseJson,
  throwIfAborted,
  usualInput,
} from '../bit/index.ts';
import { runBudget, sessionBudget } from './budget.ts';
import { describeClasses, describeInput, fits } from './describeOnnx.ts';
import type { Network } from './forward.ts';
import type { Model, OpenOptions } from './model.ts';
import { firstThatServes, planPlacements, type Trial } from './placements.ts';
import type { ModelInfo, ModelSource, PlainTensor } from './protocol.ts';
import { judge, noise, type Verdict } from './selfCheck.ts';
import {
  type AdapterAnswer,
  createOnnxSession,
  deviceReport,
  type OnnxFile,
  type Placement,
  type Session,
} from './session.ts';

/** How far a sum of probabilities may lie from 1: float16 rounds each of 1,000 by 2^-12 of itself. */
const SUM_BOUND = 1e-3;
/** Heap of a WASM session by the bytes of its weights: measured on R50x1, inside the file and outside. */
const HEAP_INSIDE = 2.5;
const HEAP_OUTSIDE = 1.5;

/**
 * Opens the .onnx among the files on WebGPU where `adapter` is one and the answer there is WASM's, else on WASM; null
 * when a checkpoint lies beside it, which is then the model. Throws BitError: what reading it throws,
 * 'onnx-classifier' when a run shows another output than declared, 'config-conflict' for a preprocessing of another
 * size than the network's, 'session', 'memory', 'aborted', and what describing it throws.
 */
export async function openForeign(
  source: ModelSource,
  files: readonly NamedBlob[],
  adapter: AdapterAnswer | null,
  options: OpenOptions,
): Promise<Model | null> {
  const { signal, onProgress } = options;
  const start = performance.now();
  const opened = await openOnnx(files, signal);
  if (!opened) return null;
  const { model, classifier } = opened;
  const choices = source.kind === 'files' ? (source.choices ?? {}) : {};
  const { processor, ...input } = describeInput(opened, choices);
  refuseOtherSize(opened, processor.doCenterCrop ? processor.cropSize : null);
  const plan = planPlacements(memoryOf(opened), adapter, false, model.file);
  onProgress({ step: 'read', done: 0, total: 0 });
  const file = await fileOf(opened);
  throwIfAborted(signal);

  const read = performance.now();
  const { height, width, channels } = classifier.input;
  const usual = usualInput(processor);
  const probe = noise([1, channels, height ?? usual.height, width ?? usual.width]);
  const opening = new Opening(opened, file, probe, options);
  const chosen = await firstThatServes(plan, opening);
  const { session } = chosen;
  try {
    const row = await opening.rowOn(session);
    const { config, ...classes } = await describeClasses(opened, row.length, choices, signal);
    throwIfAborted(signal);
    const info: ModelInfo = {
      source: source.kind,
      name: model.file,
      format: 'onnx',
      config,
      processor,
      labels: config.labels,
      givesProbabilities: isDistribution(row),
      parameters: model.parameters,
      fileBytes: files.reduce((sum, { blob }) => sum + blob.size, 0),
      evaluation: evaluationOf(opened),
      ...input,
      ...classes,
      assumed: [...input.assumed, ...classes.assumed],
      device: deviceReport(chosen, adapter),
      ms: { ...opening.ms, read: read - start, build: 0, total: performance.now() - start },
    };
    return { config, processor, checkpoint: null, network: foreignNetwork(session, opened), info, files };
  } catch (error) {
    await session.release();
    throw error;
  }
}

/** Of a file beside the model, else of its metadata, where this page writes it. */
function evaluationOf({ model, jsons }: OpenedOnnx): EvaluationSet[] {
  const { json, file } = jsons.evaluationJson ?? { json: null, file: model.file };
  const text = model.metadata.get(ONNX_EVALUATION);
  if (json !== null) return parseEvaluation(json, file);
  return text === undefined ? [] : parseEvaluation(parseJson(text, file), file);
}

/** Feature maps are not known before a run; the factors leave room for a photograph's. */
function memoryOf({ bytes, outside }: OpenedOnnx): MemoryNeed {
  const beside = outside.reduce((sum, { blob }) => sum + blob.size, 0);
  return {
    weights: bytes.length + beside,
    activations: 0,
    largestTensor: 0,
    wasm: HEAP_INSIDE * bytes.length + HEAP_OUTSIDE * beside,
  };
}

/** Builds and checks its sessions, and adds up where the time goes. */
class Opening implements Trial<Session> {
  readonly ms = { session: 0, selfCheck: 0 };
  private readonly opened: OpenedOnnx;
  private readonly file: OnnxFile;
  private readonly probe: PlainTensor;
  private readonly options: OpenOptions;
  private reference: Float32Array | null = null;

  constructor(opened: OpenedOnnx, file: OnnxFile, probe: PlainTensor, options: OpenOptions) {
    this.opened = opened;
    this.file = file;
    this.probe = probe;
    this.options = options;
  }

  async build(placement: Placement): Promise<Session> {
    const start = performance.now();
    this.options.onProgress({ step: 'session', done: 0, total: 0 });
    this.options.onBlocking(sessionBudget(this.opened.model.parameters));
    // WASM has no arithmetic in float16 and casts
    const half = this.file.input.type === 'float16' && placement.device === 'webgpu';
    const session = await createOnnxSession(
      this.file,
      half ? { ...placement, precision: 'float16' } : placement,
    );
    this.ms.session += performance.now() - start;
    return session;
  }

  async check(session: Session): Promise<Verdict> {
    const start = performance.now();
    this.options.onProgress({ step: 'self-check', done: 0, total: 0 });
    const row = await this.rowOn(session);
    this.reference ??= await this.runReference();
    const config = { num_labels: row.length, problem_type: null };
    const verdict = judge(row, this.reference, null, config, session.precision);
    this.ms.selfCheck += performance.now() - start;
    return verdict;
  }

  release(session: Session): Promise<void> {
    return session.release();
  }

  /** The probe's answer. */
  rowOn(session: Session): Promise<Float32Array> {
    this.options.onBlocking(runBudget(this.opened.model.parameters, this.probe.shape));
    return rowOf(session, this.opened, this.probe);
  }

  private async runReference(): Promise<Float32Array> {
    const session = await createOnnxSession(this.file, { device: 'wasm', precision: 'float32' });
    try {
      return await this.rowOn(session);
    } finally {
      await session.release();
    }
  }
}

function refuseOtherSize(
  { model, classifier }: OpenedOnnx,
  crop: { readonly height: number; readonly width: number } | null,
): void {
  if (!crop || fits(classifier.input, crop)) return;
  const { height, width } = classifier.input;
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

function foreignNetwork(session: Session, opened: OpenedOnnx): Network {
  const { channels, height, width, single } = opened.classifier.input;
  return {
    device: session.device,
    classifies: true,
    head: null,
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

/** True for numbers that are probabilities already: none below 0, and their sum is 1. */
function isDistribution(row: Float32Array): boolean {
  const sum = row.reduce((a, b) => a + b, 0);
  return row.length > 1 && row.every((p) => p >= 0) && Math.abs(sum - 1) <= SUM_BOUND;
}
