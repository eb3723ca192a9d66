/**
 * A BitConfig and a preprocessor_config.json for a checkpoint that came without them: what the tensors show, what a timm
 * repository's config.json says, and for the rest what holds for the published BiTs, told as assumptions.
 */
import { architectureOf, rowNamed } from './catalogue.ts';
import type { Checkpoint } from './checkpoint/checkpoint.ts';
import type { OpenedFiles } from './checkpoint/open.ts';
import { type BitConfig, parseBitConfig } from './config.ts';
import { BitError } from './errors.ts';
import { type ProcessorConfig, parseProcessorConfig } from './image/processor-config.ts';
import {
  FILTER_NAMES,
  FILTERS,
  type InputChoice,
  type InputFields,
  inputChoices,
  rowsFor,
} from './inputs.ts';
import { parseTimm, type TimmConfig } from './timm.ts';
import { midWidth } from './widths.ts';

/** What neither the tensors nor a config.json say. */
export type Assumption =
  | 'num_groups' // 32, as in every published net; less where 32 does not divide the widths
  | 'padding' // null with pre-activation, SAME with dynamic pool padding without
  | 'hidden_act' // relu
  | 'output_stride' // 32
  | 'labels' // a list of public/labels of that length, or LABEL_0, LABEL_1, ...
  | 'input' // size, crop and filter of the published checkpoint of that shape
  | 'normalization'; // mean = std = 0.5

export interface ModelConfig {
  readonly config: BitConfig;
  readonly processor: ProcessorConfig;
  /** How else pictures may be prepared, most likely first; the first is taken where no file says. */
  readonly inputs: readonly InputChoice[];
  readonly assumed: readonly Assumption[];
}

/**
 * The config of opened files: their config.json where it is a BitConfig, else inferred from the tensors and from a timm
 * config.json; the preprocessing of their preprocessor_config.json, else of a timm config.json and the catalogue. Fields
 * in `chosen` win over all and are not called assumed. Whether the labels are worth anything is not judged here.
 * Throws what parseBitConfig, parseProcessorConfig and parseTimm throw.
 */
export function modelConfig(
  opened: OpenedFiles,
  chosen: Readonly<Record<string, unknown>> = {},
): ModelConfig {
  const { checkpoint, configJson, processorJson, timmJson } = opened;
  const timm = !configJson && timmJson ? parseTimm(timmJson) : undefined;
  const assumed: Assumption[] = [];
  let config: BitConfig;
  if (configJson) config = parseBitConfig(withChosen(configJson.json, chosen), configJson.file);
  else {
    const fields = fieldsOf(checkpoint);
    const labels = timm?.labels?.length === fields.num_labels ? timm?.labels : undefined;
    const known = { ...timm?.fields, ...chosen };
    const named = { ...(labels && { id2label: { ...labels } }) };
    config = parseBitConfig({ ...fields, ...named, ...known }, timmJson?.file ?? checkpoint.file);
    const padding = 'global_padding' in known || 'embedding_dynamic_padding' in known;
    if (!('num_groups' in known)) assumed.push('num_groups');
    if (!padding) assumed.push('padding');
    if (!('hidden_act' in known)) assumed.push('hidden_act');
    if (!('output_stride' in known)) assumed.push('output_stride');
  }
  const inputs = inputsOf(config, opened, timm);
  const [likely] = inputs;
  if (!processorJson) {
    const { size, cropPct, squash, interpolation, mean, std } = timm ?? {};
    if (!size || cropPct === undefined || squash === undefined || !interpolation || size[0] !== size[1])
      assumed.push('input');
    if (!mean || !std) assumed.push('normalization');
  }
  const processor = processorJson
    ? parseProcessorConfig(processorJson.json, processorJson.file)
    : (likely?.processor ?? parseProcessorConfig({}));
  return { config, processor, inputs, assumed };
}

