import { expect, it } from 'vitest';
import { BitError } from '../../bit/errors.ts';
import { ja } from '../strings.ja.ts';
import { en } from '../strings.ts';
import { errorSentence } from './errorSentence.ts';
import { plainError } from './plainError.ts';

it('names what a pickle asks for, as text', () => {
  const error = plainError(new BitError('pickle-global', 'asks', { file: 'x', subject: 'os.$&' }));
  expect(errorSentence(error, en)).toBe('It asks to run code (os.$&). Nothing ran.');
  expect(errorSentence(error, ja)).toContain('os.$&');
});

it('is the plain sentence where nothing is to be named', () => {
  expect(errorSentence({ code: 'aborted', message: '', file: undefined }, en)).toBe(en.errors.aborted);
});
