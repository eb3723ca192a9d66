/** Where a model may run, in which order that is tried, and what becomes of the attempts. */
import { BitError, type MemoryNeed, WASM_HEAP_BYTES } from '../bit/index.ts';
import type { FallbackReason, HalfReason, Precision } from './protocol.ts';
import type { Verdict } from './selfCheck.ts';
import type { AdapterAnswer, Placement } from './session.ts';

export interface Plan {
  /** Fastest first. */
  readonly placements: readonly Placement[];
  /** Why WebGPU is not among them, where it was allowed. */
  readonly fallback: Passed<FallbackReason> | null;
  /** Why float16 is not, where WebGPU is and the weights have no more. */
  readonly halfFallback: Passed<HalfReason> | null;
  /** Why WASM is not among them; null where it is. */
  readonly tooLarge: string | null;
  /** The checkpoint's name, for errors. */
  readonly file: string;
}

export interface Passed<R> {
  readonly reason: R;
  readonly detail: string;
}

/**
 * The placements of a model. `adapter` is null when WASM was asked for; `half` is true for a checkpoint of 16-bit weights.
 * Throws 'memory', with the numbers, when it fits nowhere.
 */
export function planPlacements(
  need: MemoryNeed,
  adapter: AdapterAnswer | null,
  half: boolean,
  file: string,
): Plan {
  const placements: Placement[] = [];
  let fallback = adapter?.missing ?? null;
  let halfFallback: Plan['halfFallback'] = null;
  if (adapter && !adapter.missing) {
    if (need.largestTensor > adapter.largestTensor) {
      const detail = `its largest tensor takes ${megabytes(need.largestTensor)}, the GPU ${megabytes(adapter.largestTensor)}`;
      fallback = { reason: 'too-large', detail };
    } else {
      if (half && adapter.shaderF16) placements.push({ device: 'webgpu', precision: 'float16' });
      else if (half) halfFallback = { reason: 'no-shader-f16', detail: 'the adapter lacks shader-f16' };
      placements.push({ device: 'webgpu', precision: 'float32' });
    }
  }
  const tooLarge = need.wasm > WASM_HEAP_BYTES ? tooLargeWords(need) : null;
  if (tooLarge === null) placements.push({ device: 'wasm', precision: 'float32' });
  const plan = { placements, fallback, halfFallback, tooLarge, file };
  if (placements.length === 0) throw nowhere(plan);
  return plan;
}

function tooLargeWords({ weights, activations, wasm }: MemoryNeed): string {
  const parts = `${megabytes(weights)} of weights and ${megabytes(activations)} of feature maps`;
  return `needs ${megabytes(wasm)} (${parts}), and WASM has ${megabytes(WASM_HEAP_BYTES)}`;
}

function nowhere({ tooLarge, fallback, file }: Omit<Plan, 'placements'>): BitError {
  const gpu = fallback ? `; no GPU serves: ${fallback.detail}` : '';
  return new BitError('memory', `${tooLarge}${gpu}`, { file });
}

/** Bytes in MB of 10^6, as file sizes are shown. */
function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6).toLocaleString('en-US')} MB`;
}

/** What trying a placement takes. */
export interface Trial<S> {
  build(placement: Placement): Promise<S>;
  /** Compares with WASM in float32. */
  check(session: S, precision: Precision): Promise<Verdict>;
  release(session: S): Promise<void>;
}

export interface Chosen<S> extends Pick<Plan, 'fallback' | 'halfFallback'> {
  readonly session: S;
  /** Null on WASM, which is the reference itself. */
  readonly selfCheck: number | null;
}

/**
 * The first placement that can be built and agrees with WASM, and why not the faster ones. What is wrong with the file,
 * the caller's cancelling and a failure of WASM end it. Throws 'memory' when none is left.
 */
export async function firstThatServes<S>(plan: Plan, trial: Trial<S>): Promise<Chosen<S>> {
  let { fallback, halfFallback } = plan;
  for (const placement of plan.placements) {
    const tried = await attempt(placement, trial);
    if ('session' in tried) return { ...tried, fallback, halfFallback };
    const { reason, detail } = tried;
    if (placement.precision === 'float16') halfFallback = { reason, detail };
    else {
      fallback = { reason, detail };
      halfFallback = null; // of no interest once the GPU is out
    }
  }
  throw nowhere({ ...plan, fallback });
}

type Attempt<S> =
  | { readonly session: S; readonly selfCheck: number | null }
  | { readonly reason: 'session-failed' | 'self-check'; readonly detail: string };

async function attempt<S>(placement: Placement, trial: Trial<S>): Promise<Attempt<S>> {
  if (placement.device === 'wasm') return { session: await trial.build(placement), selfCheck: null };
  let session: S;
  let verdict: Verdict;
  try {
    session = await trial.build(placement);
  } catch (cause) {
    return failed(cause);
  }
  try {
    verdict = await trial.check(session, placement.precision);
  } catch (cause) {
    await trial.release(session);
    return failed(cause);
  }
  if (verdict.failure === null) return { session, selfCheck: verdict.error };
  await trial.release(session);
  return { reason: 'self-check', detail: verdict.failure };
}

/** Only what the device may be to blame for. */
function failed(cause: unknown): { reason: 'session-failed'; detail: string } {
  if (cause instanceof BitError && (cause.code === 'session' || cause.code === 'memory'))
    return { reason: 'session-failed', detail: cause.message };
  throw cause;
}