/** The name of the timm architecture, else that of the weights' file, may say which of several rows of one shape it is. */
function inputsOf(config: BitConfig, opened: OpenedFiles, timm: TimmConfig | undefined): InputChoice[] {
  const { naming, file } = opened.checkpoint;
  const shape = { architecture: architectureOf(config), classes: config.num_labels, naming };
  const named = timm?.row ?? rowNamed(file);
  const fitting = rowsFor(shape, named);
  // a fine-tune of a named checkpoint has other classes, but usually its input
  const rows = fitting.length === 0 && named && named.architecture === shape.architecture ? [named] : fitting;
  return inputChoices(shape, rows, timm ? ownInputs(timm, inputChoices(shape, rows)[0]?.processor) : []);
}

/** What a timm config says of pictures, its gaps filled from `likely`; none where it says nothing of them. */
function ownInputs(timm: TimmConfig, likely: ProcessorConfig | undefined): InputFields[] {
  if (!timm.size && timm.cropPct === undefined && !timm.interpolation && !timm.mean) return [];
  const crop = likely?.cropSize?.height ?? 448;
  const edge = likely?.size && 'shortestEdge' in likely.size ? likely.size.shortestEdge : crop;
  const fields: InputFields = {
    size: timm.size ?? [crop, crop],
    cropPct: timm.cropPct ?? crop / edge,
    interpolation: timm.interpolation ?? FILTER_NAMES[likely?.resample ?? FILTERS.bilinear] ?? 'bilinear',
    squash: timm.squash ?? false,
    ...(timm.mean && { mean: timm.mean }),
    ...(timm.std && { std: timm.std }),
  };
  if (!timm.testSize) return [fields];
  return [fields, { ...fields, size: timm.testSize, cropPct: timm.testCropPct ?? fields.cropPct }];
}

/** What is no object is left for parseBitConfig to refuse. */
const withChosen = (json: unknown, chosen: Readonly<Record<string, unknown>>): unknown =>
  typeof json === 'object' && json !== null && !Array.isArray(json) ? { ...json, ...chosen } : json;

/** BitConfig fields that the tensors show; widths are final, so width_factor is 1. */
function fieldsOf(checkpoint: Checkpoint): Record<string, unknown> {
  const { tensors, file } = checkpoint;
  const [embedding_size = 0, num_channels = 0] = tensors.get('embedder.convolution.weight')?.shape ?? [];
  const depths: number[] = [];
  const hidden_sizes: number[] = [];
  for (let stage = 0; ; stage++) {
    const layer = (j: number): readonly number[] | undefined =>
      tensors.get(`encoder.stages.${stage}.layers.${j}.conv3.weight`)?.shape;
    let depth = 0;
    while (layer(depth)) depth++;
    if (depth === 0) break;
    depths.push(depth);
    hidden_sizes.push(layer(0)?.[0] ?? 0);
  }
  if (depths.length === 0)
    throw new BitError('checkpoint-not-bit', 'is not a BiT model. It has a stem, but no stage', { file });
  const bottleneck = tensors.has('embedder.norm.weight');
  const classes = tensors.get('classifier.1.weight')?.shape[0];
  return {
    num_channels,
    embedding_size,
    hidden_sizes,
    depths,
    num_groups: groupsFor([embedding_size, ...hidden_sizes]),
    layer_type: bottleneck ? 'bottleneck' : 'preactivation',
    global_padding: bottleneck ? 'SAME' : null,
    embedding_dynamic_padding: bottleneck,
    ...(classes !== undefined && { num_labels: classes }),
  };
}

/** 32, or the largest power of two below it that divides every width, a unit's middle ones included. */
function groupsFor(widths: readonly number[]): number {
  const normed = widths.flatMap((width, i) => (i === 0 ? [width] : [width, midWidth(width)]));
  let groups = 32;
  while (groups > 1 && normed.some((width) => width % groups !== 0)) groups /= 2;
  return groups;
}
