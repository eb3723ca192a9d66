/**
 * A BitConfig and a preprocessor_config.json for a checkpoint that came without them: what the tensors show, what a timm
 * repository's config.json says, and for the rest what holds for every published BiT, told as assumptions.
 */
import * as v from 'valibot';
import { publishedInput } from './catalogue.ts';
import type { Checkpoint } from './checkpoint/checkpoint.ts';
import type { JsonFile, OpenedFiles } from './checkpoint/open.ts';
import { type BitConfig, parseBitConfig } from './config.ts';
import { BitError } from './errors.ts';

/** What neither the tensors nor a config.json say. */
export type Assumption =
  | 'num_groups' // 32, as in every published net
  | 'padding' // null with pre-activation, SAME with dynamic pool padding without
  | 'hidden_act' // relu
  | 'output_stride' // 32
  | 'labels' // LABEL_0, LABEL_1, ...
  | 'input' // size, crop and filter of the published checkpoint of that shape
  | 'normalization'; // mean = std = 0.5

export interface ModelConfig {
  readonly config: BitConfig;
  /** Absent when there was none and none could be inferred: the class defaults hold then. */
  readonly processorJson?: JsonFile;
  readonly assumed: readonly Assumption[];
}

/**
 * The config of opened files: their config.json where it is a BitConfig, else inferred from the tensors and from a timm
 * config.json. `chosen` fields win over both. A preprocessor_config.json among the files always counts. Throws what parseBitConfig throws,
 * 'checkpoint-not-bit' for another timm architecture, and 'config-field'.
 */
export function modelConfig(
  opened: OpenedFiles,
  chosen: Readonly<Record<string, unknown>> = {},
): ModelConfig {
  const { checkpoint, configJson, processorJson, timmJson } = opened;
  if (configJson) {
    const config = parseBitConfig(withChosen(configJson.json, chosen), configJson.file);
    return { config, ...(processorJson && { processorJson }), assumed: [] };
  }
  const timm = timmJson && parseTimm(timmJson);
  const file = timmJson?.file ?? checkpoint.file;
  const fields = fieldsOf(checkpoint);
  const labels = timm?.labels?.length === fields.num_labels ? timm?.labels : undefined;
  const config = parseBitConfig({ ...fields, ...(labels && { id2label: { ...labels } }), ...chosen }, file);
  const assumed: Assumption[] = ['num_groups', 'padding', 'hidden_act', 'output_stride'];
  if (!labels) assumed.push('labels');
  if (processorJson) return { config, processorJson, assumed };
  const input = timm?.input;
  if (!input?.size || !input.interpolation || input.crop_pct === undefined) assumed.push('input');
  if (!input?.mean || !input.std) assumed.push('normalization');
  return { config, processorJson: { json: processorFor(config, input, file), file }, assumed };
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
    layer_type: bottleneck ? 'bottleneck' : 'preactivation',
    global_padding: bottleneck ? 'SAME' : null,
    embedding_dynamic_padding: bottleneck,
    ...(classes !== undefined && { num_labels: classes }),
  };
}

const side = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(4096));
const rgb = v.pipe(v.array(v.number()), v.minLength(1), v.maxLength(4));
const names = v.pipe(v.array(v.string()), v.maxLength(100_000));
/** timm's filters under Pillow's numbers. */
const FILTERS = { nearest: 0, lanczos: 1, bilinear: 2, bicubic: 3, box: 4, hamming: 5 } as const;

const pretrainedSchema = v.object({
  input_size: v.optional(v.tuple([side, side, side])),
  crop_pct: v.optional(v.pipe(v.number(), v.minValue(0.1), v.maxValue(1))),
  crop_mode: v.optional(v.picklist(['center', 'squash'])),
  interpolation: v.optional(v.picklist(['nearest', 'lanczos', 'bilinear', 'bicubic', 'box', 'hamming'])),
  mean: v.optional(rgb),
  std: v.optional(rgb),
  label_names: v.optional(v.nullable(names)),
});
const timmSchema = v.object({
  architecture: v.optional(v.pipe(v.string(), v.maxLength(200))),
  pretrained_cfg: v.optional(pretrainedSchema, {}),
  label_names: v.optional(v.nullable(names)),
  label_descriptions: v.optional(v.nullable(v.record(v.string(), v.string()))),
});

/** The BiTs among timm's ResNetV2 (`resnetv2_50x1_bit`, in old files `resnetv2_50x1_bitm`). */
const TIMM_BIT = /^resnetv2_\d+x\d+_bit/;

interface TimmInput {
  readonly size?: readonly number[] | undefined;
  readonly crop_pct?: number | undefined;
  readonly crop_mode?: 'center' | 'squash' | undefined;
  readonly interpolation?: keyof typeof FILTERS | undefined;
  readonly mean?: readonly number[] | undefined;
  readonly std?: readonly number[] | undefined;
}

/** A timm repository's config.json (timm/models/_hub.py, save_config_for_hf). */
function parseTimm({ json, file }: JsonFile): { input: TimmInput; labels: readonly string[] | null } {
  const parsed = v.safeParse(timmSchema, json, { abortEarly: true });
  if (!parsed.success) {
    const issue = parsed.issues[0];
    const message = `${v.getDotPath(issue) ?? 'the file'} is wrong (${issue.message.slice(0, 200)})`;
    throw new BitError('config-field', message, { file });
  }
  const { architecture, pretrained_cfg: cfg, label_names, label_descriptions } = parsed.output;
  if (architecture !== undefined && !TIMM_BIT.test(architecture))
    throw new BitError(
      'checkpoint-not-bit',
      `says architecture "${architecture.slice(0, 100)}", which is not BiT`,
      {
        file,
      },
    );
  const labels = label_names ?? cfg.label_names ?? null;
  const described = new Map(Object.entries(label_descriptions ?? {}));
  const { input_size, crop_pct, crop_mode, interpolation, mean, std } = cfg;
  return {
    input: { size: input_size?.slice(1), crop_pct, crop_mode, interpolation, mean, std },
    labels: labels?.map((name) => described.get(name) ?? name) ?? null,
  };
}

/** preprocessor_config.json as transformers' conversion script derives it: short edge = floor(input / crop_pct). */
function processorFor(config: BitConfig, input: TimmInput | undefined, file: string): unknown {
  const published = publishedInput(config.num_labels, config.embedding_size);
  const [height = published.size, width = published.size] = input?.size ?? [];
  if (height !== width && input?.crop_mode !== 'squash')
    throw new BitError('config-field', `pretrained_cfg.input_size is ${height} x ${width}, not square`, {
      file,
    });
  const cropPct = input?.crop_pct ?? published.cropPct;
  const resized = [height, width].map((edge) => Math.floor(edge / cropPct));
  return {
    image_processor_type: 'BitImageProcessor',
    size:
      input?.crop_mode === 'squash'
        ? { height: resized[0], width: resized[1] }
        : { shortest_edge: resized[0] },
    crop_size: { height, width },
    resample: FILTERS[input?.interpolation ?? published.interpolation],
    image_mean: input?.mean ?? 0.5,
    image_std: input?.std ?? 0.5,
    do_convert_rgb: true,
  };
}
