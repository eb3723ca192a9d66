import * as v from 'valibot';
import { BitError } from '../errors.ts';
import type { Extent, ResizeSize } from './geometry.ts';
import type { Filter } from './weights.ts';

/**
 * preprocessor_config.json with all defaults in place. A step whose `do...` is false is skipped and what it would
 * need may be null; a step whose `do...` is true has what it needs (only padSize may be null: nothing to pad then).
 */
export interface ProcessorConfig {
  readonly doConvertRgb: boolean;
  readonly doResize: boolean;
  readonly size: ResizeSize | null;
  /** Pillow's filter number. */
  readonly resample: Filter | null;
  readonly doCenterCrop: boolean;
  readonly cropSize: Extent | null;
  readonly doRescale: boolean;
  readonly rescaleFactor: number | null;
  readonly doNormalize: boolean;
  /** One number for all channels, or one a channel. */
  readonly imageMean: number | readonly number[] | null;
  readonly imageStd: number | readonly number[] | null;
  readonly doPad: boolean;
  readonly padSize: Extent | null;
}

/** Class defaults of BitImageProcessor (transformers 5.18, image_processing_bit.py); mean and std are OpenAI CLIP's. */
const CLIP_MEAN = [0.48145466, 0.4578275, 0.40821073];
const CLIP_STD = [0.26862954, 0.26130258, 0.27577711];

/** What a missing key of preprocessor_config.json stands for; do_pad and pad_size are off. */
export const PROCESSOR_DEFAULTS = {
  do_convert_rgb: true,
  do_resize: true,
  size: { shortest_edge: 224 },
  resample: 3,
  do_center_crop: true,
  crop_size: { height: 224, width: 224 },
  do_rescale: true,
  rescale_factor: 1 / 255,
  do_normalize: true,
  image_mean: CLIP_MEAN,
  image_std: CLIP_STD,
} as const;

/** Names that all mean BitImageProcessor; its other backend, its old class and its old key included. */
const PROCESSOR_TYPES = [
  'BitImageProcessor',
  'BitImageProcessorFast',
  'BitImageProcessorPil',
  'BitFeatureExtractor',
];

/** The largest side that a size may name: no published BiT takes more than 480. */
const MAX_SIDE = 16_384;

const side = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_SIDE));

const heightAndWidth = [
  v.pipe(
    v.tuple([side, side]),
    v.transform(([height, width]): Extent => ({ height, width })),
  ),
  v.strictObject({ height: side, width: side }),
] as const;

/** Forms that the reference stores as any size, but that name no height and width. */
const notBoth = v.union([
  v.strictObject({ shortest_edge: v.number(), longest_edge: v.optional(v.number()) }),
  v.strictObject({ longest_edge: v.number() }),
  v.strictObject({ max_height: v.number(), max_width: v.number() }),
]);

const extent = v.nullable(
  v.union(
    [
      ...heightAndWidth,
      v.pipe(
        notBoth,
        v.transform(() => 'unusable' as const),
      ),
      v.pipe(
        side,
        v.transform((edge): Extent => ({ height: edge, width: edge })),
      ),
    ],
    `must be a number of pixels, [height, width] or {height, width}, whole and 1..${MAX_SIDE}`,
  ),
);

/** Forms that the reference stores, but fails to resize by; they matter only when do_resize is on. */
const unusable = v.union([
  v.strictObject({ longest_edge: v.number() }),
  v.strictObject({ min_pixels: v.number(), max_pixels: v.number() }),
]);

const size = v.nullable(
  v.union(
    [
      ...heightAndWidth,
      v.pipe(
        side,
        v.transform((edge) => ({ edge })),
      ),
      v.pipe(
        v.strictObject({ shortest_edge: side, longest_edge: v.optional(v.nullable(side), null) }),
        v.transform((s): ResizeSize => ({ shortestEdge: s.shortest_edge, longestEdge: s.longest_edge })),
      ),
      v.pipe(
        v.strictObject({ max_height: side, max_width: side }),
        v.transform((s): ResizeSize => ({ maxHeight: s.max_height, maxWidth: s.max_width })),
      ),
      v.pipe(
        unusable,
        v.transform(() => 'unusable' as const),
      ),
    ],
    'must be a number of pixels, [height, width], {height, width}, {shortest_edge}, {shortest_edge, longest_edge} ' +
      `or {max_height, max_width}, whole and 1..${MAX_SIDE}`,
  ),
);

const step = (fallback: boolean) =>
  v.optional(v.nullable(v.boolean('must be true, false or null')), fallback);
const number = v.pipe(v.number(), v.finite());
const perChannel = v.nullable(
  v.union(
    [number, v.pipe(v.array(number), v.minLength(1), v.maxLength(4))],
    'must be a number or a list of 1 to 4 numbers',
  ),
);

