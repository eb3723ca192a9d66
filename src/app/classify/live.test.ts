import { beforeEach, describe, expect, it, vi } from 'vitest';
import { BitError } from '../../bit/errors.ts';
import type { Raster } from '../../bit/index.ts';
import type { ClassMaps } from '../../engine/protocol.ts';
import { classification, fakeApp, modelInfo, settle } from '../fakeEngine.ts';
import { BUILT_IN } from '../models/models.ts';
import { selectedPicture } from './picture.ts';
import type { Taught } from './taught.ts';

beforeEach(() => vi.stubGlobal('fetch', async () => new Response('png')));

type Fake = ReturnType<typeof fakeApp>;
const files = (...names: string[]) => names.map((name) => new File(['x'], name));
const frame: Raster = { mode: 'RGB', width: 1, height: 1, channels: 4, data: new Uint8ClampedArray(4) };
const jpeg = new Blob(['x'], { type: 'image/jpeg' });
const axis = { first: 0.5, step: 1 };
const maps: ClassMaps = { classes: [3], data: Float32Array.of(1), width: 1, height: 1, x: axis, y: axis };

/** A head that says "none of these" when the test lets it. */
function taught() {
  let say: (none: boolean) => void = () => undefined;
  const isNone = () =>
    new Promise<boolean>((resolve) => {
      say = resolve;
    });
  const head: Taught = {
    id: 'x',
    project: null,
    file: null,
    name: 'x',
    labels: ['a'],
    evaluation: [],
    isNone,
  };
  return { head, say: (none: boolean) => say(none) };
}

/** An app with an open model, two answered pictures of a person, and nothing to do. */
async function ready(): Promise<Fake> {
  const fake = fakeApp();
  fake.app().addPictures(files('a', 'b'), 'coast');
  void fake.app().openModel(BUILT_IN);
  await settle();
  fake.opens[0]?.resolve(modelInfo(''));
  await settle();
  for (const { resolve } of fake.classifies.splice(0)) resolve(classification);
  await settle();
  return fake;
}
async function watching(): Promise<Fake> {
  const fake = await ready();
  fake.app().openCamera();
  return fake;
}

describe('the camera', () => {
  it('stands in for the chosen picture while it is on, in the Picture view', async () => {
    const fake = await ready();
    fake.app().setView('table');
    fake.app().openCamera();
    expect(fake.app().view).toBe('picture');
    expect(selectedPicture(fake.app())).toBe(fake.app().live);
    expect(fake.app().own.map(({ name }) => name)).toEqual(['a', 'b']); // it is none of the set
    fake.app().closeCamera();
    expect(fake.app().live).toBeNull();
    expect(selectedPicture(fake.app())?.name).toBe('a');
  });

  it.each<[string, (fake: Fake) => void]>([
    ['choosing a picture', (fake) => fake.app().select(fake.app().own[1]?.id ?? -1)],
    ['the next picture', (fake) => fake.app().step(1)],
    ['new pictures', (fake) => fake.app().addPictures(files('c'), '')],
    ['the Table', (fake) => fake.app().setView('table')],
    ['the Score', (fake) => fake.app().setView('score')],
    ['Teach', (fake) => fake.app().arrive('teach')],
    ['Models', (fake) => fake.app().arrive('models')],
  ])('is closed by %s', async (_, act) => {
    const fake = await watching();
    const seeing = fake.app().see(frame);
    act(fake);
    expect(fake.app().live).toBeNull();
    await seeing; // the engine was told to give it up
    expect(fake.app().live).toBeNull();
  });

  it('stays on in the view and the place that it is in', async () => {
    const fake = await watching();
    fake.app().setView('picture');
    fake.app().arrive('look');
    fake.app().removePictures(fake.app().own.map(({ id }) => id));
    expect(fake.app().live).not.toBeNull();
  });
});

