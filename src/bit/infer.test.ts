import { describe, expect, it } from 'vitest';
import type { TensorInfo } from './checkpoint/checkpoint.ts';
import type { NamedCheckpoint, Naming } from './checkpoint/names.ts';
import type { OpenedFiles } from './checkpoint/open.ts';
import { modelConfig } from './infer.ts';

interface Like {
  readonly factor?: number;
  readonly depths?: readonly number[];
  readonly classes?: number;
  readonly naming?: Naming;
  readonly bottleneck?: boolean;
  readonly stem?: number;
  readonly sizes?: readonly number[];
  readonly file?: string;
}

/** The names and shapes that the inference looks at, without any bytes. */
function opened(like: Like = {}, more: Partial<OpenedFiles> = {}): OpenedFiles {
  const { factor = 1, depths = [3, 4, 6, 3], classes = 1_000, naming = 'timm', bottleneck = false } = like;
  const { stem = 64 * factor, sizes = depths.map((_, i) => 256 * factor * 2 ** i), file = 'w' } = like;
  const shapes: [string, number[]][] = [
    ['embedder.convolution.weight', [stem, 3, 7, 7]],
    ['classifier.1.weight', [classes, sizes.at(-1) ?? 0]],
    ...(bottleneck ? [['embedder.norm.weight', [stem]] as [string, number[]]] : []),
    ...depths.flatMap((depth, i) =>
      Array.from({ length: depth }, (_, j): [string, number[]] => [
        `encoder.stages.${i}.layers.${j}.conv3.weight`,
        [sizes[i] ?? 0, 8, 1, 1],
      ]),
    ),
  ];
  const tensors = new Map(
    shapes.map(([name, shape]): [string, TensorInfo] => [name, { name, dtype: 'F32', shape }]),
  );
  const nothing = async (): Promise<never> => {
    throw new Error('no bytes here');
  };
  const checkpoint: NamedCheckpoint = {
    format: 'safetensors',
    file,
    tensors,
    naming,
    stored: nothing,
    read: nothing,
  };
  return { checkpoint, ...more };
}
const timm = (json: unknown) => ({ timmJson: { json, file: 'config.json' } });

/** "256 crop 224 bicubic": how pictures would be prepared. */
function way({ processor }: Pick<ReturnType<typeof modelConfig>, 'processor'>): string {
  const { size, cropSize, resample } = processor;
  const resized = size && 'shortestEdge' in size ? size.shortestEdge : size && 'width' in size && size.width;
  const squash = size && 'width' in size ? 'squash ' : '';
  return `${squash}${resized} crop ${cropSize?.width} ${['nearest', 'lanczos', 'bilinear', 'bicubic'][resample ?? 0]}`;
}

describe('a checkpoint without config.json', () => {
  it('is inferred from the tensors, and the rest assumed', () => {
    const { config, assumed } = modelConfig(opened({ depths: [3, 4, 23, 3] }));
    expect(config).toMatchObject({
      depths: [3, 4, 23, 3],
      hidden_sizes: [256, 512, 1024, 2048],
      layer_type: 'preactivation',
      global_padding: null,
      num_groups: 32,
      num_labels: 1_000,
    });
    expect(assumed).toEqual([
      'num_groups',
      'padding',
      'hidden_act',
      'output_stride',
      'input',
      'normalization',
    ]);
  });

  it('without pre-activation pads like the ViT hybrids', () => {
    const { config } = modelConfig(opened({ bottleneck: true }));
    expect(config).toMatchObject({
      layer_type: 'bottleneck',
      global_padding: 'SAME',
      embedding_dynamic_padding: true,
    });
  });

  it('takes fewer groups where 32 does not divide the widths, so that it opens and can be corrected', () => {
    const { config } = modelConfig(opened({ stem: 16, sizes: [16, 24, 32, 48], depths: [1, 1, 2, 1] }));
    expect(config.num_groups).toBe(8);
  });

  it.each<[string, Like, string]>([
    ['R50x1', {}, '448 crop 448 bilinear'],
    ['R50x1 of Hugging Face', { naming: 'transformers' }, '448 crop 448 bilinear'],
    ['R152x4', { factor: 4, depths: [3, 8, 36, 3] }, '480 crop 480 bilinear'],
    ['21k', { classes: 21_843 }, '256 crop 224 bilinear'],
    ['a fine-tune', { classes: 5 }, '448 crop 448 bilinear'],
    ['distilled by its name', { file: 'resnetv2_50x1_bit_distilled.bin' }, '256 crop 224 bicubic'],
    [
      'a teacher by its name',
      { factor: 2, depths: [3, 8, 36, 3], file: 'resnetv2_152x2_bit_teacher_384.pth' },
      '384 crop 384 bicubic',
    ],
    [
      'a name of another shape',
      { factor: 3, file: 'resnetv2_50x1_bit_distilled.bin' },
      '448 crop 448 bilinear',
    ],
  ])('prepares pictures as %s', (_, like, expected) => expect(way(modelConfig(opened(like)))).toBe(expected));

  it('offers what else has the same tensors', () => {
    const ways = ({ naming }: Like) =>
      modelConfig(opened({ naming: naming ?? 'timm' })).inputs.map(
        (choice) => `${choice.kind} ${way(choice)}`,
      );
    expect(ways({})).toEqual([
      'published 448 crop 448 bilinear',
      'published 256 crop 224 bicubic',
      'published 256 crop 224 bilinear',
      'published 182 crop 160 bicubic',
      'class-defaults 224 crop 224 bicubic',
    ]);
    expect(ways({ naming: 'google' })).toEqual(
      expect.arrayContaining(['squash squash 480 crop 480 bilinear', 'squash squash 128 crop 128 bilinear']),
    );
    const teachers = modelConfig(opened({ factor: 2, depths: [3, 8, 36, 3] })).inputs.map(way);
    expect(teachers.slice(0, 3)).toEqual([
      '448 crop 448 bilinear',
      '256 crop 224 bicubic',
      '384 crop 384 bicubic',
    ]);
  });

  it('lets chosen fields win, which are no assumptions then', () => {
    const chosen = { num_groups: 16, global_padding: 'SAME', output_stride: 16, hidden_act: 'gelu' };
    const { config, assumed } = modelConfig(opened(), chosen);
    expect(config).toMatchObject(chosen);
    expect(assumed).toEqual(['input', 'normalization']);
  });

  it('takes a preprocessor_config.json as it is', () => {
    const processorJson = { json: { size: 32, crop_size: 24 }, file: 'preprocessor_config.json' };
    const model = modelConfig(opened({}, { processorJson }));
    expect(way(model)).toBe('32 crop 24 bicubic');
    expect(model.assumed).not.toContain('input');
  });
});

