import type { ProcessorConfig } from '../../bit/index.ts';
import type { FeatureKey } from './protocol.ts';

/** Whether features of the two keys can be learnt from together; the name is for people only. */
export const sameKey = (a: FeatureKey, b: FeatureKey): boolean =>
  a.sha256 === b.sha256 && a.preprocessing === b.preprocessing && a.width === b.width;

/** The preprocessing as text that is the same for the same values. */
export const preprocessingText = (processor: ProcessorConfig): string => sortedText(processor);

/** JSON of an object, its own fields by name. */
export function sortedText(fields: object): string {
  return JSON.stringify(Object.fromEntries(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1))));
}
