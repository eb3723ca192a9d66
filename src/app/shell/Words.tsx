import type { ReactNode } from 'react';
import { useApp } from '../store.ts';
import { en, type Strings } from '../strings.ts';
import type { Language } from './shell.ts';

/** A visitor reads one language, so the other is not part of the first load. */
let japanese: Strings | null = null;

/** Loads the words of a language; until then, and where they cannot be had, the page speaks English. */
export async function loadWords(language: Language): Promise<void> {
  if (language === 'ja') japanese ??= (await import('../strings.ja.ts')).ja;
}

/** Changes the language once its words are here. */
export function useSpeak(): (language: Language) => void {
  const setLanguage = useApp((app) => app.setLanguage);
  return (language) => {
    loadWords(language)
      .catch((cause: unknown) => console.error('the words could not be loaded', cause))
      .finally(() => setLanguage(language));
  };
}

/** The strings of the chosen language. */
export function useStrings(): Strings {
  return useApp((app) => app.language) === 'ja' ? (japanese ?? en) : en;
}

function filled(part: string, x: ReactNode): ReactNode {
  const [before, after] = part.split('{x}');
  if (after === undefined) return before;
  return (
    <>
      {before}
      {x}
      {after}
    </>
  );
}

/** A sentence of the strings table: one `**bold**` part, and `{x}` where the page puts something of its own. */
export function Words({ text, x }: { text: string; x?: ReactNode }) {
  const [before = '', bold = '', after = ''] = text.split('**');
  return (
    <>
      {filled(before, x)}
      {bold !== '' && <b>{filled(bold, x)}</b>}
      {filled(after, x)}
    </>
  );
}

/** A class label or file name: text whatever it holds, marked as English inside Japanese. */
export function Label({ children, className }: { children: string; className?: string }) {
  return (
    <span lang="en" className={className}>
      {children}
    </span>
  );
}
