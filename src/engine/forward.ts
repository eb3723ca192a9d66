/** Our own network at work: pooled features, the head's logits, and the states between when they are asked for. */
import {
  applyHead,
  type BitConfigFields,
  BitError,
  buildGraph,
  type Checkpoint,
  type Head,
  loadWeights,
} from '../bit/index.ts';
import { runBudget } from './budget.ts';
import type { Calls, Device, PlainTensor } from './protocol.ts';
import { createSession, type Session } from './session.ts';

export type Forward = Calls['forward']['output'];

export interface ForwardOptions {
  readonly signal: AbortSignal;
  /** Told before a step that blocks the thread, with its expected milliseconds. */
  readonly onBlocking: (milliseconds: number) => void;
}

/** A network that answers, whosever it is. */
export interface Network {
  readonly device: Device;
  /** False for a backbone without a classifier, which has no logits. */
  readonly classifies: boolean;
  /** True when its logits are probabilities already. */
  readonly givesProbabilities: boolean;
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
  return {
    device: session.device,
    classifies: head !== null,
    givesProbabilities: false,
    async forward(pixelValues, outputs, { signal, onBlocking }) {
      const { shape } = pixelValues;
      if (shape.length !== 4 || shape[1] !== config.num_channels)
        throw new BitError(
          'input-shape',
          `pixel_values is [${shape.join(', ')}], the model takes [N, ${config.num_channels}, H, W]`,
        );
      const hiddenStates = outputs.includes('hidden_states');
      const lastHiddenState = outputs.includes('last_hidden_state');
      const input = { data: pixelValues.data, shape };
      const budget = runBudget(buildGraph(config).weightLength, shape);
      let results: Map<string, PlainTensor>;
      if (hiddenStates || lastHiddenState) {
        // a second network with more outputs, for this call only
        const form = session.device === 'webgpu' ? 'reduce' : 'two-step';
        const graph = buildGraph(config, { form, hiddenStates, lastHiddenState });
        const wide = await createSession(
          graph,
          await loadWeights(graph, checkpoint, { signal }),
          session.device,
        );
        onBlocking(budget);
        try {
          results = await wide.run(input);
        } finally {
          await wide.release();
        }
      } else {
        onBlocking(budget);
        results = await session.run(input);
      }
      const pooled = results.get('pooled');
      if (!pooled) throw new BitError('internal', 'the network gave no pooled features');
      return {
        pooled,
        logits:
          head && outputs.includes('logits')
            ? { data: applyHead(head, pooled.data), shape: [shape[0] ?? 1, head.bias.length] }
            : null,
        lastHiddenState: lastHiddenState ? (results.get('last_hidden_state') ?? null) : null,
        hiddenStates: hiddenStates
          ? [...results].filter(([key]) => key.startsWith('hidden_state_')).map(([, value]) => value)
          : null,
      };
    },
    release: () => session.release(),
  };
}
