import { describe, expect, it } from 'vitest';
import { BitError, type LabelList, type LabelSet, openCheckpoint } from '../bit/index.ts';
import { describeModel } from './describeModel.ts';
import { nameClasses } from './labels.ts';
import type { Choices } from './protocol.ts';

const numbers = (n: number) => Array.from({ length: n }, (_, i) => `LABEL_${i}`);
const list = (n: number): LabelList => ({
  ids: Array.from({ length: n }, (_, i) => `n${String(i).padStart(8, '0')}`),
  names: Array.from({ length: n }, (_, i) => `name ${i}`),
});
const asked: LabelSet[] = [];
async function fetchList(set: LabelSet): Promise<LabelList> {
  asked.push(set);
  return list(set === 'imagenet-1k' ? 1_000 : 21_843);
}
async function offline(): Promise<LabelList> {
  throw new BitError('network', 'no', { file: 'imagenet-1k.tsv' });
}

describe('names of classes', () => {
  it('come from the list of that length where the files only count', async () => {
    const named = await nameClasses(numbers(1_000), undefined, fetchList);
    expect(named).toMatchObject({ from: 'imagenet-1k', missing: null });
    expect(named.labels[7]).toBe('name 7');
    expect((await nameClasses(numbers(21_843), undefined, fetchList)).from).toBe('imagenet-21k');
  });

  it('stay as they are where the files name them, where no list fits, and where that is chosen', async () => {
    asked.length = 0;
    const own = numbers(1_000).map((label) => `my ${label}`);
    expect(await nameClasses(own, undefined, fetchList)).toEqual({
      labels: own,
      from: 'file',
      missing: null,
    });
    expect((await nameClasses(numbers(6), undefined, fetchList)).from).toBe('numbers');
    expect((await nameClasses(numbers(1_000), 'file', fetchList)).labels[1]).toBe('LABEL_1');
    expect(asked).toEqual([]);
  });

  it('put words to WordNet ids', async () => {
    const named = await nameClasses(['n00000002', 'n00000001'], undefined, fetchList);
    expect(named).toEqual({ labels: ['name 2', 'name 1'], from: 'file', missing: null });
  });

  it('stay numbers when the list cannot be fetched, and say which was missing', async () => {
    const named = await nameClasses(numbers(1_000), undefined, offline);
    expect(named).toMatchObject({ from: 'numbers', missing: 'imagenet-1k' });
    expect(named.labels[0]).toBe('LABEL_0');
  });

  it('chosen must be as many as the classes', async () => {
    expect((await nameClasses(numbers(2), ['cat', 'dog'], fetchList)).from).toBe('chosen');
    for (const choice of [['cat'], 'imagenet-1k'] as const)
      await expect(nameClasses(numbers(2), choice, fetchList)).rejects.toMatchObject({
        code: 'config-conflict',
        message: expect.stringContaining('2 classes'),
      });
  });
});

/** A safetensors file of zeros with one pre-activation unit. */
function tiny(classes = 2): Blob {
  const shapes: Record<string, number[]> = {
    'bit.embedder.convolution.weight': [8, 3, 7, 7],
    'bit.encoder.stages.0.layers.0.conv3.weight': [16, 8, 1, 1],
    'classifier.1.weight': [classes, 16],
  };
  let end = 0;
  const header = Object.entries(shapes).map(([name, shape]) => {
    const begin = end;
    end += 4 * shape.reduce((a, b) => a * b, 1);
    return [name, { dtype: 'F32', shape, data_offsets: [begin, end] }] as const;
  });
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const length = new Uint8Array(new BigUint64Array([BigInt(json.length)]).buffer);
  return new Blob([length, json, new Uint8Array(end)]);
}
const json = (name: string, value: unknown) => ({ name, blob: new Blob([JSON.stringify(value)]) });

describe('what a model is', () => {
  const preprocessor = json('preprocessor_config.json', { size: 32, crop_size: 32, do_resize: true });
  const signal = new AbortController().signal;
  const describeTiny = async (files: Parameters<typeof openCheckpoint>[0], choices?: Choices) =>
    describeModel(
      await openCheckpoint([{ name: 'w.safetensors', blob: tiny() }, ...files]),
      { kind: 'files', ...(choices && { choices }) },
      signal,
      fetchList,
    );

  it('says what was assumed, and no longer what was chosen', async () => {
    const first = await describeTiny([]);
    expect(first.assumed).toEqual([
      'num_groups',
      'padding',
      'hidden_act',
      'output_stride',
      'input',
      'normalization',
      'labels',
    ]);
    const then = await describeTiny([], {
      config: { num_groups: 4 },
      processor: { size: 64, crop_size: 64 },
      labels: ['cat', 'dog'],
    });
    expect(then.assumed).toEqual(['padding', 'hidden_act', 'output_stride']);
    expect(then.config).toMatchObject({ num_groups: 4, labels: ['cat', 'dog'] });
  });

  it('trusts tests only with the files’ own preprocessing and network', async () => {
    expect((await describeTiny([preprocessor])).processorAssumed).toBe(false);
    expect((await describeTiny([])).processorAssumed).toBe(true);
    const same = { size: { shortest_edge: 32 }, crop_size: { height: 32, width: 32 } };
    expect((await describeTiny([preprocessor], { processor: same })).processorAssumed).toBe(false);
    expect((await describeTiny([preprocessor], { processor: { size: 33 } })).processorAssumed).toBe(true);
    expect((await describeTiny([preprocessor], { config: { num_groups: 2 } })).processorAssumed).toBe(true);
    expect((await describeTiny([preprocessor], { labels: ['a', 'b'] })).processorAssumed).toBe(false);
  });

  it('refuses a wrong choice in words that name it', async () => {
    await expect(describeTiny([], { config: { num_groups: 5 } })).rejects.toMatchObject({
      code: 'config-conflict',
    });
    await expect(describeTiny([], { processor: { size: -1 } })).rejects.toMatchObject({
      code: 'config-field',
      file: 'the chosen preprocessing',
    });
  });
});
