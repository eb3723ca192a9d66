import { BitError } from '../../bit/errors.ts';
import type { PlainError } from '../../engine/protocol.ts';

/** Anything thrown, as the code and sentence that the page words. */
export function plainError(thrown: unknown): PlainError {
  if (thrown instanceof BitError) {
    const { code, message, file, subject } = thrown;
    return { code, message, file, subject };
  }
  const message = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  return { code: 'internal', message, file: undefined };
}
