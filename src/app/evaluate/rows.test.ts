import { describe, expect, it } from 'vitest';
import { COLUMNS, type Column, FILTERS, type Filter } from './evaluate.ts';
import { answered, failed, judged, waiting } from './fakeSet.ts';
import type { Judged } from './judge.ts';
import { arranged } from './rows.ts';

/** One row of each kind; the line is at 50. */
const rows = judged([
  answered('a/2.jpg', 'crane', { crane: 0.9, jay: 0.05 }, { ms: 30 }), // right
  answered('a/10.jpg', 'jay', { kite: 0.7, jay: 0.2 }, { ms: 4 }), // wrong
  answered('a/1.jpg', 'kite', { kite: 0.4, yawl: 0.3 }, { ms: 12 }), // not sure, would be right
  answered('a/3.jpg', 'owl', { snail: 0.3, owl: 0.2 }, { ms: 8 }), // not sure, would be wrong
  answered('a/4.jpg', 'yawl', { yawl: 0.95, pier: 0.01 }, { none: true, ms: 9 }), // none of these, would be right
  answered('a/5.jpg', null, { pier: 0.8 }, { ms: 7 }), // nobody knows
  answered('a/6.jpg', 'nothing', { owl: 0.6, crane: 0.1 }, { ms: 6 }), // a name of no class
  failed('a/7.jpg', 'jay'),
  waiting('a/8.jpg', 'kite'),
  { ...waiting('a/9.jpg'), state: 'looking' as const },
]);
const files = (list: readonly Judged[]) => list.map(({ picture }) => picture.path.slice(2, -4)).join(' ');
const filtered = (filter: Filter, find = '') => files(arranged(rows, null, filter, find));
const ordered = (column: Column, down: boolean) => files(arranged(rows, { column, down }, 'all', ''));

describe('the filter', () => {
  const wanted: Record<Filter, string> = {
    all: '2 10 1 3 4 5 6 7 8 9',
    right: '2 1 4',
    wrong: '10 3',
    unsure: '1 3 4',
    failed: '7',
    unanswered: '8 9',
  };
  it.each(FILTERS)('%s shows those rows and no others, as they came', (filter) =>
    expect(filtered(filter)).toBe(wanted[filter]),
  );
});

describe('the text to find', () => {
  it('is looked for in the path, the best answer and what the folder says', () => {
    expect(filtered('all', '10.jpg')).toBe('10');
    expect(filtered('all', 'snail')).toBe('3');
    expect(filtered('all', 'nothing')).toBe('6');
    expect(filtered('all', 'kite')).toBe('10 1 8'); // answer; both; folder only
  });

  it('is taken in any case, without the spaces around it', () => {
    expect(filtered('all', '  A/2.JPG ')).toBe('2');
    expect(filtered('all', '   ')).toBe(filtered('all'));
  });

  it('is not looked for in the next answer, and finds nothing where nothing holds it', () => {
    expect(filtered('all', 'pier')).toBe('5');
    expect(filtered('all', 'zebra')).toBe('');
  });

  it('narrows what the filter leaves', () => expect(filtered('wrong', 'kite')).toBe('10'));
});

describe('the order', () => {
  it('is that of the pictures where none is chosen', () => expect(filtered('all')).toBe(files(rows)));

  /** Up and down; rows without a value last both ways, as they came. */
  const wanted: Record<Column, readonly [up: string, down: string]> = {
    file: ['1 2 3 4 5 6 7 8 9 10', '10 9 8 7 6 5 4 3 2 1'],
    answer: ['2 10 1 6 5 3 4 7 8 9', '4 3 5 6 10 1 2 7 8 9'],
    sure: ['3 1 6 10 5 2 4 7 8 9', '4 2 5 10 6 1 3 7 8 9'],
    next: ['6 2 10 3 4 1 5 7 8 9', '1 4 3 2 10 6 5 7 8 9'],
    truth: ['2 10 7 1 8 6 3 4 5 9', '4 3 6 1 8 10 7 2 5 9'],
    right: ['2 1 4 3 10 5 6 7 8 9', '10 3 1 4 2 5 6 7 8 9'],
    ms: ['10 6 5 3 4 1 2 7 8 9', '2 1 4 3 5 6 10 7 8 9'],
  };
  it.each(COLUMNS)('by %s is right both ways, with rows without a value last', (column) => {
    expect(ordered(column, false)).toBe(wanted[column][0]);
    expect(ordered(column, true)).toBe(wanted[column][1]);
  });

  it('leaves rows alike as they came, both ways', () => {
    const alike = judged(
      ['c', 'a', 'd', 'b'].map((name) => answered(`x/${name}.jpg`, 'owl', { owl: 0.5, jay: 0.1 })),
    );
    for (const column of COLUMNS.filter((one) => one !== 'file'))
      for (const down of [false, true])
        expect(files(arranged(alike, { column, down }, 'all', '')), column).toBe('c a d b');
  });

  it('leaves the list that it was given alone', () => {
    const before = files(rows);
    arranged(rows, { column: 'file', down: true }, 'all', '');
    expect(files(rows)).toBe(before);
  });
});
