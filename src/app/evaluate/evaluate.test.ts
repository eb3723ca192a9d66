import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { scoresOf } from '../../bit/head.ts';
import type { Classification } from '../../engine/protocol.ts';
import type { KeptAnswer, Shelf } from '../../engine/shelf/protocol.ts';
import { shown } from '../classify/picture.ts';
import { classification, fakeApp, modelInfo } from '../fakeEngine.ts';
import { BUILT_IN } from '../models/models.ts';
import { FEWEST } from './correct.ts';
import { CORRECTIONS, type Correction } from './evaluate.ts';
import { identityOf } from './kept.ts';
import { KEEP_FROM, KEPT_SET, SAID } from './keptSet.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  vi.stubGlobal('fetch', async () => new Response('png'));
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Lets every promise that can settle do so; no time goes by. */
async function settle(): Promise<void> {
  for (let n = 0; n < 5; n++) await new Promise((resolve) => setImmediate(resolve));
}
async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
  await settle();
}

type Fake = ReturnType<typeof fakeApp>;

/** A file of a folder, as a drop gives it. */
const file = (path: string, bytes = 'x', lastModified = 1_000) =>
  Object.assign(new File([bytes], path.split('/').at(-1) ?? '', { lastModified }), { relativePath: path });
const files = (...paths: string[]) => paths.map((path) => file(path));
/** So many pictures of two classes, in turn. */
const folders = (n: number, set = 'fair') =>
  Array.from({ length: n }, (_, i) => file(`${set}/${i % 2 === 0 ? 'a' : 'b'}/${i}.jpg`));

const LABELS = ['a', 'b'];
/** An answer with its logits, scored with a temperature. */
function answerOf(logits: readonly number[], temperature = 1): Classification {
  const row = Float32Array.from(logits);
  const scores = [...scoresOf(row, 'softmax', temperature)]
    .map((score, index) => ({ index, label: LABELS[index] ?? '', score }))
    .sort((x, y) => y.score - x.score);
  return { ...classification, scores, logits: row };
}
const ANSWER = answerOf([2, 0]);
const best = (fake: Fake) => shown(fake.app()).map(({ answer }) => answer?.scores[0]?.score);

async function answerAll(fake: Fake, answer: Classification = ANSWER): Promise<void> {
  while (fake.classifies.length > 0) {
    for (const { resolve } of fake.classifies.splice(0)) resolve({ ...answer });
    await settle();
  }
}
/** Opens the built-in model, or another by the name of its file. */
async function open(fake: Fake, name = ''): Promise<void> {
  if (name === '') void fake.app().openModel(BUILT_IN);
  else void fake.app().openFiles([{ name, blob: new Blob() }]);
  await settle();
  fake.opens.at(-1)?.resolve(modelInfo(name));
  await settle();
}
/** An app whose built-in model is open and whose samples have been answered. */
async function ready(parts: Parameters<typeof fakeApp>[0] = {}): Promise<Fake> {
  const fake = fakeApp(parts);
  await open(fake);
  await answerAll(fake);
  return fake;
}
async function withPictures(given: readonly File[], folder = '', parts = {}): Promise<Fake> {
  const fake = await ready(parts);
  fake.app().addPictures(given, folder);
  await settle();
  await answerAll(fake);
  return fake;
}

describe('the order of rows', () => {
  it('goes up, down and off by one column; by how sure and by time down first', async () => {
    const { app } = await ready();
    const thrice = (column: 'file' | 'sure' | 'ms') =>
      [0, 1, 2].map(() => {
        app().orderBy(column);
        return app().order && [app().order?.column, app().order?.down];
      });
    expect(thrice('file')).toEqual([['file', false], ['file', true], null]);
    expect(thrice('sure')).toEqual([['sure', true], ['sure', false], null]);
    expect(thrice('ms')).toEqual([['ms', true], ['ms', false], null]);
  });

  it('begins anew with another column', async () => {
    const { app } = await ready();
    app().orderBy('file');
    app().orderBy('file');
    app().orderBy('truth');
    expect(app().order).toEqual({ column: 'truth', down: false });
  });
});

