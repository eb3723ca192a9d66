/** What was answered and scored, as files. */
import Papa from 'papaparse';
import { wilson } from '../../bit/evaluate/wilson.ts';
import {
  evaluationFields,
  evaluationSetOf,
  expectedCalibrationError,
  reliability,
  scoresOfSet,
} from '../../bit/index.ts';
import type { ModelInfo } from '../../engine/protocol.ts';
import { type Judged, outcomesIn } from './judge.ts';
import { rescored } from './rescore.ts';

export const EXPORTS = ['csv', 'json', 'scores', 'evaluation'] as const;
export type Export = (typeof EXPORTS)[number];

/** Where the answers came from. */
export interface Source {
  readonly set: string;
  /** The model's name, and the taught classes' where those answer. */
  readonly model: string;
  readonly taught: string | null;
  readonly info: ModelInfo | null;
  readonly labels: readonly string[];
  /** Per cent. */
  readonly line: number;
  readonly temperature: number;
  /** ISO 8601. */
  readonly date: string;
}

const GUESSES = 5;

function rowOf({ picture, answer, sure, truth, right }: Judged, labels: readonly string[]) {
  return {
    file: picture.path,
    truth: picture.truth,
    truth_class: truth === null ? null : (labels[truth] ?? null),
    right,
    sure: answer === null ? null : sure,
    none_of_these: picture.none,
    answers: (answer?.scores ?? []).map(({ index, label, score }) => ({ index, label, score })),
    function_to_apply: answer?.functionToApply ?? null,
    width: answer?.width ?? null,
    height: answer?.height ?? null,
    device: answer?.device ?? null,
    ms: answer?.ms ?? null,
    error: picture.error === null ? null : { code: picture.error.code, message: picture.error.message },
  };
}

/** How a cell begins that a spreadsheet would compute; papaparse's own pattern lets those of two lines through. */
const COMPUTED = /^[=+\-@\t\r]/;
/** Spreadsheets take a file without it for one of the system's own code page, and garble Japanese names. */
const MARK = '\uFEFF';
const digits = (x: number): number => Number(x.toPrecision(7));

/** One line a picture. A cell that a spreadsheet would compute gets an apostrophe before it. */
export function rowsCsv(judged: readonly Judged[], { labels }: Source): string {
  const rows = judged.map((one) => {
    const { answers, ms, error, ...row } = rowOf(one, labels);
    const guesses = Array.from({ length: GUESSES }, (_, i) => {
      const guess = answers[i];
      return [
        [`answer_${i + 1}`, guess?.label ?? ''],
        [`score_${i + 1}`, guess ? digits(guess.score) : ''],
      ] as const;
    }).flat();
    return {
      ...row,
      ...Object.fromEntries(guesses),
      ms: ms === null ? '' : Number(ms.total.toFixed(1)),
      error: error?.message ?? '',
    };
  });
  return `${MARK}${Papa.unparse(rows, { escapeFormulae: COMPUTED })}\r\n`;
}

function about({ set, model, taught, info, labels, line, temperature, date }: Source) {
  return {
    set,
    model,
    taught,
    classes: labels.length,
    device: info?.device.device ?? null,
    precision: info?.device.precision ?? null,
    processor: info?.processor ?? null,
    not_sure_below_percent: line,
    temperature,
    date,
  };
}

const pretty = (value: unknown): string => `${JSON.stringify(value, null, 1)}\n`;

export function rowsJson(judged: readonly Judged[], source: Source): string {
  return pretty({ ...about(source), pictures: judged.map((one) => rowOf(one, source.labels)) });
}

function rate(right: number, n: number) {
  const [low, high] = wilson(right, n);
  return { right, n, rate: n === 0 ? null : right / n, wilson95: [low, high] };
}

export function scoresJson(judged: readonly Judged[], source: Source): string {
  const { labels } = source;
  const outcomes = outcomesIn(judged);
  const scores = scoresOfSet(outcomes, GUESSES);
  const rows = reliability(outcomes);
  const sure = judged.filter((one) => one.sure && one.right !== null);
  const confusion = new Map<string, number>();
  for (const { truth, answer } of outcomes)
    confusion.set(`${truth} ${answer}`, (confusion.get(`${truth} ${answer}`) ?? 0) + 1);
  const named = (index: number): string => labels[index] ?? String(index);
  return pretty({
    ...about(source),
    top1: rate(scores.right, scores.n),
    top5: rate(scores.inTopK, scores.n),
    mean_over_classes: { recall: scores.balancedAccuracy, half_width_95: scores.balancedHalfWidth },
    right_when_it_answers: rate(sure.filter(({ right }) => right).length, sure.length),
    answers: rate(sure.length, scores.n),
    ece15: expectedCalibrationError(rows),
    reliability: rows,
    per_class: [...scores.perClass].map(([index, one]) => ({ index, label: named(index), ...one })),
    confusion: [...confusion].map(([cell, n]) => {
      const [truth = 0, answer = 0] = cell.split(' ').map(Number);
      return { truth: named(truth), answer: named(answer), truth_index: truth, answer_index: answer, n };
    }),
    not_scored: judged.length - outcomes.length,
  });
}

/** evaluation.json as it lies beside a checkpoint: of the model's own probabilities, whatever correction is in use here. */
export function evaluationJson(judged: readonly Judged[], { set, labels, temperature }: Source): string {
  const own = temperature === 1 ? judged : judged.map((one) => uncorrected(one, labels));
  return pretty(evaluationFields([evaluationSetOf(set, outcomesIn(own))]));
}

function uncorrected(one: Judged, labels: readonly string[]): Judged {
  if (one.answer === null) return one;
  const answer = rescored(one.answer, labels, 1);
  return { ...one, answer, best: answer.scores[0] ?? null };
}

export function exported(what: Export, judged: readonly Judged[], source: Source): Blob {
  switch (what) {
    case 'csv':
      return new Blob([rowsCsv(judged, source)], { type: 'text/csv' });
    case 'json':
      return new Blob([rowsJson(judged, source)], { type: 'application/json' });
    case 'scores':
      return new Blob([scoresJson(judged, source)], { type: 'application/json' });
    case 'evaluation':
      return new Blob([evaluationJson(judged, source)], { type: 'application/json' });
  }
}

/** 'harbour-fair rows.csv'; evaluation.json has to be called so. */
export function exportName(what: Export, set: string): string {
  if (what === 'evaluation') return 'evaluation.json';
  const name = set.replace(/[\\/:*?"<>|]/g, ' ').trim() || 'pictures';
  return { csv: `${name} rows.csv`, json: `${name} rows.json`, scores: `${name} scores.json` }[what];
}
