import { beforeEach, describe, expect, it, vi } from 'vitest';
import { BitError } from '../../bit/errors.ts';
import type { DownloadProgress, Offer, Shelf, ShelfModel } from '../../engine/shelf/protocol.ts';
import { fakeApp, modelInfo, settle } from '../fakeEngine.ts';
import { privacyText, spokenText, statusText } from '../shell/status.ts';
import { en } from '../strings.ts';
import { BUILT_IN, modelInUse } from './models.ts';
import { RECOMMENDED } from './shelf.ts';
import { CATALOGUE, fitOf, pace, shortName } from './shelfRows.ts';

const location = { href: 'http://localhost/', search: '', pathname: '/', hash: '' };
beforeEach(() => {
  vi.stubGlobal('fetch', async () => new Response('png'));
  vi.stubGlobal('location', location);
});

const source = {
  kind: 'repo',
  base: 'https://huggingface.co/',
  repo: 'lab/small',
  revision: null,
  commit: 'abc',
} as const;
const files = [{ name: 'model.safetensors', url: `${source.base}lab/small/x`, size: 1000, sha256: null }];
const offer: Offer = {
  id: 'small@abc',
  name: 'lab/small',
  source,
  files,
  bytes: 1000,
  licence: null,
  architecture: 'bit',
  classes: 3,
  inputSize: 64,
  onShelf: null,
};
const stored: ShelfModel = {
  id: offer.id,
  name: offer.name,
  source,
  state: 'complete',
  files: [],
  stored: 1000,
  bytes: 1000,
  licence: null,
  added: 1,
  lastUsed: 1,
  catalogueKey: null,
  choices: null,
  offer: null,
};
const half: DownloadProgress = {
  step: 'fetch',
  done: 557,
  total: 1000,
  rate: 100,
  secondsLeft: 5,
  file: 'model.safetensors',
  wait: null,
};

/** A shelf whose download waits for the test, over a list that the test writes. */
function fakeShelf(more: Partial<Shelf> = {}) {
  const models: ShelfModel[] = [];
  const begun: {
    report: (progress: DownloadProgress) => void;
    finish: () => void;
    fail: (e: unknown) => void;
  }[] = [];
  const shelf: Partial<Shelf> = {
    lookUp: vi.fn(async () => offer),
    list: async () => ({ models: [...models], lost: false }),
    status: async () => ({ shelfBytes: 0, usage: 0, quota: 1e9, persisted: false }),
    subscribe: () => () => undefined,
    remove: vi.fn(async (id) => {
      const at = models.findIndex((model) => model.id === id);
      if (at >= 0) models.splice(at, 1);
    }),
    download: (_, options) =>
      new Promise((resolve, reject) => {
        options?.signal?.addEventListener('abort', () => reject(new BitError('aborted', 'paused')));
        begun.push({
          report: (progress) => options?.onProgress?.(progress),
          finish: () => {
            models.push(stored);
            resolve(stored);
          },
          fail: reject,
        });
      }),
    ...more,
  };
  return { shelf, models, begun };
}

async function ready(fakes = fakeShelf(), kept?: Map<string, string>) {
  const fake = fakeApp({ shelf: fakes.shelf, ...(kept && { kept }) });
  void fake.app().openFirst();
  await settle();
  fake.opens.shift()?.resolve(modelInfo(''));
  await settle();
  const doings = await fake.app().loadShelf();
  return { ...fake, ...fakes, doings };
}

