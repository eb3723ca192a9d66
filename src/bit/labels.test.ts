import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { areSynsets, labelSetOf, namesOfSynsets, onlyNumbers, parseLabelList } from './labels.ts';

const list = (set: 'imagenet-1k' | 'imagenet-21k') =>
  parseLabelList(readFileSync(`public/labels/${set}.tsv`, 'utf8'), set);

describe('class names', () => {
  it('tells labels that only count from names', () => {
    expect(onlyNumbers(['LABEL_0', 'LABEL_1'])).toBe(true);
    expect(onlyNumbers(['0', '1', '2'])).toBe(true);
    expect(onlyNumbers(['class 0', 'class 1'])).toBe(true);
    expect(onlyNumbers(['LABEL_1', 'LABEL_0'])).toBe(false);
    expect(onlyNumbers(['0', 'cat'])).toBe(false);
    expect(onlyNumbers(['7', '8'])).toBe(false);
  });

  it('fits a list by the number of classes alone', () => {
    expect(labelSetOf(1_000)).toBe('imagenet-1k');
    expect(labelSetOf(21_843)).toBe('imagenet-21k');
    expect(labelSetOf(21_841)).toBeUndefined();
    expect(labelSetOf(274)).toBeUndefined();
  });

  it('carries both lists whole, in the order of the heads', () => {
    const small = list('imagenet-1k');
    expect(small.names[0]).toBe('tench');
    expect(small.names[207]).toBe('Golden Retriever');
    expect(new Set(small.names).size).toBe(1_000);
    const large = list('imagenet-21k');
    expect(large.ids).toHaveLength(21_843);
    expect(large.names[0]).toBe('organism');
    expect(large.ids).toEqual([...large.ids].sort());
  });

  it('puts names in place of WordNet ids', () => {
    const labels = ['n01440764', 'n00004475', 'n99999999'];
    expect(areSynsets(labels)).toBe(true);
    expect(areSynsets([])).toBe(false);
    expect(areSynsets(['n01440764 tench'])).toBe(false);
    expect(namesOfSynsets(labels, [list('imagenet-1k'), list('imagenet-21k')])).toEqual([
      'tench',
      'organism',
      'n99999999',
    ]);
  });

  it('refuses a cut list and a web page', () => {
    for (const text of ['n01440764\ttench\n', '<!doctype html>', ''])
      expect(() => parseLabelList(text, 'imagenet-1k')).toThrow(
        expect.objectContaining({ code: 'network', file: 'imagenet-1k.tsv' }),
      );
  });
});
