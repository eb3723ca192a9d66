import { BitError } from '../errors.ts';
import { type JsonSource, jsonOf, savedJson } from '../pretrained.ts';
import { preprocess } from './processor.ts';
import { PROCESSOR_DEFAULTS, type ProcessorConfig, parseProcessorConfig } from './processor-config.ts';
import type { Raster } from './raster.ts';
import type { ProcessorBackend } from './weights.ts';

/** A decoded picture: a Raster, or an ImageData of a canvas. */
export type ImageInput =
  | Raster
  | { readonly width: number; readonly height: number; readonly data: Uint8ClampedArray };

/** Forms of `size`, in pixels. */
export type SizeInput =
  | number
  | readonly [height: number, width: number]
  | { readonly height: number; readonly width: number }
  | { readonly shortest_edge: number; readonly longest_edge?: number | null }
  | { readonly max_height: number; readonly max_width: number };

/** Fields of preprocessor_config.json, which a call may also override. null switches a `do_` off. */
export interface ImageProcessorFields {
  readonly do_convert_rgb?: boolean | null;
  readonly do_resize?: boolean | null;
  readonly size?: SizeInput | null;
  /** Whether a bare number as `size` means both sides, not the short one. */
  readonly default_to_square?: boolean | null;
  /** Pillow's filter: 0 nearest, 1 lanczos, 2 bilinear, 3 bicubic, 4 box, 5 hamming. */
  readonly resample?: 0 | 1 | 2 | 3 | 4 | 5 | null;
  readonly do_center_crop?: boolean | null;
  readonly crop_size?:
    | number
    | readonly [height: number, width: number]
    | { readonly height: number; readonly width: number }
    | null;
  readonly do_rescale?: boolean | null;
  readonly rescale_factor?: number | null;
  readonly do_normalize?: boolean | null;
  readonly image_mean?: number | readonly number[] | null;
  readonly image_std?: number | readonly number[] | null;
  readonly do_pad?: boolean | null;
  readonly pad_size?:
    | number
    | readonly [height: number, width: number]
    | { readonly height: number; readonly width: number }
    | null;
}

/** A float32 tensor in C order. */
export interface Tensor {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

export interface BatchFeature {
  /** [N, C, H, W]. Without rescale and normalize the values are those of bytes, which the reference's network refuses. */
  readonly pixel_values: Tensor;
}

const FIELDS: ReadonlySet<string> = new Set([
  ...Object.keys(PROCESSOR_DEFAULTS),
  'default_to_square',
  'do_pad',
  'pad_size',
]);

/** What both processors are; they differ in how they resample, crop odd sizes and round. */
abstract class BaseImageProcessor {
  protected abstract readonly backend: ProcessorBackend;
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #config: ProcessorConfig;

  /** Fields as in preprocessor_config.json; a missing one takes the class default. Throws BitError. */
  constructor(fields: ImageProcessorFields | Readonly<Record<string, unknown>> = {}) {
    this.#fields = { ...fields };
    this.#config = parseProcessorConfig(this.#fields);
  }

  /** The settings, parsed. */
  get config(): ProcessorConfig {
    return this.#config;
  }

