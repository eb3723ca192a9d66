/** What a config.json says a repository is: BiT or not, decided by model_type or timm's architecture only. */
import * as v from 'valibot';
import { BitError } from '../../bit/errors.ts';
import { TIMM_BIT } from '../../bit/timm.ts';

const text = v.pipe(v.string(), v.maxLength(200));
const count = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1e6));
const edge = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1e5));

const configSchema = v.object({
  model_type: v.optional(text),
  architecture: v.optional(text),
  num_labels: v.optional(count),
  num_classes: v.optional(count),
  id2label: v.optional(v.record(v.string(), v.unknown())),
  pretrained_cfg: v.optional(v.object({ input_size: v.optional(v.array(edge)) })),
});
const sizes = v.union([
  edge,
  v.object({
    height: v.optional(edge),
    width: v.optional(edge),
    shortest_edge: v.optional(edge),
  }),
]);
const processorSchema = v.object({ crop_size: v.optional(sizes), size: v.optional(sizes) });

export interface Identity {
  /** 'bit', timm's architecture, or null where the config says neither. */
  readonly architecture: string | null;
  readonly classes: number | null;
  /** Side of the square that the model sees, pixels. */
  readonly inputSize: number | null;
}

/**
 * What the JSON files say; either may be missing. Other models reuse BiT's image processor, so that says nothing.
 * Throws 'checkpoint-not-bit' naming what it is instead, and 'config-field'.
 */
export function identify(config: unknown, processor: unknown, name: string): Identity {
  const inputSize = squareOf(processor);
  if (config === undefined) return { architecture: null, classes: null, inputSize };
  const parsed = v.safeParse(configSchema, config, { abortEarly: true });
  if (!parsed.success) {
    const issue = parsed.issues[0];
    const message = `${v.getDotPath(issue) ?? 'the file'} is wrong (${issue.message.slice(0, 200)})`;
    throw new BitError('config-field', message, { file: 'config.json' });
  }
  const { model_type, architecture, num_labels, num_classes, id2label, pretrained_cfg } = parsed.output;
  const classes = num_classes ?? num_labels ?? (id2label ? Object.keys(id2label).length : null);
  if (model_type === 'bit') return { architecture: 'bit', classes, inputSize };
  if (architecture !== undefined && TIMM_BIT.test(architecture))
    return { architecture, classes, inputSize: pretrained_cfg?.input_size?.[1] ?? inputSize };
  const other = model_type ?? architecture;
  if (other !== undefined)
    throw new BitError('checkpoint-not-bit', `is no BiT: its config.json says “${other}”`, { file: name });
  return { architecture: null, classes, inputSize };
}

function squareOf(processor: unknown): number | null {
  const parsed = v.safeParse(processorSchema, processor);
  if (!parsed.success) return null; // only shown; opening the model checks the whole file
  const size = parsed.output.crop_size ?? parsed.output.size;
  return typeof size === 'object' ? (size.height ?? size.shortest_edge ?? null) : (size ?? null);
}
