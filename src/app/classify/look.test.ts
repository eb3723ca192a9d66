import { beforeEach, describe, expect, it, vi } from 'vitest';
import { BitError } from '../../bit/errors.ts';
import { classification, fakeApp, modelInfo, settle } from '../fakeEngine.ts';
import { BUILT_IN } from '../models/models.ts';
import { answering, lineOf, selectedPicture, shown } from './picture.ts';

const files = (...names: string[]) => names.map((name) => new File(['x'], name));
beforeEach(() => vi.stubGlobal('fetch', async () => new Response('png')));

/** An app whose built-in model is open and whose samples have been answered. */
async function ready() {
  const fake = fakeApp();
  void fake.app().openModel(BUILT_IN);
  await settle();
  fake.opens[0]?.resolve(modelInfo(''));
  await settle();
  while (fake.classifies.length > 0) {
    fake.classifies.shift()?.resolve(classification);
    await settle();
  }
  return fake;
}
const states = (fake: ReturnType<typeof fakeApp>) => shown(fake.app()).map(({ state }) => state);

describe('looking at pictures', () => {
  it('waits for a model, then answers two at a time and keeps the batch', async () => {
    const fake = fakeApp();
    fake.app().addPictures(files('a', 'b', 'c'), 'coast');
    await settle();
    expect(fake.classifies).toEqual([]);
    void fake.app().openModel(BUILT_IN);
    await settle();
    fake.opens[0]?.resolve(modelInfo(''));
    await settle();
    expect(fake.classifies.map(({ name }) => name)).toEqual(['a', 'b']);
    for (let n = 0; n < 3; n++) {
      fake.classifies.shift()?.resolve(classification);
      await settle();
    }
    expect(states(fake)).toEqual(['answered', 'answered', 'answered']);
    expect(fake.app().batch).toMatchObject({ total: 3, done: 3 });
    expect(fake.app().batch?.ms).not.toBeNull();
    expect(fake.app().folder).toBe('coast');
  });

  it('makes an unreadable file a row with its reason', async () => {
    const fake = await ready();
    fake.app().addPictures(files('scan.tif', 'b'), '');
    await settle();
    fake.classifies[0]?.reject(new BitError('image-unreadable', 'no format', { file: 'scan.tif' }));
    fake.classifies[1]?.resolve(classification);
    await settle();
    expect(states(fake)).toEqual(['failed', 'answered']);
    expect(shown(fake.app())[0]?.error).toEqual({
      code: 'image-unreadable',
      message: 'scan.tif: no format',
      file: 'scan.tif',
    });
  });

  it('starts nothing between a lost worker and the reopened model', async () => {
    const fake = await ready();
    fake.tell({ kind: 'worker-replaced', reason: 'hung', detail: 'no beat' });
    fake.app().addPictures(files('a'), '');
    await settle();
    expect(fake.classifies).toEqual([]);
    fake.tell({ kind: 'model-reopened', model: modelInfo('') });
    await settle();
    expect(fake.classifies.map(({ name }) => name)).toEqual(['a']);
    expect(fake.app().notices[0]).toMatchObject({ kind: 'replaced', reason: 'hung' });
  });

  it('stops, and goes on where it stopped', async () => {
    const fake = await ready();
    fake.app().addPictures(files('a', 'b', 'c'), '');
    await settle();
    fake.classifies.shift()?.resolve(classification);
    await settle();
    fake.app().stopWork();
    await settle();
    expect(states(fake)).toEqual(['answered', 'stopped', 'stopped']);
    fake.classifies.length = 0;
    fake.app().goOn();
    await settle();
    expect(fake.classifies.map(({ name }) => name)).toEqual(['b', 'c']);
    expect(fake.app().batch).toMatchObject({ total: 2, done: 0, ms: null });
  });

  it('removes a picture and brings it back in its place', async () => {
    const fake = await ready();
    fake.app().addPictures(files('a', 'b', 'c'), '');
    const [, b] = shown(fake.app());
    fake.app().select(b?.id ?? -1);
    fake.app().removePictures([b?.id ?? -1]);
    expect(shown(fake.app()).map(({ name }) => name)).toEqual(['a', 'c']);
    expect(selectedPicture(fake.app())?.name).toBe('c');
    fake.app().undoRemove();
    expect(shown(fake.app()).map(({ name }) => name)).toEqual(['a', 'b', 'c']);
    expect(selectedPicture(fake.app())?.name).toBe('b');
    fake.app().undoRemove();
    expect(shown(fake.app())).toHaveLength(3);
  });

  it('shows the samples again when no own picture is left', async () => {
    const fake = await ready();
    const samples = shown(fake.app()).map(({ name }) => name);
    fake.app().addPictures(files('a'), '');
    expect(shown(fake.app()).map(({ name }) => name)).toEqual(['a']);
    fake.app().removePictures(shown(fake.app()).map(({ id }) => id));
    expect(shown(fake.app()).map(({ name }) => name)).toEqual(samples);
  });

  it('takes one folder alone for a set, and for a class where there are others', async () => {
    const inFolder = (...paths: string[]) =>
      paths.map((path) =>
        Object.assign(new File(['x'], path.split('/').at(-1) ?? ''), { relativePath: path }),
      );
    const alone = await ready();
    alone.app().addPictures(inFolder('run/pictures/1.png', 'run/pictures/2.png'), 'run');
    expect(alone.app().own.map(({ truth }) => truth)).toEqual([null, null]);
    expect(alone.app().view).toBe('picture');
    const fake = await ready();
    fake.app().addPictures(inFolder('fair/jay/1.png', 'fair/owl/2.png'), 'fair');
    fake.app().addPictures(inFolder('more/kite/3.png'), 'more');
    expect(fake.app().own.map(({ truth }) => truth)).toEqual(['jay', 'owl', 'kite']);
    expect(fake.app().view).toBe('score');
  });

  it('asks everything again of another model, and shows no answer of the old one', async () => {
    const fake = await ready();
    fake.app().addPictures(files('a'), '');
    await settle();
    fake.classifies.shift()?.resolve(classification);
    await settle();
    const opened = fake.app().openFiles([{ name: 'other.npz', blob: new Blob() }]);
    await settle();
    expect(states(fake)).toEqual(['answered']);
    fake.opens.at(-1)?.resolve(modelInfo('other.npz'));
    expect(await opened).toBe(true);
    await settle();
    expect(shown(fake.app())[0]).toMatchObject({ state: 'looking', answer: null });
    expect(fake.classifies.map(({ name }) => name)).toEqual(['a']);
  });

  it('keeps the line of each model', async () => {
    const fake = await ready();
    const model = answering(fake.app());
    if (model === null) throw new Error('a model is open');
    expect(lineOf(fake.app(), model)).toBe(50);
    fake.app().setLine(model.key, 70);
    expect(lineOf(fake.app(), model)).toBe(70);
    expect(fake.kept.get('lines')).toContain('70');
    fake.app().setLine(model.key, null);
    expect(lineOf(fake.app(), model)).toBe(50);
  });
});
