/**
 * ImageNet's label files name a class by its synonyms, separated by commas ("beacon, lighthouse, pharos").
 * The first is the headline; the rest is shown below it, so nothing of the file's own words is lost.
 */
export function synonyms(label: string): { readonly name: string; readonly others: string } {
  const comma = label.indexOf(', ');
  if (comma < 1) return { name: label, others: '' };
  return { name: label.slice(0, comma), others: label.slice(comma + 2) };
}

/** A label as it is shown: a headline, and what is shown below it. */
export type Names = (label: string) => { readonly name: string; readonly others: string };

/** A person's own words stay as they are. */
const whole: Names = (label) => ({ name: label, others: '' });

/** How the labels of the classes in use are shown. */
export const names = (app: { readonly taught: object | null }): Names =>
  app.taught === null ? synonyms : whole;
