/**
 * A graph's weights as the runtime is handed them: tensor by tensor, each made when it is asked for, so that beside the
 * runtime's own copy there is never more than one tensor.
 */
import {
  BitError,
  type BitGraph,
  type Checkpoint,
  checkWeights,
  loadWeights,
  type PlannedTensor,
  prepareWeights,
  type StoredTensor,
  throwIfAborted,
} from '../bit/index.ts';

/** The external data of one session. */
export interface ExternalWeights {
  /** What the runtime takes for the whole buffer. */
  readonly data: Uint8Array<ArrayBuffer>;
  /** Milliseconds spent reading and standardizing so far. */
  ms(): number;
  /** Throws what went wrong while the runtime asked for tensors, or 'session' when it did not ask for each of them. */
  check(): void;
}

export interface WeightOptions {
  readonly signal: AbortSignal;
  /** True once the caller has cancelled; unlike the signal it is heard while the thread is blocked. */
  readonly cancelled?: () => boolean;
  /** Values handed over so far, of how many. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Reads a whole blob at once, blocking. */
export type ReadNow = (blob: Blob) => ArrayBuffer;

/** The DOM's types leave out what only workers have. */
declare const FileReaderSync: (new () => { readAsArrayBuffer(blob: Blob): ArrayBuffer }) | undefined;

/** Workers can read a Blob synchronously; elsewhere (Node) there is none. */
function readNow(): ReadNow | null {
  if (typeof FileReaderSync === 'undefined') return null;
  const reader = new FileReaderSync();
  return (blob) => reader.readAsArrayBuffer(blob);
}

/**
 * Finds every tensor and prepares to hand them over one by one; where nothing reads synchronously, all are read here.
 * Throws 'checkpoint-tensor', 'memory', 'aborted' and whatever reading throws.
 */
export async function openWeights(
  graph: BitGraph,
  checkpoint: Checkpoint,
  options: WeightOptions,
  read: ReadNow | null = readNow(),
): Promise<ExternalWeights> {
  checkWeights(graph, checkpoint);
  if (!read) {
    const start = performance.now();
    const data = await loadWeights(graph, checkpoint, options);
    const ms = performance.now() - start;
    return { data, ms: () => ms, check: () => undefined };
  }
  const lazy = new LazyWeights(graph, checkpoint.file, read, options);
  for (const planned of graph.weights) {
    throwIfAborted(options.signal);
    lazy.add(planned, await checkpoint.stored(planned.name, options.signal));
  }
  return lazy;
}

interface Found {
  readonly planned: PlannedTensor;
  readonly stored: StoredTensor;
}

/**
 * ONNX Runtime Web (1.30) reads external data by `byteLength` and, once a tensor, `subarray(start, end)`, and copies
 * what it gets. So an empty array with those two replaced stands for a buffer that is never there as a whole. What is
 * thrown in `subarray` becomes a bare error code inside the runtime: it is kept for `check`.
 */
class LazyWeights implements ExternalWeights {
  readonly data = new Uint8Array(0);
  private readonly found = new Map<number, Found>();
  private readonly missing = new Set<string>();
  private readonly total: number;
  private readonly file: string;
  private readonly read: ReadNow;
  private readonly options: WeightOptions;
  private done = 0;
  private spent = 0;
  private failure: { readonly cause: unknown } | null = null;

  constructor(graph: BitGraph, file: string, read: ReadNow, options: WeightOptions) {
    this.file = file;
    this.total = graph.weightLength;
    this.read = read;
    this.options = options;
    Object.defineProperties(this.data, {
      byteLength: { value: graph.weightBytes },
      subarray: { value: (start: number, end: number) => this.part(start, end) },
    });
  }

  add(planned: PlannedTensor, stored: StoredTensor): void {
    this.found.set(planned.byteOffset, { planned, stored });
    this.missing.add(planned.name);
  }

  ms(): number {
    return this.spent;
  }

  check(): void {
    if (this.failure) throw this.failure.cause;
    const [name] = this.missing;
    if (name !== undefined)
      throw new BitError('session', `the runtime built the network without asking for ${name}`);
  }

  private part(start: number, end: number): Uint8Array {
    const since = performance.now();
    try {
      const found = this.found.get(start);
      if (this.options.cancelled?.()) throw new BitError('aborted', 'cancelled');
      if (!found)
        throw new BitError('session', `the runtime asked for bytes at ${start}, where no tensor starts`);
      const bytes = this.make(found);
      if (bytes.length !== end - start)
        throw new BitError('session', `the runtime asked for ${end - start} bytes of ${found.planned.name}`);
      this.count(found.planned);
      return bytes;
    } catch (cause) {
      this.failure ??= { cause };
      throw cause;
    } finally {
      this.spent += performance.now() - since;
    }
  }

  private make({ planned, stored }: Found): Uint8Array {
    const bytes = this.bytes(stored.blob);
    if (bytes.byteLength !== stored.blob.size) {
      const message = `gives ${bytes.byteLength} bytes of ${planned.name} instead of ${stored.blob.size}`;
      throw new BitError('checkpoint-truncated', message, { file: this.file });
    }
    return prepareWeights(planned, stored.decode(bytes));
  }

  private bytes(blob: Blob): ArrayBuffer {
    try {
      return this.read(blob);
    } catch (cause) {
      const message = 'could not be read; it may have changed since it was chosen';
      throw new BitError('checkpoint-truncated', message, { file: this.file, cause });
    }
  }

  private count({ name, shape }: PlannedTensor): void {
    if (!this.missing.delete(name)) return;
    this.done += shape.reduce((a, b) => a * b, 1);
    this.options.onProgress?.(this.done, this.total);
  }
}
