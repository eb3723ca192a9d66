/** evaluation.json: what a classifier got right on sets that it was tested on. */
import * as v from 'valibot';
import { BitError } from './errors.ts';

/** One tested set: counts, and per tenth of confidence [answers, right answers]. */
export interface EvaluationSet {
  readonly name: string;
  readonly n: number;
  readonly top1: number;
  readonly top5: number;
  readonly ece15: number;
  readonly byConfidenceTenth: readonly (readonly [answers: number, right: number])[];
}

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const rate = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const schema = v.record(
  v.pipe(v.string(), v.maxLength(64)),
  v.object({
    n: count,
    top1: rate,
    top5: rate,
    ece15: rate,
    by_confidence_tenth: v.pipe(v.array(v.tuple([count, count])), v.length(10)),
  }),
);

/**
 * Parses evaluation.json: per tested set its size, top-1, top-5, 15-bin ECE and answers per tenth of confidence.
 * Throws 'config-field'.
 */
export function parseEvaluation(json: unknown, file: string): EvaluationSet[] {
  const parsed = v.safeParse(schema, json);
  if (!parsed.success) {
    const issue = parsed.issues[0];
    throw new BitError('config-field', `${v.getDotPath(issue) ?? 'the file'}: ${issue.message}`, { file });
  }
  return Object.entries(parsed.output).map(([name, set]) => ({
    name,
    n: set.n,
    top1: set.top1,
    top5: set.top5,
    ece15: set.ece15,
    byConfidenceTenth: set.by_confidence_tenth,
  }));
}

/** The fields of evaluation.json that parse to these sets; a set's name is cut to what is read. */
export function evaluationFields(sets: readonly EvaluationSet[]): Record<string, unknown> {
  return Object.fromEntries(
    sets.map(({ name, n, top1, top5, ece15, byConfidenceTenth }) => [
      [...name].slice(0, 30).join(''),
      { n, top1, top5, ece15, by_confidence_tenth: byConfidenceTenth },
    ]),
  );
}
