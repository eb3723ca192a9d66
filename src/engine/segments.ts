/** Runs a network piece by piece: each piece's session is released before the next is built, so the heap is used again. */
import {
  type BitConfigFields,
  BitError,
  buildGraph,
  type Checkpoint,
  segmentRanges,
  throwIfAborted,
} from '../bit/index.ts';
import { listen, runBudget, sessionBudget } from './budget.ts';
import type { PlainTensor } from './protocol.ts';
import { createSession, graphOptions, type Placement } from './session.ts';
import { openWeights, type WeightOptions } from './weights.ts';

/** An eighth of the weights at a time keeps the peak low; under 16 MiB more sessions would save nothing. */
const SHARE = 8;
const LEAST_BYTES = 16 * 2 ** 20;

export interface SegmentOptions extends WeightOptions {
  readonly onBlocking: (milliseconds: number) => void;
  /** Parts of the network in front of which the features are kept. */
  readonly keep?: readonly number[];
  readonly lastHiddenState?: boolean;
}

export interface SegmentResults {
  /** `pooled`, and `last_hidden_state` where asked for. */
  readonly outputs: ReadonlyMap<string, PlainTensor>;
  /** [N, C, h, w] in front of each part of `keep`, in order. */
  readonly kept: readonly PlainTensor[];
}

/** pixel_values [N, C, H, W] through the whole network. Throws what reading, building and running throw. */
export async function runInSegments(
  config: BitConfigFields,
  checkpoint: Checkpoint,
  pixelValues: PlainTensor,
  placement: Placement,
  options: SegmentOptions,
): Promise<SegmentResults> {
  const { signal, keep = [], onProgress, onBlocking } = options;
  const total = buildGraph(config).weightLength;
  const kept: PlainTensor[] = [];
  let x = pixelValues;
  let before = 0;
  let outputs: ReadonlyMap<string, PlainTensor> = new Map();
  for (const parts of segmentRanges(config, Math.max(LEAST_BYTES, (4 * total) / SHARE), keep)) {
    await listen();
    throwIfAborted(signal);
    if (keep.includes(parts.from)) kept.push(x);
    const graph = buildGraph(config, {
      ...graphOptions(placement),
      parts,
      lastHiddenState: options.lastHiddenState ?? false,
    });
    const done = before;
    const weights = await openWeights(graph, checkpoint, {
      ...options,
      onProgress: (values) => onProgress?.(done + values, total),
    });
    onBlocking(sessionBudget(graph.weightLength));
    const session = await createSession(graph, weights, placement);
    onBlocking(runBudget(total, pixelValues.shape));
    try {
      outputs = await session.run(x);
    } finally {
      await session.release();
    }
    x = outputs.get('features') ?? x;
    before += graph.weightLength;
  }
  if (!outputs.has('pooled')) throw new BitError('internal', 'the network gave no pooled features');
  return { outputs, kept };
}
