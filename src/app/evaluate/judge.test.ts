import { describe, expect, it } from 'vitest';
import type { LabelList } from '../../bit/index.ts';
import { classification } from '../fakeEngine.ts';
import { answered, failed, judged, LABELS, NAMING, waiting } from './fakeSet.ts';
import { classOf, judge, matcherOf, outcomesIn, unmatched } from './judge.ts';

const at = (label: string): number => LABELS.indexOf(label);
const BEACON = at('lighthouse, beacon');

describe('the class that a folder’s name means', () => {
  const meant = { jay: 'owl', odd: 'kite', left: null, crane: null, kite: 'gone' };
  const lists: LabelList[] = [{ ids: ['n02013706'], names: ['crane'] }];

  it('is what a person said, before what the labels say', () => {
    expect(classOf('jay', LABELS, { meant, lists: [] })).toBe(at('owl'));
    expect(classOf('odd', LABELS, { meant, lists: [] })).toBe(at('kite'));
  });

  it('is none where a person left the folder out, be it called like a class', () => {
    expect(classOf('left', LABELS, { meant, lists: [] })).toBeNull();
    expect(classOf('crane', LABELS, { meant, lists: [] })).toBeNull();
    expect(classOf('crane', LABELS, NAMING)).toBe(at('crane'));
  });

  it('is the labels’ own where the class that was said is none of this model', () =>
    expect(classOf('kite', LABELS, { meant, lists: [] })).toBe(at('kite')));

  it('is a label’s, a synonym’s, or by a list that knows the id', () => {
    expect(classOf('Beacon', LABELS, NAMING)).toBe(BEACON);
    expect(classOf('n02013706', LABELS, NAMING)).toBeNull();
    expect(classOf('n02013706', LABELS, { meant: {}, lists })).toBe(at('crane'));
    expect(classOf('gear', LABELS, NAMING)).toBeNull();
  });

  it('is not taken from what every object has', () => {
    for (const name of ['constructor', 'toString', '__proto__'])
      expect(classOf(name, LABELS, { meant, lists: [] }), name).toBeNull();
  });
});

describe('the matcher of names', () => {
  it('is built once for the same labels and lists, and anew for others', () => {
    const none: LabelList[] = [];
    const first = matcherOf(LABELS, none);
    expect(matcherOf(LABELS, none)).toBe(first);
    expect(matcherOf([...LABELS], none)).not.toBe(first);
    expect(matcherOf(LABELS, none)).toBe(first);
    const withLists = matcherOf(LABELS, [{ ids: [], names: [] }]);
    expect(withLists).not.toBe(first);
  });
});

describe('what an answer is worth', () => {
  it('is right or wrong by the best class, sure or not by the line, which counts itself', () => {
    const pictures = [
      answered('a', 'owl', { owl: 0.7, jay: 0.2 }),
      answered('b', 'jay', { owl: 0.7, jay: 0.2 }),
    ];
    const worth = (line: number) => judged(pictures, line).map(({ right, sure }) => [right, sure]);
    expect(worth(70)).toEqual([
      [true, true],
      [false, true],
    ]);
    expect(worth(71)).toEqual([
      [true, false],
      [false, false],
    ]);
    expect(judged(pictures)[0]).toMatchObject({
      truth: at('owl'),
      best: { label: 'owl' },
      next: { label: 'jay', score: 0.2 },
    });
  });

  it('is never sure for a picture unlike all that was taught', () =>
    expect(judged([answered('a', 'owl', { owl: 1 }, { none: true })], 0)[0]).toMatchObject({
      sure: false,
      right: true,
    }));

  it('is always sure for raw outputs, which no line fits, but for none of these', () => {
    const raw = { ...classification, functionToApply: 'none' as const };
    const scores = [{ index: at('owl'), label: 'owl', score: -3 }];
    const picture = answered('a', 'owl', {}, { answer: { ...raw, scores } });
    expect(judged([picture], 100)[0]).toMatchObject({ sure: true, right: true });
    expect(judged([{ ...picture, none: true }], 100)[0]).toMatchObject({ sure: false });
  });

  it('is nothing before there is an answer, after a failure, and of an answer without classes', () => {
    const stale = answered('d', 'owl', { owl: 0.9 }, { state: 'waiting' });
    const pictures = [waiting('a', 'owl'), failed('b', 'owl'), answered('c', 'owl', {}), stale];
    for (const one of judged(pictures))
      expect(one).toMatchObject({ best: null, next: null, sure: false, right: null, truth: at('owl') });
  });

  it('is neither right nor wrong where nobody knows the class, or no class is called so', () => {
    for (const truth of [null, 'gear'])
      expect(judged([answered('a', truth, { owl: 0.9 })])[0]).toMatchObject({
        truth: null,
        right: null,
        sure: true,
      });
  });

  it('knows no class before a model’s labels are known', () =>
    expect(judge([answered('a', 'LABEL_0', { owl: 1 })], [], 50, NAMING)[0]?.truth).toBeNull());
});

describe('the outcomes that scores are made of', () => {
  const pictures = [
    answered('a', 'owl', { owl: 0.6, jay: 0.3 }),
    answered('b', 'jay', { owl: 0.4, crane: 0.3, jay: 0.1 }),
    answered('c', 'pier', { owl: 0.6, jay: 0.3 }),
    answered('d', null, { owl: 0.6 }),
    answered('e', 'gear', { owl: 0.6 }),
    waiting('f', 'owl'),
    failed('g', 'owl'),
  ];

  it('are of pictures with a class and an answer, the unsure too', () =>
    expect(outcomesIn(judged(pictures, 50)).map(({ truth }) => LABELS[truth])).toEqual([
      'owl',
      'jay',
      'pier',
    ]));

  it('rank the class among the answers; further down than they go is unknown', () => {
    expect(outcomesIn(judged(pictures))).toEqual([
      { truth: at('owl'), answer: at('owl'), score: 0.6, rank: 0 },
      { truth: at('jay'), answer: at('owl'), score: 0.4, rank: 2 },
      { truth: at('pier'), answer: at('owl'), score: 0.6, rank: Number.POSITIVE_INFINITY },
    ]);
  });
});

describe('names that no class is called by', () => {
  it('are counted with their pictures, answered or not, the most common first', () => {
    const pictures = [
      answered('a', 'gear', { owl: 0.6 }),
      waiting('b', 'junk'),
      failed('c', 'junk'),
      answered('d', 'owl', { owl: 0.6 }),
      answered('e', null, { owl: 0.6 }),
    ];
    expect(unmatched(judged(pictures))).toEqual([
      { name: 'junk', pictures: 2 },
      { name: 'gear', pictures: 1 },
    ]);
  });

  it('hold those that a person left out, so that it can be taken back', () => {
    const list = judge([waiting('a', 'owl')], LABELS, 50, { meant: { owl: null }, lists: [] });
    expect(unmatched(list)).toEqual([{ name: 'owl', pictures: 1 }]);
  });
});
