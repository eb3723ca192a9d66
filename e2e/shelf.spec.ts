/** The shelf below the user interface: what is fetched, kept, shared between tabs, refused and healed. */
import { type BrowserContext, test as base, expect, type Page } from '@playwright/test';
import type { BitErrorCode } from '../src/bit/index.ts';
import type { Offer, Patience } from '../src/engine/shelf/protocol.ts';
import { type Content, contentOf } from './hub/content.ts';
import type { Fault } from './hub/faults.ts';
import { REPOS, serveModels } from './hub/models.ts';
import type { Outcome } from './hub/page.ts';
import { type HubServer, startHub } from './hub/server.ts';
import { call, openLens, type SourceSite, serveSources } from './hub/site.ts';
import { bitRecipe, safetensorsFile, tensorsOf } from './hub/weights.ts';

const CHUNK = 4 * 2 ** 20;
const FILE = 'model.safetensors';
const MEDIUM = 'shelf/medium';
/** Impatient enough for a loopback. */
const QUICK: Partial<Patience> = { idleMs: 2_000, firstWaitMs: 5, tries: 4, offlineMs: 2_000 };

/** A real BiT of five chunks. */
function mediumWeights(): Content {
  const net = { depths: [1, 1, 2, 2], widths: [128, 256, 512, 1024], stem: 32, labels: 10 };
  return contentOf(Buffer.concat([...safetensorsFile(tensorsOf(bitRecipe(net)))]));
}

function publish(hub: HubServer, weights: Content): void {
  const config = JSON.stringify({
    model_type: 'bit',
    depths: [1, 1, 2, 2],
    hidden_sizes: [128, 256, 512, 1024],
    embedding_size: 32,
    id2label: Object.fromEntries(Array.from({ length: 10 }, (_, i) => [i, `kind ${i}`])),
  });
  const processor = JSON.stringify({ size: { shortest_edge: 64 }, crop_size: 64 });
  const files = { 'config.json': config, 'preprocessor_config.json': processor, [FILE]: weights };
  hub.repo(MEDIUM, { license: 'apache-2.0' }).commit(files);
  for (const [name, content] of Object.entries(files)) hub.put(`medium/${name}`, content);
}

const test = base.extend<object, { hub: HubServer; site: SourceSite; weights: Content }>({
  weights: [async ({ playwright: _ }, use) => use(mediumWeights()), { scope: 'worker' }],
  hub: [
    async ({ playwright: _ }, use) => {
      const hub = await startHub();
      serveModels(hub, { fullSize: false });
      await use(hub);
      await hub.close();
    },
    { scope: 'worker' },
  ],
  site: [
    async ({ playwright: _ }, use) => {
      const site = await serveSources();
      await use(site);
      await site.close();
    },
    { scope: 'worker' },
  ],
});
test.beforeEach(async ({ hub, weights, page, site }) => {
  hub.faults.clear();
  publish(hub, weights);
  await openLens(page, site);
  hub.log.length = 0;
});

function okay<T>(outcome: Outcome<T>): T {
  if ('ok' in outcome) return outcome.ok;
  throw new Error(`${outcome.code}: ${outcome.message}`);
}
const codeOf = (outcome: Outcome<unknown>): BitErrorCode | 'ok' => ('ok' in outcome ? 'ok' : outcome.code);

const lookUp = async (page: Page, hub: HubServer, text = MEDIUM): Promise<Offer> =>
  okay(await call(page, 'lookUp', text, `${hub.hub}/`));

/** The model is complete with the right bytes of the weights, and it opens. */
async function expectRight(page: Page, id: string, weights: Content): Promise<void> {
  const model = okay(await call(page, 'list')).models.find((one) => one.id === id);
  expect(model).toMatchObject({ state: 'complete' });
  expect(okay(model?.hashes ?? { code: 'internal', message: 'no hashes' })[FILE]).toBe(weights.sha256);
  okay(await call(page, 'open', id));
}

const stored = async (page: Page): Promise<number> => okay(await call(page, 'list')).models[0]?.stored ?? 0;

