import { describe, expect, it } from 'vitest';
import { truthsBy } from './table.ts';

const pictures = ['fair/a/1.jpg', 'fair/a/2.jpg', 'fair/b/1.jpg', 'x,y.png', '=1+1.png'].map((path, id) => ({
  id,
  path,
  name: path.split('/').at(-1) ?? '',
}));
const by = (text: string) => truthsBy(text, pictures);

describe('a table of classes', () => {
  it('finds pictures by path, by its end, and by a name that only one has', () => {
    const { truths, lines, matched } = by(
      'fair/a/1.jpg,crane\nb/1.jpg,yawl\n2.jpg,jay\n1.jpg,kite\nnone.jpg,owl',
    );
    expect([...truths]).toEqual([
      [0, 'crane'],
      [2, 'yawl'],
      [1, 'jay'],
    ]);
    expect([lines, matched]).toEqual([5, 3]);
  });

  it('goes by the names of columns, and keeps commas in quotes', () => {
    const { truths } = by('id;label;file\n7;"beacon, lighthouse";C:\\set\\fair\\a\\2.jpg\n8;jay;"x,y.png"\n');
    expect([...truths]).toEqual([
      [1, 'beacon, lighthouse'],
      [3, 'jay'],
    ]);
  });

  it('reads what it has itself kept from being computed', () => {
    expect([...by("'=1+1.png,'-owl").truths]).toEqual([[4, '-owl']]);
  });

  it('takes nothing from what is no table', () => {
    expect(by('').lines).toBe(0);
    expect(by('{"a": 1}').matched).toBe(0);
    expect(by('1.jpg').lines).toBe(0);
  });
});
