import { describe, expect, it } from 'vitest';
import { BitError, type BitErrorCode } from '../errors.ts';
import { parseProcessorConfig, processorFields } from './processor-config.ts';

function refusal(json: unknown): [BitErrorCode, string] {
  try {
    parseProcessorConfig(json, 'p.json');
  } catch (error) {
    if (error instanceof BitError) return [error.code, error.message];
    throw error;
  }
  throw new Error(`${JSON.stringify(json)} was accepted`);
}

describe('parseProcessorConfig', () => {
  it('has the class defaults', () => {
    expect(parseProcessorConfig({})).toEqual({
      doConvertRgb: true,
      doResize: true,
      size: { shortestEdge: 224, longestEdge: null },
      resample: 3,
      doCenterCrop: true,
      cropSize: { height: 224, width: 224 },
      doRescale: true,
      rescaleFactor: 1 / 255,
      doNormalize: true,
      imageMean: [0.48145466, 0.4578275, 0.40821073],
      imageStd: [0.26862954, 0.26130258, 0.27577711],
      doPad: false,
      padSize: null,
    });
  });

  it.for([
    [256, { shortestEdge: 256, longestEdge: null }],
    [[40, 50], { height: 40, width: 50 }],
    [
      { height: 40, width: 50 },
      { height: 40, width: 50 },
    ],
    [{ shortest_edge: 40 }, { shortestEdge: 40, longestEdge: null }],
    [
      { shortest_edge: 40, longest_edge: 50 },
      { shortestEdge: 40, longestEdge: 50 },
    ],
    [
      { max_height: 40, max_width: 50 },
      { maxHeight: 40, maxWidth: 50 },
    ],
  ] as const)('reads size %j', ([size, expected]) => {
    expect(parseProcessorConfig({ size }).size).toEqual(expected);
  });

  it('reads crop_size and pad_size as a square, a list and by name', () => {
    expect(parseProcessorConfig({ crop_size: 20, pad_size: [30, 40] })).toMatchObject({
      cropSize: { height: 20, width: 20 },
      padSize: { height: 30, width: 40 },
    });
    expect(parseProcessorConfig({ crop_size: { height: 1, width: 2 } }).cropSize).toEqual({
      height: 1,
      width: 2,
    });
  });

  it('lets null switch a step off, and stay null', () => {
    const off = {
      do_resize: null,
      size: null,
      resample: null,
      do_center_crop: null,
      crop_size: null,
      do_pad: null,
    };
    expect(parseProcessorConfig(off)).toMatchObject({
      doResize: false,
      size: null,
      resample: null,
      doCenterCrop: false,
      cropSize: null,
      doPad: false,
    });
    expect(parseProcessorConfig({ do_normalize: false, image_mean: null, image_std: null })).toMatchObject({
      imageMean: null,
    });
    expect(parseProcessorConfig({ do_rescale: false, rescale_factor: null })).toMatchObject({
      rescaleFactor: null,
    });
    expect(parseProcessorConfig({ do_convert_rgb: null }).doConvertRgb).toBe(false);
  });

  it('takes the sizes that cannot be resized to only where nothing is resized', () => {
    for (const size of [{ longest_edge: 40 }, { min_pixels: 1, max_pixels: 9 }]) {
      expect(parseProcessorConfig({ size, do_resize: false }).size).toBeNull();
      expect(refusal({ size })).toEqual(['config-field', expect.stringMatching(/^p\.json: size /)]);
    }
  });

  it('takes a crop_size or pad_size without height and width only where it is not used', () => {
    for (const form of [{ shortest_edge: 40 }, { longest_edge: 40 }, { max_height: 4, max_width: 5 }]) {
      expect(parseProcessorConfig({ crop_size: form, do_center_crop: false }).cropSize).toBeNull();
      expect(parseProcessorConfig({ pad_size: form }).padSize).toBeNull();
      expect(refusal({ pad_size: form, do_pad: true })).toEqual([
        'config-field',
        'p.json: pad_size must name a height and a width',
      ]);
    }
  });

  it('makes a bare size square where default_to_square says so, and nothing else', () => {
    expect(parseProcessorConfig({ size: 40, default_to_square: true }).size).toEqual({
      height: 40,
      width: 40,
    });
    expect(parseProcessorConfig({ size: 40, default_to_square: false }).size).toEqual({
      shortestEdge: 40,
      longestEdge: null,
    });
    const edge = parseProcessorConfig({ size: { shortest_edge: 40 }, default_to_square: true });
    expect(edge.size).toEqual({ shortestEdge: 40, longestEdge: null });
  });

  it('ignores what other processors and older versions store', () => {
    const more = {
      crop_pct: 0.875,
      reducing_gap: null,
      data_format: 'channels_first',
      disable_grouping: null,
      device: 'cpu',
    };
    expect(parseProcessorConfig(more)).toEqual(parseProcessorConfig({}));
  });

  it('reads 224.0 as 224 and a rescale_factor of 1/127.5', () => {
    const json: unknown = JSON.parse('{"size": 224.0, "rescale_factor": 0.00784313725490196}');
    expect(parseProcessorConfig(json)).toMatchObject({
      size: { shortestEdge: 224 },
      rescaleFactor: 1 / 127.5,
    });
  });

  it('knows the names of the class', () => {
    for (const name of ['BitImageProcessor', 'BitImageProcessorFast', 'BitImageProcessorPil']) {
      expect(parseProcessorConfig({ image_processor_type: name }).resample).toBe(3);
    }
    expect(parseProcessorConfig({ feature_extractor_type: 'BitFeatureExtractor', size: 384 })).toMatchObject({
      size: { shortestEdge: 384 },
    });
    expect(refusal({ image_processor_type: 'ViTImageProcessor' })).toEqual([
      'config-field',
      expect.stringContaining('image_processor_type'),
    ]);
    expect(refusal({ feature_extractor_type: 'X' })).toEqual([
      'config-field',
      expect.stringContaining('feature_extractor_type'),
    ]);
  });

  it.for([null, 3, 'x', [], undefined])('refuses %j as no object', (json) => {
    expect(refusal(json)[0]).toBe('config-json');
  });

  it.for([
    ['size', 0],
    ['size', -5],
    ['size', 2.5],
    ['size', 1e9],
    ['size', '224'],
    ['size', [1]],
    ['size', {}],
    ['size', { height: 3 }],
    ['size', { shortest_edge: 0 }],
    ['size', { shortest_edge: 3, height: 4 }],
    ['crop_size', { height: 3 }],
    ['crop_size', { shortest_edge: 3 }],
    ['crop_size', { max_height: 3, max_width: 3 }],
    ['size', { height: 3, width: 4, depth: 5 }],
    ['size', true],
    ['default_to_square', 'no'],
    ['crop_size', 'x'],
    ['pad_size', 0],
    ['resample', 6],
    ['resample', 'bicubic'],
    ['do_resize', 'yes'],
    ['do_pad', 1],
    ['rescale_factor', '1/255'],
    ['rescale_factor', Number.POSITIVE_INFINITY],
    ['image_mean', []],
    ['image_mean', [0.5, 'x', 0.5]],
    ['image_std', [1, 2, 3, 4, 5]],
    ['image_processor_type', 7],
  ] as const)('refuses %s = %j by name', ([field, value]) => {
    expect(refusal({ [field]: value })).toEqual([
      'config-field',
      expect.stringMatching(new RegExp(`^p\\.json: ${field} `)),
    ]);
  });

  it.for([
    ['do_resize', 'size'],
    ['do_resize', 'resample'],
    ['do_center_crop', 'crop_size'],
    ['do_rescale', 'rescale_factor'],
    ['do_normalize', 'image_mean'],
    ['do_normalize', 'image_std'],
  ] as const)('refuses %s without %s, naming both', ([on, needed]) => {
    expect(refusal({ [needed]: null })).toEqual([
      'config-conflict',
      `p.json: ${on} is on, but ${needed} is null`,
    ]);
  });

  it('is not fooled by keys of Object.prototype', () => {
    expect(parseProcessorConfig(JSON.parse('{"__proto__": {"size": 1}, "constructor": 3}'))).toEqual(
      parseProcessorConfig({}),
    );
  });
});

describe('processorFields', () => {
  it.each([
    {},
    { size: [30, 40], crop_size: 20, resample: 2, image_mean: 0.5, image_std: [1, 2, 3] },
    { size: { shortest_edge: 30, longest_edge: 50 }, do_pad: true, pad_size: [300, 310] },
    { size: { max_height: 30, max_width: 50 }, do_center_crop: false, crop_size: null },
    { do_resize: null, size: null, resample: null, do_rescale: false, rescale_factor: null },
  ])('gives the same config again: %j', (json) => {
    const config = parseProcessorConfig(json);
    expect(parseProcessorConfig(processorFields(config))).toEqual(config);
  });
});
