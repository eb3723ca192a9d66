import Papa from 'papaparse';
import { describe, expect, it } from 'vitest';
import { parseEvaluation } from '../../bit/index.ts';
import { modelInfo } from '../fakeEngine.ts';
import { answered, failed, judged, LABELS, waiting } from './fakeSet.ts';
import {
  EXPORTS,
  evaluationJson,
  exported,
  exportName,
  rowsCsv,
  rowsJson,
  type Source,
  scoresJson,
} from './files.ts';
import { truthsBy } from './table.ts';

const source: Source = {
  set: 'harbour-fair',
  model: 'built-in',
  taught: null,
  info: modelInfo(''),
  labels: LABELS,
  line: 60,
  temperature: 1.25,
  date: '2026-05-04T03:02:01.000Z',
};
const at = (label: string): number => LABELS.indexOf(label);

describe('rows as CSV', () => {
  const names = [
    'a,b.png',
    'say "hi".png',
    'two\nlines.png',
    '灯台/日没、港.png',
    'fair/owl/=1+1.png',
    '=1+1.png',
    '=2+2\n.png',
    '-x.png',
    '+y.png',
    '@z.png',
    "it's.png",
  ];
  const truths = [
    'owl',
    'lighthouse, beacon',
    'the "owl"',
    '梟',
    '=owl',
    '-owl',
    'jay',
    'a\nb',
    '@',
    'kite',
    '+',
  ];
  const pictures = names.map((path, i) =>
    answered(path, truths[i] ?? null, { 'lighthouse, beacon': 0.123456789, owl: 0.1 }, { ms: 12.345 }),
  );
  const parse = (text: string) =>
    Papa.parse<Record<string, string>>(text, { header: true, skipEmptyLines: true });
  const uncomputed = (text: string): string => text.replace(/^'(?=[=+\-@])/, '');

  it('parse back to the same values, with whatever is in a name', () => {
    const { data, errors } = parse(rowsCsv(judged(pictures), source));
    expect(errors).toEqual([]);
    expect(data.map(({ file = '' }) => uncomputed(file))).toEqual(names);
    expect(data.map(({ truth = '' }) => uncomputed(truth))).toEqual(truths);
    expect(data[0]).toEqual({
      file: 'a,b.png',
      truth: 'owl',
      truth_class: 'owl',
      right: 'false',
      sure: 'false',
      none_of_these: 'false',
      answer_1: 'lighthouse, beacon',
      score_1: '0.1234568',
      answer_2: 'owl',
      score_2: '0.1',
      ...Object.fromEntries(
        [3, 4, 5].flatMap((i) => [[`answer_${i}`, ''] as const, [`score_${i}`, ''] as const]),
      ),
      function_to_apply: 'softmax',
      width: '80',
      height: '60',
      device: 'wasm',
      ms: '12.3',
      error: '',
    });
  });

  it('hold no text cell that a spreadsheet would compute', () => {
    const [header, ...rows] = Papa.parse<string[]>(rowsCsv(judged(pictures), source)).data;
    for (const row of rows)
      row.forEach((cell, i) => {
        if (Number.isNaN(Number(cell))) expect(cell, header?.[i]).not.toMatch(/^[=+\-@\t\r]/);
      });
    const files = rows.map((row) => row[0]);
    expect(files).toContain("'=1+1.png");
    expect(files).toContain("'=2+2\n.png");
    expect(files).toContain('fair/owl/=1+1.png');
  });

  it('are a table by which the same pictures get the same classes', () => {
    const blank = pictures.map(({ id, path, name }) => ({ id, path, name }));
    const read = truthsBy(rowsCsv(judged(pictures), source), blank);
    expect(read).toMatchObject({ lines: names.length, matched: names.length });
    expect(pictures.map(({ id }) => read.truths.get(id))).toEqual(truths);
  });

  it('say what is not known by empty cells, and why a file was not read', () => {
    const rows = parse(
      rowsCsv(
        judged([
          answered('a', null, { owl: 0.9 }),
          answered('b', 'gear', { owl: 0.9 }),
          waiting('c'),
          failed('d'),
        ]),
        source,
      ),
    ).data;
    expect(rows[0]).toMatchObject({ truth: '', truth_class: '', right: '', sure: 'true', answer_1: 'owl' });
    expect(rows[1]).toMatchObject({ truth: 'gear', truth_class: '', right: '', sure: 'true' });
    expect(rows[2]).toMatchObject({ sure: '', answer_1: '', score_1: '', device: '', ms: '', error: '' });
    expect(rows[3]).toMatchObject({ answer_1: '', error: 'd: no format' });
  });
});

describe('rows as JSON', () => {
  it('have every figure in full, and where they came from', () => {
    const [right, unread] = [
      answered('a', 'owl', { owl: 0.123456789, jay: 0.1 }, { ms: 12.345 }),
      failed('b'),
    ];
    expect(JSON.parse(rowsJson(judged([right, unread]), source))).toMatchObject({
      set: 'harbour-fair',
      model: 'built-in',
      taught: null,
      classes: LABELS.length,
      device: 'wasm',
      precision: 'float32',
      not_sure_below_percent: 60,
      temperature: 1.25,
      date: source.date,
      pictures: [
        {
          file: 'a',
          truth: 'owl',
          right: true,
          sure: false,
          answers: [
            { index: at('owl'), label: 'owl', score: 0.123456789 },
            { index: at('jay'), label: 'jay', score: 0.1 },
          ],
          ms: { total: 12.345 },
          error: null,
        },
        { file: 'b', answers: [], ms: null, error: { code: 'image-unreadable', message: 'b: no format' } },
      ],
    });
  });
});

/** Truth, answers, whether it counts as none; what is left out of scores comes last. */
const set = [
  answered('1', 'owl', { owl: 0.97 }),
  answered('2', 'owl', { owl: 0.62, jay: 0.2 }),
  answered('3', 'owl', { jay: 0.55, owl: 0.4 }), // second, below the line
  answered('4', 'owl', { snail: 0.88, jay: 0.05, kite: 0.03, pier: 0.01, yawl: 0.01 }), // not among five
  answered('5', 'jay', { jay: 0.59, owl: 0.3 }), // right, below the line
  answered('6', 'jay', { jay: 0.91 }, { none: true }), // right, none of these
  answered('7', 'jay', { owl: 0.7, crane: 0.1, kite: 0.05, pier: 0.04, jay: 0.03 }), // fifth
  answered('8', 'kite', { kite: 0.6 }), // on the line
  answered('9', 'gear', { kite: 0.9 }),
  answered('10', null, { kite: 0.9 }),
  waiting('11', 'owl'),
  failed('12', 'owl'),
];
const list = judged(set, source.line);
/** What the set comes to, counted by hand: truth, answer, score, among five, sure. */
const counted = [
  ['owl', 'owl', 0.97, true, true],
  ['owl', 'owl', 0.62, true, true],
  ['owl', 'jay', 0.55, true, false],
  ['owl', 'snail', 0.88, false, true],
  ['jay', 'jay', 0.59, true, false],
  ['jay', 'jay', 0.91, true, false],
  ['jay', 'owl', 0.7, true, true],
  ['kite', 'kite', 0.6, true, true],
] as const;
/** Both ends of Wilson's interval solve (rate - p)^2 = z^2 p (1 - p) / n for p. */
function interval(right: number, n: number): [number, number] {
  const z2 = 1.959963984540054 ** 2;
  const [a, b, c] = [n + z2, -(2 * right + z2), (right * right) / n];
  const root = Math.sqrt(b * b - 4 * a * c);
  return [(-b - root) / (2 * a), (-b + root) / (2 * a)];
}
/** The mean gap over 15 groups of equal width, a group with its upper end. */
function gap(): number {
  let sum = 0;
  for (let i = 0; i < 15; i++) {
    const group = counted.filter(([, , score]) => score > i / 15 && score <= (i + 1) / 15);
    const right = group.filter(([truth, answer]) => truth === answer).length;
    sum += Math.abs(right - group.reduce((total, [, , score]) => total + score, 0));
  }
  return sum / counted.length;
}
const rate = (right: number, n: number) => ({
  right,
  n,
  rate: right / n,
  wilson95: interval(right, n).map((x) => expect.closeTo(x, 10)),
});

describe('scores as JSON', () => {
  const scores = JSON.parse(scoresJson(list, source));

  it('have the rates with their intervals, over every picture with a class and an answer', () => {
    expect(scores.top1).toEqual(rate(5, 8));
    expect(scores.top5).toEqual(rate(7, 8));
    expect(scores.not_scored).toBe(4);
  });

  it('take the line into account where it answers, and nowhere else', () => {
    expect(scores.answers).toEqual(rate(5, 8));
    expect(scores.right_when_it_answers).toEqual(rate(3, 5));
    const strict = JSON.parse(scoresJson(judged(set, 95), source));
    expect(strict.answers).toMatchObject({ right: 1, n: 8 });
    expect(strict.right_when_it_answers).toMatchObject({ right: 1, n: 1, rate: 1 });
    for (const field of ['top1', 'top5', 'mean_over_classes', 'ece15', 'per_class', 'confusion'])
      expect(strict[field], field).toEqual(scores[field]);
    const silent = JSON.parse(scoresJson(judged(set, 100), source));
    expect(silent.right_when_it_answers).toEqual({ right: 0, n: 0, rate: null, wilson95: [0, 1] });
  });

  it('have the mean over the classes that pictures show, with its error', () => {
    const found = [
      [2, 4],
      [2, 3],
      [1, 1],
    ] as const;
    const half = found.map(([right, n]) => {
      const [low, high] = interval(right, n);
      return (high - low) / 2;
    });
    expect(scores.mean_over_classes.recall).toBeCloseTo((2 / 4 + 2 / 3 + 1) / 3, 12);
    expect(scores.mean_over_classes.half_width_95).toBeCloseTo(Math.hypot(...half) / 3, 10);
  });

  it('have the calibration error and the groups that it is made of', () => {
    expect(gap()).toBeGreaterThan(0.1);
    expect(scores.ece15).toBeCloseTo(gap(), 12);
    expect(scores.reliability).toHaveLength(15);
    // 0.6 is an upper end: 0.55, 0.59 and 0.6 are over 8/15 and at most 9/15
    expect(scores.reliability[8]).toMatchObject({ n: 3, right: 2, confidence: expect.closeTo(1.74 / 3, 12) });
  });

  it('have each class that is shown or answered, with its name', () => {
    const perClass = Object.fromEntries(
      scores.per_class.map(({ label, ...one }: { label: string }) => [label, one]),
    );
    expect(Object.keys(perClass)).toEqual(['jay', 'kite', 'owl', 'snail']);
    expect(perClass.owl).toEqual({
      index: at('owl'),
      support: 4,
      found: 2,
      named: 3,
      precision: 2 / 3,
      recall: 1 / 2,
      f1: expect.closeTo(4 / 7, 12),
    });
    expect(perClass.jay).toMatchObject({ support: 3, found: 2, named: 3 });
    expect(perClass.snail).toMatchObject({ support: 0, found: 0, named: 1, precision: 0, recall: 0, f1: 0 });
  });

  it('have the confusion by the best answers, names and indexes', () => {
    const cells = new Map<string, number>();
    for (const [truth, answer] of counted)
      cells.set(`${truth} ${answer}`, (cells.get(`${truth} ${answer}`) ?? 0) + 1);
    expect(scores.confusion).toHaveLength(cells.size);
    for (const cell of scores.confusion) {
      expect(cell.n, `${cell.truth} ${cell.answer}`).toBe(cells.get(`${cell.truth} ${cell.answer}`));
      expect([LABELS[cell.truth_index], LABELS[cell.answer_index]]).toEqual([cell.truth, cell.answer]);
    }
  });

  it('say nothing false of nothing', () => {
    const none = JSON.parse(scoresJson(judged([waiting('a', 'owl')]), source));
    expect(none.top1).toEqual({ right: 0, n: 0, rate: null, wilson95: [0, 1] });
    expect(none).toMatchObject({ per_class: [], confusion: [], not_scored: 1, ece15: 0 });
  });
});

describe('evaluation.json', () => {
  it('is read as what was scored', () => {
    const tenths = Array.from({ length: 10 }, () => [0, 0]);
    for (const [truth, answer, score] of counted) {
      const tenth = tenths[Math.floor(score * 10)];
      if (tenth) tenth.splice(0, 2, (tenth[0] ?? 0) + 1, (tenth[1] ?? 0) + (truth === answer ? 1 : 0));
    }
    expect(parseEvaluation(JSON.parse(evaluationJson(list, source)), 'evaluation.json')).toEqual([
      {
        name: 'harbour-fair',
        n: 8,
        top1: 5 / 8,
        top5: 7 / 8,
        ece15: expect.closeTo(gap(), 12),
        byConfidenceTenth: tenths,
      },
    ]);
  });

  it('is readable whatever the set is called', () => {
    for (const set of ['', '港'.repeat(80), '🐦'.repeat(80)]) {
      const [read] = parseEvaluation(JSON.parse(evaluationJson(list, { ...source, set })), 'evaluation.json');
      expect(read?.n).toBe(8);
      expect(set.startsWith(read?.name ?? 'none')).toBe(true);
    }
  });
});

describe('the file', () => {
  it('is of the kind that was chosen', async () => {
    const texts = {
      csv: rowsCsv(list, source),
      json: rowsJson(list, source),
      scores: scoresJson(list, source),
      evaluation: evaluationJson(list, source),
    };
    for (const what of EXPORTS) {
      const blob = exported(what, list, source);
      expect(await blob.text(), what).toBe(texts[what].replace(/^\uFEFF/, '')); // reading drops the mark
      const [first] = new Uint8Array(await blob.arrayBuffer());
      expect(first).toBe(what === 'csv' ? 0xef : '{'.charCodeAt(0));
      expect(blob.type).toBe(what === 'csv' ? 'text/csv' : 'application/json');
    }
  });

  it('is called by the set, without what file systems refuse', () => {
    expect(exportName('csv', 'harbour-fair')).toBe('harbour-fair rows.csv');
    expect(exportName('json', '港 2026')).toBe('港 2026 rows.json');
    expect(exportName('scores', 'a/b\\c:d*e?f"g<h>i|j')).toBe('a b c d e f g h i j scores.json');
    expect(exportName('csv', '')).toBe('pictures rows.csv');
    expect(exportName('csv', ' ?/ ')).toBe('pictures rows.csv');
    for (const set of ['', 'coast', 'a/b']) expect(exportName('evaluation', set)).toBe('evaluation.json');
  });
});
