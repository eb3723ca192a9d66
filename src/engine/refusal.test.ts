import { expect, test } from 'vitest';
import { buildGraph, parseBitConfig } from '../bit/index.ts';
import { createSession } from './session.ts';

test('a graph that the runtime does not take', async () => {
  const graph = buildGraph(parseBitConfig({ depths: [1], hidden_sizes: [256] }));
  const broken = { ...graph, bytes: Uint8Array.of(0xff, 0xff, 0xff) };
  await expect(createSession(broken, new Float32Array(1), 'wasm')).rejects.toMatchObject({
    name: 'BitError',
    code: 'session',
  });
});