describe('what folders say', () => {
  it('is taken from a folder of folders, which goes to Score', async () => {
    const { app } = await ready();
    app().addPictures(files('fair/owl/1.jpg', 'fair/jay/2.jpg', 'fair/3.jpg'), 'fair');
    expect(app().view).toBe('score');
    expect(app().own.map(({ truth }) => truth)).toEqual(['owl', 'jay', null]);
  });

  it('is nothing for one folder, which stays where it is', async () => {
    const { app } = await ready();
    app().addPictures(files('coast/1.jpg', 'coast/2.jpg'), 'coast');
    expect(app().view).toBe('picture');
    expect(app().own.map(({ truth }) => truth)).toEqual([null, null]);
    app().setView('table');
    app().addPictures(files('coast/3.jpg'), 'coast');
    expect(app().view).toBe('table');
  });

  it('is no test where all lie in one class', async () => {
    const { app } = await ready();
    app().addPictures(files('fair/owl/1.jpg', 'fair/owl/2.jpg'), 'fair');
    expect(app().view).toBe('picture');
  });

  it('is forgotten by just looking, and no answer with it', async () => {
    const fake = await withPictures(folders(4));
    await fake.app().labelBy('0.jpg,a');
    fake.app().justLook();
    expect(fake.app()).toMatchObject({ view: 'picture', tableRead: null });
    expect(fake.app().own.map(({ truth, state }) => [truth, state])).toEqual(
      Array.from({ length: 4 }, () => [null, 'answered']),
    );
  });

  it('is overruled by a person, by a picture or by a folder’s name', async () => {
    const { app } = await withPictures(folders(2));
    const [first, second] = app().own;
    app().setTruths(new Map([[first?.id ?? -1, 'owl']]));
    expect(app().own.map(({ truth }) => truth)).toEqual(['owl', 'b']);
    app().setTruths(new Map([[second?.id ?? -1, null]]));
    expect(app().own.map(({ truth }) => truth)).toEqual(['owl', null]);
    app().mean({ owl: 'a', b: null });
    app().mean({ owl: 'b' });
    expect(app().meant).toEqual({ owl: 'b', b: null });
    app().unmean('b');
    expect(app().meant).toEqual({ owl: 'b' });
  });
});

describe('a table of classes', () => {
  it('says what the pictures show, and goes to Score', async () => {
    const { app } = await withPictures(files('coast/1.jpg', 'coast/2.jpg', 'coast/3.jpg'), 'coast');
    expect(await app().labelBy('file,label\n1.jpg,owl\ncoast/3.jpg,"jay, blue"\nnone.jpg,kite\n')).toBe(2);
    expect(app().own.map(({ truth }) => truth)).toEqual(['owl', null, 'jay, blue']);
    expect(app()).toMatchObject({ view: 'score', tableRead: { lines: 3, matched: 2 } });
  });

  it('changes nothing where it names no picture of the set', async () => {
    const { app } = await withPictures(folders(2));
    app().setView('table');
    const before = app();
    expect(await before.labelBy('none.jpg,owl')).toBe(0);
    expect(await before.labelBy('')).toBe(0);
    expect(app()).toEqual(before);
  });

  it('is no longer told of when folders speak again', async () => {
    const { app } = await withPictures(files('coast/1.jpg'));
    await app().labelBy('1.jpg,owl');
    app().addPictures(folders(4), 'fair');
    expect(app().tableRead).toBeNull();
  });
});

describe('a pause', () => {
  async function paused(): Promise<Fake> {
    const fake = await ready();
    fake.app().addPictures(files('1', '2', '3', '4'), '');
    await settle();
    fake.app().pauseWork();
    return fake;
  }

  it('lets what runs come to its end and starts nothing, until work goes on', async () => {
    const fake = await paused();
    for (const { resolve } of fake.classifies.splice(0)) resolve(ANSWER);
    await pass(1_000);
    expect(fake.classifies).toEqual([]);
    expect(fake.app().own.map(({ state }) => state)).toEqual(['answered', 'answered', 'waiting', 'waiting']);
    fake.app().resumeWork();
    await settle();
    expect(fake.classifies.map(({ name }) => name)).toEqual(['3', '4']);
  });

  it('counts as no time of the work', async () => {
    const fake = await ready();
    fake.app().addPictures(files('1', '2', '3', '4'), '');
    await settle();
    await pass(300);
    fake.app().pauseWork();
    for (const { resolve } of fake.classifies.splice(0)) resolve(ANSWER);
    await pass(60_000);
    fake.app().pauseWork(); // a second time changes nothing
    await pass(40_000);
    fake.app().resumeWork();
    expect(fake.app().batch?.pausedAt).toBeNull();
    await pass(500);
    await answerAll(fake);
    expect(fake.app().batch).toMatchObject({ total: 4, done: 4, ms: 800 });
  });

  it('holds pictures that come meanwhile', async () => {
    const fake = await paused();
    fake.classifies.length = 0;
    fake.app().addPictures(files('5'), '');
    await settle();
    expect(fake.classifies).toEqual([]);
    expect(fake.app().batch?.total).toBe(5);
  });

  it('ends with the last picture, so that the next ones are answered', async () => {
    const fake = await ready();
    fake.app().addPictures(files('1', '2'), '');
    await pass(300);
    fake.app().pauseWork();
    await pass(60_000);
    await answerAll(fake); // both were running
    expect(fake.app().batch).toMatchObject({ done: 2, ms: 300, pausedAt: null });
    fake.app().addPictures(files('3'), '');
    await settle();
    expect(fake.classifies.map(({ name }) => name)).toEqual(['3']);
    expect(fake.app().batch).toMatchObject({ total: 1, pausedAt: null });
  });

  it.each<[string, (fake: Fake) => void | Promise<void>]>([
    ['stopping', (fake) => fake.app().stopWork()],
    ['another model', (fake) => open(fake, 'other.npz')],
    ['removing all', (fake) => fake.app().removePictures(fake.app().own.map(({ id }) => id))],
  ])('ends with %s', async (_, act) => {
    const fake = await paused();
    fake.classifies.length = 0;
    await act(fake);
    fake.app().addPictures(files('6'), '');
    await settle();
    expect(fake.app().batch?.pausedAt).toBeNull();
    expect(fake.classifies.length).toBeGreaterThan(0);
  });

  it('of the samples ends when pictures take their place', async () => {
    const fake = fakeApp();
    await open(fake);
    fake.app().pauseWork();
    fake.classifies.length = 0;
    fake.app().addPictures(files('1'), '');
    await settle();
    expect(fake.classifies.map(({ name }) => name)).toEqual(['1']);
  });

  it('is none where nothing is to be done', async () => {
    const fake = await withPictures(files('1'));
    fake.app().pauseWork();
    expect(fake.app().batch?.pausedAt).toBeNull();
    fake.app().addPictures(files('2'), '');
    await settle();
    expect(fake.classifies.map(({ name }) => name)).toEqual(['2']);
  });
});

