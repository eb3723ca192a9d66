import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseLabelList } from '../labels.ts';
import { classMatcher } from './folders.ts';

const LABELS = [
  'tench, Tinca tinca',
  'beacon, lighthouse, beacon light, pharos',
  'black-footed albatross',
  'St. Bernard',
  'crane',
  'crane',
  'Strawberry',
  'boxes',
  'American coot, mud hen',
  'water hen, mud hen',
];
const list = {
  ids: ['n01440764', 'n02814860', 'n02012849', 'n09999999'],
  names: ['tench', 'lighthouse', 'crane (bird)', 'nothing of these'],
};

describe('a name that says the class', () => {
  const { exact } = classMatcher(LABELS, [list]);

  test.each([
    ['tench, Tinca tinca', 0],
    ['Tinca_tinca', 0],
    ['LIGHTHOUSE', 1],
    ['  beacon--light ', 1],
    ['Ｂeacon', 1],
    ['black_footed.albatross', 2],
    ['St_Bernard', 3],
    ['st bernard', 3],
  ])('%s: the label or a synonym, however it is written', (name, index) => {
    expect(exact(name)).toBe(index);
  });

  test.each([
    ['lighthouses', 1],
    ['Tenches', 0],
    ['strawberries', 6],
    ['box', 7],
    ['American_coots', 8],
  ])('%s: singular or plural', (name, index) => {
    expect(exact(name)).toBe(index);
  });

  test.each([
    ['003.Black_footed_Albatross', 2],
    ['03_lighthouses', 1],
    ['3 St. Bernard', 3],
    ['n02111889-St_Bernard', 3],
    ['n02814860_unknown', 1],
  ])('%s: what stands in front is left out', (name, index) => {
    expect(exact(name)).toBe(index);
  });

  test('a number in front stays where it is part of the label', () => {
    const matcher = classMatcher(['8 ball', 'ball']);
    expect(matcher.exact('8_ball')).toBe(0);
    expect(matcher.exact('9_ball')).toBe(1);
  });

  test('WordNet ids mean what a list names by them', () => {
    expect(exact('n02814860')).toBe(1);
    expect(exact('N01440764')).toBe(0);
    expect(exact('n02012849')).toBeNull(); // that list's "crane (bird)" is no label here
    expect(exact('n09999999')).toBeNull();
    expect(exact('n00000000')).toBeNull();
    expect(classMatcher(['n02814860', 'n01440764']).exact('n01440764')).toBe(1);
  });

  test('a list in the order of the labels tells classes of one name apart', () => {
    const ids = LABELS.map((_, i) => `n0000000${i}`);
    const names = LABELS.map((label) => label.split(',')[0] ?? '');
    const { exact } = classMatcher(LABELS, [list, { ids, names }]);
    expect(exact('n00000004')).toBe(4);
    expect(exact('n00000005')).toBe(5);
    expect(exact('n00000005-crane')).toBe(5);
    expect(exact('crane')).toBeNull();
  });

  test('a name of several classes is a guess', () => {
    const { exact, guess } = classMatcher(LABELS);
    expect(exact('crane')).toBeNull();
    expect(exact('cranes')).toBeNull();
    expect(exact('mud_hen')).toBeNull();
    expect(guess('crane')).toEqual({ index: 4, likeness: 1 });
    expect(guess('mud hen')).toEqual({ index: 8, likeness: 1 });
  });

  test('a whole label goes before a synonym of another', () => {
    expect(classMatcher(['machine, crane', 'crane']).exact('crane')).toBe(1);
  });
});