const schema = v.object({
  do_convert_rgb: step(PROCESSOR_DEFAULTS.do_convert_rgb),
  do_resize: step(PROCESSOR_DEFAULTS.do_resize),
  size: v.optional(size, PROCESSOR_DEFAULTS.size),
  resample: v.optional(
    v.nullable(
      v.picklist(
        [0, 1, 2, 3, 4, 5] as const,
        'must be 0 nearest, 1 lanczos, 2 bilinear, 3 bicubic, 4 box or 5 hamming',
      ),
    ),
    PROCESSOR_DEFAULTS.resample,
  ),
  do_center_crop: step(PROCESSOR_DEFAULTS.do_center_crop),
  default_to_square: v.optional(v.nullable(v.boolean('must be true, false or null')), false),
  crop_size: v.optional(extent, PROCESSOR_DEFAULTS.crop_size),
  do_rescale: step(PROCESSOR_DEFAULTS.do_rescale),
  rescale_factor: v.optional(
    v.nullable(v.pipe(v.number('must be a number'), v.finite('must be finite'))),
    PROCESSOR_DEFAULTS.rescale_factor,
  ),
  do_normalize: step(PROCESSOR_DEFAULTS.do_normalize),
  image_mean: v.optional(perChannel, PROCESSOR_DEFAULTS.image_mean),
  image_std: v.optional(perChannel, PROCESSOR_DEFAULTS.image_std),
  do_pad: step(false),
  pad_size: v.optional(extent, null),
  image_processor_type: v.optional(v.nullable(v.string('must be a string'))),
  feature_extractor_type: v.optional(v.nullable(v.string('must be a string'))),
});

/**
 * Reads a parsed preprocessor_config.json. A missing key takes the default of BitImageProcessor, an explicit null
 * stays null (for a `do_` key: off), unknown keys are ignored. `{}` gives the class defaults.
 * Throws BitError: `config-json` when it is no object, `config-field` for a value that BitImageProcessor does not
 * take, `config-conflict` for a step that is on and lacks what it needs.
 */
export function parseProcessorConfig(json: unknown, file = 'preprocessor_config.json'): ProcessorConfig {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new BitError('config-json', 'is not a JSON object', { file });
  }
  const parsed = v.safeParse(schema, json, { abortEarly: true });
  if (!parsed.success) {
    const issue = parsed.issues[0];
    throw new BitError('config-field', `${v.getDotPath(issue) ?? 'a field'} ${issue.message.slice(0, 200)}`, {
      file,
    });
  }
  const raw = parsed.output;
  const type = raw.image_processor_type ?? raw.feature_extractor_type ?? 'BitImageProcessor';
  if (!PROCESSOR_TYPES.includes(type)) {
    const field = raw.image_processor_type ? 'image_processor_type' : 'feature_extractor_type';
    throw new BitError(
      'config-field',
      `${field} is ${JSON.stringify(type.slice(0, 80))}, not BitImageProcessor`,
      { file },
    );
  }
  if (raw.size === 'unusable' && raw.do_resize) {
    throw new BitError('config-field', 'size names no form that the image can be resized to', { file });
  }
  const extentOf = (field: 'crop_size' | 'pad_size', on: boolean | null): Extent | null => {
    const value = raw[field];
    if (value !== 'unusable') return value;
    if (on) throw new BitError('config-field', `${field} must name a height and a width`, { file });
    return null;
  };
  const config: ProcessorConfig = {
    doConvertRgb: raw.do_convert_rgb ?? false,
    doResize: raw.do_resize ?? false,
    size: raw.size === 'unusable' ? null : raw.size && resizeSize(raw.size, raw.default_to_square ?? false),
    resample: raw.resample,
    doCenterCrop: raw.do_center_crop ?? false,
    cropSize: extentOf('crop_size', raw.do_center_crop),
    doRescale: raw.do_rescale ?? false,
    rescaleFactor: raw.rescale_factor,
    doNormalize: raw.do_normalize ?? false,
    imageMean: raw.image_mean,
    imageStd: raw.image_std,
    doPad: raw.do_pad ?? false,
    padSize: extentOf('pad_size', raw.do_pad),
  };
  refuseGaps(config, file);
  return config;
}

/** A bare number is the short edge, unless default_to_square makes it both. */
function resizeSize(size: ResizeSize | { readonly edge: number }, toSquare: boolean): ResizeSize {
  if (!('edge' in size)) return size;
  const { edge } = size;
  return toSquare ? { height: edge, width: edge } : { shortestEdge: edge, longestEdge: null };
}

function refuseGaps(config: ProcessorConfig, file: string): void {
  const needs = [
    ['do_resize', config.doResize, 'size', config.size],
    ['do_resize', config.doResize, 'resample', config.resample],
    ['do_center_crop', config.doCenterCrop, 'crop_size', config.cropSize],
    ['do_rescale', config.doRescale, 'rescale_factor', config.rescaleFactor],
    ['do_normalize', config.doNormalize, 'image_mean', config.imageMean],
    ['do_normalize', config.doNormalize, 'image_std', config.imageStd],
  ] as const;
  for (const [on, is, needed, value] of needs) {
    if (is && value === null)
      throw new BitError('config-conflict', `${on} is on, but ${needed} is null`, { file });
  }
}

/** The fields of preprocessor_config.json that give this config. */
export function processorFields(config: ProcessorConfig): Record<string, unknown> {
  return {
    do_convert_rgb: config.doConvertRgb,
    do_resize: config.doResize,
    size: config.size && sizeFields(config.size),
    resample: config.resample,
    do_center_crop: config.doCenterCrop,
    crop_size: config.cropSize,
    do_rescale: config.doRescale,
    rescale_factor: config.rescaleFactor,
    do_normalize: config.doNormalize,
    image_mean: config.imageMean,
    image_std: config.imageStd,
    ...(config.doPad && { do_pad: true, pad_size: config.padSize }),
  };
}

function sizeFields(size: ResizeSize): Record<string, unknown> {
  if ('maxHeight' in size) return { max_height: size.maxHeight, max_width: size.maxWidth };
  if ('height' in size) return { height: size.height, width: size.width };
  return {
    shortest_edge: size.shortestEdge,
    ...(size.longestEdge !== null && { longest_edge: size.longestEdge }),
  };
}
