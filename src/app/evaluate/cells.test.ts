import { describe, expect, it } from 'vitest';
import { cellsOf, inCell, largestMixUp, matrixOf, mixUpsOf, worstClasses } from './cells.ts';
import { answered, failed, judged, LABELS, type Said, waiting } from './fakeSet.ts';
import type { Judged } from './judge.ts';

const at = (label: string): number => LABELS.indexOf(label);
let number = 0;
/** So many pictures of a class that were answered alike. */
const some = (n: number, truth: string, said: Said, more = {}) =>
  Array.from({ length: n }, () => answered(`x/${number++}.jpg`, truth, said, more));
const cellSizes = (list: readonly Judged[]): string[] =>
  [...cellsOf(list).rows].flatMap(([truth, row]) =>
    [...row].map(
      ([answer, { length }]) =>
        `${LABELS[truth]} > ${typeof answer === 'number' ? LABELS[answer] : answer}: ${length}`,
    ),
  );

const set = judged([
  ...some(4, 'owl', { owl: 0.9 }),
  ...some(2, 'owl', { jay: 0.8 }),
  ...some(3, 'owl', { snail: 0.7 }), // no folder is called snail
  ...some(1, 'owl', { pier: 0.7 }), // nor pier
  ...some(2, 'owl', { owl: 0.3 }), // below the line
  ...some(1, 'owl', { owl: 0.99 }, { none: true }),
  ...some(5, 'jay', { jay: 0.6 }),
  ...some(2, 'jay', { crane: 0.6 }),
  ...some(1, 'crane', { crane: 0.6 }),
  waiting('w.jpg', 'jay'),
  failed('f.jpg', 'jay'),
  answered('u.jpg', null, { jay: 0.9 }),
  answered('v.jpg', 'no class', { jay: 0.9 }),
]);

describe('the confusion of a set', () => {
  it('counts answers by class, those of no folder as other, and those that do not count as unsure', () => {
    expect(cellSizes(set).sort()).toEqual([
      'crane > crane: 1',
      'jay > crane: 2',
      'jay > jay: 5',
      'owl > jay: 2',
      'owl > other: 4',
      'owl > owl: 4',
      'owl > unsure: 3',
    ]);
  });

  it('totals every answered picture of a class, and no other', () => {
    const { totals } = cellsOf(set);
    expect([...totals].sort(([a], [b]) => a - b)).toEqual([
      [at('crane'), 1],
      [at('jay'), 7],
      [at('owl'), 13],
    ]);
    for (const [truth, row] of cellsOf(set).rows)
      expect([...row.values()].reduce((sum, { length }) => sum + length, 0)).toBe(totals.get(truth));
  });

  it('has the classes in the order of the folders’ names, numbers as numbers', () => {
    const { classes } = cellsOf(
      judged([
        answered('a', '10_jay', { jay: 1 }),
        answered('b', '9_owl', { jay: 1 }),
        waiting('c', '2_kite'),
      ]),
    );
    expect(classes.map((index) => LABELS[index])).toEqual(['kite', 'owl', 'jay']);
  });

  it('is one row for folders that mean one class', () => {
    const { classes, totals } = cellsOf(
      judged([answered('a', 'lighthouse', { owl: 1 }), answered('b', 'beacon', { owl: 1 })]),
    );
    expect(classes).toEqual([at('lighthouse, beacon')]);
    expect(totals.get(at('lighthouse, beacon'))).toBe(2);
  });

  it('keeps a class whose pictures are all unanswered, with nothing in its row', () => {
    const cells = cellsOf(judged([waiting('a', 'owl'), answered('b', 'jay', { owl: 0.9 })]));
    expect(cells.classes).toContain(at('owl'));
    expect(cells.totals.has(at('owl'))).toBe(false);
    // it is a folder's class all the same, so an answer of it is not 'other'
    expect(inCell(cells, { truth: at('jay'), answer: at('owl') })).toHaveLength(1);
  });

  it('gives the pictures of a cell, none of one that is empty or of a class that is not there', () => {
    const cells = cellsOf(set);
    expect(inCell(cells, { truth: at('owl'), answer: 'unsure' }).map(({ best }) => best?.score)).toEqual([
      0.3, 0.3, 0.99,
    ]);
    expect(inCell(cells, { truth: at('crane'), answer: 'other' })).toEqual([]);
    expect(inCell(cells, { truth: at('pier'), answer: at('pier') })).toEqual([]);
  });

  it('moves answers to unsure as the line rises', () => {
    const pictures = [...some(2, 'owl', { owl: 0.9 }), ...some(1, 'owl', { owl: 0.7 })];
    const unsure = (line: number) =>
      inCell(cellsOf(judged(pictures, line)), { truth: at('owl'), answer: 'unsure' }).length;
    expect([0, 70, 71, 100].map(unsure)).toEqual([0, 0, 1, 3]);
  });
});