describe('a correction', () => {
  const tested = { name: 'fair', n: 30, top1: 0.8, top5: 1, ece15: 0.02 };
  const tenths = Array.from({ length: 10 }, (_, i) => [i, i] as const);
  const correction: Correction = { temperature: 2, tested: [{ ...tested, byConfidenceTenth: tenths }] };
  const fitted = { temperature: 2, fitted: 30, before: 0.1, after: 0.05, tested: correction.tested[0] };
  const WARM = answerOf([2, 0], 2).scores;
  const warmest = WARM[0]?.score;
  const coolest = ANSWER.scores[0]?.score;

  it('is not fitted on fewer pictures than say something', async () => {
    const fake = await withPictures(folders(FEWEST - 1));
    await fake.app().fitCorrection();
    expect(fake.fittings).toEqual([]);
    expect(fake.app()).toMatchObject({ fitting: false, fitted: null, fitError: { code: 'input-shape' } });
    expect(fake.app().fitError?.message).toContain(`${FEWEST - 1}`);
  });

  it('is fitted on the pictures with a class and logits, and on no others', async () => {
    const fake = await withPictures(folders(FEWEST + 3));
    const [first, second, third] = fake.app().own;
    fake.app().setTruths(new Map([[first?.id ?? -1, 'no class']]));
    const bare = { answer: { ...ANSWER, logits: null } };
    const raw = { answer: { ...ANSWER, functionToApply: 'sigmoid' as const } };
    fake.app().setAnswers(
      new Map<number, { answer: Classification }>([
        [second?.id ?? -1, bare],
        [third?.id ?? -1, raw],
      ]),
    );
    const done = fake.app().fitCorrection();
    await settle();
    const { rows } = fake.fittings[0] ?? {};
    expect(fake.app().fitting).toBe(true);
    expect(fake.app().held).toBe(1); // nothing reloads the page meanwhile
    expect(rows).toMatchObject({ classes: 2, name: 'pictures' });
    expect([...(rows?.truths ?? [])]).toEqual(Array.from({ length: FEWEST }, (_, i) => (i + 1) % 2));
    expect([...(rows?.logits ?? [])]).toEqual(Array.from({ length: FEWEST }, () => [2, 0]).flat());
    if (fitted.tested) fake.fittings[0]?.resolve({ ...fitted, tested: fitted.tested });
    await done;
    expect(fake.app()).toMatchObject({ fitting: false, held: 0, fitError: null, fitted: { temperature: 2 } });
    expect(best(fake)[0]).toBe(coolest); // nothing is in force before a person says so
    fake.app().declineFitted();
    expect(fake.app().fitted).toBeNull();
  });

  it('that could not be fitted says why', async () => {
    const fake = await withPictures(folders(FEWEST));
    const done = fake.app().fitCorrection();
    await settle();
    fake.fittings[0]?.reject(new Error('lost'));
    await done;
    expect(fake.app()).toMatchObject({
      fitting: false,
      held: 0,
      fitted: null,
      fitError: { code: 'internal' },
    });
  });

  it('that was fitted for a model is not offered for the next one', async () => {
    const fake = await withPictures(folders(FEWEST));
    const done = fake.app().fitCorrection();
    await settle();
    await open(fake, 'other.npz');
    if (fitted.tested) fake.fittings[0]?.resolve({ ...fitted, tested: fitted.tested });
    await done;
    expect(fake.app()).toMatchObject({ fitting: false, fitted: null, fitError: null });
  });

  it('scores from the logits what is answered, and goes with what is asked from then on', async () => {
    const fake = await withPictures(files('1', '2', '3', '4'));
    const [, second, third] = fake.app().own;
    const sigmoid = { ...ANSWER, functionToApply: 'sigmoid' as const };
    fake.app().setAnswers(
      new Map<number, { answer: Classification; none?: boolean }>([
        [second?.id ?? -1, { answer: { ...ANSWER, logits: null } }],
        [third?.id ?? -1, { answer: sigmoid, none: true }],
      ]),
    );
    await fake.app().correct(correction);
    expect(warmest).toBeLessThan(coolest ?? 0);
    expect(best(fake)).toEqual([warmest, coolest, coolest, warmest]);
    expect(fake.app().own[0]?.answer?.scores).toEqual(WARM);
    expect(fake.app().own[2]?.none).toBe(true);
    expect(fake.app().samples[0]?.answer?.scores).toEqual(WARM);
    fake.app().addPictures(files('5'), '');
    await settle();
    expect(fake.classifies).toMatchObject([{ temperature: 2, logits: true }]);
    await answerAll(fake, answerOf([2, 0], 2));
    await fake.app().correct(null);
    expect(best(fake)).toEqual([coolest, coolest, coolest, coolest, coolest]);
  });

  it('holds for pictures that were being looked at', async () => {
    const fake = await ready();
    fake.app().addPictures(files('1'), '');
    await settle();
    const [asked] = fake.classifies.splice(0);
    await fake.app().correct(correction);
    asked?.resolve(ANSWER); // scored without the temperature
    await settle();
    for (const { temperature, resolve } of fake.classifies.splice(0)) resolve(answerOf([2, 0], temperature));
    await settle();
    expect(fake.app().own[0]).toMatchObject({ state: 'answered', answer: { scores: WARM } });
    expect(fake.app().batch).toMatchObject({ total: 1, done: 1 });
  });

  it('is kept per model, recalled for the same one and for no other', async () => {
    const fake = await withPictures(files('1'));
    await fake.app().correct(correction);
    expect(JSON.parse(fake.kept.get(CORRECTIONS) ?? '')).toEqual({
      'the model': {
        temperature: 2,
        tested: { fair: { n: 30, top1: 0.8, top5: 1, ece15: 0.02, by_confidence_tenth: tenths } },
      },
    });
    fake.model.key = 'another';
    await open(fake, 'other.npz');
    await answerAll(fake);
    expect(fake.app().correction).toBeNull();
    expect(best(fake)).toEqual([coolest]);
    await fake.app().correct({ ...correction, temperature: 4 });

    fake.model.key = 'the model';
    await open(fake);
    await answerAll(fake);
    expect(fake.app().correction).toEqual(correction);
  });

  it('is there at the next visit, for answers that came before it too', async () => {
    const kept = new Map<string, string>();
    await (await ready({ kept })).app().correct(correction);
    const next = fakeApp({ kept });
    let tell: (key: string) => void = () => undefined;
    next.model.key = new Promise((resolve) => {
      tell = resolve;
    });
    await open(next);
    await answerAll(next);
    expect(best(next)[0]).toBe(coolest);
    tell('the model');
    await settle();
    expect(next.app().correction).toEqual(correction);
    expect(best(next)[0]).toBe(warmest);
  });

  it('that is found too late, when another model answers, is not used', async () => {
    const kept = new Map<string, string>();
    await (await ready({ kept })).app().correct(correction);
    const next = fakeApp({ kept });
    let tell: (key: string) => void = () => undefined;
    next.model.key = new Promise((resolve) => {
      tell = resolve;
    });
    await open(next);
    const first = next.model.key;
    next.model.key = 'another';
    await open(next, 'other.npz');
    tell('the model');
    await first;
    await settle();
    expect(next.app().correction).toBeNull();
  });

  it('that was taken back is forgotten, those of other models are not', async () => {
    const fake = await ready();
    await fake.app().correct(correction);
    fake.model.key = 'another';
    await fake.app().correct(correction);
    await fake.app().correct(null);
    expect(fake.app().correction).toBeNull();
    expect(Object.keys(JSON.parse(fake.kept.get(CORRECTIONS) ?? ''))).toEqual(['the model']);
  });

  it('is neither used nor kept where another model was opened meanwhile', async () => {
    const fake = await withPictures(files('1'));
    let tell: (key: string) => void = () => undefined;
    fake.model.key = new Promise((resolve) => {
      tell = resolve;
    });
    const done = fake.app().correct(correction);
    await settle();
    await open(fake, 'other.npz');
    tell('another');
    await done;
    expect(fake.app().correction).toBeNull();
    expect(fake.kept.has(CORRECTIONS)).toBe(false);
  });

  it.each([
    '{',
    'null',
    '[]',
    '7',
    '{"the model": null}',
    '{"the model": {"temperature": 0, "tested": {}}}',
    '{"the model": {"temperature": "2", "tested": {}}}',
    '{"the model": {"temperature": 2, "tested": {"x": 1}}}',
    '{"the model": {"temperature": 2}}',
  ])('that is kept as %s counts as none, and can be replaced', async (text) => {
    vi.spyOn(console, 'error').mockReturnValue(undefined);
    const fake = await withPictures(files('1'), '', { kept: new Map([[CORRECTIONS, text]]) });
    expect(fake.app().correction).toBeNull();
    expect(best(fake)).toEqual([coolest]);
    await fake.app().correct(correction);
    expect(fake.app().correction).toEqual(correction);
    expect(JSON.parse(fake.kept.get(CORRECTIONS) ?? '')['the model'].temperature).toBe(2);
  });
});

