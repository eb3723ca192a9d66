/** The sample pictures of the page and the answers stored with them, so that the first paint needs no runtime. */
import { BitError } from '../../bit/errors.ts';
import type { Classification, EvaluationSet } from '../../engine/protocol.ts';

/** A drawing in public/samples. `shows` describes the drawing (for its alt text); it is no class name. */
export interface Sample {
  readonly file: string;
  readonly shows: { readonly en: string; readonly ja: string };
}

export const SAMPLES: readonly Sample[] = [
  { file: 'lighthouse.png', shows: { en: 'a striped lighthouse on dark rocks', ja: '岩の上の縞模様の灯台' } },
  { file: 'ladybug.png', shows: { en: 'a red ladybug on a leaf', ja: '葉の上の赤いてんとう虫' } },
  { file: 'bus.png', shows: { en: 'a yellow school bus', ja: '黄色いスクールバス' } },
  // one that the embedded model is not sure of, on purpose
  { file: 'snail.png', shows: { en: 'a snail on sand', ja: '砂の上のかたつむり' } },
];

/**
 * public/samples/answers.json: what the embedded model answers for the samples, produced by a program from the
 * model's own files. The hashes let a test refuse answers that belong to another model.
 */
export interface StoredAnswers {
  /** SHA-256 of model.safetensors, lower-case hex. */
  readonly model: string;
  /** SHA-256 of config.json, lower-case hex. */
  readonly config: string;
  /** How many classes the model has. */
  readonly classes: number;
  /** The sets of the model's own evaluation.json. */
  readonly evaluation: readonly EvaluationSet[];
  /** One entry a sample; `classification.scores` holds the top 5. */
  readonly samples: readonly { readonly file: string; readonly classification: Classification }[];
}

/** Reads the stored answers; null when this build has none (then the samples wait for the live run). */
export async function readStoredAnswers(base: string): Promise<StoredAnswers | null> {
  const response = await fetch(`${base}samples/answers.json`);
  if (!response.ok || !(response.headers.get('content-type') ?? '').includes('json')) return null;
  const stored = (await response.json()) as StoredAnswers;
  const samples = stored.samples.map(({ file, classification }) => ({
    file,
    classification: typed(classification),
  }));
  return { ...stored, samples };
}

/** JSON has no typed arrays; features and logits are not stored. */
function typed({ maps, ...answer }: Classification): Classification {
  const read = maps && { ...maps, data: Float32Array.from(maps.data) };
  return { ...answer, features: new Float32Array(), maps: read, logits: null };
}

/** The bytes of a sample. Throws BitError 'network'. */
export async function fetchSample(url: string, signal: AbortSignal): Promise<Blob> {
  const response = await fetch(url, { signal });
  if (!response.ok) throw new BitError('network', `the host answered ${response.status}`, { file: url });
  return response.blob();
}

/** Largest difference of the top score between two runs that still counts as the same answer. */
const SAME_SCORE = 0.01;

/** True when two runs name the same class with the same confidence. */
export function sameAnswer(a: Classification, b: Classification): boolean {
  const [first, second] = [a.scores[0], b.scores[0]];
  if (first === undefined || second === undefined) return false;
  return first.index === second.index && Math.abs(first.score - second.score) <= SAME_SCORE;
}
