import { beforeEach, describe, expect, it, vi } from 'vitest';
import { BitError } from '../../bit/errors.ts';
import { fakeApp, modelInfo, settle } from '../fakeEngine.ts';
import { BUILT_IN, modelInUse, modelName } from './models.ts';

beforeEach(() => vi.stubGlobal('fetch', async () => new Response('png')));
const file = (name: string) => ({ name, blob: new Blob(['x']) });

async function ready() {
  const fake = fakeApp();
  void fake.app().openModel(BUILT_IN);
  await settle();
  fake.opens.shift()?.resolve(modelInfo(''));
  await settle();
  return fake;
}

describe('opening models', () => {
  it('keeps the old one answering until the new one is open', async () => {
    const fake = await ready();
    const opened = fake.app().openFiles([file('config.json'), file('big-00001-of-00002.safetensors')]);
    await settle();
    expect(fake.app().inUse).toBe(BUILT_IN);
    expect(fake.app().models[1]).toMatchObject({ name: 'big.safetensors', state: { kind: 'opening' } });
    fake.opens.shift()?.resolve(modelInfo('big.safetensors'));
    expect(await opened).toBe(true);
    expect(modelInUse(fake.app())?.info?.name).toBe('big.safetensors');
  });

  it('keeps the old one when the new one fails, and says why', async () => {
    const fake = await ready();
    const opened = fake.app().openFiles([file('clip.safetensors')]);
    await settle();
    fake.opens.shift()?.reject(new BitError('checkpoint-not-bit', 'no trunk', { file: 'clip.safetensors' }));
    expect(await opened).toBe(false);
    expect(fake.app().inUse).toBe(BUILT_IN);
    expect(fake.app().models[1]?.state).toMatchObject({
      kind: 'failed',
      error: { code: 'checkpoint-not-bit' },
    });
    expect(fake.app().notices[0]).toMatchObject({
      kind: 'not-opened',
      name: 'clip.safetensors',
      builtIn: false,
    });
    fake.app().removeModel(fake.app().models[1]?.id ?? -1);
    expect(fake.app().models).toHaveLength(1);
  });

  it('opens one after another, and cancels without a notice', async () => {
    const fake = await ready();
    const first = fake.app().openFiles([file('a.npz')]);
    const second = fake.app().openFiles([file('b.npz')]);
    await settle();
    expect(fake.opens.map(({ name }) => name)).toEqual(['a.npz']);
    fake.app().cancelOpening(fake.app().models[1]?.id ?? -1);
    expect(await first).toBe(false);
    await settle();
    expect(fake.opens.map(({ name }) => name)).toEqual(['a.npz', 'b.npz']);
    fake.opens[1]?.resolve(modelInfo('b.npz'));
    expect(await second).toBe(true);
    expect(fake.app().notices).toEqual([]);
    expect(fake.app().models[1]?.state).toEqual({ kind: 'closed' });
  });

  it('opens the model in use again for another device', async () => {
    const fake = await ready();
    fake.app().chooseDevice(BUILT_IN, 'wasm');
    await settle();
    expect(fake.opens).toHaveLength(1);
    expect(fake.app().inUse).toBe(BUILT_IN);
    fake.opens.shift()?.reject(new BitError('session', 'no'));
    await settle();
    expect(fake.app().inUse).toBe(BUILT_IN);
    expect(fake.app().models[0]?.state).toEqual({ kind: 'closed' });
  });

  it('tells when the GPU was refused, but not when there is none', async () => {
    for (const [reason, notices] of [
      ['self-check', 1],
      ['no-webgpu', 0],
    ] as const) {
      const fake = fakeApp();
      void fake.app().openModel(BUILT_IN);
      await settle();
      const info = modelInfo('');
      fake.opens[0]?.resolve({ ...info, device: { ...info.device, fallback: { reason, detail: '' } } });
      await settle();
      expect(fake.app().notices).toHaveLength(notices);
    }
  });

  it('names a set of files after its weights', () => {
    expect(modelName([file('config.json'), file('w.pth')])).toBe('w.pth');
    expect(modelName([file('x-00002-of-00003.bin')])).toBe('x.bin');
    expect(modelName([file('config.json')])).toBe('config.json');
  });

  it('opens one of several that were dropped, and lists the others', async () => {
    const fake = await ready();
    fake.app().listFiles([file('b.npz')]);
    expect(fake.app().models[1]).toMatchObject({ name: 'b.npz', state: { kind: 'found' } });
    expect(fake.opens).toEqual([]);
  });
});