/** A shelf that keeps answers as the real one does, and what it was asked. */
function fakeShelf() {
  const given: Parameters<Shelf['keepAnswers']>[0][] = [];
  const asked: Parameters<Shelf['keptAnswers']>[0][] = [];
  const forgotten: (string | undefined)[] = [];
  const rows = new Map<string, KeptAnswer>();
  const state = { room: true, wait: Promise.resolve() };
  const shelf: Partial<Shelf> = {
    async keepAnswers(answers) {
      given.push(answers);
      await state.wait;
      if (!state.room) return false;
      for (const row of answers.rows) rows.set(`${answers.model}\n${answers.set}\n${row.picture}`, row);
      return true;
    },
    async keptAnswers(wanted) {
      asked.push(wanted);
      const found = [...rows].filter(([at]) => at.startsWith(`${wanted.model}\n`)).map(([, row]) => row);
      return new Map(
        found.filter(({ picture }) => wanted.pictures.includes(picture)).map((row) => [row.picture, row]),
      );
    },
    async forgetAnswers(which) {
      forgotten.push(which?.set);
      for (const at of [...rows.keys()]) if (at.split('\n')[1] === which?.set) rows.delete(at);
    },
  };
  return { shelf, given, asked, forgotten, rows, state };
}
const SOON = 1_000;
const all = (fake: Fake) => fake.app().own.map(({ id }) => id);

