/** The shelf below the user interface: what is fetched, kept, shared between tabs, refused and healed. */
import { type BrowserContext, expect, type Page } from '@playwright/test';
import type { BitErrorCode } from '../src/bit/index.ts';
import type { EvictionPlan, Offer, Patience, Shelf } from '../src/engine/shelf/protocol.ts';
import { type Content, contentOf } from './hub/content.ts';
import { REPOS } from './hub/models.ts';
import type { Outcome } from './hub/page.ts';
import type { HubServer } from './hub/server.ts';
import { call, okay, openLens, type SourceSite } from './hub/site.ts';
import { hubTest } from './hub/test.ts';
import { bitRecipe, safetensorsFile, tensorsOf } from './hub/weights.ts';

const CHUNK = 4 * 2 ** 20;
const FILE = 'model.safetensors';
const MEDIUM = 'shelf/medium';
/** Impatient enough for a loopback. */
const QUICK: Partial<Patience> = { idleMs: 2_000, firstWaitMs: 5, tries: 4, offlineMs: 2_000 };

/** Waits for a line that the test holds. */
const HELD: Partial<Patience> = { ...QUICK, idleMs: 60_000 };
/** For what must come, on however slow a machine. */
const LONG = { timeout: 60_000 };

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

const test = hubTest({ fullSize: false }).extend<object, { weights: Content }>({
  weights: [async ({ playwright: _ }, use) => use(mediumWeights()), { scope: 'worker' }],
});
test.beforeEach(async ({ hub, weights, page, site }) => {
  hub.faults.clear();
  publish(hub, weights);
  await openLens(page, site);
  hub.log.length = 0;
});

/** The line stands still at this byte of the weights until its reader goes away. */
function stallOnce(hub: HubServer, at: number, { skip = 0 } = {}): void {
  hub.faults.add({ fault: { kind: 'stall', at }, file: FILE, place: 'cdn', skip, times: 1 });
}

const codeOf = (outcome: Outcome<unknown>): BitErrorCode | 'ok' => ('ok' in outcome ? 'ok' : outcome.code);

const lookUp = async (page: Page, hub: HubServer, text = MEDIUM): Promise<Offer> =>
  okay(await call(page, 'lookUp', text, `${hub.hub}/`));

/** The model is complete with the right bytes of the weights. */
async function expectRight(page: Page, id: string, weights: Content): Promise<void> {
  const model = okay(await call(page, 'list')).models.find((one) => one.id === id);
  expect(model).toMatchObject({ state: 'complete' });
  expect(okay(model?.hashes ?? { code: 'internal', message: 'no hashes' })[FILE]).toBe(weights.sha256);
}

const stored = async (page: Page): Promise<number> => okay(await call(page, 'list')).models[0]?.stored ?? 0;

test('a repository is described before anything large is fetched; then it is stored and opens', async ({
  page,
  hub,
  weights,
}) => {
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
  expect(hub.bytesSent(FILE)).toBe(0);
  okay(await call(page, 'download', offer, QUICK));
  await expectRight(page, offer.id, weights);
  expect(okay(await call(page, 'open', offer.id))).toMatchObject({ source: 'stored', name: MEDIUM });
  expect((await lookUp(page, hub)).onShelf).toBe('complete');
});

test('a host that does not let web pages read it, and a page that is offline', async ({
  page,
  hub,
  context,
}) => {
  const offer = await lookUp(page, hub);
  const clear = hub.faults.add({ fault: { kind: 'no-cors' }, file: FILE, place: 'cdn' });
  // an isolated page may not find out whether the host is there, so its words say both
  expect(codeOf(await call(page, 'download', offer, QUICK))).toBe('unreachable');
  clear();
  await context.setOffline(true);
  expect(codeOf(await call(page, 'download', offer, { ...QUICK, offlineMs: 100 }))).toBe('offline');
  await context.setOffline(false);
  okay(await call(page, 'download', offer, QUICK));
});