test('a repository is described before anything large is fetched', async ({ page, hub, weights }) => {
  const offer = await lookUp(page, hub);
  expect(offer).toMatchObject({
    name: MEDIUM,
    licence: 'apache-2.0',
    architecture: 'bit',
    classes: 10,
    inputSize: 64,
  });
  expect(offer.onShelf).toBeNull();
  expect(offer.files[0]).toMatchObject({ name: FILE, size: weights.size, sha256: weights.sha256 });
  expect(offer.source).toMatchObject({ commit: hub.repo(MEDIUM).at()?.sha });
  expect(hub.bytesSent(FILE)).toBe(0);
  expect((await lookUp(page, hub, REPOS.sharded)).files.map(({ name }) => name)).toEqual([
    'model-00001-of-00002.safetensors',
    'model-00002-of-00002.safetensors',
    'model.safetensors.index.json',
    'config.json',
    'preprocessor_config.json',
  ]);
});

test('a branch that moves mixes nothing: the pinned commit is what comes', async ({ page, hub, weights }) => {
  const offer = await lookUp(page, hub);
  const bytes = weights.read(0, weights.size);
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
  publish(hub, contentOf(Buffer.from(bytes)));
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
  okay(await call(page, 'download', offer, QUICK));
  await expectRight(page, offer.id, weights);
});