describe('what a person says about a model', () => {
  async function withModel() {
    const fake = await ready();
    void fake.app().openFiles([file('w.bin')]);
    await settle();
    fake.opens.shift()?.resolve(modelInfo('w.bin'));
    await settle();
    return { ...fake, id: modelInUse(fake.app())?.id ?? -1 };
  }
  const source = (fake: Awaited<ReturnType<typeof withModel>>) => modelInUse(fake.app())?.source;

  it('opens it again with the choices, and is remembered', async () => {
    const fake = await withModel();
    const chosen = fake.app().choose(fake.id, { config: { num_groups: 8 } });
    await settle();
    expect(source(fake)).not.toHaveProperty('choices');
    fake.opens.shift()?.resolve(modelInfo('w.bin'));
    expect(await chosen).toBeNull();
    expect(source(fake)).toHaveProperty('choices', { config: { num_groups: 8 } });
    const reset = fake.app().choose(fake.id, null);
    await settle();
    fake.opens.shift()?.resolve(modelInfo('w.bin'));
    expect(await reset).toBeNull();
    expect(source(fake)).not.toHaveProperty('choices');
  });

  it('leaves it as it was when it does not open so, and tells only the one who asked', async () => {
    const fake = await withModel();
    const chosen = fake.app().choose(fake.id, { config: { num_groups: 5 } });
    await settle();
    fake.opens.shift()?.reject(new BitError('config-conflict', 'num_groups 5 does not divide 64'));
    expect(await chosen).toMatchObject({ code: 'config-conflict' });
    expect(fake.app()).toMatchObject({ inUse: fake.id, notices: [] });
    expect(modelInUse(fake.app())?.state).toEqual({ kind: 'closed' });
    expect(source(fake)).not.toHaveProperty('choices');
  });

  it('takes a config.json that came later to the model in use', async () => {
    const fake = await withModel();
    const added = fake.app().addToModel([file('config.json')]);
    await vi.waitFor(() => expect(fake.opens).toHaveLength(1));
    fake.opens.shift()?.resolve(modelInfo('w.bin'));
    expect(await added).toBe(true);
    expect(source(fake)).toMatchObject({ files: [{ name: 'config.json' }, { name: 'w.bin' }] });
    expect(fake.app().models).toHaveLength(2);
  });

  it('takes a second file with the first, which was not opened yet', async () => {
    const fake = await withModel();
    const first = fake.app().addToModel([file('config.json')]);
    await vi.waitFor(() => expect(fake.opens).toHaveLength(1));
    const second = fake.app().addToModel([file('preprocessor_config.json')]);
    expect(await first).toBe(false);
    await vi.waitFor(() => expect(fake.opens).toHaveLength(2));
    fake.opens[1]?.resolve(modelInfo('w.bin'));
    expect(await second).toBe(true);
    const files = [{ name: 'preprocessor_config.json' }, { name: 'config.json' }, { name: 'w.bin' }];
    expect(source(fake)).toMatchObject({ files });
    expect(fake.app().notices).toEqual([]);
  });

  it('takes it to the one that failed for the want of it', async () => {
    const fake = await withModel();
    void fake.app().openFiles([file('poor.bin')]);
    await settle();
    fake.opens.shift()?.reject(new BitError('config-conflict', 'no'));
    await settle();
    const added = fake.app().addToModel([file('config.json')]);
    await vi.waitFor(() => expect(fake.opens).toHaveLength(1));
    fake.opens.shift()?.resolve(modelInfo('poor.bin'));
    expect(await added).toBe(true);
    expect(source(fake)).toMatchObject({ files: [{ name: 'config.json' }, { name: 'poor.bin' }] });
  });

  it('takes a list of labels as its names', async () => {
    const fake = await withModel();
    const added = fake.app().addToModel([{ name: 'labels.json', blob: new Blob(['["cat", "dog"]']) }]);
    await vi.waitFor(() => expect(fake.opens).toHaveLength(1));
    fake.opens.shift()?.resolve(modelInfo('w.bin'));
    expect(await added).toBe(true);
    expect(source(fake)).toHaveProperty('choices', { labels: ['cat', 'dog'] });
  });

  it('has nobody to tell when only the built-in model is there', async () => {
    const fake = await ready();
    void fake.app().addToModel([file('config.json')]);
    await vi.waitFor(() => expect(fake.opens).toHaveLength(1));
    fake.opens.shift()?.reject(new BitError('checkpoint-unknown', 'no weights', { file: 'config.json' }));
    await settle();
    expect(fake.app().notices[0]).toMatchObject({ kind: 'not-opened', name: 'config.json' });
  });

  it('is told when the names of the classes could not be fetched', async () => {
    const fake = await ready();
    void fake.app().openFiles([file('w.bin')]);
    await settle();
    fake.opens.shift()?.resolve({ ...modelInfo('w.bin'), labelsMissing: 'imagenet-1k' });
    await settle();
    expect(fake.app().notices[0]).toMatchObject({ kind: 'no-names' });
  });
});
