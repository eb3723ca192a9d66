/** The form over what was assumed: an open model -> fields as text, and fields -> what a person chose. */
import type { InputChoice, ProcessorConfig } from '../../bit/index.ts';
import type { Choices, ModelInfo } from '../../engine/protocol.ts';
import { labelsFromText } from './labelsText.ts';

/** 'crop': short edge, then centre crop; 'squash': to a square without keeping the aspect; 'kept': as it is, in another way. */
export type Geometry = 'crop' | 'squash' | 'kept';

export interface Draft {
  readonly geometry: Geometry;
  readonly edge: string;
  readonly height: string;
  readonly width: string;
  readonly resample: string;
  readonly mean: string;
  readonly std: string;
  readonly num_groups: string;
  readonly global_padding: string;
  readonly embedding_dynamic_padding: boolean;
  readonly hidden_act: string;
  readonly output_stride: string;
  /** 'now': as they are. */
  readonly labels: 'now' | 'file' | 'imagenet-1k' | 'imagenet-21k' | 'own';
  readonly labelText: string;
}

type PreprocessingDraft = Pick<Draft, 'geometry' | 'edge' | 'height' | 'width' | 'resample' | 'mean' | 'std'>;

const numbersText = (value: number | readonly number[] | null): string => {
  if (value === null || typeof value === 'number') return String(value ?? '');
  return new Set(value).size === 1 ? String(value[0]) : value.join(', ');
};

/** What the form's fields say of a preprocessing. */
export function preprocessingDraft(processor: ProcessorConfig): PreprocessingDraft {
  const { size, cropSize, doResize, doCenterCrop } = processor;
  const short = size && 'shortestEdge' in size && size.longestEdge === null ? size.shortestEdge : null;
  const square = size && 'width' in size && size.width === size.height ? size.width : null;
  const known = doResize && doCenterCrop && processor.doNormalize && processor.doRescale;
  return {
    geometry: known && short !== null ? 'crop' : known && square !== null ? 'squash' : 'kept',
    edge: String(short ?? square ?? ''),
    height: String(cropSize?.height ?? ''),
    width: String(cropSize?.width ?? ''),
    resample: String(processor.resample ?? 2),
    mean: numbersText(processor.imageMean),
    std: numbersText(processor.imageStd),
  };
}

export function draftOf(info: ModelInfo): Draft {
  const { config } = info;
  return {
    ...preprocessingDraft(info.processor),
    num_groups: String(config.num_groups),
    global_padding: config.global_padding ?? '',
    embedding_dynamic_padding: config.embedding_dynamic_padding,
    hidden_act: config.hidden_act,
    output_stride: String(config.output_stride),
    labels: 'now',
    labelText: '',
  };
}

const same = (a: object, b: object): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Which of the offered ways the fields say; -1 for one of one's own. */
export function choiceAt(inputs: readonly InputChoice[], draft: Draft): number {
  const { geometry, edge, height, width, resample, mean, std } = draft;
  const said = { geometry, edge, height, width, resample, mean, std };
  return inputs.findIndex(({ processor }) => same(preprocessingDraft(processor), said));
}

/** "0.5" or "0.48, 0.46, 0.41"; what is no number becomes null, which the processor's parser refuses by name. */
function numbersOf(text: string): number | (number | null)[] {
  const numbers = text
    .split(/[\s,;]+/)
    .filter((part) => part !== '')
    .map((part) => (Number.isFinite(Number(part)) ? Number(part) : null));
  return numbers.length === 1 && typeof numbers[0] === 'number' ? numbers[0] : numbers;
}

/** The fields over the rest of the open model's preprocessing. */
function processorJson(draft: Draft, now: ProcessorConfig): Record<string, unknown> {
  const edge = Number(draft.edge);
  return {
    do_convert_rgb: now.doConvertRgb,
    rescale_factor: now.rescaleFactor ?? 1 / 255,
    do_pad: now.doPad,
    pad_size: now.padSize,
    size: draft.geometry === 'squash' ? { height: edge, width: edge } : { shortest_edge: edge },
    crop_size: { height: Number(draft.height), width: Number(draft.width) },
    resample: Number(draft.resample),
    image_mean: numbersOf(draft.mean),
    image_std: numbersOf(draft.std),
  };
}

/** What the fields say that differs from the open model, over what was chosen before. */
export function choicesOf(draft: Draft, info: ModelInfo, before: Choices = {}): Choices {
  const now = draftOf(info);
  const config: Record<string, unknown> = { ...before.config };
  if (draft.num_groups !== now.num_groups) config.num_groups = Number(draft.num_groups);
  if (draft.global_padding !== now.global_padding) config.global_padding = draft.global_padding || null;
  if (draft.embedding_dynamic_padding !== now.embedding_dynamic_padding)
    config.embedding_dynamic_padding = draft.embedding_dynamic_padding;
  if (draft.hidden_act !== now.hidden_act) config.hidden_act = draft.hidden_act;
  if (draft.output_stride !== now.output_stride) config.output_stride = Number(draft.output_stride);
  const keys = ['geometry', 'edge', 'height', 'width', 'resample', 'mean', 'std'] as const;
  const prepared = draft.geometry !== 'kept' && keys.some((key) => draft[key] !== now[key]);
  const processor = prepared ? processorJson(draft, info.processor) : before.processor;
  const labels =
    draft.labels === 'now'
      ? before.labels
      : draft.labels === 'own'
        ? labelsFromText(draft.labelText)
        : draft.labels;
  return {
    ...(Object.keys(config).length > 0 && { config }),
    ...(processor !== undefined && { processor }),
    ...(labels !== undefined && { labels }),
  };
}