describe('a timm config.json', () => {
  const cfg = {
    tag: 'goog_distilled_in1k',
    input_size: [3, 224, 224],
    crop_pct: 0.875,
    crop_mode: 'center',
    interpolation: 'bicubic',
    mean: [0.5, 0.5, 0.5],
    std: [0.5, 0.5, 0.5],
    first_conv: 'stem.conv',
    num_classes: 1_000,
  };
  const of = (json: unknown, like: Like = {}) => modelConfig(opened(like, timm(json)));

  it('is understood whole', () => {
    const model = of({ architecture: 'resnetv2_50x1_bit', num_classes: 1_000, pretrained_cfg: cfg });
    expect(way(model)).toBe('256 crop 224 bicubic');
    expect(model.assumed).toEqual(['num_groups', 'padding', 'hidden_act', 'output_stride']);
  });

  it.each([
    ['resnetv2_50x1_bit_distilled', '256 crop 224 bicubic'],
    ['resnetv2_50x1_bitm', '448 crop 448 bilinear'],
  ])('fills what is missing from the row of %s', (architecture, expected) => {
    const model = of({ architecture });
    expect(way(model)).toBe(expected);
    expect(model.assumed).toContain('input');
    expect(model.assumed).toContain('normalization');
  });

  it('fills a filter drawn by lot from the row, and says so', () => {
    const model = of({
      architecture: 'resnetv2_50x1_bit',
      pretrained_cfg: { ...cfg, interpolation: 'random' },
    });
    expect(way(model)).toBe('256 crop 224 bicubic');
    expect(model.assumed).toContain('input');
  });

  it('of a fine-tune takes the input of what it was tuned from', () => {
    const like = { classes: 3, file: 'model.safetensors' };
    expect(way(of({ architecture: 'resnetv2_50x1_bit_distilled' }, like))).toBe('256 crop 224 bicubic');
  });

  it('squashes, and offers the size of tests', () => {
    const model = of({
      architecture: 'resnetv2_50x1_bit',
      pretrained_cfg: { ...cfg, crop_mode: 'squash', crop_pct: 1, test_input_size: [3, 288, 288] },
    });
    expect(model.inputs.slice(0, 2).map(way)).toEqual([
      'squash 224 crop 224 bicubic',
      'squash 288 crop 288 bicubic',
    ]);
  });

  it('names classes by their descriptions, if their number is the head’s', () => {
    const pretrained_cfg = { label_names: ['n1', 'n2'], label_descriptions: { n1: 'one' } };
    expect(of({ architecture: 'resnetv2_50x1_bit', pretrained_cfg }, { classes: 2 }).config.labels).toEqual([
      'one',
      'n2',
    ]);
    expect(of({ pretrained_cfg }, { classes: 3 }).config.labels).toEqual(['LABEL_0', 'LABEL_1', 'LABEL_2']);
  });

  it('gives the arguments of the network', () => {
    const model = of({ architecture: 'resnetv2_50x1_bit', model_args: { num_groups: 16 } });
    expect(model.config.num_groups).toBe(16);
    expect(model.assumed).not.toContain('num_groups');
  });

  it.each([
    [{ architecture: 'resnet50' }, 'checkpoint-not-bit'],
    [{ architecture: 'resnetv2_50d_gn' }, 'checkpoint-not-bit'],
    [{ architecture: 'resnetv2_50x1_bit', model_args: { output_stride: 16 } }, 'config-field'],
    [{ architecture: 'resnetv2_50x1_bit', pretrained_cfg: { crop_pct: 'all' } }, 'config-field'],
    [{ pretrained_cfg: { input_size: [3, 1e9, 1e9] } }, 'config-field'],
  ])('refuses %o', (json, code) => {
    expect(() => of(json)).toThrow(expect.objectContaining({ code, file: 'config.json' }));
  });
});
