/** Files as they come from elsewhere: made by Python's pickle and zipfile (e2e/fuzz/fixtures.py), not by our writers. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { openNpz } from './npz.ts';
import { openCheckpoint } from './open.ts';
import { openZip } from './zip.ts';

const made = JSON.parse(readFileSync('e2e/fixtures/checkpoints.json', 'utf8')) as Record<string, string>;
const bytesOf = (name: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(made[name] ?? ''), (c) => c.charCodeAt(0));
const names = (start: RegExp): string[] => Object.keys(made).filter((name) => start.test(name));

test('there are all of them', () => expect(Object.keys(made)).toHaveLength(17));

describe('torch', () => {
  test.each(names(/^(zip|older)/))('%s', async (name) => {
    const { checkpoint } = await openCheckpoint([{ name: 'weights', blob: new Blob([bytesOf(name)]) }]);
    const values = async (tensor: string): Promise<number[]> => [...(await checkpoint.read(tensor))];
    expect([...checkpoint.tensors.keys()]).toEqual([
      'embedder.convolution.weight',
      'transposed',
      'parameter',
      'attributed',
    ]);
    expect(await values('embedder.convolution.weight')).toEqual([0, 1, 2, 3, 4, 5]);
    expect(await values('transposed')).toEqual([0, 3, 1, 4, 2, 5]);
    expect(await values('parameter')).toEqual([3, 5]);
    expect(await values('attributed')).toEqual([5]);
  });
});

describe('numpy', () => {
  test.each(names(/^npz/))('%s', async (name) => {
    const blob = new Blob([bytesOf(name)]);
    const { checkpoint } = await openCheckpoint([{ name: 'model', blob }]);
    expect(checkpoint.tensors.get('embedder.convolution.weight')?.shape).toEqual([2, 3, 1, 1]);
    expect([...(await checkpoint.read('embedder.convolution.weight'))]).toEqual([0, 1, 2, 3, 4, 5]);
    const arrays = await openNpz(await openZip({ name: 'model', blob }));
    expect([...arrays.tensors.keys()].slice(1)).toEqual(['v2', 'v3', 'pad16']);
    expect([...(await arrays.read('v2'))]).toEqual([0, 1, 2, 3, 4, 5]);
    expect([...(await arrays.read('v3'))]).toEqual([0.5]);
    expect([...(await arrays.read('pad16'))]).toEqual([0, 1, 2, 3, 4, 5]);
  });
});