test('what is stored is not fetched again: after a cut, a pause and a reload', async ({
  page,
  hub,
  site,
  weights,
}) => {
  const offer = await lookUp(page, hub);
  hub.faults.add({ fault: { kind: 'cut', at: CHUNK + 1_000 }, file: FILE, place: 'cdn', times: 1 });
  stallOnce(hub, 3 * CHUNK + 1_000, { skip: 1 }); // the request that is cut never comes this far
  const number = await call(page, 'begin', offer, HELD);
  await expect.poll(() => stored(page), LONG).toBe(3 * CHUNK);
  await call(page, 'pause', number);
  expect(codeOf(await call(page, 'end', number))).toBe('aborted');
  const kept = await stored(page);
  expect(kept).toBe(3 * CHUNK);
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
  stallOnce(hub, 2 * CHUNK);
  const first = await call(page, 'begin', offer, HELD);
  const second = await call(other, 'begin', offer, HELD);
  await expect.poll(() => call(other, 'progress'), LONG).toBeGreaterThan(1_000_000); // the follower sees it come
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
  // long enough for the second tab to follow before it fails
  hub.faults.add({ fault: { kind: 'slow-headers', ms: 4_000 }, file: FILE, place: 'hub' });
  hub.faults.add({ fault: { kind: 'status', status: 404 }, file: FILE, place: 'cdn' });
  const first = await call(page, 'begin', offer, HELD);
  const second = await call(other, 'begin', offer, HELD);
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
  stallOnce(hub, CHUNK + 1_000);
  await call(page, 'begin', offer, HELD);
  await expect.poll(() => stored(page), LONG).toBe(CHUNK);
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
  stallOnce(hub, CHUNK + 1_000);
  const number = await call(page, 'begin', offer, HELD);
  await expect.poll(() => stored(page), LONG).toBe(CHUNK);
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
  stallOnce(hub, CHUNK + 1_000);
  const number = await call(page, 'begin', offer, { ...QUICK, idleMs: 8_000 }); // then it asks again
  await expect.poll(() => stored(page), LONG).toBe(CHUNK);
  const tools = await context.newCDPSession(page);
  await tools.send('Storage.clearDataForOrigin', { origin: site.origin, storageTypes: 'indexeddb' });
  okay(await call(page, 'end', number));
  await expectRight(page, offer.id, weights);
});

/**
 * Room in all for the origin, or what the browser gives. To be set before the page first opens a database: from then on
 * Chromium goes by the room it found, for up to half a minute.
 */
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
  await limitQuota(context, page, site, 2.5 * CHUNK);
  await call(page, 'mark');
  const small = await lookUp(page, hub, REPOS.tiny);
  okay(await call(page, 'download', small, QUICK));
  const offer = await lookUp(page, hub);
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

declare const shelf: Shelf;

test('over quota with consent: the least recently used goes, and the download comes through', async ({
  page,
  context,
  hub,
  site,
  weights,
}) => {
  await limitQuota(context, page, site, Math.round(1.5 * weights.size));
  const small = await lookUp(page, hub, REPOS.tiny);
  okay(await call(page, 'download', small, QUICK));
  const old = okay(await call(page, 'lookUp', `${hub.plain}/medium/`));
  okay(await call(page, 'download', old, QUICK));
  okay(await call(page, 'open', small.id)); // in use: it stays
  const offer = await lookUp(page, hub);
  const outcome = await page.evaluate(
    async ([model, patience]) => {
      const asked: string[][] = [];
      const onFull = async ({ models }: EvictionPlan): Promise<boolean> => {
        asked.push(models.map(({ id }) => id));
        return true;
      };
      const { state } = await shelf.download(model, { patience, onFull });
      return { state, asked };
    },
    [offer, QUICK] as const,
  );
  expect(outcome).toEqual({ state: 'complete', asked: [[old.id]] });
  await expectRight(page, offer.id, weights);
  const left = okay(await call(page, 'list')).models.map(({ id }) => id);
  expect(left.sort()).toEqual([offer.id, small.id].sort());
});

test('dropped files are checked, stored once, opened and deleted', async ({ page, hub, weights }) => {
  const put = (names: readonly string[]) =>
    page.evaluate(
      async ([base, files]) => {
        const blobs = files.map(async (name) => ({ name, blob: await (await fetch(base + name)).blob() }));
        const steps = new Set<string>();
        const onProgress = ({ step }: { readonly step: string }): void => void steps.add(step);
        try {
          const model = await shelf.put(await Promise.all(blobs), { name: 'mine', onProgress });
          return { ...model, steps: [...steps] };
        } catch (error) {
          return (error as { readonly code: string }).code;
        }
      },
      [`${hub.plain}/medium/`, names] as const,
    );
  expect(await put(['config.json'])).toBe('checkpoint-unknown');
  expect(okay(await call(page, 'list')).models).toEqual([]);
  const model = await put([FILE, 'config.json', 'preprocessor_config.json']);
  if (typeof model === 'string') throw new Error(model);
  expect(model).toMatchObject({
    name: 'mine',
    state: 'complete',
    source: { kind: 'dropped' },
    licence: null,
  });
  expect(model.steps).toEqual(['check', 'store']);
  expect(model.files[0]).toMatchObject({
    name: FILE,
    sha256: weights.sha256,
    sha256Stated: false,
    url: null,
  });
  expect(await put([FILE, 'config.json', 'preprocessor_config.json'])).toMatchObject({ id: model.id });
  expect(okay(await call(page, 'list')).models).toHaveLength(1);
  expect(okay(await call(page, 'open', model.id))).toMatchObject({ source: 'stored', name: 'mine' });
  const status = await page.evaluate(() => shelf.status());
  expect(status.shelfBytes).toBe(model.stored);
  okay(await call(page, 'removeAll'));
  expect(okay(await call(page, 'list')).models).toEqual([]);
});
