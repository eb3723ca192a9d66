/** BitConfig: transformers' configuration_bit.py, its defaults, normalization and every way it can contradict itself. */
import * as v from 'valibot';
import { BitError } from './errors.ts';

/** Activations of transformers' ACT2FN (activations.py) that a BiT can name. */
export const HIDDEN_ACTS = [
  'relu',
  'relu2',
  'relu6',
  'leaky_relu',
  'gelu',
  'gelu_new',
  'gelu_pytorch_tanh',
  'quick_gelu',
  'silu',
  'swish',
  'sigmoid',
  'tanh',
  'mish',
  'hardswish',
  'linear',
] as const;
export type HiddenAct = (typeof HIDDEN_ACTS)[number];

/** A validated config, under the reference's own field names; `labels` is id2label in index order. */
export interface BitConfig {
  readonly num_channels: number;
  readonly embedding_size: number;
  readonly hidden_sizes: readonly number[];
  readonly depths: readonly number[];
  readonly layer_type: 'preactivation' | 'bottleneck';
  readonly hidden_act: HiddenAct;
  readonly global_padding: 'SAME' | 'VALID' | null;
  readonly num_groups: number;
  readonly drop_path_rate: number;
  readonly embedding_dynamic_padding: boolean;
  readonly output_stride: number;
  readonly width_factor: number;
  readonly stage_names: readonly string[];
  readonly out_features: readonly string[];
  readonly out_indices: readonly number[];
  readonly num_labels: number;
  readonly labels: readonly string[];
  readonly problem_type: string | null;
}

/** ImageNet-21k has 21,843 classes. */
const MAX_LABELS = 100_000;
const MAX_LABEL_LENGTH = 512;
/** R152x4's widest stage has 8,192 channels and its deepest 36 layers. */
const MAX_WIDTH = 65_536;
const MAX_DEPTH = 1_000;
const MAX_STAGES = 16;

const positive = v.pipe(v.number(), v.integer(), v.minValue(1));
const widths = v.pipe(
  v.array(v.pipe(positive, v.maxValue(MAX_WIDTH))),
  v.minLength(1),
  v.maxLength(MAX_STAGES),
);
const label = v.pipe(v.union([v.string(), v.number()]), v.transform(String), v.maxLength(MAX_LABEL_LENGTH));
const schema = v.object({
  model_type: v.optional(v.string()),
  num_channels: v.optional(v.pipe(positive, v.maxValue(64)), 3),
  embedding_size: v.optional(v.pipe(positive, v.maxValue(MAX_WIDTH)), 64),
  hidden_sizes: v.optional(widths, [256, 512, 1024, 2048]),
  depths: v.optional(
    v.pipe(v.array(v.pipe(positive, v.maxValue(MAX_DEPTH))), v.minLength(1), v.maxLength(MAX_STAGES)),
    [3, 4, 6, 3],
  ),
  layer_type: v.optional(v.picklist(['preactivation', 'bottleneck']), 'preactivation'),
  hidden_act: v.optional(v.picklist(HIDDEN_ACTS), 'relu'),
  global_padding: v.optional(
    v.nullable(v.pipe(v.string(), v.toUpperCase(), v.picklist(['SAME', 'VALID']))),
    null,
  ),
  num_groups: v.optional(positive, 32),
  drop_path_rate: v.optional(v.number(), 0),
  embedding_dynamic_padding: v.optional(v.boolean(), false),
  output_stride: v.optional(v.pipe(v.number(), v.integer()), 32),
  width_factor: v.optional(v.pipe(positive, v.maxValue(64)), 1),
  out_features: v.optional(v.nullable(v.array(v.string()))),
  out_indices: v.optional(v.nullable(v.array(v.pipe(v.number(), v.integer())))),
  num_labels: v.optional(v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MAX_LABELS)))),
  id2label: v.optional(v.nullable(v.record(v.string(), label))),
  problem_type: v.optional(
    v.nullable(v.picklist(['regression', 'single_label_classification', 'multi_label_classification'])),
    null,
  ),
});