test.describe('refusals', () => {
  const cases: readonly (readonly [string, Fault, BitErrorCode])[] = [
    ['401', { kind: 'status', status: 401, errorCode: 'GatedRepo' }, 'sign-in'],
    ['403', { kind: 'status', status: 403 }, 'forbidden'],
    ['404', { kind: 'status', status: 404 }, 'not-found'],
    ['429 for longer than anyone waits', { kind: 'status', status: 429, retryAfter: '3600' }, 'rate-limited'],
    ['503', { kind: 'status', status: 503 }, 'server'],
    ['a web page', { kind: 'html' }, 'not-a-file'],
    ['a stall', { kind: 'stall', at: 1_000 }, 'stalled'],
    ['a cut at the same byte for ever', { kind: 'cut', at: 0 }, 'cut'],
    ['a redirect without end', { kind: 'redirect-loop' }, 'unreachable'],
    ['no CORS header', { kind: 'no-cors' }, 'unreachable'], // an isolated page may not find out which
    ['other bytes', { kind: 'other-bytes', bytes: new Uint8Array(100) }, 'file-changed'],
    ['a flipped bit', { kind: 'flip', at: 5_000_000 }, 'hash-mismatch'],
    ['another size', { kind: 'total', total: 123_456_789 }, 'file-changed'],
    ['a shorter file', { kind: 'resize', by: -1000 }, 'file-changed'],
    ['a longer file', { kind: 'resize', by: 1000 }, 'file-changed'],
  ];
  for (const [name, fault, code] of cases) {
    test(name, async ({ page, hub, weights }) => {
      const offer = await lookUp(page, hub);
      const clear = hub.faults.add({ fault, file: FILE, place: 'cdn' });
      expect(codeOf(await call(page, 'download', offer, QUICK))).toBe(code);
      expect(okay(await call(page, 'list')).models[0]).toMatchObject({ state: 'partial' });
      clear();
      okay(await call(page, 'download', offer, QUICK));
      await expectRight(page, offer.id, weights);
    });
  }

  test('offline', async ({ page, hub, context, weights }) => {
    const offer = await lookUp(page, hub);
    await context.setOffline(true);
    expect(codeOf(await call(page, 'download', offer, { ...QUICK, offlineMs: 100 }))).toBe('offline');
    await context.setOffline(false);
    okay(await call(page, 'download', offer, QUICK));
    await expectRight(page, offer.id, weights);
  });

  for (const [text, code] of [
    [REPOS.notBit, 'checkpoint-not-bit'],
    [REPOS.empty, 'repo-weights'],
    [REPOS.private, 'sign-in'],
    [`${MEDIUM}@nowhere`, 'not-found'],
    ['no/such--name', 'address'],
  ] as const) {
    test(`looking up ${text}: ${code}`, async ({ page, hub }) => {
      expect(codeOf(await call(page, 'lookUp', text, `${hub.hub}/`))).toBe(code);
    });
  }

  test('a description that is none', async ({ page, hub }) => {
    hub.faults.add({ fault: { kind: 'other-bytes', bytes: Buffer.from('{"sha": 7}') }, request: /\/api\// });
    // the base is no Hub then, and has no folder of that name either
    expect(codeOf(await call(page, 'lookUp', MEDIUM, `${hub.hub}/`))).toBe('not-found');
  });
});

test.describe('passing faults are overcome, and the hash is right', () => {
  const cases: readonly (readonly [string, readonly Fault[]])[] = [
    [
      'three cuts',
      [
        { kind: 'cut', at: 5_000_000 },
        { kind: 'cut', at: 9_999_999 },
        { kind: 'cut', at: 12_345_678 },
      ],
    ],
    ['a cut within the first chunk', [{ kind: 'cut', at: 777 }]],
    ['429 with a short wait', [{ kind: 'status', status: 429, retryAfter: '1' }]],
    ['an expired signature', [{ kind: 'status', status: 403 }]],
    ['503', [{ kind: 'status', status: 503 }]],
    ['a stall', [{ kind: 'stall', at: 6_000_000 }]],
    ['a gzipped body', [{ kind: 'gzip' }]],
    ['no length', [{ kind: 'no-length' }]],
    ['no Content-Range', [{ kind: 'no-content-range' }]],
    [
      'short ranges',
      [
        { kind: 'short-range', bytes: 3_000_000 },
        { kind: 'short-range', bytes: 5_000_000 },
      ],
    ],
    ['a wrong length', [{ kind: 'wrong-length', by: 50 }]],
  ];
  for (const [name, faults] of cases) {
    test(name, async ({ page, hub, weights }) => {
      const offer = await lookUp(page, hub);
      for (const fault of faults) hub.faults.add({ fault, file: FILE, place: 'cdn', times: 1 });
      okay(await call(page, 'download', offer, QUICK));
      await expectRight(page, offer.id, weights);
    });
  }
});

test.describe('lying resumes begin anew, and the hash is right', () => {
  const cases: readonly (readonly [string, Fault])[] = [
    ['200 in place of 206', { kind: 'ignore-range' }],
    ['another range', { kind: 'other-range', by: 1_000 }],
    ['bytes from elsewhere under the right range', { kind: 'lying-range', by: -1_000 }],
    ['another ETag', { kind: 'etag', etag: '"another"' }],
    ['no ETag', { kind: 'etag', etag: null }],
    ['another total', { kind: 'total', total: 20_000_000 }],
    ['416', { kind: 'status', status: 416 }],
  ];
  for (const [name, fault] of cases) {
    test(name, async ({ page, hub, weights }) => {
      const offer = await lookUp(page, hub);
      hub.faults.add({ fault: { kind: 'cut', at: 9_000_000 }, file: FILE, place: 'cdn', times: 1 });
      hub.faults.add({ fault, file: FILE, place: 'cdn', skip: 1, times: 1 });
      okay(await call(page, 'download', offer, QUICK));
      await expectRight(page, offer.id, weights);
    });
  }
});

test('what is stored is not fetched again: after a cut, a pause and a reload', async ({
  page,
  hub,
  site,
  weights,
}) => {
  const offer = await lookUp(page, hub);
  hub.faults.add({ fault: { kind: 'throttle', bytesPerSecond: 8_000_000 }, file: FILE, place: 'cdn' });
  hub.faults.add({ fault: { kind: 'cut', at: CHUNK + 1_000 }, file: FILE, place: 'cdn', times: 1 });
  const number = await call(page, 'begin', offer, QUICK);
  await expect.poll(() => stored(page)).toBeGreaterThanOrEqual(2 * CHUNK);
  await call(page, 'pause', number);
  expect(codeOf(await call(page, 'end', number))).toBe('aborted');
  const kept = await stored(page);
  expect(kept).toBeGreaterThanOrEqual(2 * CHUNK);
  await page.reload();
  await openLens(page, site);
  expect(await stored(page)).toBe(kept);
  expect((await lookUp(page, hub)).onShelf).toBe('partial');
  okay(await call(page, 'download', offer, QUICK));
  await expectRight(page, offer.id, weights);
  // a pause throws away less than a chunk and what was on the wire; the cut nothing
  expect(hub.bytesSent(FILE)).toBeLessThan(weights.size + 2 * CHUNK);
  const asked = hub.log.length;
  okay(await call(page, 'download', offer, QUICK)); // complete: nothing is asked
  expect(hub.log.length).toBe(asked);
});

async function secondTab(context: BrowserContext, site: SourceSite): Promise<Page> {
  return openLens(await context.newPage(), site);
}

test('two tabs, one download: both get it, and a pause in one pauses both', async ({
  page,
  context,
  hub,
  site,
  weights,
}) => {
  const offer = await lookUp(page, hub);
  const other = await secondTab(context, site);
  hub.faults.add({ fault: { kind: 'throttle', bytesPerSecond: 12_000_000 }, file: FILE, place: 'cdn' });
  const first = await call(page, 'begin', offer, QUICK);
  const second = await call(other, 'begin', offer, QUICK);
  await expect.poll(() => call(other, 'progress')).toBeGreaterThan(1_000_000); // the follower sees it come
  await call(other, 'pause', second);
  expect(codeOf(await call(page, 'end', first))).toBe('aborted');
  expect(codeOf(await call(other, 'end', second))).toBe('aborted');

  const again = [await call(page, 'begin', offer, QUICK), await call(other, 'begin', offer, QUICK)] as const;
  okay(await call(page, 'end', again[0]));
  okay(await call(other, 'end', again[1]));
  expect(hub.mostAtOnce(FILE)).toBe(1);
  await expectRight(other, offer.id, weights);
});

test('a failure reaches the tab that follows, once', async ({ page, context, hub, site }) => {
  const offer = await lookUp(page, hub);
  const other = await secondTab(context, site);
  hub.faults.add({ fault: { kind: 'slow-headers', ms: 500 }, file: FILE, place: 'hub' });
  hub.faults.add({ fault: { kind: 'status', status: 404 }, file: FILE, place: 'cdn' });
  const first = await call(page, 'begin', offer, QUICK);
  const second = await call(other, 'begin', offer, QUICK);
  expect(codeOf(await call(page, 'end', first))).toBe('not-found');
  expect(codeOf(await call(other, 'end', second))).toBe('not-found');
  expect(hub.log.filter(({ file, place }) => file === FILE && place === 'cdn')).toHaveLength(1);
});

test('when the tab that downloads crashes, the one that follows goes on', async ({
  page,
  context,
  hub,
  site,
  weights,
}) => {
  const offer = await lookUp(page, hub);
  const other = await secondTab(context, site);
  hub.faults.add({ fault: { kind: 'throttle', bytesPerSecond: 8_000_000 }, file: FILE, place: 'cdn' });
  await call(page, 'begin', offer, QUICK);
  await expect.poll(() => stored(page)).toBeGreaterThanOrEqual(CHUNK);
  const second = await call(other, 'begin', offer, QUICK);
  const tools = await context.newCDPSession(page);
  const crashed = page.waitForEvent('crash');
  tools.send('Page.crash').catch(() => undefined); // nobody is left to answer
  await crashed;
  okay(await call(other, 'end', second));
  await expectRight(other, offer.id, weights);
  expect(hub.bytesSent(FILE)).toBeLessThan(weights.size + 2 * CHUNK);
});

test('deleting ends a download in another tab and leaves nothing', async ({ page, context, hub, site }) => {
  const offer = await lookUp(page, hub);
  const other = await secondTab(context, site);
  hub.faults.add({ fault: { kind: 'throttle', bytesPerSecond: 6_000_000 }, file: FILE, place: 'cdn' });
  const number = await call(page, 'begin', offer, QUICK);
  await expect.poll(() => stored(page)).toBeGreaterThanOrEqual(CHUNK);
  okay(await call(other, 'remove', offer.id));
  expect(codeOf(await call(page, 'end', number))).toBe('aborted');
  expect(okay(await call(other, 'list')).models).toEqual([]);
});

test('storage cleared under the open page: the download begins anew, and no error means “no data”', async ({
  page,
  context,
  hub,
  site,
  weights,
}) => {
  const offer = await lookUp(page, hub);
  hub.faults.add({ fault: { kind: 'throttle', bytesPerSecond: 8_000_000 }, file: FILE, place: 'cdn' });
  const number = await call(page, 'begin', offer, QUICK);
  await expect.poll(() => stored(page)).toBeGreaterThanOrEqual(CHUNK);
  const tools = await context.newCDPSession(page);
  await tools.send('Storage.clearDataForOrigin', { origin: site.origin, storageTypes: 'indexeddb' });
  hub.faults.clear();
  okay(await call(page, 'end', number));
  await expectRight(page, offer.id, weights);
});

async function limitQuota(
  context: BrowserContext,
  page: Page,
  site: SourceSite,
  bytes?: number,
): Promise<void> {
  const tools = await context.newCDPSession(page);
  await tools.send('Storage.overrideQuotaForOrigin', {
    origin: site.origin,
    ...(bytes === undefined ? {} : { quotaSize: bytes }),
  });
}

test('over quota: the error is named, the rest is whole, and with room the download goes on', async ({
  page,
  context,
  hub,
  site,
  weights,
}) => {
  await call(page, 'mark');
  const small = await lookUp(page, hub, REPOS.tiny);
  okay(await call(page, 'download', small, QUICK));
  const offer = await lookUp(page, hub);
  await limitQuota(context, page, site, 2.5 * CHUNK);
  expect(codeOf(await call(page, 'download', offer, QUICK))).toBe('quota');
  expect(await call(page, 'marked')).toEqual({ database: true, file: true, setting: true });
  okay(await call(page, 'open', small.id));
  await limitQuota(context, page, site);
  okay(await call(page, 'download', offer, QUICK));
  await expectRight(page, offer.id, weights);
});

test('stored bytes that changed are noticed when they are opened, and can be fetched again', async ({
  page,
  hub,
  weights,
}) => {
  const offer = await lookUp(page, hub);
  okay(await call(page, 'download', offer, QUICK));
  await page.evaluate(async (id) => {
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open('bit-lens-shelf');
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    const get = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const key = [id, 0, 2];
    const chunk: Blob = await get(database.transaction('chunks').objectStore('chunks').get(key));
    const bytes = new Uint8Array(await chunk.arrayBuffer());
    bytes[1234] = (bytes[1234] ?? 0) ^ 1;
    await get(
      database
        .transaction('chunks', 'readwrite')
        .objectStore('chunks')
        .put(new Blob([bytes]), key),
    );
    database.close();
  }, offer.id);
  expect(codeOf(await call(page, 'open', offer.id))).toBe('stored-damaged');
  expect(okay(await call(page, 'list')).models[0]).toMatchObject({ state: 'damaged' });
  okay(await call(page, 'download', offer, QUICK));
  await expectRight(page, offer.id, weights);
});

test('a model that is not there', async ({ page }) => {
  expect(codeOf(await call(page, 'open', 'nothing'))).toBe('not-stored');
});

test('a plain file server and its folder serve as well; a changed file is not mixed', async ({
  page,
  hub,
  weights,
}) => {
  const offer = okay(await call(page, 'lookUp', `${hub.plain}/medium/`));
  expect(offer.files.map(({ name, size }) => [name, size])[0]).toEqual([FILE, weights.size]);
  expect(offer).toMatchObject({ licence: null, architecture: 'bit', bytes: expect.any(Number) });
  hub.faults.add({ fault: { kind: 'cut', at: 9_000_000 }, file: FILE, place: 'plain', times: 1 });
  const changed = Buffer.from(weights.read(0, weights.size));
  changed.writeUInt8(changed.readUInt8(1_000_000) ^ 1, 1_000_000);
  const other = contentOf(changed);
  hub.faults.add({
    fault: { kind: 'call', run: () => hub.put(`medium/${FILE}`, other) },
    file: FILE,
    place: 'plain',
    request: /^GET/,
    skip: 1,
    times: 1,
  });
  okay(await call(page, 'download', offer, QUICK));
  await expectRight(page, offer.id, other);
  const direct = okay(await call(page, 'lookUp', `${hub.plain}/medium/${FILE}`));
  expect(direct.files.map(({ name }) => name)).toEqual([FILE, 'config.json', 'preprocessor_config.json']);
  // a base that is no Hub: owner/name is a folder below it
  hub.put('base/owner/name/model.safetensors', weights);
  const based = okay(await call(page, 'lookUp', 'owner/name', `${hub.plain}/base/`));
  expect(based).toMatchObject({ name: 'owner/name', architecture: null });
});
