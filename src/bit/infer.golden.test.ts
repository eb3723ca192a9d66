/** What the tensors of the reference models show of their config; the committed cases, and the larger set where it is. */
import { existsSync, openAsBlob, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openCheckpoint } from './checkpoint/open.ts';
import { parseBitConfig } from './config.ts';
import { modelConfig } from './infer.ts';
import { stageWidths } from './widths.ts';

const roots = ['e2e/fixtures/models', join(process.env.BIT_LENS_SHARED ?? '../shared', 'golden/models')];
const cases = roots
  .filter(existsSync)
  .flatMap((root) => readdirSync(root).map((name) => join(root, name)))
  .filter((dir) => existsSync(join(dir, 'config.json')) && !existsSync(join(dir, 'recipe.json')));

describe('reference models without their config.json', () => {
  test.each(cases)('%s', async (dir) => {
    const weights = readdirSync(dir).filter((file) =>
      /\.(safetensors|npz)$|^pytorch.*bin$|index\.json$/.test(file),
    );
    const files = await Promise.all(
      weights.map(async (name) => ({ name, blob: await openAsBlob(join(dir, name)) })),
    );
    const { config } = modelConfig(await openCheckpoint(files));
    const own = parseBitConfig(JSON.parse(readFileSync(join(dir, 'config.json'), 'utf8')));
    const stages = own.depths.slice(0, own.hidden_sizes.length);
    expect(config.depths).toEqual(stages);
    expect(config.hidden_sizes).toEqual(stageWidths(own));
    for (const field of ['embedding_size', 'num_channels', 'layer_type'] as const)
      expect(config[field]).toBe(own[field]);
    // the assumption must at least open: groups divide every width
    expect(config.num_groups % own.num_groups === 0 || own.num_groups % config.num_groups === 0).toBe(true);
  });
});
