/// <reference types="node" />
import { existsSync, openAsBlob, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BitConfig } from './bit-config.ts';

const roots = [
  join(import.meta.dirname, '../../e2e/fixtures/models'),
  join(process.env.BIT_LENS_SHARED ?? '../shared', 'golden/models'),
].filter((root) => existsSync(root));
const cases = roots.flatMap((root) => readdirSync(root).map((name) => join(root, name)));
const json = (path: string): Record<string, unknown> => JSON.parse(readFileSync(path, 'utf8'));

describe.each(cases)('%s', (dir) => {
  it('resolves to the reference’s fields, which survive being saved', async () => {
    const expected = json(join(dir, 'expected.json'));
    const files = [{ name: 'x/config.json', blob: await openAsBlob(join(dir, 'config.json')) }];
    const config = await BitConfig.from_pretrained(files);
    expect(config).toMatchObject(expected.config_resolved as object);
    if (expected.id2label) expect(config.id2label).toEqual(expected.id2label); // not for the full-size case
    const { num_labels, ...printed } = expected.config_resolved as Record<string, unknown>;
    expect(config.to_dict()).toMatchObject({ ...printed, id2label: config.id2label, model_type: 'bit' });
    expect(Object.keys(config.label2id)).toHaveLength(Number(num_labels));
    const saved = config.to_json_string();
    expect(BitConfig.from_dict(JSON.parse(saved)).to_json_string()).toBe(saved);
  });
});

describe('BitConfig', () => {
  it('takes fields as the Python class does, and keeps what it does not know', () => {
    const config = new BitConfig({
      depths: [1, 1],
      hidden_sizes: [128, 256],
      out_features: ['stem'],
      extra: 1,
    });
    expect(config).toMatchObject({
      stage_names: ['stem', 'stage1', 'stage2'],
      out_indices: [0],
      num_labels: 2,
    });
    expect(config.to_dict()).toMatchObject({ extra: 1, id2label: { 0: 'LABEL_0', 1: 'LABEL_1' } });
    expect(config.label2id).toEqual({ LABEL_0: 0, LABEL_1: 1 });
  });

  it('reads a Blob, parsed JSON and overrides', async () => {
    expect((await BitConfig.from_pretrained(new Blob(['{"num_groups": 16}']))).num_groups).toBe(16);
    expect((await BitConfig.from_pretrained({ num_groups: 16 }, { num_groups: 8 })).num_groups).toBe(8);
  });

  it.each([
    ['no file', []],
    ['no JSON', new Blob(['x'])],
    ['no object', new Blob(['[1]'])],
  ])('refuses %s', async (_, source) => {
    await expect(BitConfig.from_pretrained(source)).rejects.toMatchObject({ code: 'config-json' });
  });
});
