import type { ReactNode } from 'react';
import { useApp } from '../store.ts';
import { en, ja, type Strings } from '../strings.ts';

/** The strings of the chosen language. */
export function useStrings(): Strings {
  return useApp((app) => app.language) === 'ja' ? ja : en;
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
