/** How a checkpoint may want its pictures prepared when no preprocessor_config.json says: the likely ways, best first. */
import { type Architecture, CATALOGUE, type CatalogueRow, type PublishedInput } from './catalogue.ts';
import type { Naming } from './checkpoint/names.ts';
import { type ProcessorConfig, parseProcessorConfig } from './image/processor-config.ts';

export interface InputChoice {
  /**
   * 'published': as the named checkpoints; 'own': as the files' own config says; 'squash': Google's evaluation, which
   * does not keep the picture's aspect; 'class-defaults': what BitImageProcessor does when nobody tells it.
   */
  readonly kind: 'own' | 'published' | 'squash' | 'class-defaults';
  /** Names of catalogue rows. */
  readonly names: readonly string[];
  readonly processor: ProcessorConfig;
}

/** Pillow's numbers of the filters. */
export const FILTERS = { nearest: 0, lanczos: 1, bilinear: 2, bicubic: 3, box: 4, hamming: 5 } as const;
export const FILTER_NAMES = ['nearest', 'lanczos', 'bilinear', 'bicubic', 'box', 'hamming'] as const;

export interface InputFields {
  /** Height and width of what the network sees. */
  readonly size: readonly [height: number, width: number];
  readonly cropPct: number;
  readonly interpolation: keyof typeof FILTERS;
  readonly squash?: boolean;
  readonly mean?: readonly number[] | number;
  readonly std?: readonly number[] | number;
}

/** preprocessor_config.json as transformers' conversion script derives it: resized edge = floor(input / crop_pct). */
export function processorJsonOf(input: InputFields): Readonly<Record<string, unknown>> {
  const [height, width] = input.size;
  const edge = (side: number): number => Math.floor(side / input.cropPct);
  return {
    image_processor_type: 'BitImageProcessor',
    size: input.squash
      ? { height: edge(height), width: edge(width) }
      : { shortest_edge: Math.max(edge(height), edge(width)) },
    crop_size: { height, width },
    resample: FILTERS[input.interpolation],
    image_mean: input.mean ?? 0.5,
    image_std: input.std ?? 0.5,
    do_convert_rgb: true,
  };
}

const fieldsOf = ({ size, cropPct, interpolation }: PublishedInput, squash = false): InputFields => ({
  size: [size, size],
  cropPct,
  interpolation,
  squash,
});

export interface Shape {
  readonly architecture: Architecture | null;
  readonly classes: number;
  readonly naming: Naming;
}

/**
 * The rows that may be it, most likely first: the one that a name says, then those with the same names of tensors,
 * then the catalogue's order. None when no published checkpoint has that shape.
 */
export function rowsFor(shape: Shape, named?: CatalogueRow): CatalogueRow[] {
  const rows = CATALOGUE.filter(
    ({ kind, architecture, classes }) =>
      kind === 'published' && architecture === shape.architecture && classes === shape.classes,
  );
  const rank = (row: CatalogueRow): number =>
    row.name === named?.name ? 0 : row.naming === shape.naming ? 1 : 2;
  return rows.sort((a, b) => rank(a) - rank(b)); // stable
}

/** BiT-HyperRule's evaluation: the whole picture squashed to 480, or to 128 where the training pictures were small. */
const HYPERRULE = [480, 128] as const;

/**
 * The ways to prepare pictures for that shape, the most likely first; `own` are those that the files' config names.
 * A shape that nobody published is taken for a fine-tune in the manner of google/bit-50.
 */
export function inputChoices(
  shape: Shape,
  rows: readonly CatalogueRow[],
  own: readonly InputFields[] = [],
): InputChoice[] {
  const found: InputChoice[] = [];
  const add = (kind: InputChoice['kind'], json: Readonly<Record<string, unknown>>, name?: string): void => {
    const processor = parseProcessorConfig(json);
    const at = found.findIndex((choice) => JSON.stringify(choice.processor) === JSON.stringify(processor));
    const known = found[at];
    if (!known) found.push({ kind, names: name === undefined ? [] : [name], processor });
    else if (name !== undefined && !known.names.includes(name))
      found[at] = { ...known, names: [...known.names, name] };
  };
  for (const fields of own) add('own', processorJsonOf(fields));
  for (const { input, name } of rows) add('published', processorJsonOf(fieldsOf(input)), name);
  const published = CATALOGUE.filter(({ kind }) => kind === 'published');
  const likely = shape.classes === 21_843 ? 21_843 : 1_000;
  const others = [
    ...published.filter(({ architecture }) => architecture === shape.architecture),
    ...published,
  ].filter(({ classes }) => classes === likely);
  if (rows.length === 0) for (const { input } of others) add('published', processorJsonOf(fieldsOf(input)));
  if (shape.naming === 'google') {
    const pretrained = rows.map(({ input }) => input.size);
    for (const size of new Set([...(shape.classes === 21_843 ? [224] : HYPERRULE), ...pretrained]))
      add('squash', processorJsonOf(fieldsOf({ size, cropPct: 1, interpolation: 'bilinear' }, true)));
  }
  add('class-defaults', {});
  return found;
}
