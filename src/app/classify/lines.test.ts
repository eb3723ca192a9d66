import { expect, it } from 'vitest';
import { linesText, readLines } from './lines.ts';

it('reads back what it wrote, whatever the model is called', () => {
  const lines = { 'built-in, 274': 30, 'a %41.npz, 3, 5': 0, モデル: 100 };
  expect(readLines(linesText(lines))).toEqual(lines);
});

it('leaves out what it cannot have written', () => {
  expect(readLines(null)).toEqual({});
  expect(readLines('x\t101\ny\tz\n\t5\nw\t1.5\nok\t7')).toEqual({ ok: 7 });
});
