/** What someone else's .onnx is: its classes and how its pictures are prepared, from whatever says so, else assumed. */
import {
  type Assumption,
  type BitConfigFields,
  type InputChoice,
  type LabelSet,
  labelsIn,
  type OpenedOnnx,
  type ProcessorConfig,
  parseBitConfig,
  parseProcessorConfig,
  processorIn,
  sizeIn,
} from '../bit/index.ts';
import { inputChoices, processorJsonOf } from '../bit/inputs.ts';
import { parseTimm, type TimmConfig } from '../bit/timm.ts';
import { fetchLabels, nameClasses } from './labels.ts';
import type { Choices, LabelsFrom } from './protocol.ts';

/** Taken, and told as assumed, where nothing names an input size. */
const ASSUMED_SIDE = 224;

export interface OnnxInput {
  readonly processor: ProcessorConfig;
  /** How else pictures may be prepared. */
  readonly inputs: readonly InputChoice[];
  /** True when no preprocessor_config.json came with the model, or a person chose another preprocessing. */
  readonly processorAssumed: boolean;
  readonly assumed: readonly Assumption[];
}

/**
 * How pictures are prepared: as chosen; by a preprocessor_config.json beside the model or in its metadata; else as a
 * timm config.json beside it says, at the size that the model, its metadata or a config.json names, with the published
 * BiTs' filter, mean and deviation. Throws 'config-json', 'config-field' and 'config-conflict' for what is wrong.
 */
export function describeInput(opened: OpenedOnnx, choices: Choices = {}): OnnxInput {
  const own = ownProcessor(opened);
  const guessed = guessInput(opened);
  const chosen =
    choices.processor === undefined
      ? null
      : parseProcessorConfig(choices.processor, 'the chosen preprocessing');
  return {
    processor: chosen ?? own ?? guessed.processor,
    inputs: own ? ownFirst(own, guessed.inputs) : guessed.inputs,
    processorAssumed: !own || chosen !== null,
    assumed: own || chosen ? [] : guessed.assumed,
  };
}

function ownFirst(processor: ProcessorConfig, inputs: readonly InputChoice[]): InputChoice[] {
  const same = JSON.stringify(processor);
  return [
    { kind: 'own', names: [], processor },
    ...inputs.filter((choice) => JSON.stringify(choice.processor) !== same),
  ];
}

function ownProcessor({ model, jsons }: OpenedOnnx): ProcessorConfig | null {
  if (jsons.processorJson) return parseProcessorConfig(jsons.processorJson.json, jsons.processorJson.file);
  const inside = processorIn(model.metadata, model.file);
  return inside === null ? null : parseProcessorConfig(inside, model.file);
}

function guessInput({ model, jsons, classifier }: OpenedOnnx): Omit<OnnxInput, 'processorAssumed'> {
  const timm: Partial<TimmConfig> = jsons.timmJson ? parseTimm(jsons.timmJson) : {};
  const { height, width, channels } = classifier.input;
  const fixed: readonly [number, number] | null = height !== null && width !== null ? [height, width] : null;
  const size =
    fixed ?? timm.size ?? sizeIn(model.metadata) ?? sizeIn(sizesOf(jsons.configJson?.json)) ?? null;
  const [h, w] = size ?? [ASSUMED_SIDE, ASSUMED_SIDE];
  const first = {
    size: [h, w],
    cropPct: timm.cropPct ?? 1,
    interpolation: timm.interpolation ?? 'bilinear',
    squash: timm.squash ?? h !== w,
    ...(timm.mean && { mean: timm.mean }),
    ...(timm.std && { std: timm.std }),
  } as const;
  const shape = {
    architecture: null,
    classes: classifier.output.classes ?? 0,
    naming: 'transformers',
  } as const;
  const inputs = channels === 3 ? inputChoices(shape, [], size ? [first] : []) : [];
  const assumed: Assumption[] = size ? [] : ['input'];
  if (!timm.mean || !timm.std) assumed.push('normalization');
  return {
    processor: parseProcessorConfig({ ...processorJsonOf(first), do_convert_rgb: channels === 3 }),
    inputs: inputs.filter(({ processor: { cropSize } }) => fits(classifier.input, cropSize)),
    assumed,
  };
}

/** Whether pictures of that size go into the model. */
export function fits(
  input: OpenedOnnx['classifier']['input'],
  crop: { readonly height: number; readonly width: number } | null,
): boolean {
  const { height, width } = input;
  return !crop || ((height ?? crop.height) === crop.height && (width ?? crop.width) === crop.width);
}

export interface OnnxClasses {
  /** Only num_channels, num_labels, labels and problem_type are about the network. */
  readonly config: BitConfigFields;
  readonly labelsFrom: LabelsFrom;
  readonly labelsMissing: LabelSet | null;
  readonly assumed: readonly Assumption[];
}

/**
 * What the classes are called: as chosen, by a list beside the model, a config.json or its metadata, whichever has
 * `classes` names; else by a list of public/labels of that length, or LABEL_0, LABEL_1, ...
 * Throws 'config-field' for a config.json that is wrong, and what nameClasses throws.
 */
export async function describeClasses(
  opened: OpenedOnnx,
  classes: number,
  choices: Choices,
  signal: AbortSignal,
): Promise<OnnxClasses> {
  const { model, jsons, classifier } = opened;
  const { id2label, problem_type } = fieldsOf(jsons.configJson?.json);
  const own = parseBitConfig({ id2label, problem_type, ...choices.config }, jsons.configJson?.file);
  const timm = jsons.timmJson ? parseTimm(jsons.timmJson).labels : undefined;
  const candidates = [opened.labels, id2label ? own.labels : null, timm, labelsIn(model.metadata)];
  const found = candidates.find((list) => list?.length === classes);
  const config = parseBitConfig({
    num_channels: classifier.input.channels,
    num_labels: classes,
    problem_type: own.problem_type,
    ...(found && { id2label: { ...found } }),
  });
  const named = await nameClasses(config.labels, choices.labels, (set) => fetchLabels(set, signal));
  return {
    config: { ...config, labels: named.labels },
    labelsFrom: named.from,
    labelsMissing: named.missing,
    assumed: named.from !== 'file' && choices.labels === undefined ? ['labels'] : [],
  };
}

function fieldsOf(json: unknown): Record<string, unknown> {
  return typeof json === 'object' && json !== null ? { ...json } : {};
}

/** The size fields of any config.json, as the metadata's reader takes them. */
function sizesOf(json: unknown): ReadonlyMap<string, string> {
  const known = Object.entries(fieldsOf(json)).filter(
    ([, value]) => typeof value === 'number' || Array.isArray(value),
  );
  return new Map(known.map(([key, value]) => [key, JSON.stringify(value)]));
}
