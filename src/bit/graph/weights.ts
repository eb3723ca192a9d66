import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { BitError, throwIfAborted } from '../errors.ts';
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
 * Reads the graph's weights tensor by tensor into one float32 buffer of `graph.weightLength` values, standardizing the
 * kernels on the way. Throws 'checkpoint-tensor', 'memory', 'aborted' and whatever reading throws.
 */
export async function loadWeights(
  graph: BitGraph,
  checkpoint: Checkpoint,
  options: { signal?: AbortSignal | undefined; onProgress?: (done: number, total: number) => void } = {},
): Promise<Float32Array<ArrayBuffer>> {
  checkWeights(graph, checkpoint);
  const buffer = allocate(graph.weightLength, checkpoint.file);
  let done = 0;
  for (const planned of graph.weights) {
    throwIfAborted(options.signal);
    const values = await checkpoint.read(planned.name, options.signal);
    buffer.set(values, planned.offset);
    if (planned.standardize) {
      standardize(buffer.subarray(planned.offset, planned.offset + values.length), planned.shape[0] ?? 1);
    }
    done += values.length;
    options.onProgress?.(done, graph.weightLength);
  }
  return buffer;
}

function allocate(length: number, file: string): Float32Array<ArrayBuffer> {
  try {
    return new Float32Array(length);
  } catch (cause) {
    const message = `its ${Math.ceil((4 * length) / 2 ** 20)} MiB of float32 weights do not fit into memory`;
    throw new BitError('memory', message, { file, cause });
  }
}
