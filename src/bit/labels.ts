/** Names of classes: what a checkpoint's own labels are worth, and the lists that can stand in for them. */
import { BitError } from './errors.ts';

/** The lists of public/labels, by their number of classes. ImageNet-21k with 21,841 classes has another order. */
export const LABEL_SETS = { 'imagenet-1k': 1_000, 'imagenet-21k': 21_843 } as const;
export type LabelSet = keyof typeof LABEL_SETS;

export interface LabelList {
  /** WordNet ids, n and eight digits. */
  readonly ids: readonly string[];
  readonly names: readonly string[];
}

/** The list whose length is that number of classes. */
export function labelSetOf(classes: number): LabelSet | undefined {
  return (['imagenet-1k', 'imagenet-21k'] as const).find((set) => LABEL_SETS[set] === classes);
}

/** True for labels that only count: LABEL_3, "3", class 3; transformers and its trainers write such where nobody named any. */
export function onlyNumbers(labels: readonly string[]): boolean {
  return labels.every((label, i) => /^(?:(?:label|class)[ _]?)?(\d+)$/i.exec(label)?.[1] === String(i));
}

/** True for labels that are WordNet ids. */
export const areSynsets = (labels: readonly string[]): boolean =>
  labels.length > 0 && labels.every((label) => /^n\d{8}$/.test(label));

/** A list as public/labels holds it: an id, a tab and a name a line. Throws 'network' when it is cut or no such list. */
export function parseLabelList(text: string, set: LabelSet): LabelList {
  const lines = text.trimEnd().split('\n');
  const parsed = lines.map((line) => /^(n\d{8})\t(.+?)\r?$/.exec(line));
  const ids = parsed.flatMap((match) => match?.[1] ?? []);
  const names = parsed.flatMap((match) => match?.[2] ?? []);
  if (ids.length !== lines.length || ids.length !== LABEL_SETS[set])
    throw new BitError('network', 'is no list of class names', { file: `${set}.tsv` });
  return { ids, names };
}

/** Names in place of WordNet ids; an id that no list knows stays. */
export function namesOfSynsets(labels: readonly string[], lists: readonly LabelList[]): string[] {
  const names = new Map(lists.flatMap(({ ids, names }) => ids.map((id, i) => [id, names[i] ?? id] as const)));
  return labels.map((id) => names.get(id) ?? id);
}