describe('getting a model', () => {
  it('asks a host only when told to, and fetches only on consent', async () => {
    const { app, doings, shelf, begun } = await ready();
    await doings.propose('lab/small');
    expect(app().shelf.lookUp).toMatchObject({ step: 'proposed', host: 'huggingface.co' });
    expect(shelf.lookUp).not.toHaveBeenCalled();
    await doings.lookUp('lab/small');
    expect(app().shelf.lookUp).toMatchObject({ step: 'found', offer });
    expect(begun).toEqual([]);
    doings.closeLookUp();
    expect(app().shelf.lookUp).toBeNull();
  });

  it('says how far it is, who is contacted, and opens it where no work is under way', async () => {
    const { app, doings, begun, opens } = await ready();
    app().arrive('models');
    const got = doings.get(offer);
    begun[0]?.report(half);
    expect(statusText(app(), en)).toBe('Downloading small, 55\u2009%');
    expect(spokenText(app(), en)).toContain('50\u2009%'); // in steps of a tenth
    expect(privacyText(app(), en)).toBe(en.onlyHub);
    begun[0]?.finish();
    await settle();
    expect(privacyText(app(), en)).toBe(en.private);
    expect(opens[0]?.name).toBe(offer.id);
    expect(app().inUse).toBe(BUILT_IN); // until the new one is open
    opens[0]?.resolve(modelInfo('small'));
    await got;
    expect(modelInUse(app())?.source).toEqual({ kind: 'stored', id: offer.id });
  });

  it('leaves a person’s own answers alone, and offers the new model instead', async () => {
    const { app, doings, begun, opens } = await ready();
    app().addPictures([new File(['x'], 'mine.png')], '');
    const got = doings.get(offer);
    begun[0]?.finish();
    await got;
    expect(opens).toEqual([]);
    expect(app().notices[0]).toMatchObject({ kind: 'model-stored', model: offer.id, name: 'small' });
  });

  it('pauses without a word, and keeps the reason of a failure by its model', async () => {
    const { app, doings, begun } = await ready();
    app().arrive('models');
    const paused = doings.get(offer);
    doings.pause(offer.id);
    await paused;
    expect(app().shelf).toMatchObject({ jobs: [], troubles: {} });
    const again = doings.resume({ ...stored, state: 'partial', offer });
    begun[1]?.fail(new BitError('rate-limited', '429'));
    await again;
    expect(app().shelf.troubles[offer.id]?.code).toBe('rate-limited');
    expect(app().notices).toEqual([]); // the row says it
  });

  it('asks before it makes room, and elsewhere says so in a notice first', async () => {
    const agreed = vi.fn();
    const fakes = fakeShelf({
      download: async (_, options) => {
        const plan = { models: [stored], frees: 1000, enough: true };
        agreed(await options?.onFull?.(plan));
        throw new BitError('quota', 'full');
      },
    });
    const { app, doings } = await ready(fakes);
    const got = doings.get(offer);
    expect(app().notices[0]).toMatchObject({ kind: 'no-room', name: 'small' });
    expect(app().shelf.question).toMatchObject({ kind: 'room', plan: { frees: 1000 } });
    doings.answer(false);
    await got;
    expect(agreed).toHaveBeenCalledWith(false);
    expect(app().shelf.troubles[offer.id]?.code).toBe('quota');
  });

  it('asks first when the host has much more than the catalogue says', async () => {
    const row = CATALOGUE.find(({ name }) => name === RECOMMENDED.row);
    if (row === undefined) throw new Error('no such row');
    const large = fakeShelf({ lookUp: async () => ({ ...offer, bytes: 2 * RECOMMENDED.bytes }) });
    const asked = await ready(large);
    await asked.doings.getRow(row);
    expect(asked.app().shelf.lookUp?.step).toBe('found');
    expect(large.begun).toEqual([]);
    const expected = fakeShelf({ lookUp: async () => ({ ...offer, bytes: RECOMMENDED.bytes + 900 }) });
    const direct = await ready(expected);
    void direct.doings.getRow(row);
    await settle();
    expect(expected.begun).toHaveLength(1);
  });
});

