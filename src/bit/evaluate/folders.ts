/** Which class the name of a folder, or a cell of a table, means. */
import { type LabelList, onlyNumbers } from '../labels.ts';
import { likestOf } from './likeness.ts';

export interface ClassMatcher {
  /**
   * The class that a name means beyond doubt, or null. In this order: a whole label; one of its synonyms (labels part
   * them by commas); singular or plural of either; the same of what follows a number or WordNet id in front ("003.",
   * "n02085620-"); the class that a list names by that id; and LABEL_12 or class_12, by index, unless labels number
   * themselves otherwise. A name that fits several classes is none. Names are compared in lower case (NFKC), with `_`,
   * dashes and `.` as spaces.
   */
  exact(name: string): number | null;
  /**
   * The likest class, by common words or pairs of characters, and its likeness in [0, 1]; null below 0.34. A bare
   * number is that class with likeness 0.5. What is exact has 1.
   */
  guess(name: string): ClassGuess | null;
}

export interface ClassGuess {
  readonly index: number;
  readonly likeness: number;
}

/** Below this a guess is worth nothing. */
const LEAST_LIKENESS = 0.34;
/** A bare number may be an index, or only the order of folders. */
const NUMBER_LIKENESS = 0.5;
const NUMBER = /^\d+$/;
const COUNTED = /^(?:label|class) ?(\d+)$/;
const SYNSET = /^n\d{8}$/;
/** What stands in front only to order folders, or as their id, and what is left. */
const PREFIX = /^(\d+|n\d{8}) (.+)$/;

type Index = ReadonlyMap<string, readonly number[]>;

/**
 * Matches names to a model's classes by their labels. `lists` say what WordNet ids mean. What it looks up is indexed
 * once, for guesses with the first guess.
 */
export function classMatcher(labels: readonly string[], lists: readonly LabelList[] = []): ClassMatcher {
  const names = labels.map(normalName);
  const wholes = indexOf(names.map((name) => [name]));
  const synonyms = indexOf(names.map(synonymsOf));
  const numeric = names.some((name) => NUMBER.test(name));
  const counted = !numeric && (onlyNumbers(labels) || !names.some((name) => COUNTED.test(name)));
  // a list in the labels' own order says most
  const meanings = lists
    .toSorted((a, b) => Number(b.names.length === labels.length) - Number(a.names.length === labels.length))
    .map(({ ids, names }) => ({ size: names.length, names, at: new Map(ids.map((id, i) => [id, i])) }));

  const named = (name: string): readonly number[] => wholes.get(name) ?? synonyms.get(name) ?? [];
  const fitting = (name: string): readonly number[] => {
    const found = named(name);
    return found.length > 0 ? found : [...new Set(numbersOf(name).flatMap(named))];
  };
  const meantBy = (id: string): string[] =>
    meanings.flatMap(({ at, names }) => {
      const name = normalName(names[at.get(id) ?? -1] ?? '');
      return [name, ...synonymsOf(name).slice(0, 1)];
    });
  const byId = (id: string): number | null => {
    const found = [id, ...meantBy(id)].map(named).filter((indices) => indices.length > 0);
    // where two labels share a name ("crane"), the place in a list of the same length tells them apart
    const places = meanings.flatMap(({ size, at }) => (size === labels.length ? (at.get(id) ?? []) : []));
    return (
      places.find((place) => found.some((indices) => indices.includes(place))) ??
      found.find((indices) => indices.length === 1)?.[0] ??
      null
    );
  };

  const exact = (name: string): number | null => {
    const text = normalName(name);
    const whole = fitting(text);
    if (whole.length > 0) return one(whole);
    const [, prefix = text, rest = ''] = PREFIX.exec(text) ?? [];
    const found = one(fitting(rest)) ?? (SYNSET.test(prefix) ? byId(prefix) : null);
    if (found !== null || !counted) return found;
    const index = Number(COUNTED.exec(text)?.[1] ?? Number.NaN);
    return index < labels.length ? index : null;
  };

  let likest: ((name: string) => ClassGuess | null) | undefined;
  const guess = (name: string): ClassGuess | null => {
    const index = exact(name);
    if (index !== null) return { index, likeness: 1 };
    likest ??= likestClass(names);
    const text = normalName(name);
    const [, prefix = text, rest = text] = PREFIX.exec(text) ?? [];
    const guesses = [...new Set([text, rest, ...meantBy(prefix)])].map(likest);
    if (NUMBER.test(text)) guesses.push(numbered(Number(text)));
    const best = guesses.reduce((a, b) => ((b?.likeness ?? 0) > (a?.likeness ?? 0) ? b : a), null);
    return best && best.likeness >= LEAST_LIKENESS ? best : null;
  };
  /** Where labels are numbers themselves, 03 is the one that says 3. */
  const numbered = (number: number): ClassGuess | null => {
    const index = numeric ? one(named(String(number))) : number;
    return index !== null && index < labels.length ? { index, likeness: NUMBER_LIKENESS } : null;
  };
  return { exact, guess };
}

const one = (indices: readonly number[]): number | null =>
  indices.length === 1 ? (indices[0] ?? null) : null;

function normalName(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s_.\p{Pd}]+/gu, ' ')
    .trim();
}

/** The names that a normal label holds. */
function synonymsOf(name: string): string[] {
  return name
    .split(',')
    .map((synonym) => synonym.trim())
    .filter((synonym) => synonym !== '');
}

/** The classes of each name, ascending. */
function indexOf(names: readonly (readonly string[])[]): Index {
  const index = new Map<string, number[]>();
  names.forEach((own, at) => {
    for (const name of new Set(own)) {
      const classes = index.get(name);
      if (classes) classes.push(at);
      else if (name !== '') index.set(name, [at]);
    }
  });
  return index;
}

/** What a name may be the plural or the singular of, by English's regular endings; no matter if some are no words. */
function numbersOf(name: string): string[] {
  const forms: string[] = [];
  const hissing = /(?:s|x|z|ch|sh|o)$/;
  const plural = /^(.+[^s])s$/.exec(name)?.[1];
  if (plural) forms.push(plural);
  const long = /^(.+)es$/.exec(name)?.[1];
  if (long && hissing.test(long)) forms.push(long);
  const changed = /^(.+[^aeiou])ies$/.exec(name)?.[1];
  if (changed) forms.push(`${changed}y`);
  const last = /^(.*[^aeiou])y$/.exec(name)?.[1];
  if (last) forms.push(`${last}ies`);
  if (hissing.test(name)) forms.push(`${name}es`);
  if (name !== '') forms.push(`${name}s`);
  return forms;
}

function likestClass(names: readonly string[]): (name: string) => ClassGuess | null {
  const synonyms = names.flatMap((name, index) => synonymsOf(name).map((synonym) => ({ synonym, index })));
  const likest = likestOf(synonyms.map(({ synonym }) => synonym));
  return (name) => {
    const found = likest(name);
    const index = synonyms[found?.at ?? -1]?.index;
    return found && index !== undefined ? { index, likeness: found.likeness } : null;
  };
}
