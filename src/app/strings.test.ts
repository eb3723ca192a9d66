import { describe, expect, it } from 'vitest';
import { evaluateWords } from './evaluate/words.ts';
import { shelfWords } from './models/shelfWords.ts';
import { assumedWords } from './models/words.ts';
import { ja } from './strings.ja.ts';
import { en } from './strings.ts';

/** Every sentence with its path; functions are called with marks in place of their arguments. */
function sentences(table: object, path = ''): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(table)) {
    const at = `${path}/${key}`;
    if (typeof value === 'string') found.set(at, value);
    else if (typeof value === 'function') found.set(at, String(value('§1', '§2', '§3', '§4', '§5')));
    else for (const [inner, text] of sentences(value, at)) found.set(inner, text);
  }
  return found;
}
const english = sentences({
  ...en,
  assumed: assumedWords.en,
  shelf: shelfWords.en,
  evaluate: evaluateWords.en,
});
const japanese = sentences({
  ...ja,
  assumed: assumedWords.ja,
  shelf: shelfWords.ja,
  evaluate: evaluateWords.ja,
});
const marks = (text: string) => [...text.matchAll(/§\d|\{x\}/g)].map(String).sort();

describe('the strings', () => {
  it('are the same in both languages', () => {
    expect([...japanese.keys()].sort()).toEqual([...english.keys()].sort());
  });

  it('put in the same pieces', () => {
    for (const [path, text] of english)
      expect([path, marks(japanese.get(path) ?? '')]).toEqual([path, marks(text)]);
  });

  it('have at most one bold part, closed', () => {
    for (const [path, text] of [...english, ...japanese]) {
      expect([path, [1, 3]]).toEqual([path, expect.arrayContaining([text.split('**').length])]);
    }
  });

  it('are not left in English', () => {
    const same = [...english].filter(([path, text]) => text.length > 24 && japanese.get(path) === text);
    expect(same).toEqual([]);
  });
});