/**
 * Parses a BitConfig. A missing key takes the class default; unknown keys have no effect.
 * Throws 'checkpoint-not-bit' for another model_type, 'config-field' for a value BiT does not know and
 * 'config-conflict' for fields that contradict each other, each naming the fields.
 */
export function parseBitConfig(json: unknown, file?: string): BitConfig {
  const parsed = v.safeParse(schema, json, { abortEarly: true });
  if (!parsed.success) {
    const issue = parsed.issues[0];
    const path = v.getDotPath(issue) ?? 'the file';
    const got = issue.received === undefined ? '' : `, got ${String(issue.received).slice(0, 100)}`;
    throw new BitError(
      'config-field',
      issue.expected === null ? `${path}: ${issue.message}` : `${path} must be ${issue.expected}${got}`,
      { file },
    );
  }
  const fields = parsed.output;
  if (fields.model_type !== undefined && fields.model_type !== 'bit') {
    throw new BitError(
      'checkpoint-not-bit',
      `says model_type "${fields.model_type.slice(0, 100)}", which is not BiT`,
      { file },
    );
  }
  const stage_names = ['stem', ...fields.depths.map((_, i) => `stage${i + 1}`)];
  const labels = labelsOf(fields.num_labels ?? undefined, fields.id2label ?? undefined, file);
  const config: BitConfig = {
    num_channels: fields.num_channels,
    embedding_size: fields.embedding_size,
    hidden_sizes: fields.hidden_sizes,
    depths: fields.depths,
    layer_type: fields.layer_type,
    hidden_act: fields.hidden_act,
    global_padding: fields.global_padding,
    num_groups: fields.num_groups,
    drop_path_rate: fields.drop_path_rate,
    embedding_dynamic_padding: fields.embedding_dynamic_padding,
    output_stride: fields.output_stride,
    width_factor: fields.width_factor,
    stage_names,
    ...alignOutputs(fields.out_features ?? undefined, fields.out_indices ?? undefined, stage_names, file),
    num_labels: labels.length,
    labels,
    problem_type: fields.problem_type,
  };
  checkConflicts(config, file);
  return config;
}

/**
 * Rounds a width to a multiple of 8, at least 8, and never below 0.9 of it (modeling_bit.py, make_div).
 */
export function makeDiv(value: number): number {
  const rounded = Math.max(8, Math.floor(Math.trunc(value + 4) / 8) * 8);
  return rounded < 0.9 * value ? rounded + 8 : rounded;
}

/** Output channels of each stage. */
export function stageWidths(config: Pick<BitConfig, 'depths' | 'hidden_sizes' | 'width_factor'>): number[] {
  const stages = Math.min(config.depths.length, config.hidden_sizes.length);
  return config.hidden_sizes.slice(0, stages).map((size) => makeDiv(size * config.width_factor));
}

/** Channels between a unit's 1x1 convolutions, for a stage of `width` channels. */
export function midWidth(width: number): number {
  return makeDiv(width * 0.25);
}

/**
 * Throws 'config-conflict' when a classifier cannot stand on the backbone: the reference sizes it by the raw last
 * hidden_sizes, the network by make_div(last * width_factor).
 */
export function checkHead(config: BitConfig, file?: string): void {
  const last = config.hidden_sizes[config.hidden_sizes.length - 1] ?? 0;
  const width = stageWidths(config).at(-1) ?? 0;
  if (last !== width)
    throw conflict(
      `${describeWidth(config, width)}, but the classifier takes hidden_sizes' last, ${last}`,
      file,
    );
}

