import { describe, expect, test } from 'vitest';
import { backboneStages } from './backbone.ts';
import { parseBitConfig } from './config.ts';
import { checkHead } from './conflicts.ts';
import type { BitErrorCode } from './errors.ts';
import { makeDiv, midWidth, stageWidths } from './widths.ts';

/** Expects a BitError of that code whose message names all the words. */
function refused(json: unknown, code: BitErrorCode, ...words: string[]): void {
  let caught: unknown;
  try {
    parseBitConfig(json, 'config.json');
  } catch (error) {
    caught = error;
  }
  expect(caught).toMatchObject({ name: 'BitError', code, file: 'config.json' });
  for (const word of words) expect(String(caught)).toContain(word);
}

describe('parseBitConfig', () => {
  test('takes the class defaults for missing keys', () => {
    expect(parseBitConfig({})).toEqual({
      num_channels: 3,
      embedding_size: 64,
      hidden_sizes: [256, 512, 1024, 2048],
      depths: [3, 4, 6, 3],
      layer_type: 'preactivation',
      hidden_act: 'relu',
      global_padding: null,
      num_groups: 32,
      drop_path_rate: 0,
      embedding_dynamic_padding: false,
      output_stride: 32,
      width_factor: 1,
      stage_names: ['stem', 'stage1', 'stage2', 'stage3', 'stage4'],
      out_features: ['stage4'],
      out_indices: [4],
      num_labels: 2,
      labels: ['LABEL_0', 'LABEL_1'],
      problem_type: null,
    });
  });

  test.each(['same', 'Same', 'SAME'])('stores global_padding %s in upper case', (global_padding) => {
    expect(parseBitConfig({ global_padding }).global_padding).toBe('SAME');
  });

  test('ignores unknown keys', () => {
    expect(parseBitConfig({ conv_layer: 'std_conv' })).toEqual(parseBitConfig({}));
  });

  test.each([
    [{ layer_type: 'basic' }, 'layer_type'],
    [{ hidden_act: 'elu' }, 'hidden_act'], // ACT2FN has none
    [{ hidden_act: 'ReLU' }, 'hidden_act'],
    [{ hidden_act: { name: 'relu' } }, 'hidden_act'],
    [{ hidden_act: null }, 'hidden_act'],
    [{ layer_type: 'Bottleneck' }, 'layer_type'],
    [{ output_stride: 4.5 }, 'output_stride'],
    [{ embedding_dynamic_padding: null }, 'embedding_dynamic_padding'],
    [{ width_factor: 0 }, 'width_factor'],
    [{ hidden_sizes: [] }, 'hidden_sizes'],
    [{ num_channels: 0 }, 'num_channels'],
    [{ global_padding: '' }, 'global_padding'],
    [{ global_padding: 'None' }, 'global_padding'],
    [{ num_groups: 0 }, 'num_groups'],
    [{ depths: [] }, 'depths'],
    [{ depths: [1.5] }, 'depths'],
    [{ depths: [200, 51] }, 'depths'],
    [{ hidden_sizes: 'wide' }, 'hidden_sizes'],
    [{ embedding_size: 1 }, 'embedding_size'],
    [{ problem_type: 'guess' }, 'problem_type'],
    [{ out_features: ['stage9'] }, 'out_features'],
    [{ out_indices: [5] }, 'out_indices'],
    [{ id2label: { a: 'x' } }, 'id2label'],
    [{ num_labels: -1 }, 'num_labels'],
  ])('%o names the field', (json, field) => refused(json, 'config-field', field));

  test('refuses another model_type by its name', () =>
    refused({ model_type: 'vit' }, 'checkpoint-not-bit', '"vit"'));

  test('a refusal is one sentence', () => {
    const message = (json: unknown): string => {
      try {
        parseBitConfig(json);
      } catch (error) {
        return String(error);
      }
      return '';
    };
    expect(message({ layer_type: 'basic' })).toBe(
      'BitError: layer_type must be "preactivation" | "bottleneck", got "basic"',
    );
    expect(message({ global_padding: 'full' })).toBe(
      'BitError: global_padding must be "SAME" | "VALID", got "FULL"',
    );
    expect(message({ embedding_size: 1 })).toContain('1 x 1 filter');
    expect(message({ depths: [3, 4, 6] })).toBe(
      "BitError: depths has 3 stages of hidden_sizes' 4, so the last stage has 1024 channels " +
        "(1024, rounded to a multiple of 8), but the final norm of layer_type preactivation takes hidden_sizes' last, 2048",
    );
  });

  test.each([1, 4, 5, 31, 64, 0, -3])('output_stride %d is one', (output_stride) => {
    expect(parseBitConfig({ output_stride }).output_stride).toBe(output_stride);
  });

  test('depths may be longer than hidden_sizes, and the names count depths', () => {
    const config = parseBitConfig({ depths: [3, 4, 6, 3, 2] });
    expect(stageWidths(config)).toHaveLength(4);
    expect(config.out_features).toEqual(['stage5']);
    expect(() => backboneStages(config)).toThrow(expect.objectContaining({ code: 'config-conflict' }));
    expect(() => backboneStages(config)).toThrow(/out_features asks for stage5.*hidden_sizes/);
  });

  test('fewer depths than hidden_sizes work where the last is the same', () => {
    expect(
      stageWidths(parseBitConfig({ depths: [1, 1], hidden_sizes: [64, 128, 128], num_groups: 8 })),
    ).toEqual([64, 128]);
  });

  test('a stage of no layers cannot change the width', () => {
    refused({ depths: [3, 0, 6, 3] }, 'config-conflict', 'depths', 'stage 2', '256', '512');
  });

  test("a backbone's channels as the reference reports them, and as they are", () => {
    const config = parseBitConfig({
      layer_type: 'bottleneck',
      width_factor: 2,
      embedding_size: 8,
      hidden_sizes: [8, 12, 16, 24],
      num_groups: 4,
      out_features: ['stem', 'stage2', 'stage4'],
    });
    expect(backboneStages(config)).toEqual([
      { name: 'stem', index: 0, channels: 8, reportedChannels: 8 },
      { name: 'stage2', index: 2, channels: 24, reportedChannels: 12 },
      { name: 'stage4', index: 4, channels: 48, reportedChannels: 24 },
    ]);
  });

  test.each([
    [{ width_factor: 2 }, ['width_factor', 'hidden_sizes', 'preactivation']],
    [{ hidden_sizes: [256, 512, 1024, 2044] }, ['hidden_sizes', '2044']],
    [{ depths: [3, 4, 6] }, ['depths', 'hidden_sizes']],
    [{ num_groups: 24 }, ['num_groups 24', 'embedding_size 64']],
    [
      { num_groups: 16, hidden_sizes: [64, 96, 128, 512], depths: [1, 1, 1, 1] },
      ['num_groups 16', 'middle width 24'],
    ],
    [{ out_features: ['stage1'], out_indices: [2] }, ['out_features', 'out_indices']],
    [{ out_indices: [3, 1] }, ['order']],
    [{ out_features: ['stage1', 'stage1'] }, ['duplicates']],
  ])('%o names what contradicts what', (json, words) => refused(json, 'config-conflict', ...words));

  test('a bottleneck backbone may be wider than hidden_sizes says, a classifier on it may not', () => {
    const config = parseBitConfig({ layer_type: 'bottleneck', width_factor: 2 });
    expect(stageWidths(config)).toEqual([512, 1024, 2048, 4096]);
    expect(() => checkHead(config, 'config.json')).toThrow(/classifier/);
  });

  test('out_indices may count from the end and give out_features', () => {
    expect(parseBitConfig({ out_indices: [0, -1] })).toMatchObject({
      out_features: ['stem', 'stage4'],
      out_indices: [0, -1],
    });
  });

  test('labels: id2label in index order; a num_labels that disagrees wins with LABEL_i', () => {
    const id2label = { '1': 'dog', '0': 'cat' };
    expect(parseBitConfig({ id2label }).labels).toEqual(['cat', 'dog']);
    expect(parseBitConfig({ id2label, num_labels: 3 }).labels).toEqual(['LABEL_0', 'LABEL_1', 'LABEL_2']);
    expect(parseBitConfig({ num_labels: 1 }).labels).toEqual(['LABEL_0']);
    expect(parseBitConfig({ num_labels: 0 })).toMatchObject({ num_labels: 0, labels: [] });
    expect(parseBitConfig({ id2label: {} }).num_labels).toBe(0);
    expect(parseBitConfig({ id2label: null, num_labels: null }).num_labels).toBe(2);
  });

  test('hostile keys pollute nothing', () => {
    parseBitConfig(
      JSON.parse('{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}'),
    );
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

test.each([
  [12, 16],
  [20, 24],
  [30, 32],
  [4, 8],
  [2048, 2048],
  [91, 88],
])('makeDiv(%d) is %d', (value, expected) => expect(makeDiv(value)).toBe(expected));

test('middle widths are at least 8', () => expect([16, 48, 256].map(midWidth)).toEqual([8, 16, 64]));
