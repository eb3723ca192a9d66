import { describe, expect, it } from 'vitest';
import { ARCHITECTURES, architectureOf, CATALOGUE, rowNamed } from './catalogue.ts';

describe('the catalogue', () => {
  it('has the sizes that the hosts list', () => {
    const megabytes = (name: string): number => Math.round((rowNamed(name)?.bytes ?? 0) / 1e6);
    expect(megabytes('google/bit-50')).toBe(102);
    expect(megabytes('resnetv2_50x3_bit.goog_in21k_ft_in1k')).toBe(869);
    expect(megabytes('resnetv2_50x1_bit.goog_in21k')).toBe(273);
    expect(megabytes('resnetv2_101x1_bit.goog_in21k')).toBe(349);
    expect(Math.round((rowNamed('resnetv2_152x4_bit.goog_in21k')?.bytes ?? 0) / 1e7)).toBe(443);
    expect(rowNamed('resnetv2_152x2_bit.goog_in21k_ft_in1k')?.parameters).toBe(236_335_208);
  });

  it('names each checkpoint once, and every published architecture with both numbers of classes', () => {
    const names = CATALOGUE.flatMap(({ name, aliases }) => [name, ...aliases]);
    expect(new Set(names).size).toBe(names.length);
    for (const architecture of Object.keys(ARCHITECTURES)) {
      const rows = CATALOGUE.filter((row) => row.architecture === architecture && row.kind === 'published');
      expect(new Set(rows.map(({ classes }) => classes))).toEqual(new Set([1_000, 21_843]));
      expect(new Set(rows.map(({ naming }) => naming)).has('google')).toBe(true);
    }
  });

  it.each([
    ['resnetv2_50x1_bit.goog_distilled_in1k', 'resnetv2_50x1_bit.goog_distilled_in1k'],
    ['resnetv2_50x1_bit.goog_distilled_in1k.safetensors', 'resnetv2_50x1_bit.goog_distilled_in1k'],
    ['resnetv2_50x1_bit_distilled', 'resnetv2_50x1_bit.goog_distilled_in1k'],
    ['resnetv2_50x1_bitm', 'resnetv2_50x1_bit.goog_in21k_ft_in1k'],
    ['resnetv2_50x1_bitm_in21k', 'resnetv2_50x1_bit.goog_in21k'],
    ['resnetv2_152x2_bit_teacher', 'resnetv2_152x2_bit.goog_teacher_in21k_ft_in1k'],
    ['resnetv2_152x2_bit_teacher_384', 'resnetv2_152x2_bit.goog_teacher_in21k_ft_in1k_384'],
    ['BiT-M-R50x1.npz', 'BiT-M-R50x1'],
    ['BiT-M-R50x1-ILSVRC2012.npz', 'BiT-M-R50x1-ILSVRC2012'],
    ['R50x1_224.npz', 'R50x1_224'],
  ])('finds %s', (text, name) => expect(rowNamed(text)?.name).toBe(name));

  it('finds no row in a name that says none', () => {
    for (const text of ['model.safetensors', 'resnetv2_50x1_bit', 'BiT', 'pytorch_model.bin'])
      expect(rowNamed(text)).toBeUndefined();
  });

  it('knows an architecture by its widths and depths', () => {
    const shape = { embedding_size: 192, hidden_sizes: [768, 1536, 3072, 6144], depths: [3, 4, 23, 3] };
    expect(architectureOf(shape)).toBe('R101x3');
    expect(architectureOf({ ...shape, depths: [3, 4, 6, 2] })).toBeNull();
    expect(architectureOf({ ...shape, embedding_size: 64 })).toBeNull();
  });
});