describe('mix-ups', () => {
  it('are the wrong, sure answers, the most frequent first, each class that no folder is named by for itself', () => {
    const found = mixUpsOf(cellsOf(set)).map(({ truth, answer, pictures }) => [
      LABELS[truth],
      LABELS[answer],
      pictures.length,
    ]);
    expect(found).toEqual([
      ['owl', 'snail', 3],
      ['jay', 'crane', 2],
      ['owl', 'jay', 2],
      ['owl', 'pier', 1],
    ]);
  });

  it('hold the very pictures that were mixed up', () => {
    const [first] = mixUpsOf(cellsOf(set));
    expect(
      first?.pictures.every(({ best, picture }) => best?.label === 'snail' && picture.truth === 'owl'),
    ).toBe(true);
  });

  it('are none where all is right or unsure', () => {
    const pictures = [...some(2, 'owl', { owl: 0.9 }), ...some(2, 'owl', { jay: 0.1 })];
    expect(mixUpsOf(cellsOf(judged(pictures)))).toEqual([]);
  });
});

describe('the cell that is shown first', () => {
  it('is the most frequent mix-up, also with a class that no folder is named by', () =>
    expect(largestMixUp(cellsOf(set))).toEqual({ truth: at('owl'), answer: at('snail') }));

  it('is what it was most often not sure of where nothing is mixed up', () => {
    const pictures = [...some(9, 'owl', { owl: 0.2 }), ...some(10, 'jay', { jay: 0.9 })];
    expect(largestMixUp(cellsOf(judged(pictures)))).toEqual({ truth: at('owl'), answer: 'unsure' });
  });

  it('is what it found most of where all is right', () => {
    const pictures = [
      waiting('w', 'crane'),
      ...some(1, 'owl', { owl: 0.9 }),
      ...some(2, 'jay', { jay: 0.9 }),
    ];
    expect(largestMixUp(cellsOf(judged(pictures)))).toEqual({ truth: at('jay'), answer: at('jay') });
  });

  it('is none where nothing is answered', () => {
    expect(largestMixUp(cellsOf(judged([waiting('w', 'owl')])))).toBeNull();
    expect(largestMixUp(cellsOf([]))).toBeNull();
  });
});

describe('the matrix', () => {
  it('counts every answered picture of its rows once, whatever has a column', () => {
    const cells = cellsOf(set);
    for (const most of [1, 2, 30]) {
      const { classes, columns, at: cell, some: left } = matrixOf(cells, most);
      expect(left).toBe(cells.classes.length > most);
      for (const truth of classes) {
        const all = columns.flatMap((answer) => cell(truth, answer));
        expect(new Set(all).size).toBe(all.length);
        expect(all).toHaveLength(cells.totals.get(truth) ?? 0);
      }
    }
  });

  it('has no column for other answers where there are none', () => {
    const cells = cellsOf(judged(some(2, 'owl', { owl: 0.9 })));
    expect(matrixOf(cells, 30).columns).toEqual([at('owl'), 'unsure']);
  });

  it('gives the pictures of a class without a column too', () =>
    expect(inCell(cellsOf(set), { truth: at('owl'), answer: at('snail') })).toHaveLength(3));
});

describe('the classes with the most mistakes', () => {
  it('are all of them while there are no more than that', () => {
    const cells = cellsOf(set);
    expect(worstClasses(cells, 3)).toBe(cells.classes);
  });

  it('are no more than asked, in the order of all, with unsure answers counted as mistakes', () => {
    const cells = cellsOf(
      judged([
        ...some(9, 'crane', { crane: 0.9 }), // none
        ...some(1, 'jay', { owl: 0.9 }), // 1
        ...some(3, 'kite', { kite: 0.1 }), // 3, all of them unsure
        ...some(2, 'owl', { snail: 0.9 }), // 2
      ]),
    );
    const names = (most: number) => worstClasses(cells, most).map((index) => LABELS[index]);
    expect(names(1)).toEqual(['kite']);
    expect(names(2)).toEqual(['kite', 'owl']);
    expect(names(3)).toEqual(['jay', 'kite', 'owl']);
  });
});