describe('rows of a large set', () => {
  it('are kept a while after their answers, under the model, the set and each file’s identity', async () => {
    const { shelf, given } = fakeShelf();
    const fake = await ready({ shelf });
    fake.app().addPictures(folders(KEEP_FROM), 'fair');
    await settle();
    await answerAll(fake);
    await pass(SOON - 1);
    expect(given).toEqual([]);
    await pass(1);
    expect(given).toMatchObject([{ model: 'the model', set: 'fair' }]);
    expect(given[0]?.rows.map(({ picture }) => picture)).toEqual(
      folders(KEEP_FROM).map((_, i) => `fair/${i % 2 === 0 ? 'a' : 'b'}/${i}.jpg\n1\n1000`),
    );
    const { scores, functionToApply, width, height, seen, device, ms, logits } = ANSWER;
    const row = { scores, functionToApply, width, height, seen, device, ms, logits, none: false };
    expect(given[0]?.rows[0]).toEqual({ ...row, picture: 'fair/a/0.jpg\n1\n1000' });
    expect(fake.kept.get(KEPT_SET)).toBe(`${KEEP_FROM}\t${KEEP_FROM}\tfair\t`);
    await pass(10 * SOON);
    expect(given).toHaveLength(1); // and not again
  });

  it('know a picture by its path, size and date', () => {
    const identities = [
      file('x/1.jpg'),
      file('x/2.jpg'),
      file('x/1.jpg', 'longer'),
      file('x/1.jpg', 'x', 2_000),
    ].map((blob) => identityOf({ path: blob.relativePath, blob }));
    expect(new Set(identities).size).toBe(4);
    expect(identityOf({ path: 'x/1.jpg', blob: file('x/1.jpg') })).toBe(identities[0]);
    expect(identityOf({ path: 'x', blob: null })).toBe('x\n0\n0');
  });

  it('are not kept of a small set, ever', async () => {
    const { shelf, given, asked } = fakeShelf();
    const fake = await withPictures(folders(KEEP_FROM - 1), 'fair', { shelf });
    await pass(10 * SOON);
    expect([given, asked]).toEqual([[], []]);
    expect(fake.kept.has(KEPT_SET)).toBe(false);
  });

  it('are no longer kept of a set that has become small', async () => {
    const { shelf, given } = fakeShelf();
    const fake = await ready({ shelf });
    fake.app().addPictures(folders(KEEP_FROM), 'fair');
    await settle();
    fake.app().removePictures(all(fake).slice(-1));
    await answerAll(fake);
    await pass(10 * SOON);
    expect(given).toEqual([]);
  });

  it('are kept while the work goes on, each once; failures are done with, but no rows', async () => {
    const { shelf, given } = fakeShelf();
    const fake = await ready({ shelf });
    fake.app().addPictures(folders(KEEP_FROM), 'fair');
    await settle();
    fake.classifies.shift()?.resolve({ ...ANSWER });
    fake.classifies.shift()?.reject(new Error('no'));
    await settle();
    await pass(SOON);
    expect(given.map(({ rows }) => rows.length)).toEqual([1]);
    expect(fake.kept.get(KEPT_SET)).toBe(`2\t${KEEP_FROM}\tfair\t`);
    await answerAll(fake);
    await pass(SOON);
    expect(given.map(({ rows }) => rows.length)).toEqual([1, KEEP_FROM - 2]);
  });

  it('that come while others are being written are kept after them', async () => {
    const { shelf, given, state } = fakeShelf();
    let written: () => void = () => undefined;
    state.wait = new Promise((resolve) => {
      written = resolve;
    });
    const fake = await ready({ shelf });
    fake.app().addPictures(folders(KEEP_FROM), 'fair');
    await settle();
    fake.classifies.shift()?.resolve({ ...ANSWER });
    await pass(SOON);
    await answerAll(fake); // the last change of all
    written();
    await pass(2 * SOON);
    expect(given.map(({ rows }) => rows.length)).toEqual([1, KEEP_FROM - 1]);
  });

  it('for which there is no room are offered to nobody', async () => {
    const { shelf, given, state } = fakeShelf();
    state.room = false;
    const fake = await withPictures(folders(KEEP_FROM), 'fair', { shelf });
    await pass(10 * SOON);
    expect(given).toHaveLength(1);
    expect(fake.kept.has(KEPT_SET)).toBe(false);
  });

  it('are kept for the model that gave them, not for one that was opened meanwhile', async () => {
    const { shelf, given } = fakeShelf();
    const fake = await withPictures(folders(KEEP_FROM), 'fair', { shelf });
    fake.model.key = 'another';
    await open(fake, 'other.npz');
    await answerAll(fake);
    await pass(2 * SOON);
    expect(given.map(({ model, rows }) => [model, rows.length])).toEqual([['another', KEEP_FROM]]);
  });
});

