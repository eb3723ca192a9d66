import { beforeEach, describe, expect, it, vi } from 'vitest';
import { BitError } from '../../bit/errors.ts';
import type { ClassMaps } from '../../engine/protocol.ts';
import { classification, fakeApp, modelInfo, settle } from '../fakeEngine.ts';
import { BUILT_IN } from '../models/models.ts';
import { spokenText } from '../shell/status.ts';
import { en } from '../strings.ts';
import { canMap, mappedClass } from './maps.ts';
import { type Picture, selectedPicture } from './picture.ts';

beforeEach(() => vi.stubGlobal('fetch', async () => new Response('png')));

const axis = { first: 0.5, step: 1 };
const maps: ClassMaps = { classes: [3], data: Float32Array.of(1), width: 1, height: 1, x: axis, y: axis };
const answer = {
  ...classification,
  scores: [...classification.scores, { index: 7, label: 'pier', score: 0.1 }],
};

/** An app with two own pictures, the first of them shown; the model waits to be opened. */
async function started(kept?: Map<string, string>) {
  const fake = fakeApp(kept === undefined ? {} : { kept });
  fake.app().addPictures([new File(['x'], 'a'), new File(['x'], 'b')], '');
  void fake.app().openModel(BUILT_IN);
  await settle();
  return fake;
}
async function opened(kept?: Map<string, string>) {
  const fake = await started(kept);
  fake.opens[0]?.resolve(modelInfo(''));
  await settle();
  return fake;
}
const shown = (fake: ReturnType<typeof fakeApp>): Picture => {
  const picture = selectedPicture(fake.app());
  if (picture === undefined) throw new Error('no picture is shown');
  return picture;
};
const never = new AbortController().signal;

describe('maps in Look', () => {
  it('come with the answer to the picture that is shown, and only with that', async () => {
    const fake = await opened();
    expect(fake.classifies.map(({ name, maps }) => [name, maps])).toEqual([
      ['a', true],
      ['b', false],
    ]);
  });

  it('do not come while they are off, which is remembered', async () => {
    const kept = new Map<string, string>();
    const first = await started(kept);
    first.app().nextOverlay();
    expect(first.app().overlay).toBe('veil');
    first.app().setOverlay('off');
    const second = await opened(kept);
    expect(second.app().overlay).toBe('off');
    expect(second.classifies.map(({ maps }) => maps)).toEqual([false, false]);
  });

  it('go round the overlays, and a class asked for while they are off brings the last one back', async () => {
    const fake = await opened();
    const seen = [0, 1, 2, 3].map(() => {
      fake.app().nextOverlay();
      return fake.app().overlay;
    });
    expect(seen).toEqual(['veil', 'cells', 'off', 'heat']);
    fake.app().setOverlay('cells');
    fake.app().setOverlay('off');
    fake.app().showMap(7);
    expect(fake.app().overlay).toBe('cells');
  });

  it('are of the best class until another is chosen, for that picture only', async () => {
    const fake = await opened();
    fake.app().showMap(7);
    const [a, b] = fake.app().own;
    if (!a || !b) throw new Error('a picture is missing');
    expect(mappedClass(fake.app(), a, answer)?.label).toBe('pier');
    expect(mappedClass(fake.app(), b, answer)?.label).toBe('yawl');
    fake.app().showMap(99); // no class of this answer
    expect(mappedClass(fake.app(), a, answer)?.label).toBe('yawl');
  });

  it('are found for an answer without them, and put into that answer only', async () => {
    const fake = await opened();
    fake.classifies[0]?.resolve(answer);
    await settle();
    const before = shown(fake);
    const finding = fake.app().findMaps(before, never);
    await settle();
    expect(fake.maps.map(({ name }) => name)).toEqual(['a']);
    fake.maps[0]?.resolve({ ...maps, seen: answer.seen });
    await finding;
    expect(shown(fake).answer?.maps).toMatchObject(maps);

    void fake.app().findMaps(before, never); // of an answer that stands no more
    await settle();
    fake.maps[1]?.resolve({ ...maps, classes: [1], seen: answer.seen });
    await settle();
    expect(shown(fake).answer?.maps?.classes).toEqual([3]);
  });

  it('say what went wrong, but not when the person went on', async () => {
    const fake = await opened();
    fake.classifies[0]?.resolve(answer);
    await settle();
    const gone = new AbortController();
    const left = fake.app().findMaps(shown(fake), gone.signal);
    gone.abort();
    await left;
    expect(fake.app().mapError).toBeNull();
    const failing = fake.app().findMaps(shown(fake), never);
    await settle();
    fake.maps.at(-1)?.reject(new BitError('memory', 'no room'));
    await failing;
    expect(fake.app().mapError).toMatchObject({ answer: shown(fake).answer, it: { code: 'memory' } });
  });

  it('are read out once asked for, until the picture has another answer', async () => {
    const fake = await opened();
    fake.classifies[0]?.resolve(answer);
    await settle();
    expect(fake.app().mapAsked).toBe(false);
    fake.app().showMap(7);
    expect(fake.app().mapAsked).toBe(true);
    fake.app().sayMap(answer, 'the map');
    expect(fake.app().mapAsked).toBe(false);
    expect(spokenText(fake.app(), en)).toBe('the map');
    fake.app().step(1);
    expect(spokenText(fake.app(), en)).not.toBe('the map');
  });

  it('are not offered for someone else’s .onnx', async () => {
    const fake = await started();
    expect(canMap(fake.app())).toBe(true);
    fake.opens[0]?.resolve({ ...modelInfo(''), format: 'onnx' });
    await settle();
    expect(canMap(fake.app())).toBe(false);
    expect(fake.classifies.map(({ maps }) => maps)).toEqual([false, false]);
  });
});
