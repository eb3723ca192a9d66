/** Heads from elsewhere: a link, a file, a page's own, and what was kept, whichever comes first. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { base64, encodeLink, parseProcessorConfig, type TaughtHead, writeHeadFile } from '../../bit/index.ts';
import type { Engine, ModelSource } from '../../engine/protocol.ts';
import type { Shelf } from '../../engine/shelf/protocol.ts';
import { preprocessingText } from '../../engine/teach/featureKey.ts';
import { classification, modelInfo } from '../fakeEngine.ts';
import { answerByOwn } from '../shell/ownClassifier.ts';
import { type AppStore, createAppStore } from '../store.ts';

const processor = parseProcessorConfig({});
/** SHA-256 of a model's weights, by the first letter of its file's name; 'b' is the built-in one's. */
const hashOf = (letter: string): string => letter.charCodeAt(0).toString(16).repeat(32);

function head(name: string, letter = 'b', backbone = 'built-in'): TaughtHead {
  return {
    name,
    head: { labels: ['x', 'y'], weight: new Float32Array(8).fill(0.5), bias: new Float32Array(2) },
    backbone: { name: backbone, sha256: hashOf(letter) },
    processor,
    evaluation: [],
  };
}
const fileOf = async (one: TaughtHead) => ({
  name: `${one.name}.safetensors`,
  blob: await writeHeadFile(one),
});
const base64Of = async (one: TaughtHead) =>
  base64(new Uint8Array(await (await writeHeadFile(one)).arrayBuffer()));
const linkOf = async (one: TaughtHead) => (await encodeLink(one)) ?? '';

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** The page on an engine whose models take `openMs` to open. */
function page({ openMs = 1, kept = new Map<string, string>() } = {}) {
  const wordOf = (source: ModelSource): string =>
    source.kind === 'files' ? (source.files[0]?.name ?? '') : source.kind === 'stored' ? source.id : 'b';
  let open = 'b';
  const engine = {
    modelKey: async () => ({ key: 'k' }),
    subscribe: () => () => undefined,
    async open(source: ModelSource) {
      await wait(openMs);
      open = wordOf(source);
      return { ...modelInfo(open === 'b' ? '' : open), processor };
    },
    featureKey: async () => ({
      sha256: hashOf(open),
      preprocessing: preprocessingText(processor),
      width: 4,
      name: open,
    }),
    answerWith: async () => null,
    classify: async () => classification,
  };
  const shelf = {
    subscribe: () => () => undefined,
    list: async () => ({ models: [], lost: false }),
    storage: async () => null,
  };
  const shared = {
    read: (key: string) => kept.get(key) ?? null,
    write: (key: string, value: string) => void kept.set(key, value),
  };
  const store: AppStore = createAppStore({
    engine: engine as unknown as Engine,
    memory: { ...shared, own: shared },
    base: 'http://localhost/',
    openShelf: async () => shelf as unknown as Shelf,
  });
  return { store, app: () => store.getState(), kept, answersBy: () => kept.get('answers by') ?? null };
}

beforeEach(() => {
  vi.stubGlobal('location', { hash: '', href: 'https://h/', origin: 'https://h', pathname: '/' });
  vi.stubGlobal('document', { baseURI: 'https://h/' });
});
afterEach(() => vi.unstubAllGlobals());

test('a file that a person gives answers at once, and again at the next visit', async () => {
  const first = page();
  void first.app().openFirst();
  await first.app().openHead(await fileOf(head('Shapes')));
  expect(first.app().taught?.name).toBe('Shapes');
  expect(first.answersBy()).toMatch(/^file:/);

  const next = page({ kept: first.kept });
  void next.app().openFirst();
  expect(await next.app().resumeTaught()).toBe(true);
  expect(next.app().taught?.name).toBe('Shapes');
  expect(next.app().dialog).toBeNull();
  await next.app().dropTaught();
  expect(next.answersBy()).toBe('');
  expect(await page({ kept: first.kept }).app().resumeTaught()).toBe(false);
});

test('a page’s own head answers beneath the dialog of a link, which stays, and is not kept', async () => {
  for (const linkFirst of [true, false]) {
    const one = page({ openMs: 40 });
    void one.app().openFirst();
    const own = async () => answerByOwn(one.store, JSON.stringify({ head: await base64Of(head('Own')) }));
    const link = async () => one.app().openLink(await linkOf(head('Linked')));
    await Promise.all(linkFirst ? [link(), own()] : [own(), wait(20).then(link)]);
    expect(one.app().taught?.name).toBe('Own');
    expect(one.app().offered?.taught.name).toBe('Linked');
    expect(one.app().dialog).toBe('head');
    expect(one.answersBy()).toBeNull();

    await (await one.app().headDoings()).accept();
    expect(one.app().taught?.name).toBe('Linked');
    expect(one.app().offered).toBeNull();
    expect(one.answersBy()).toMatch(/^file:/);
  }
});

test('what was declined while it was opened does not answer', async () => {
  const one = page({ openMs: 40 });
  await one.app().openFirst();
  await one.app().openFiles([{ name: 'm', blob: new Blob(['x']) }]);
  await one.app().openLink(await linkOf(head('Linked')));
  const doings = await one.app().headDoings();
  const done = doings.accept();
  await wait(5);
  expect(one.app().offered?.step).toBe('opening');
  doings.decline();
  await done;
  expect(one.app().taught).toBeNull();
  expect(one.app().offered).toBeNull();
  expect(one.app().dialog).toBeNull();
  expect(one.app().models.find(({ id }) => id === one.app().inUse)?.info?.name).toBe('m');
  expect(one.answersBy()).toBeNull();
});

test('a head whose backbone is not here leaves what answered as it was', async () => {
  const one = page();
  await one.app().openFirst();
  await one.app().openFiles([{ name: 'm', blob: new Blob(['x']) }]);
  await one.app().openModel(0);
  await one.app().openHead(await fileOf(head('First')));
  const by = one.answersBy();
  // a model of that name is here, with other weights
  await one.app().openHead(await fileOf(head('Second', 'z', 'm')));
  expect(one.app().offered).toMatchObject({ step: 'backbone', error: null });
  expect(one.app().inUse).toBe(0);
  expect(one.app().taught?.name).toBe('First');
  expect(one.answersBy()).toBe(by);
});

test('what another model answers by is not put on the built-in one', async () => {
  const one = page({ kept: new Map([['answers by', `file:${await base64Of(head('Other', 'm', 'm'))}`]]) });
  void one.app().openFirst();
  expect(await one.app().resumeTaught()).toBe(false);
  expect(one.app().taught).toBeNull();
  expect(one.app().offered).toBeNull();
});