describe('what the camera sees', () => {
  it('is answered with maps while an overlay is on, and without while none is', async () => {
    const fake = await watching();
    const seeing = fake.app().see(frame);
    expect(fake.classifies.map(({ name, maps }) => [name, maps])).toEqual([['camera', true]]);
    fake.classifies[0]?.resolve({ ...classification, maps });
    await seeing;
    expect(fake.app().live).toMatchObject({ state: 'answered', answer: { maps }, none: false, error: null });
    fake.app().setOverlay('off');
    void fake.app().see(frame);
    expect(fake.classifies[1]?.maps).toBe(false);
  });

  it('has the maps for itself: a picture that is answered meanwhile comes without', async () => {
    const fake = await watching();
    fake.app().keepFrame(jpeg);
    await settle();
    expect(fake.classifies.map(({ name, maps }) => [name, maps])).toEqual([['camera 1.jpg', false]]);
  });

  it('is answered with the correction in force', async () => {
    const fake = await watching();
    fake.store.setState({ correction: { temperature: 1.5, tested: [] } });
    void fake.app().see(frame);
    expect(fake.classifies[0]?.temperature).toBe(1.5);
  });

  it('shows the latest answer, and resolves only when the next frame may come', async () => {
    const fake = await watching();
    let done = 0;
    const see = () =>
      void fake
        .app()
        .see(frame)
        .then(() => done++);
    see();
    await settle();
    expect(done).toBe(0);
    fake.classifies[0]?.resolve(classification);
    await settle();
    expect(done).toBe(1);
    see();
    const scores = [{ index: 7, label: 'pier', score: 0.6 }];
    fake.classifies[1]?.resolve({ ...classification, scores });
    await settle();
    expect(fake.app().live?.answer?.scores[0]?.label).toBe('pier');
    expect(fake.app().own.map(({ answer }) => answer?.scores[0]?.label)).toEqual(['yawl', 'yawl']);
  });

  it('says what went wrong in place of the old answer, until a frame is answered again', async () => {
    const fake = await watching();
    const answer = async (settled: (asked: Fake['classifies'][number]) => void) => {
      const seeing = fake.app().see(frame);
      const asked = fake.classifies.at(-1);
      if (asked) settled(asked);
      await seeing;
      return fake.app().live;
    };
    await answer(({ resolve }) => resolve(classification));
    expect(await answer(({ reject }) => reject(new BitError('memory', 'no room')))).toMatchObject({
      state: 'failed',
      answer: null,
      error: { code: 'memory' },
    });
    expect(await answer(({ resolve }) => resolve(classification))).toMatchObject({
      state: 'answered',
      error: null,
    });
  });

  it('counts as none of the taught where the head says so', async () => {
    const fake = await watching();
    const { head, say } = taught();
    fake.store.setState({ taught: head });
    const seeing = fake.app().see(frame);
    fake.classifies[0]?.resolve(classification);
    await settle();
    say(true);
    await seeing;
    expect(fake.app().live).toMatchObject({ state: 'answered', none: true });
  });

  it('is not asked for before a model is open, nor while the camera is off', async () => {
    const early = fakeApp();
    early.app().openCamera();
    await early.app().see(frame);
    expect(early.classifies).toEqual([]);
    const off = await ready();
    await off.app().see(frame);
    expect(off.classifies).toEqual([]);
  });

  it('is dropped when it comes after closing, and never shown for another camera', async () => {
    const fake = await watching();
    const { head, say } = taught();
    fake.store.setState({ taught: head });
    const seeing = fake.app().see(frame);
    fake.classifies[0]?.resolve(classification);
    await settle(); // the answer is here, and waits for the head's word
    fake.app().closeCamera();
    say(false);
    await seeing;
    expect(fake.app().live).toBeNull();

    fake.app().openCamera();
    const again = fake.app().see(frame);
    fake.classifies[1]?.resolve(classification);
    await settle();
    fake.app().openCamera();
    say(false);
    await again;
    expect(fake.app().live).toMatchObject({ state: 'waiting', answer: null });
  });

  it('is given up at once by closing, and that is no failure', async () => {
    const fake = await watching();
    const seeing = fake.app().see(frame);
    fake.app().closeCamera();
    await seeing;
    expect(fake.app().live).toBeNull();
  });
});

describe('a frame that is kept', () => {
  it('joins the set, chosen and answered like any picture, while the camera stays on', async () => {
    const fake = await watching();
    const { live } = fake.app();
    fake.app().keepFrame(jpeg);
    fake.app().keepFrame(jpeg);
    expect(fake.app().live).toBe(live);
    expect(fake.app().own.map(({ name }) => name)).toEqual(['a', 'b', 'camera 1.jpg', 'camera 2.jpg']);
    expect(fake.app().own.at(-1)?.blob?.type).toBe('image/jpeg');
    await settle();
    for (const { resolve } of fake.classifies.splice(0)) resolve(classification);
    await settle();
    expect(fake.app().own.every(({ state }) => state === 'answered')).toBe(true);
    fake.app().closeCamera();
    expect(selectedPicture(fake.app())?.name).toBe('camera 2.jpg');
  });

  it('is a set of its own where there was none: no folder’s, and without the samples’ work', async () => {
    const fake = await ready();
    fake.app().removePictures(fake.app().own.map(({ id }) => id));
    await settle();
    expect(fake.app().batch?.total).toBe(4); // the samples are looked at again
    fake.app().openCamera();
    fake.app().keepFrame(jpeg);
    await settle();
    expect(fake.app().folder).toBe('');
    expect(fake.app().batch).toMatchObject({ total: 1, done: 0 });
    expect(fake.app().samples.map(({ state }) => state)).not.toContain('looking');
  });
});