  /**
   * Pictures to pixel_values [N, C, H, W]; `overrides` hold for this call. Throws BitError: 'config-field' and
   * 'config-conflict' for settings that cannot be followed, 'image-mode' for channels that do not fit, 'input-shape'
   * when the pictures become different in size, 'memory'.
   */
  preprocess(images: ImageInput | readonly ImageInput[], overrides: ImageProcessorFields = {}): BatchFeature {
    const given = Object.entries(overrides).filter(([, value]) => value !== undefined);
    for (const [key] of given)
      if (!FIELDS.has(key)) throw new BitError('config-field', `there is no setting ${key.slice(0, 50)}`);
    const config =
      given.length === 0
        ? this.#config
        : parseProcessorConfig({ ...this.#fields, ...Object.fromEntries(given) }, 'the overrides');
    const list = isList(images) ? images : [images];
    const prepared = list.map((image) => preprocess(rasterOf(image), config, this.backend));
    const [first] = prepared;
    if (!first) throw new BitError('input-shape', 'there is no picture');
    const [, ...dims] = first.shape;
    const data = new Float32Array(prepared.length * first.data.length);
    for (const [i, { data: values, shape }] of prepared.entries()) {
      if (shape.join() !== first.shape.join())
        throw new BitError(
          'input-shape',
          `picture ${i + 1} becomes [${shape.slice(1).join(', ')}], picture 1 [${dims.join(', ')}]: no batch`,
        );
      data.set(values, i * values.length);
    }
    return { pixel_values: { data, dims: [prepared.length, ...dims] } };
  }

  /** The fields as the reference saves them: defaults in place, sizes as objects. */
  to_dict(): Record<string, unknown> {
    const all: Record<string, unknown> = { ...PROCESSOR_DEFAULTS, ...this.#fields };
    const { feature_extractor_type: _, do_pad, pad_size, ...fields } = all;
    return {
      ...fields,
      size: sizeDict(fields.size, fields.default_to_square ? squareOf : (edge) => ({ shortest_edge: edge })),
      crop_size: sizeDict(fields.crop_size, squareOf),
      // null is dropped where it is the class default too
      ...(do_pad !== undefined && do_pad !== null && { do_pad }),
      ...(pad_size !== undefined && pad_size !== null && { pad_size: sizeDict(pad_size, squareOf) }),
      image_processor_type: 'BitImageProcessor',
    };
  }

  /** preprocessor_config.json, as the reference saves it. */
  to_json_string(): string {
    return savedJson(this.to_dict());
  }
}

/** The reference's BitImageProcessor (torchvision backend): what AutoImageProcessor and the pipeline use. */
export class BitImageProcessor extends BaseImageProcessor {
  protected readonly backend = 'torchvision';

  static from_dict(fields: Readonly<Record<string, unknown>>): BitImageProcessor {
    return new BitImageProcessor(fields);
  }

  /** Reads preprocessor_config.json from files, a Blob or its parsed content; `overrides` win. Throws BitError. */
  static async from_pretrained(
    source: JsonSource,
    overrides: ImageProcessorFields = {},
  ): Promise<BitImageProcessor> {
    return new BitImageProcessor({ ...(await jsonOf(source, 'preprocessor_config.json')), ...overrides });
  }
}

/** The reference's BitImageProcessorPil (Pillow backend). */
export class BitImageProcessorPil extends BaseImageProcessor {
  protected readonly backend = 'pil';

  static from_dict(fields: Readonly<Record<string, unknown>>): BitImageProcessorPil {
    return new BitImageProcessorPil(fields);
  }

  /** Reads preprocessor_config.json from files, a Blob or its parsed content; `overrides` win. Throws BitError. */
  static async from_pretrained(
    source: JsonSource,
    overrides: ImageProcessorFields = {},
  ): Promise<BitImageProcessorPil> {
    return new BitImageProcessorPil({ ...(await jsonOf(source, 'preprocessor_config.json')), ...overrides });
  }
}

const isList = (images: ImageInput | readonly ImageInput[]): images is readonly ImageInput[] =>
  Array.isArray(images);

/** An ImageData's pixels are RGBA. */
export function rasterOf(image: ImageInput): Raster {
  if ('mode' in image) return image;
  const { width, height, data } = image;
  return { mode: 'RGBA', width, height, channels: 4, data };
}

const squareOf = (edge: number): unknown => ({ height: edge, width: edge });

function sizeDict(size: unknown, ofNumber: (edge: number) => unknown): unknown {
  if (typeof size === 'number') return ofNumber(size);
  if (Array.isArray(size)) return { height: size[0], width: size[1] };
  return size;
}
