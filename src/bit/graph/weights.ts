import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { BitError, throwIfAborted } from '../errors.ts';
import { writeHalves } from './halves.ts';
import type { BitGraph, PlannedTensor } from './resnetv2.ts';
import { standardize } from './standardize.ts';

/** Throws 'checkpoint-tensor' unless the checkpoint holds every tensor of the graph in the right shape. */
export function checkWeights(graph: BitGraph, checkpoint: Checkpoint): void {
  for (const planned of graph.weights) checkTensor(planned, checkpoint);
}

function checkTensor(planned: PlannedTensor, checkpoint: Checkpoint): void {
  const found = checkpoint.tensors.get(planned.name);
  const wanted = `[${planned.shape.join(', ')}]`;
  if (!found) {
    throw new BitError(
      'checkpoint-tensor',
      `the config asks for ${planned.name} ${wanted}, which the checkpoint does not hold`,
      {
        file: checkpoint.file,
      },
    );
  }
  if (found.shape.join() !== planned.shape.join()) {
    const message = `${planned.name} is [${found.shape.join(', ')}] in the checkpoint, but the config asks for ${wanted}`;
    throw new BitError('checkpoint-tensor', message, { file: checkpoint.file });
  }
}

/**
 * One tensor of the graph as the runtime takes it: standardized where it is a kernel, in the number format that the
 * graph plans. `values` is changed, and may be what is returned.
 */
export function prepareWeights(planned: PlannedTensor, values: Float32Array): Uint8Array {
  if (planned.standardize) standardize(values, planned.shape[0] ?? 1);
  if (planned.dtype === 'F32') return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const halves = new Uint16Array(values.length);
  writeHalves(values, halves);
  return new Uint8Array(halves.buffer);
}

/**
 * Reads the graph's weights tensor by tensor into one buffer of `graph.weightBytes` bytes, standardizing the kernels on
 * the way. Throws 'checkpoint-tensor', 'memory', 'aborted' and whatever reading throws.
 */
export async function loadWeights(
  graph: BitGraph,
  checkpoint: Checkpoint,
  options: { signal?: AbortSignal | undefined; onProgress?: (done: number, total: number) => void } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  checkWeights(graph, checkpoint);
  const bytes = allocate(graph.weightBytes, checkpoint.file);
  let done = 0;
  for (const planned of graph.weights) {
    throwIfAborted(options.signal);
    const values = await checkpoint.read(planned.name, options.signal);
    bytes.set(prepareWeights(planned, values), planned.byteOffset);
    done += values.length;
    options.onProgress?.(done, graph.weightLength);
  }
  return bytes;
}

function allocate(length: number, file: string): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(length);
  } catch (cause) {
    const message = `its ${Math.ceil(length / 2 ** 20)} MiB of weights do not fit into memory`;
    throw new BitError('memory', message, { file, cause });
  }
}
