import { expect, test, vi } from 'vitest';
import { type Head, type NamedBlob, parseBitConfig, parseProcessorConfig } from '../bit/index.ts';
import { modelKey } from './modelKey.ts';

const { signal } = new AbortController();
const file = (name: string, text: string): NamedBlob => ({ name, blob: new Blob([text]) });
const net = { embedding_size: 8, depths: [1, 1], hidden_sizes: [8, 16], num_groups: 4 };
const model = {
  files: [file('model.safetensors', 'weights'), file('config.json', '{}')],
  config: parseBitConfig({ ...net, num_labels: 2 }),
  processor: parseProcessorConfig({ size: { shortest_edge: 64 } }),
};
const head: Head = { labels: ['a', 'b'], weight: Float32Array.of(1, 2, 3, 4), bias: Float32Array.of(5, 6) };
const key = (change: Partial<typeof model> = {}, taught: Head | null = null, stop = signal) =>
  modelKey({ ...model, ...change }, taught, stop);

test('the same model has the same key on every visit, however its files are called', async () => {
  expect(await key()).toMatch(/^[0-9a-f]{64}$/);
  expect(await key({ files: [file('other.safetensors', 'weights')] })).toBe(await key());
  expect(await key({}, { ...head, weight: head.weight.slice() })).toBe(await key({}, head));
});

test('other weights, preprocessing, config, names or heads have other keys; someone else’s .onnx has one', async () => {
  const keys = await Promise.all([
    key(),
    key({ files: [file('model.safetensors', 'Weights')] }),
    key({ files: [file('model.onnx', 'graph')] }),
    key({ files: [file('model.onnx', 'graph'), file('model.onnx.data', 'weights')] }),
    key({ processor: parseProcessorConfig({ size: { shortest_edge: 65 } }) }),
    key({ config: parseBitConfig({ ...net, id2label: { 0: 'x', 1: 'y' } }) }),
    key({}, head),
    key({}, { ...head, labels: ['a', 'c'] }),
    key({}, { ...head, weight: Float32Array.of(1, 2, 3, 5) }),
    key({}, { ...head, bias: Float32Array.of(5, 7) }),
  ]);
  expect(new Set(keys).size).toBe(keys.length);
});

test('the weights are read once, for every head', async () => {
  const files = [file('model.safetensors', 'weights')];
  const read = vi.spyOn(files[0]?.blob ?? new Blob(), 'slice');
  await Promise.all([key({ files }), key({ files }, head)]);
  await key({ files });
  expect(read).toHaveBeenCalledTimes(1);
});

test('cancelling is heard, forgotten, and stops nobody else', async () => {
  const files = [file('model.safetensors', 'weights')];
  const stop = new AbortController();
  const cancelled = expect(key({ files }, null, stop.signal)).rejects.toMatchObject({ code: 'aborted' });
  const other = key({ files });
  stop.abort();
  await cancelled;
  expect(await other).toBe(await key());
  await expect(key({ files }, null, stop.signal)).rejects.toMatchObject({ code: 'aborted' });
});
