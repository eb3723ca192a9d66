/** What someone else's .onnx is: its classes and how its pictures are prepared, from whatever says so, else assumed. */
import {
  type Assumption,
  type BitConfigFields,
  labelsIn,
  type OpenedOnnx,
  type ProcessorConfig,
  parseBitConfig,
  parseProcessorConfig,
  processorIn,
  sizeIn,
} from '../bit/index.ts';
import type { Choices } from './protocol.ts';

/** Taken, and told as assumed, where nothing names an input size. */
const ASSUMED_SIDE = 224;
const BILINEAR = 2;

export interface OnnxInput {
  readonly processor: ProcessorConfig;
  /** True when no preprocessor_config.json came with the model and nobody chose one. */
  readonly processorAssumed: boolean;
  readonly assumed: readonly Assumption[];
}

/**
 * How pictures are prepared: as chosen; by a preprocessor_config.json beside the model or in its metadata; else at the
 * size that the model, its metadata or a config.json names, with the published BiTs' filter, mean and deviation.
 * Throws 'config-json', 'config-field' and 'config-conflict' for a preprocessing that is wrong.
 */
export function describeInput(opened: OpenedOnnx, choices: Choices = {}): OnnxInput {
  const { model, jsons, classifier } = opened;
  if (choices.processor !== undefined)
    return { processor: parseProcessorConfig(choices.processor), processorAssumed: false, assumed: [] };
  if (jsons.processorJson) {
    const { json, file } = jsons.processorJson;
    return { processor: parseProcessorConfig(json, file), processorAssumed: false, assumed: [] };
  }
  const inside = processorIn(model.metadata, model.file);
  if (inside !== null)
    return { processor: parseProcessorConfig(inside, model.file), processorAssumed: false, assumed: [] };
  const { height, width, channels } = classifier.input;
  const fixed: readonly [number, number] | null = height !== null && width !== null ? [height, width] : null;
  const size = fixed ?? sizeIn(model.metadata) ?? sizeIn(sizesOf(jsons.configJson?.json));
  const [h, w] = size ?? [ASSUMED_SIDE, ASSUMED_SIDE];
  const processor = parseProcessorConfig({
    size: h === w ? { shortest_edge: h } : { height: h, width: w },
    crop_size: { height: h, width: w },
    resample: BILINEAR,
    image_mean: 0.5,
    image_std: 0.5,
    do_convert_rgb: channels === 3,
  });
  return {
    processor,
    processorAssumed: true,
    assumed: size ? ['normalization'] : ['input', 'normalization'],
  };
}

export interface OnnxClasses {
  /** Only num_channels, num_labels, labels and problem_type are about the network. */
  readonly config: BitConfigFields;
  readonly assumed: readonly Assumption[];
}

/**
 * What the classes are called: as chosen, by a list beside the model, its config.json or its metadata, whichever has
 * `classes` names; else LABEL_0, LABEL_1, ... Throws 'config-field' for a config.json that is wrong.
 */
export function describeClasses(opened: OpenedOnnx, classes: number, choices: Choices = {}): OnnxClasses {
  const { model, jsons, classifier } = opened;
  const { id2label, problem_type } = fieldsOf(jsons.configJson?.json);
  const own = parseBitConfig({ id2label, problem_type, ...choices.config }, jsons.configJson?.file);
  const candidates = [choices.labels, opened.labels, id2label ? own.labels : null, labelsIn(model.metadata)];
  const labels = candidates.find((list) => list?.length === classes);
  const config = parseBitConfig({
    num_channels: classifier.input.channels,
    num_labels: classes,
    problem_type: own.problem_type,
    ...(labels && { id2label: { ...labels } }),
  });
  return { config, assumed: labels ? [] : ['labels'] };
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
