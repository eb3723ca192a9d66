import { useId, useMemo } from 'react';
import { Icon } from '../shell/Icon.tsx';

/** As many as a list of a browser shows without becoming slow. */
const OFFERED = 40;

/** The class that a person named: its whole label, or one of its synonyms; null for none. */
export function classNamed(text: string, labels: readonly string[]): number | null {
  const wanted = text.trim().toLowerCase();
  if (wanted === '') return null;
  const whole = labels.findIndex((label) => label.toLowerCase() === wanted);
  if (whole >= 0) return whole;
  const part = labels.findIndex((label) => label.toLowerCase().split(/,\s*/).includes(wanted));
  return part < 0 ? null : part;
}

/** Labels that hold the text, those that begin with it first. */
export function classesLike(text: string, labels: readonly string[], most: number): number[] {
  const wanted = text.trim().toLowerCase();
  const begin: number[] = [];
  const hold: number[] = [];
  for (const [index, label] of labels.entries()) {
    const at = label.toLowerCase().indexOf(wanted);
    if (at === 0) begin.push(index);
    else if (at > 0 && hold.length < most) hold.push(index);
    if (begin.length >= most) break;
  }
  return [...begin, ...hold].slice(0, most);
}

/** A field for the name of a class, with those that it may become. */
export function ClassField(props: {
  id: string;
  labels: readonly string[];
  value: string;
  placeholder: string;
  label?: string;
  onText: (text: string) => void;
}) {
  const list = useId();
  const { labels, value } = props;
  const offered = useMemo(() => classesLike(value, labels, OFFERED), [value, labels]);
  return (
    <span className="seek">
      <Icon name="search" />
      <input
        id={props.id}
        type="text"
        lang="en"
        list={list}
        autoComplete="off"
        spellCheck={false}
        aria-label={props.label}
        placeholder={props.placeholder}
        value={value}
        onChange={(event) => props.onText(event.target.value)}
      />
      <datalist id={list}>
        {offered.map((index) => (
          <option key={index} value={labels[index]} />
        ))}
      </datalist>
    </span>
  );
}