describe('rows of an earlier visit', () => {
  /** A visit in which all rows of a set were kept. */
  async function earlier(n = KEEP_FROM, answer = ANSWER) {
    const kept = new Map<string, string>();
    const shelf = fakeShelf();
    const fake = await ready({ shelf: shelf.shelf, kept });
    fake.app().addPictures(folders(n), 'fair');
    await settle();
    await answerAll(fake, answer);
    await pass(SOON);
    expect(shelf.rows.size).toBe(n);
    shelf.given.length = 0;
    return { ...shelf, kept, fake };
  }

  it('are given again to the same pictures, which the engine is not asked for', async () => {
    const { shelf, kept, given, asked } = await earlier();
    const fake = await ready({ shelf, kept });
    fake.app().addPictures(folders(KEEP_FROM + 2), 'fair');
    await settle();
    expect(asked).toMatchObject([{ model: 'the model' }]);
    expect(fake.classifies.map(({ name }) => name)).toEqual(['20.jpg', '21.jpg']);
    expect(fake.app().takenUp).toBe(KEEP_FROM);
    expect(fake.app().batch).toMatchObject({ total: 2, done: 0, ms: null }); // the others were no work
    await answerAll(fake);
    expect(fake.app().own.every(({ state }) => state === 'answered')).toBe(true);
    expect(fake.app().batch?.ms).not.toBeNull();
    await pass(SOON);
    expect(given.map(({ rows }) => rows.length)).toEqual([2]); // what was kept is not kept again
    expect(fake.kept.get(KEPT_SET)).toBe(`22\t22\tfair\t`);
  });

  it('keep what counts as none of the classes', async () => {
    const { shelf, kept, rows } = await earlier();
    for (const [at, row] of rows) rows.set(at, { ...row, none: true });
    const fake = await withPictures(folders(KEEP_FROM), 'fair', { shelf, kept });
    expect(fake.app().own.every(({ none }) => none)).toBe(true);
  });

  it('wait for the model where the pictures came first', async () => {
    const { shelf, kept, asked } = await earlier();
    const fake = fakeApp({ shelf, kept });
    fake.app().addPictures(folders(KEEP_FROM), 'fair');
    await settle();
    expect(asked).toEqual([]);
    await open(fake);
    expect(fake.classifies).toEqual([]);
    expect(fake.app().takenUp).toBe(KEEP_FROM);
    expect(fake.app().batch).toBeNull();
  });

  it('are not given to changed files, nor by another model', async () => {
    const { shelf, kept } = await earlier();
    const changed = await ready({ shelf, kept });
    changed.app().addPictures(
      folders(KEEP_FROM).map(({ relativePath }) => file(relativePath, 'changed')),
      'fair',
    );
    await settle();
    expect(changed.app().takenUp).toBe(0);
    expect(changed.classifies).toHaveLength(2);
    const other = await ready({ shelf, kept });
    other.model.key = 'another';
    other.app().addPictures(folders(KEEP_FROM), 'fair');
    await settle();
    expect(other.app().takenUp).toBe(0);
    expect(other.classifies).toHaveLength(2);
  });

  it('that cannot be read are answered anew', async () => {
    const told = vi.spyOn(console, 'error').mockReturnValue(undefined);
    const { shelf, kept } = await earlier();
    const keptAnswers = () => Promise.reject(new Error('no'));
    const fake = await withPictures(folders(KEEP_FROM), 'fair', { shelf: { ...shelf, keptAnswers }, kept });
    expect(told).toHaveBeenCalled();
    expect(fake.app().own.every(({ state }) => state === 'answered')).toBe(true);
  });

  it('are scored from their logits at the temperature of today, and else as they were', async () => {
    const { shelf, kept, rows } = await earlier();
    const [bare = ''] = rows.keys();
    const row = rows.get(bare);
    if (row) rows.set(bare, { ...row, logits: null });
    const fake = await ready({ shelf, kept });
    await fake.app().correct({ temperature: 2, tested: [] });
    fake.app().addPictures(folders(KEEP_FROM), 'fair');
    await settle();
    const [cool, warm] = [ANSWER, answerOf([2, 0], 2)].map(({ scores }) => scores);
    expect(fake.app().own.map(({ answer }) => answer?.scores)).toEqual([
      cool,
      ...Array.from({ length: KEEP_FROM - 1 }, () => warm),
    ]);
  });

  it('are counted anew for each model', async () => {
    const { shelf, kept } = await earlier();
    const fake = await withPictures(folders(KEEP_FROM), 'fair', { shelf, kept });
    expect(fake.app().takenUp).toBe(KEEP_FROM);
    await open(fake); // the same once more, on another device say
    expect(fake.app().takenUp).toBe(KEEP_FROM);
    fake.model.key = 'another';
    await open(fake, 'other.npz');
    expect(fake.app().takenUp).toBe(0);
  });

  it('are not counted for a model that was opened while they were read', async () => {
    const { shelf, kept } = await earlier(300);
    let last: () => void = () => undefined;
    let parts = 0;
    const keptAnswers: Shelf['keptAnswers'] = async (wanted) => {
      parts++;
      if (parts > 1)
        await new Promise<void>((resolve) => {
          last = resolve;
        });
      return shelf.keptAnswers?.(wanted) ?? new Map();
    };
    const fake = await ready({ shelf: { ...shelf, keptAnswers }, kept });
    fake.app().addPictures(folders(300), 'fair');
    await settle();
    const there = () => fake.app().own.filter(({ state }) => state === 'answered').length;
    expect([parts, there()]).toEqual([2, 250]); // the page is not held up by all at once
    fake.model.key = new Promise(() => undefined);
    await open(fake, 'other.npz');
    last();
    await settle();
    expect([there(), fake.app().takenUp]).toEqual([0, 0]);
  });

  it('do not keep the engine waiting for long', async () => {
    const { shelf, kept } = await earlier();
    const fake = await ready({ shelf, kept });
    fake.model.key = new Promise(() => undefined);
    fake.app().addPictures(folders(KEEP_FROM), 'fair');
    await pass(1_000);
    expect(fake.classifies).toEqual([]);
    await pass(1_000);
    expect(fake.classifies).toHaveLength(2);
  });

  it('count no longer once all are removed', async () => {
    const { shelf, kept } = await earlier();
    const fake = await withPictures(folders(KEEP_FROM), 'fair', { shelf, kept });
    fake.app().removePictures(all(fake));
    expect(fake.app().takenUp).toBe(0);
  });

  it('are told at the start, by how many of which set, and no longer once they are there', async () => {
    const { shelf, kept } = await earlier();
    const fake = await ready({ shelf, kept });
    fake.app().offerKept();
    expect(fake.app().notices).toMatchObject([
      { kind: 'kept-set', set: 'fair', answered: '20', total: '20' },
    ]);
    fake.app().addPictures(folders(KEEP_FROM), 'fair');
    expect(fake.app().notices).toEqual([]);
    fake.app().offerKept(); // the person has begun with something
    expect(fake.app().notices).toEqual([]);
  });

  it.each([undefined, '', '0\t20\tfair', '21\t20\tfair', 'x\ty\tfair', '{}'])(
    'are not told where %j is kept of them',
    async (text) => {
      const kept = new Map(text === undefined ? [] : [[KEPT_SET, text]]);
      const fake = await ready({ kept });
      fake.app().offerKept();
      expect(fake.app().notices).toEqual([]);
    },
  );
});

