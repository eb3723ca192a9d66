/** Our own network at work: pooled features, the head's logits, and the states between when they are asked for. */
import {
  type BitConfigFields,
  BitError,
  buildGraph,
  type Checkpoint,
  checkInput,
  type Head,
  hiddenStateParts,
  logitsOf,
} from '../bit/index.ts';
import { runBudget } from './budget.ts';
import type { Calls, Device, PlainTensor } from './protocol.ts';
import { runInSegments } from './segments.ts';
import type { Session } from './session.ts';

export type Forward = Calls['forward']['output'];

export interface ForwardOptions {
  readonly signal: AbortSignal;
  /** True once cancelled; heard while the thread is blocked, as the signal is not. */
  readonly cancelled: () => boolean;
  /** Told before a step that blocks the thread, with its expected milliseconds. */
  readonly onBlocking: (milliseconds: number) => void;
}

/** A network that answers, whosever it is. */
export interface Network {
  readonly device: Device;
  /** False for a backbone without a classifier, which has no logits. */
  readonly classifies: boolean;
  /** The last layer, where it is known: not of someone else's network. */
  readonly head: Head | null;
  /** Outputs of pixel_values [N, C, H, W]; what was not asked for is null. Throws 'input-shape' and 'session'. */
  forward(
    pixelValues: PlainTensor,
    outputs: Calls['forward']['input']['outputs'],
    options: ForwardOptions,
  ): Promise<Forward>;
  release(): Promise<void>;
}

export interface BitParts {
  readonly config: BitConfigFields;
  readonly checkpoint: Checkpoint;
  readonly head: Head | null;
  readonly session: Session;
}

/** The network of an opened checkpoint. */
export function bitNetwork({ config, checkpoint, head, session }: BitParts): Network {
  const run = async (input: PlainTensor, wanted: readonly string[], { onBlocking }: ForwardOptions) => {
    onBlocking(runBudget(buildGraph(config).weightLength, input.shape));
    return { outputs: await session.run(input, wanted), kept: [] };
  };
  return {
    device: session.device,
    classifies: head !== null,
    head,
    async forward({ data, shape }, outputs, options) {
      const input = { data, shape };
      const hiddenStates = outputs.includes('hidden_states');
      const lastHiddenState = outputs.includes('last_hidden_state');
      checkInput(config, shape);
      // the open network gives the end of it only; the states between come from one built piece by piece, for this call
      const { outputs: results, kept } = hiddenStates
        ? await runInSegments(config, checkpoint, input, session, {
            ...options,
            keep: hiddenStateParts(config),
            lastHiddenState,
          })
        : await run(input, lastHiddenState ? ['pooled', 'last_hidden_state'] : ['pooled'], options);
      const pooled = results.get('pooled');
      if (!pooled) throw new BitError('internal', 'the network gave no pooled features');
      const [n = 1] = pooled.shape;
      const logits = outputs.includes('logits') ? logitsOf(config, head, pooled.data) : null;
      return {
        pooled,
        logits: logits && { data: logits, shape: [n, logits.length / n] },
        lastHiddenState: results.get('last_hidden_state') ?? null,
        hiddenStates: hiddenStates ? kept : null,
      };
    },
    release: () => session.release(),
  };
}
