import { expect, test } from 'vitest';
import { buildGraph, parseBitConfig } from '../bit/index.ts';
import { createSession } from './session.ts';

test('a graph that the runtime does not take', async () => {
  const graph = buildGraph(parseBitConfig({ depths: [1], hidden_sizes: [256] }));
  const broken = { ...graph, bytes: Uint8Array.of(0xff, 0xff, 0xff) };
  const weights = { data: new Uint8Array(4), ms: () => 0, check: () => undefined };
  await expect(
    createSession(broken, weights, { device: 'wasm', precision: 'float32' }),
  ).rejects.toMatchObject({
    name: 'BitError',
    code: 'session',
  });
});