describe('Remove all', () => {
  async function keptSet() {
    const shelf = fakeShelf();
    const fake = await withPictures(folders(KEEP_FROM), 'fair', { shelf: shelf.shelf });
    await pass(SOON);
    expect(shelf.rows.size).toBe(KEEP_FROM);
    return { ...shelf, fake };
  }

  it('forgets the set, and that there was one', async () => {
    const { fake, forgotten, rows } = await keptSet();
    fake.app().removePictures(all(fake).slice(1));
    await settle();
    expect(forgotten).toEqual([]); // one is left
    fake.app().removePictures(all(fake));
    await settle();
    expect(forgotten).toEqual(['fair']);
    expect(rows.size).toBe(0);
    fake.app().offerKept();
    expect(fake.app().notices).toEqual([]);
    expect(fake.app().takenUp).toBe(0);
  });

  it('that is undone keeps the rows again', async () => {
    const { fake, rows } = await keptSet();
    fake.app().removePictures(all(fake));
    await settle();
    fake.app().undoRemove();
    await pass(2 * SOON);
    expect(rows.size).toBe(KEEP_FROM);
    expect(fake.kept.get(KEPT_SET)).toBe(`${KEEP_FROM}\t${KEEP_FROM}\tfair\t`);
  });

  it('forgets rows that are being written just then', async () => {
    const { shelf, state, rows, given } = fakeShelf();
    let written: () => void = () => undefined;
    state.wait = new Promise((resolve) => {
      written = resolve;
    });
    const fake = await withPictures(folders(KEEP_FROM), 'fair', { shelf });
    await pass(SOON);
    expect(given).toHaveLength(1);
    fake.app().removePictures(all(fake));
    await settle();
    written();
    await pass(2 * SOON);
    expect(rows.size).toBe(0);
    fake.app().offerKept();
    expect(fake.app().notices).toEqual([]);
  });

  it('of another set leaves what an earlier visit kept', async () => {
    const { fake: first, rows, shelf } = await keptSet();
    const fake = await withPictures(files('coast/1.jpg'), 'coast', { shelf, kept: first.kept });
    fake.app().removePictures(all(fake));
    await settle();
    expect(rows.size).toBe(KEEP_FROM);
    fake.app().addPictures(folders(KEEP_FROM), 'fair');
    await settle();
    expect(fake.app().takenUp).toBe(KEEP_FROM);
  });
});