describe('numbers', () => {
  test('LABEL_7 and class_7 count the labels, a bare number may', () => {
    const { exact, guess } = classMatcher(LABELS);
    expect(exact('LABEL_7')).toBe(7);
    expect(exact('class_02')).toBe(2);
    expect(exact('class_10')).toBeNull();
    expect(exact('7')).toBeNull();
    expect(guess('007')).toEqual({ index: 7, likeness: 0.5 });
    expect(guess('10')).toBeNull();
  });

  test('labels that are numbers mean themselves', () => {
    const { exact, guess } = classMatcher(['5', '7', '3']);
    expect(exact('7')).toBe(1);
    expect(exact('label_1')).toBeNull();
    expect(guess('03')).toEqual({ index: 2, likeness: 0.5 });
    expect(guess('1')).toBeNull();
  });

  test('labels that count otherwise are not counted again', () => {
    expect(classMatcher(['class 1', 'class 2']).exact('class_1')).toBe(0);
    expect(classMatcher(['class 1', 'class 2']).exact('class_0')).toBeNull();
    expect(classMatcher(['LABEL_0', 'LABEL_1']).exact('class_1')).toBe(1);
  });
});

describe('a name that is only like a class', () => {
  const { guess } = classMatcher(LABELS, [list]);

  test.each([
    ['lighthuose', 1],
    ['albatross', 2],
    ['Bernard, Saint', 3],
    ['12_strawbery', 6],
    ['n02012849', 4],
  ])('%s', (name, index) => {
    const found = guess(name);
    expect(found?.index).toBe(index);
    expect(found?.likeness).toBeGreaterThanOrEqual(0.34);
    expect(found?.likeness).toBeLessThanOrEqual(1);
  });

  test('what is like none is none', () => {
    for (const name of ['zzz', '', '...', '???', 'misc', 'n00000000']) expect(guess(name)).toBeNull();
  });

  test('what is exact has likeness 1', () => {
    expect(guess('lighthouses')).toEqual({ index: 1, likeness: 1 });
  });
});

test('Japanese names', () => {
  const { exact, guess } = classMatcher(['犬', '灯台', 'ラーメン', 'いちご']);
  expect(exact('灯台')).toBe(1);
  expect(exact('02_ﾗｰﾒﾝ')).toBe(2);
  expect(exact('いちこ\u3099')).toBe(3); // decomposed, as some file systems write it
  expect(exact('犬')).toBe(0);
  expect(guess('味噌ラーメン')?.index).toBe(2);
  expect(guess('猫')).toBeNull();
});

test('any name is answered, within bounds', () => {
  const { exact, guess } = classMatcher([...LABELS, '', '   ']);
  const names = fc.oneof(fc.string({ unit: 'binary' }), fc.mixedCase(fc.constantFrom(...LABELS)));
  fc.assert(
    fc.property(names, (name) => {
      const found = guess(name);
      if (exact(name) !== null) expect(found).toEqual({ index: exact(name), likeness: 1 });
      if (!found) return;
      expect(found.index).toBeLessThan(LABELS.length);
      expect(found.likeness).toBeGreaterThanOrEqual(0.34);
      expect(found.likeness).toBeLessThanOrEqual(1);
    }),
  );
  expect(classMatcher([]).guess('anything')).toBeNull();
});

describe('ImageNet', () => {
  const listOf = (set: 'imagenet-1k' | 'imagenet-21k') =>
    parseLabelList(readFileSync(`public/labels/${set}.tsv`, 'utf8'), set);
  const [small, large] = [listOf('imagenet-1k'), listOf('imagenet-21k')];

  test('every id of a list is its class', () => {
    for (const { ids, names } of [small, large]) {
      const { exact } = classMatcher(names, [small, large]);
      expect(ids.filter((id, i) => exact(id) !== i)).toEqual([]);
    }
  });

  test('a thousand names among 21,843', () => {
    const start = performance.now();
    const { exact, guess } = classMatcher(large.names, [small, large]);
    const same = small.names.filter((name) => exact(name) !== null).length;
    const some = small.names.filter((name) => guess(`${name} 2`) !== null).length;
    console.log(
      `of 1,000 names ${same} exact, ${some} guessed, ${(performance.now() - start).toFixed(0)} ms with the index`,
    );
    expect(same).toBeGreaterThan(700);
    expect(some).toBe(1_000);
  });
});
