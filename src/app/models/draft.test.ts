import { describe, expect, it } from 'vitest';
import { parseBitConfig } from '../../bit/config.ts';
import { type ProcessorConfig, parseProcessorConfig } from '../../bit/image/processor-config.ts';
import type { ModelInfo } from '../../engine/protocol.ts';
import { modelInfo } from '../fakeEngine.ts';
import { choiceAt, choicesOf, draftOf, preprocessingDraft } from './draft.ts';
import { labelsFromText, labelsIn } from './labelsText.ts';

const at448 = parseProcessorConfig({
  size: { shortest_edge: 448 },
  crop_size: 448,
  resample: 2,
  image_mean: 0.5,
  image_std: [0.5, 0.5, 0.5],
  do_convert_rgb: false,
});
const squash = parseProcessorConfig({
  size: { height: 480, width: 480 },
  crop_size: 480,
  resample: 2,
  image_mean: 0.5,
  image_std: 0.5,
});
const info = (processor: ProcessorConfig = at448): ModelInfo => ({
  ...modelInfo('w.safetensors'),
  config: parseBitConfig({ num_groups: 32 }),
  processor,
  inputs: [
    { kind: 'published', names: [], processor: at448 },
    { kind: 'squash', names: [], processor: squash },
  ],
});

describe('the form over what was assumed', () => {
  it('chooses nothing while nothing is changed', () => {
    expect(choicesOf(draftOf(info()), info())).toEqual({});
  });

  it('chooses only what is changed, over what was chosen before', () => {
    const draft = { ...draftOf(info()), num_groups: '16', global_padding: 'SAME' };
    const before = { config: { hidden_act: 'gelu' }, labels: ['a', 'b'] };
    expect(choicesOf(draft, info(), before)).toEqual({
      config: { hidden_act: 'gelu', num_groups: 16, global_padding: 'SAME' },
      labels: ['a', 'b'],
    });
  });

  it('knows which of the offered ways its fields say', () => {
    const draft = draftOf(info());
    expect(choiceAt(info().inputs, draft)).toBe(0);
    const taken = { ...draft, ...preprocessingDraft(squash) };
    expect(taken.geometry).toBe('squash');
    expect(choiceAt(info().inputs, taken)).toBe(1);
    expect(choiceAt(info().inputs, { ...draft, edge: '450' })).toBe(-1);
  });

  it('says a preprocessing that the processor reads back, and keeps what it does not show', () => {
    const draft = { ...draftOf(info()), ...preprocessingDraft(squash), std: '0.2, 0.3 0.4' };
    const { processor } = choicesOf(draft, info());
    expect(parseProcessorConfig(processor)).toMatchObject({
      size: { height: 480, width: 480 },
      cropSize: { height: 480, width: 480 },
      imageStd: [0.2, 0.3, 0.4],
      doConvertRgb: false,
    });
    expect(() => parseProcessorConfig(choicesOf({ ...draft, mean: 'much' }, info()).processor)).toThrow(
      expect.objectContaining({ code: 'config-field' }),
    );
  });

  it('leaves a preprocessing that it cannot show as it is', () => {
    const odd = info(parseProcessorConfig({ size: { max_height: 40, max_width: 50 } }));
    expect(draftOf(odd).geometry).toBe('kept');
    expect(choicesOf(draftOf(odd), odd)).toEqual({});
  });

  it('takes names as lines, as JSON and from a config', () => {
    const own = (labelText: string) =>
      choicesOf({ ...draftOf(info()), labels: 'own', labelText }, info()).labels;
    expect(own('cat\n dog \n\n')).toEqual(['cat', 'dog']);
    expect(own('n01440764\ttench\nn01443537 goldfish')).toEqual(['tench', 'goldfish']);
    expect(own('["cat", 2]')).toEqual(['cat', '2']);
    expect(own('{"1": "dog", "0": "cat"}')).toEqual(['cat', 'dog']);
    expect(own('{"model_type": "bit", "id2label": {"0": "cat", "1": "dog"}}')).toEqual(['cat', 'dog']);
    expect(choicesOf({ ...draftOf(info()), labels: 'file' }, info()).labels).toBe('file');
  });

  it('takes no JSON for names that is none', () => {
    for (const text of [
      '{"0": "cat", "5": "dog"}',
      '{"model_type": "bit"}',
      '[]',
      '[{}]',
      '{}',
      'null',
      'cat',
    ])
      expect(labelsIn(text)).toBeNull();
    expect(labelsIn('{"id2label": {"0": "cat"}}')).toEqual(['cat']);
    expect(labelsFromText('')).toEqual([]);
  });
});
