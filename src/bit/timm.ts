/** The config.json of a timm repository (timm/models/_hub.py, save_config_for_hf), old ones included. */
import * as v from 'valibot';
import { type CatalogueRow, rowNamed } from './catalogue.ts';
import type { JsonFile } from './checkpoint/open.ts';
import { BitError } from './errors.ts';
import { FILTER_NAMES } from './inputs.ts';

const side = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(4096));
const size = v.nullish(v.tuple([side, side, side]));
const pct = v.nullish(v.pipe(v.number(), v.minValue(0.1), v.maxValue(1)));
const rgb = v.nullish(v.pipe(v.array(v.pipe(v.number(), v.finite())), v.minLength(1), v.maxLength(4)));
const names = v.nullish(v.pipe(v.array(v.string()), v.maxLength(100_000)));
const text = v.nullish(v.pipe(v.string(), v.maxLength(200)));
const described = v.nullish(v.record(v.string(), v.string()));

/** Fields that say how a picture is prepared; `first_conv`, `classifier`, `fixed_input_size` and the like do not matter. */
const cfgFields = {
  architecture: text,
  tag: text,
  num_classes: v.nullish(v.number()),
  input_size: size,
  test_input_size: size,
  crop_pct: pct,
  test_crop_pct: pct,
  crop_mode: text,
  interpolation: text,
  mean: rgb,
  std: rgb,
  label_names: names,
  label_descriptions: described,
};
/** Arguments of a network that its name does not give (timm.models.resnetv2.ResNetV2). */
const argFields = {
  num_groups: v.nullish(v.pipe(v.number(), v.integer(), v.minValue(1))),
  output_stride: v.nullish(v.number()),
  act_layer: text,
};
/** Before 2023 the pretrained_cfg's fields stood at the top. */
const schema = v.object({
  ...cfgFields,
  ...argFields,
  pretrained_cfg: v.nullish(v.object(cfgFields)),
  model_args: v.nullish(v.object(argFields)),
});

/** The BiTs among timm's ResNetV2: `resnetv2_50x1_bit.goog_in21k`, in old files `resnetv2_50x1_bitm_in21k`. */
export const TIMM_BIT = /^resnetv2_\d+x\d+_bit/;

export interface TimmConfig {
  /** The published checkpoint that it names; a fine-tune of one names it as well. */
  readonly row: CatalogueRow | undefined;
  readonly size: readonly [height: number, width: number] | undefined;
  readonly testSize: readonly [height: number, width: number] | undefined;
  readonly cropPct: number | undefined;
  readonly testCropPct: number | undefined;
  /** Undefined for a mode that BitImageProcessor has not ('border'). */
  readonly squash: boolean | undefined;
  /** Undefined for one that is drawn by lot in training ('random'). */
  readonly interpolation: (typeof FILTER_NAMES)[number] | undefined;
  readonly mean: readonly number[] | undefined;
  readonly std: readonly number[] | undefined;
  readonly labels: readonly string[] | undefined;
  /** BitConfig fields. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/**
 * Reads it. Throws 'config-field' for a value of the wrong kind, and for an output stride that timm answers by
 * dilating, which a pre-activation BiT of transformers does not; 'checkpoint-not-bit' for another architecture.
 */
export function parseTimm({ json, file }: JsonFile): TimmConfig {
  const parsed = v.safeParse(schema, json, { abortEarly: true });
  if (!parsed.success) {
    const issue = parsed.issues[0];
    const message = `${v.getDotPath(issue) ?? 'the file'} is wrong (${issue.message.slice(0, 200)})`;
    throw new BitError('config-field', message, { file });
  }
  const top = parsed.output;
  const own = top.pretrained_cfg ?? {};
  const architecture = top.architecture ?? own.architecture ?? undefined;
  if (architecture !== undefined && !TIMM_BIT.test(architecture))
    throw new BitError(
      'checkpoint-not-bit',
      `says architecture "${architecture.slice(0, 100)}", which is not BiT`,
      {
        file,
      },
    );
  const pick = <K extends keyof typeof cfgFields>(key: K) => own[key] ?? top[key] ?? undefined;
  const tag = pick('tag');
  const mode = pick('crop_mode') ?? 'center';
  const filter = pick('interpolation');
  const labels = pick('label_names');
  const descriptions = new Map(Object.entries(pick('label_descriptions') ?? {}));
  return {
    row: architecture === undefined ? undefined : rowNamed(tag ? `${architecture}.${tag}` : architecture),
    size: plane(pick('input_size')),
    testSize: plane(pick('test_input_size')),
    cropPct: pick('crop_pct'),
    testCropPct: pick('test_crop_pct'),
    squash: mode === 'squash' ? true : mode === 'center' ? false : undefined,
    interpolation: FILTER_NAMES.find((name) => name === filter),
    mean: pick('mean'),
    std: pick('std'),
    labels: labels?.map((name) => descriptions.get(name) ?? name),
    fields: networkFields(top.model_args ?? top, file),
  };
}

const plane = (chw: readonly number[] | undefined): readonly [number, number] | undefined =>
  chw?.[1] === undefined || chw[2] === undefined ? undefined : [chw[1], chw[2]];

function networkFields(
  args: {
    readonly num_groups?: number | null | undefined;
    readonly output_stride?: number | null | undefined;
    readonly act_layer?: string | null | undefined;
  },
  file: string,
): Record<string, unknown> {
  if (typeof args.output_stride === 'number' && args.output_stride < 32)
    throw new BitError(
      'config-field',
      `output_stride ${args.output_stride}: timm dilates the convolutions there, BiT of transformers only drops strides`,
      { file },
    );
  return {
    ...(typeof args.num_groups === 'number' && { num_groups: args.num_groups }),
    ...(typeof args.act_layer === 'string' && { hidden_act: args.act_layer }),
  };
}
