import { LABEL_SETS, type LabelList, type LabelSet, parseLabelList } from '../../bit/labels.ts';

/** Both lists of public/labels, the shorter first. Rejects with a BitError or what fetch rejects with. */
export function wordNetLists(base: string): Promise<LabelList[]> {
  const sets = Object.keys(LABEL_SETS) as LabelSet[];
  return Promise.all(
    sets.map(async (set) => parseLabelList(await (await fetch(`${base}labels/${set}.tsv`)).text(), set)),
  );
}
