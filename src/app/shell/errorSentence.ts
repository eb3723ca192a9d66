import type { PlainError } from '../../engine/protocol.ts';
import type { Strings } from '../strings.ts';

/** What went wrong, in the reader's language, with what the file asked for in its place. */
export function errorSentence({ code, subject }: PlainError, t: Strings): string {
  return t.errors[code].replace('{name}', () => subject ?? '?');
}