describe('keeping and deleting', () => {
  it('deletes only after yes', async () => {
    const fakes = fakeShelf();
    fakes.models.push(stored);
    const { app, doings, shelf } = await ready(fakes);
    doings.askToRemove([stored]);
    doings.answer(false);
    expect(shelf.remove).not.toHaveBeenCalled();
    doings.askToRemove([stored]);
    doings.answer(true);
    await settle();
    expect(app().shelf.models).toEqual([]);
  });

  it('puts dropped files on the shelf, with what was said about them', async () => {
    const put = vi.fn(async () => ({ ...stored, id: 'files:1', source: { kind: 'dropped' } as const }));
    const { app, doings, opens, kept } = await ready(fakeShelf({ put }));
    void app().openFiles([{ name: 'mine.npz', blob: new Blob(['x']) }]);
    await settle();
    opens.shift()?.resolve(modelInfo('mine.npz'));
    await settle();
    expect(kept.get('last') ?? '').toBe(''); // dropped files are gone after this visit
    await doings.keep(app().inUse ?? -1);
    expect(put.mock.calls).toHaveLength(1);
    expect(modelInUse(app())?.source).toEqual({ kind: 'stored', id: 'files:1' });
    expect(kept.get('last')).toBe('files:1\nmine.npz');
  });

  it('refuses a base that is no address, and goes back to the Hub', async () => {
    const { app, doings, kept } = await ready();
    expect(doings.setBase('ftp://lab/')?.code).toBe('address');
    expect(doings.setBase('https://mirror.example/hub')).toBeNull();
    expect(app().shelf.base).toBe('https://mirror.example/hub/');
    expect(kept.get('base')).toBe('https://mirror.example/hub/');
    expect(doings.setBase(null)).toBeNull();
    expect(app().shelf.base).toBeNull();
  });
});

describe('the next visit', () => {
  it('begins with the model that was used last', async () => {
    const fake = fakeApp({ kept: new Map([['last', `${offer.id}\nsmall`]]) });
    const opened = fake.app().openFirst();
    await settle();
    expect(fake.opens.map(({ name }) => name)).toEqual([offer.id]);
    fake.opens.shift()?.resolve(modelInfo('small'));
    expect(await opened).toBe(true);
    expect(modelInUse(fake.app())?.name).toBe('small');
  });

  it('falls back to the built-in one, and says why', async () => {
    const fake = fakeApp({ kept: new Map([['last', `${offer.id}\nsmall`]]) });
    const opened = fake.app().openFirst();
    await settle();
    fake.opens.shift()?.reject(new BitError('stored-damaged', 'changed'));
    await settle();
    expect(fake.opens.map(({ name }) => name)).toEqual(['']);
    fake.opens.shift()?.resolve(modelInfo(''));
    expect(await opened).toBe(true);
    expect(fake.app().inUse).toBe(BUILT_IN);
    expect(fake.app().notices[0]).toMatchObject({ kind: 'not-opened', name: 'small' });
  });
});

describe('the catalogue', () => {
  it('has the recommended one as the page names it', () => {
    const row = CATALOGUE.find(({ name }) => name === RECOMMENDED.row);
    expect(row?.bytes).toBe(RECOMMENDED.bytes);
    expect(row && shortName(row)).toBe(RECOMMENDED.name);
    const names = CATALOGUE.filter(({ naming }) => naming === 'timm').map(shortName);
    expect(new Set(names).size).toBe(names.length);
  });

  it('says that the largest fits one page by itself, and not a device of 2 GB', () => {
    const largest = CATALOGUE.find(({ name }) => name === 'resnetv2_152x4_bit.goog_in21k_ft_in1k');
    if (largest === undefined) throw new Error('no such row');
    vi.stubGlobal('navigator', {});
    expect(fitOf(largest)?.fits).toBe(true);
    vi.stubGlobal('navigator', { deviceMemory: 2 });
    expect(fitOf(largest)).toMatchObject({ fits: false, has: 2 * 2 ** 30 });
    vi.unstubAllGlobals();
  });

  it('estimates nothing before something was measured', () => {
    expect(pace({ models: [], inUse: null })).toBeNull();
  });
});