function checkConflicts(config: BitConfig, file: string | undefined): void {
  if (config.embedding_size === 1) {
    throw new BitError('config-field', 'embedding_size 1 is not supported: the reference cannot build it', {
      file,
    });
  }
  const widthsOut = stageWidths(config);
  const last = config.hidden_sizes[config.hidden_sizes.length - 1] ?? 0;
  const width = widthsOut.at(-1) ?? 0;
  if (config.layer_type === 'preactivation' && last !== width) {
    throw conflict(
      `${describeWidth(config, width)}, but the final norm of layer_type preactivation takes hidden_sizes' last, ${last}`,
      file,
    );
  }
  const normed: [string, number][] = widthsOut.flatMap((w, i) => [
    [`stage ${i + 1}'s width ${w}`, w],
    [`stage ${i + 1}'s middle width ${midWidth(w)}`, midWidth(w)],
  ]);
  normed.unshift([`embedding_size ${config.embedding_size}`, config.embedding_size]);
  for (const [what, channels] of normed) {
    if (channels % config.num_groups !== 0)
      throw conflict(`num_groups ${config.num_groups} does not divide ${what}`, file);
  }
}

function describeWidth(config: BitConfig, width: number): string {
  return `the last stage has ${width} channels (hidden_sizes, depths and width_factor ${config.width_factor}, rounded to 8)`;
}

function conflict(message: string, file: string | undefined): BitError {
  return new BitError('config-conflict', message, { file });
}

/** num_labels wins over an id2label of another length; without both there are two labels (configuration_utils.py). */
function labelsOf(
  count: number | undefined,
  id2label: Record<string, string> | undefined,
  file: string | undefined,
): string[] {
  const generated = (n: number): string[] => Array.from({ length: n }, (_, i) => `LABEL_${i}`);
  if (!id2label) return generated(count ?? 2);
  const entries = Object.entries(id2label);
  if (entries.length > MAX_LABELS)
    throw new BitError('config-field', `id2label has more than ${MAX_LABELS} labels`, { file });
  if (count !== undefined && count !== entries.length) return generated(count);
  const labels = generated(entries.length);
  const seen = new Set<number>();
  for (const [key, text] of entries) {
    const index = /^\d{1,6}$/.test(key) ? Number(key) : -1;
    if (index < 0 || index >= labels.length || seen.has(index)) {
      throw new BitError(
        'config-field',
        `id2label has key "${key.slice(0, 50)}", expected each of 0 to ${labels.length - 1}`,
        { file },
      );
    }
    seen.add(index);
    labels[index] = text;
  }
  return labels;
}

const listed = (values: readonly unknown[] | undefined): string => (values ?? []).slice(0, 17).join(', ');

/** BackboneMixin's alignment: each of the two fields gives the other; the last stage when neither is given. */
function alignOutputs(
  features: readonly string[] | undefined,
  indices: readonly number[] | undefined,
  names: readonly string[],
  file: string | undefined,
): Pick<BitConfig, 'out_features' | 'out_indices'> {
  const positions = indices?.map((index) => {
    if (index >= names.length || index < -names.length) {
      throw new BitError(
        'config-field',
        `out_indices has ${index}, but there are ${names.length} stages with the stem`,
        { file },
      );
    }
    return index < 0 ? index + names.length : index;
  });
  const named = features?.map((feature) => {
    const position = names.indexOf(feature);
    if (position < 0)
      throw new BitError(
        'config-field',
        `out_features has "${feature.slice(0, 50)}", expected ${names.join(', ')}`,
        { file },
      );
    return position;
  });
  if (positions && named && positions.join() !== named.join()) {
    throw conflict(
      `out_features [${listed(features)}] and out_indices [${listed(indices)}] name different stages`,
      file,
    );
  }
  const chosen = named ?? positions ?? [names.length - 1];
  if (chosen.some((position, i) => i > 0 && position <= (chosen[i - 1] ?? 0))) {
    throw conflict(
      'out_features and out_indices must be in the order of the stages, without duplicates',
      file,
    );
  }
  return {
    out_features: chosen.map((i) => names[i] ?? ''),
    out_indices: positions && indices ? indices : chosen,
  };
}
