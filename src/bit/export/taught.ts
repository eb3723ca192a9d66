/** A taught classifier without its backbone: all that it needs to answer elsewhere as it does here. */
import * as v from 'valibot';
import { BitError } from '../errors.ts';
import { type EvaluationSet, evaluationFields, parseEvaluation } from '../evaluation.ts';
import type { Head } from '../head.ts';
import { type ProcessorConfig, parseProcessorConfig, processorFields } from '../image/processor-config.ts';

/** Which backbone a head was taught on: a head is right on no other. */
export interface BackboneName {
  /** For people: a Hub repository, a file's name, or 'built-in'. */
  readonly name: string;
  /** SHA-256 of the backbone's weights file, hexadecimal; of shards, of their hashes. */
  readonly sha256: string;
}

export interface TaughtHead {
  /** For people; a project's name. */
  readonly name: string;
  readonly head: Head;
  readonly backbone: BackboneName;
  /** How pictures are prepared for the backbone: its features depend on that. */
  readonly processor: ProcessorConfig;
  /** Held-out scores; empty where it was not tested. */
  readonly evaluation: readonly EvaluationSet[];
}

const label = v.pipe(v.string(), v.maxLength(512));
const schema = v.object({
  name: v.pipe(v.string(), v.maxLength(512)),
  labels: v.pipe(v.array(label), v.minLength(1), v.maxLength(100_000)),
  backbone: v.object({
    name: v.pipe(v.string(), v.maxLength(512)),
    sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  }),
  preprocessor_config: v.unknown(),
  evaluation: v.optional(v.unknown(), {}),
});

/** Everything but the numbers, as plain JSON. */
export function taughtFields(taught: TaughtHead): Record<string, unknown> {
  const { name, head, backbone, processor, evaluation } = taught;
  return {
    name,
    labels: head.labels,
    backbone: { name: backbone.name, sha256: backbone.sha256 },
    preprocessor_config: processorFields(processor),
    evaluation: evaluationFields(evaluation),
  };
}

/**
 * The taught classifier of those fields and its numbers. Throws 'config-field' for fields that are wrong, and
 * 'checkpoint-tensor' for numbers that do not fit the labels or are none.
 */
export function parseTaught(
  fields: unknown,
  { weight, bias }: Omit<Head, 'labels'>,
  file: string,
): TaughtHead {
  const parsed = v.safeParse(schema, fields, { abortEarly: true });
  if (!parsed.success) {
    const where = v.getDotPath(parsed.issues[0]) ?? 'description';
    throw new BitError('config-field', `its ${where} is not that of a taught classifier`, { file });
  }
  const { name, labels, backbone, preprocessor_config, evaluation } = parsed.output;
  const width = weight.length / labels.length;
  if (bias.length !== labels.length || width < 1 || !Number.isInteger(width))
    throw new BitError('checkpoint-tensor', `its numbers do not fit its ${labels.length} labels`, { file });
  if (![weight, bias].every((numbers) => numbers.every(Number.isFinite)))
    throw new BitError('checkpoint-tensor', 'its numbers are not all finite', { file });
  return {
    name,
    head: { labels, weight, bias },
    backbone,
    processor: parseProcessorConfig(preprocessor_config, file),
    evaluation: parseEvaluation(evaluation, file),
  };
}