describe('what a person says of a large set', () => {
  it('holds again at the next visit, for the same folder only', async () => {
    const { shelf } = fakeShelf();
    const fake = await withPictures(folders(KEEP_FROM), 'fair', { shelf });
    await pass(SOON);
    const [first, second] = all(fake);
    fake.app().setTruths(
      new Map([
        [first ?? -1, 'owl'],
        [second ?? -1, null],
      ]),
    );
    fake.app().mean({ a: 'jay' });
    await settle();
    for (const [folder, said] of [
      ['fair', true],
      ['other', false],
    ] as const) {
      const next = await withPictures(folders(KEEP_FROM), folder, { shelf, kept: new Map(fake.kept) });
      await settle();
      const own = next.app().own.map(({ truth }) => truth);
      expect([own[0] === 'owl', own[1] === null], folder).toEqual([said, said]);
      expect(next.app().meant, folder).toEqual(said ? { a: 'jay' } : {});
    }
  });

  it('is forgotten with the set', async () => {
    const { shelf } = fakeShelf();
    const fake = await withPictures(folders(KEEP_FROM), 'fair', { shelf });
    await pass(SOON);
    fake.app().mean({ a: 'jay' });
    await settle();
    expect(fake.kept.get(SAID)).toContain('jay');
    fake.app().removePictures(all(fake));
    await settle();
    expect(fake.kept.get(SAID)).toBe('');
  });

  it('follows a class that is renamed, and none that only moves', async () => {
    const fake = await withPictures(folders(2), 'fair');
    const [first] = all(fake);
    fake.app().setTruths(new Map([[first ?? -1, 'pants']]));
    fake.app().mean({ trousers: 'pants' });
    await fake.app().followRenames(['hat', 'pants'], ['hat', 'slacks']);
    expect(fake.app().meant).toEqual({ trousers: 'slacks', pants: 'slacks' });
    await fake.app().followRenames(['hat', 'slacks'], ['slacks', 'hat']);
    expect(fake.app().meant).toEqual({ trousers: 'slacks', pants: 'slacks' });
  });
});
