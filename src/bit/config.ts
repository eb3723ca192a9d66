/** BitConfig: transformers' configuration_bit.py, its defaults, normalization and every way it can contradict itself. */
import * as v from 'valibot';
import { alignOutputs } from './backbone.ts';
import { checkConflicts } from './conflicts.ts';
import { BitError } from './errors.ts';

/** All names of transformers' ACT2FN (activations.py, ACT2CLS); they are told apart by case. */
export const HIDDEN_ACTS = [
  'relu',
  'relu2',
  'relu6',
  'leaky_relu',
  'prelu',
  'gelu',
  'gelu_10',
  'gelu_accurate',
  'gelu_fast',
  'gelu_new',
  'gelu_python',
  'gelu_python_tanh',
  'gelu_pytorch_tanh',
  'quick_gelu',
  'silu',
  'swish',
  'sigmoid',
  'tanh',
  'mish',
  'hardswish',
  'laplace',
  'sqrtsoftplus',
  'xielu',
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
/** R152x4's widest stage has 8,192 channels. */
const MAX_WIDTH = 65_536;
/** R152 has 50 layers. One takes 1.4 ms to write into the graph, whether or not there are weights for it. */
const MAX_LAYERS = 250;
const MAX_STAGES = 16;

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
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
    v.pipe(
      v.array(count),
      v.minLength(1),
      v.maxLength(MAX_STAGES),
      v.check(
        (depths) => depths.reduce((a, b) => a + b, 0) <= MAX_LAYERS,
        `more than ${MAX_LAYERS} layers in all`,
      ),
    ),
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
    const message = issue.expected
      ? `${path} must be ${issue.expected.replace(/^\((.*)\)$/, '$1')}, got ${issue.received.slice(0, 100)}`
      : `${path} is wrong (${issue.message.slice(0, 200)})`;
    throw new BitError('config-field', message, { file });
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
