/** Every reference model opens and has each tensor its config asks for; skipped where the reference set is absent. */
import { existsSync, openAsBlob, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseBitConfig } from '../config.ts';
import { checkHead } from '../conflicts.ts';
import { buildGraph } from '../graph/resnetv2.ts';
import { checkWeights } from '../graph/weights.ts';
import type { NamedBlob } from './checkpoint.ts';
import { type OpenedFiles, openCheckpoint } from './open.ts';

const root = join(process.env.BIT_LENS_SHARED ?? '../shared', 'golden/models');
const cases = existsSync(root)
  ? readdirSync(root).filter((name) => !existsSync(join(root, name, 'recipe.json')))
  : [];

async function open(name: string): Promise<OpenedFiles> {
  const dir = join(root, name);
  const files: NamedBlob[] = [];
  for (const file of readdirSync(dir)) {
    if (/^img\d|^expected|^timm_config/.test(file)) continue;
    files.push({ name: file, blob: await openAsBlob(join(dir, file)) });
  }
  return openCheckpoint(files);
}

interface Expected {
  readonly model_class: string;
  readonly config_resolved: Record<string, unknown>;
  readonly id2label?: Record<string, string>;
}

describe.skipIf(cases.length === 0)('reference models', () => {
  test.each(cases)('%s', async (name) => {
    const { checkpoint, configJson, processorJson } = await open(name);
    const expected = JSON.parse(readFileSync(join(root, name, 'expected.json'), 'utf8')) as Expected;
    expect(processorJson).toBeDefined();
    const config = parseBitConfig(configJson?.json, configJson?.file);
    const { labels, ...fields } = config;
    expect(fields).toEqual(expected.config_resolved);
    if (expected.id2label) expect(labels).toEqual(Object.values(expected.id2label));
    const graph = buildGraph(config);
    checkWeights(graph, checkpoint);
    const head = checkpoint.tensors.get('classifier.1.weight');
    if (expected.model_class === 'BitForImageClassification') {
      checkHead(config);
      expect(head?.shape).toEqual([config.num_labels, config.hidden_sizes.at(-1)]);
      expect(checkpoint.tensors.get('classifier.1.bias')?.shape).toEqual([config.num_labels]);
    } else expect(head).toBeUndefined();
    for (const [tensor, { shape }] of checkpoint.tensors) {
      const values = await checkpoint.read(tensor);
      expect(values.length).toBe(shape.reduce((a, b) => a * b, 1));
      expect(values.every(Number.isFinite)).toBe(true);
    }
    const planned = graph.weights.length + (head ? 2 : 0);
    expect(checkpoint.tensors.size).toBe(planned);
  });
});

test.skipIf(cases.length > 0)('reference models: skipped, the reference set is absent', () => undefined);
