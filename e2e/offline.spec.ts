import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, type Page } from '@playwright/test';
import { ISOLATION } from '../src/sw/headers.ts';
import { violations } from './tools/accessible.ts';
import { dist } from './tools/build.mjs';
import { Host, type HostOptions } from './tools/host.ts';
import { fileAt, give, ready, row } from './tools/person.ts';
import { test as base } from './tools/site.ts';
import { Versions } from './tools/versions.ts';

const lighthouse = fileAt('public/samples/lighthouse.png');
const isolated: HostOptions = { headers: () => ISOLATION };

/** `host(options)` starts a host of the built page, which ends with the test; `versions` makes other versions of it. */
const test = base.extend<{ host: (options?: HostOptions) => Promise<Host>; versions: Versions }>({
  host: async ({ playwright: _ }, use) => {
    const hosts: Host[] = [];
    await use(async (options = isolated) => {
      const host = new Host(dist, options);
      hosts.push(host);
      await host.start();
      return host;
    });
    await Promise.all(hosts.map((host) => host.stop()));
  },
  versions: async ({ playwright: _ }, use) => {
    const versions = new Versions();
    await use(versions);
    versions.remove();
  },
});
test.use({ serviceWorkers: 'allow', locale: 'en-US' });

/** Opens the page and waits until it says that it works offline. */
async function keep(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await expect(page.getByText('Works offline')).toBeAttached({ timeout: 90_000 });
}

async function stopServiceWorkers(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('ServiceWorker.enable');
  await session.send('ServiceWorker.stopAllWorkers');
  await session.detach();
}

async function answers(page: Page): Promise<void> {
  await give(page, 'drop', [lighthouse]);
  await expect(row(page, 'lighthouse.png')).toContainText(/lighthouse/i, { timeout: 60_000 });
}

/** Names of all kept files, without the path of the page. */
function keptNames(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const requests = await Promise.all(
      (await caches.keys()).map(async (key) => (await caches.open(key)).keys()),
    );
    return requests.flat().map(({ url }) => url.slice(new URL('./', document.baseURI).href.length));
  });
}

/** Puts a web page in the place of every kept file that matches, as a careless cache would have kept it. */
function poison(page: Page, pattern: string): Promise<number> {
  return page.evaluate(async (pattern) => {
    let count = 0;
    for (const key of await caches.keys()) {
      const cache = await caches.open(key);
      for (const { url } of await cache.keys()) {
        if (!new RegExp(pattern).test(url)) continue;
        await cache.put(url, new Response('<!doctype html>', { headers: { 'Content-Type': 'text/html' } }));
        count++;
      }
    }
    return count;
  }, pattern);
}

const version = (page: Page) => page.locator('meta[name=version]').getAttribute('content');

for (const folder of ['/', '/some/deep/path/']) {
  test(`with the server dead the page starts cold under ${folder}, at every address, and answers`, async ({
    host,
    page,
  }) => {
    const site = await host({ ...isolated, base: folder });
    await keep(page, site.url);
    await site.stop();
    await stopServiceWorkers(page);
    const context = page.context();
    await page.close();

    const cold = await context.newPage();
    await cold.goto(site.url);
    await ready(cold);
    await answers(cold);
    expect(await cold.evaluate(() => crossOriginIsolated)).toBe(true);
    await cold.goto(`${site.url}?model=google/bit-50@main#/models`);
    await cold.reload();
    await expect(cold.getByRole('heading', { name: 'Models', level: 1 })).toBeVisible();
    expect(cold.url()).toBe(`${site.url}?model=google/bit-50@main#/models`);
    await cold.goto(`${site.url}index.html`);
    await expect(cold.getByRole('main')).toBeVisible();
    await cold.goto(`${site.url}no/such/place?x=1#/models`); // the page's relative addresses would not hold here
    await expect(cold.getByRole('heading', { name: 'Models', level: 1 })).toBeVisible();
    expect(cold.url()).toBe(`${site.url}?x=1#/models`);
  });
}

test('keeps one runtime, the one that this browser uses, and no file that no start needs', async ({
  host,
  page,
}) => {
  const site = await host();
  await keep(page, site.url);
  const names = await keptNames(page);
  expect(names.filter((name) => name.endsWith('.wasm'))).toEqual([
    expect.stringMatching(/^assets\/ort-wasm-simd-threaded-[\w-]{8}\.wasm$/),
  ]);
  for (const name of ['index.html', 'models/model.safetensors', 'samples/answers.json', 'icon.svg'])
    expect(names).toContain(name);
  expect(names.filter((name) => /^screenshots|\.md$|^_headers|^sw\.js/.test(name))).toEqual([]);
  expect(site.names.filter((name) => /jspi|asyncify/.test(name))).toEqual([]);
  expect(await page.evaluate(() => caches.keys())).toHaveLength(1);
});

test('a poisoned cache heals, file by file, and works offline again', async ({ host, page }) => {
  const site = await host();
  await keep(page, site.url);
  const start =
    '(index-.*\\.(js|css)|worker-.*\\.js|index\\.html|model\\.safetensors|config\\.json|\\.wasm)$';
  expect(await poison(page, start)).toBeGreaterThanOrEqual(7);
  await stopServiceWorkers(page);
  await page.reload();
  await ready(page);
  await expect(page.getByText('Works offline')).toBeAttached({ timeout: 60_000 });
  await site.stop();
  await stopServiceWorkers(page);
  await page.reload();
  await ready(page);
  await answers(page);
});

test('kept files that are damaged while the host has moved on give way to the host’s new page', async ({
  host,
  page,
  versions,
}) => {
  const site = await host();
  await keep(page, site.url);
  const next = versions.make('second');
  const html = readFileSync(path.join(next, 'index.html'), 'utf8');
  const script = /assets\/(index-[\w-]{8})\.js/.exec(html)?.[1] ?? '';
  writeFileSync(path.join(next, 'index.html'), html.replaceAll(script, 'index-Moved_on'));
  const code = readFileSync(path.join(next, `assets/${script}.js`));
  writeFileSync(path.join(next, 'assets/index-Moved_on.js'), code);
  writeFileSync(path.join(next, `assets/${script}.js`), 'gone');
  site.root = next;
  await poison(page, 'index-.*\\.js$');
  await page.reload();
  await ready(page);
  expect(await version(page)).toBe('second');
});

test('a page that answers by other classes while its build is the same is there at the next visit', async ({
  host,
  page,
  versions,
}) => {
  const site = await host();
  const own = () => page.locator('#bit-lens-classifier').textContent();
  const put = (folder: string, text: string): void => {
    const file = path.join(folder, 'index.html');
    const bare = readFileSync(file, 'utf8').replace(/<script[^>]*bit-lens-classifier[^<]*<\/script>/, '');
    const element = `<script type="application/json" id="bit-lens-classifier">${text}</script>`;
    writeFileSync(file, bare.replace('</head>', `${element}</head>`));
  };
  site.root = versions.make('first');
  put(site.root, '{"head":"one"}');
  await keep(page, site.url);
  put(site.root, '{"head":"two"}');
  await page.reload();
  expect(await own()).toBe('{"head":"one"}'); // as it was kept, so without waiting for the host
  await expect(async () => {
    await page.reload();
    expect(await own()).toBe('{"head":"two"}');
  }).toPass({ timeout: 30_000 });
  await site.stop();
  await page.reload();
  expect(await own()).toBe('{"head":"two"}');
});

/** Which of them are there, and how far. */
const workerStates = (page: Page): Promise<string> =>
  page.evaluate(async () => {
    const found = await navigator.serviceWorker.getRegistration();
    const { installing, waiting, active } = found ?? {};
    return JSON.stringify({
      installing: installing?.state,
      waiting: waiting?.state,
      active: active?.state,
      controller: navigator.serviceWorker.controller?.state,
    });
  });

test('an update is offered once, waits for the work, is applied by one reload, and leaves one version', async ({
  host,
  page,
  versions,
}) => {
  test.setTimeout(300_000);
  const site = await host();
  await keep(page, site.url);
  site.root = versions.make('second');
  const offer = page.getByText('A new version is ready');
  await page.evaluate(() => navigator.serviceWorker.getRegistration().then((found) => found?.update()));
  await expect(offer).toBeVisible();
  expect(await violations(page)).toEqual([]);
  expect(await page.locator('meta[name=version]').count()).toBe(0);

  await give(
    page,
    'drop',
    Array.from({ length: 40 }, (_, i) => ({ ...lighthouse, name: `p${i}.png` })),
  );
  let loads = 0;
  let finished = false;
  page.on('load', () => loads++); // a change of the address within the page is none
  await page.exposeFunction('sawDone', () => {
    finished = true;
  });
  await page.evaluate(() => {
    const look = setInterval(() => {
      if (!/40 pictures answered/.test(document.body.textContent ?? '')) return;
      clearInterval(look);
      (globalThis as unknown as { sawDone: () => void }).sawDone();
    }, 10);
  });
  await page.getByRole('button', { name: 'Reload' }).press('Enter');
  await expect(page.getByText('The page is reloaded when the work is done')).toBeVisible();
  const isSecond = () =>
    // the browser lets the worker before come to rest first, which takes a busy machine its time
    expect(page.locator('meta[name=version]')).toHaveAttribute('content', 'second', { timeout: 200_000 });
  await isSecond().catch(async (cause: unknown) => {
    console.log('the workers are', await workerStates(page));
    throw cause;
  });
  expect(finished, 'the work was done before the reload').toBe(true);
  await ready(page);
  expect(loads).toBe(1);
  await expect(offer).toHaveCount(0);
  const keys = await page.evaluate(() => caches.keys());
  expect(keys).toEqual([expect.stringMatching(/ second$/)]);
  await site.stop();
  await page.reload();
  await answers(page);
});

test('an update that was declined is not offered again, and comes when every tab was closed', async ({
  host,
  page,
  versions,
}) => {
  const site = await host();
  await keep(page, site.url);
  site.root = versions.make('second');
  const offer = page.getByText('A new version is ready');
  await page.reload();
  await expect(offer).toBeVisible({ timeout: 60_000 });
  await page.getByRole('button', { name: 'Close this notice' }).click();
  await page.reload();
  await ready(page);
  await expect(page.getByText('Works offline')).toBeAttached({ timeout: 60_000 });
  expect(await version(page).catch(() => null)).toBeNull();
  await expect(offer).toHaveCount(0);
  const context = page.context();
  await page.close();
  const later = await context.newPage();
  await expect(async () => {
    await later.goto(site.url);
    expect(await later.locator('meta[name=version]').count()).toBe(1);
  }).toPass({ timeout: 30_000 });
  await ready(later);
});

test('a tab of the old version goes on while another tab takes the new one', async ({
  host,
  page,
  versions,
}) => {
  const site = await host();
  await keep(page, site.url);
  const second = await page.context().newPage();
  await second.goto(site.url);
  await ready(second);
  site.root = versions.make('second');
  await second.evaluate(() => navigator.serviceWorker.getRegistration().then((found) => found?.update()));
  await expect(page.getByText('A new version is ready')).toBeVisible(); // in every tab
  await second.getByRole('button', { name: 'Reload' }).click();
  await expect(second.locator('meta[name=version]')).toHaveAttribute('content', 'second');
  await answers(page);
  expect(await page.locator('meta[name=version]').count()).toBe(0);
});

test('a version that cannot be had whole is not taken, and the old one goes on', async ({
  host,
  page,
  versions,
}) => {
  const site = await host();
  await keep(page, site.url);
  const broken = versions.make('broken');
  // half a deployment: the list is new, a file is not what it says
  const sw = readFileSync(path.join(broken, 'sw.js'), 'utf8');
  writeFileSync(path.join(broken, 'sw.js'), sw.replace(/("?icon\.svg"?:\s*[`"'])\w{8}/, '$100000000'));
  site.root = broken;
  await page.reload();
  const installed = await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration();
    await registration?.update().catch(() => undefined);
    const worker = registration?.installing;
    if (!worker) return 'gone';
    return new Promise((resolve) => worker.addEventListener('statechange', () => resolve(worker.state)));
  });
  expect(['gone', 'redundant']).toContain(installed);
  await expect(page.getByText('A new version is ready')).toHaveCount(0);
  await site.stop();
  await stopServiceWorkers(page);
  await page.reload();
  await answers(page);
  expect(await page.locator('meta[name=version]').count()).toBe(0);
  expect(await page.evaluate(() => caches.keys())).toHaveLength(1);
});

test('says when the network is gone and when it is back', async ({ host, page, context }) => {
  const site = await host();
  await keep(page, site.url);
  await context.setOffline(true);
  const strip = page.getByText('You are offline');
  await expect(strip).toBeVisible();
  expect(await violations(page)).toEqual([]);
  await page.getByRole('button', { name: 'Language: English' }).click();
  await expect(page.getByText('オフラインです。')).toBeVisible();
  await context.setOffline(false);
  await expect(page.getByText('オフラインです。')).toHaveCount(0);
});

test('shared files are answered at once, once', async ({ host, page }) => {
  const site = await host();
  await keep(page, site.url);
  await site.stop(); // sharing needs no network
  await page.evaluate((base64) => {
    const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    const files = new DataTransfer();
    files.items.add(new File([bytes], '灯台 1.png', { type: 'image/png' }));
    files.items.add(new File([bytes], 'second.png', { type: 'image/png' }));
    const form = document.createElement('form');
    form.method = 'post';
    form.enctype = 'multipart/form-data';
    form.action = new URL('share', document.baseURI).href;
    const input = document.createElement('input');
    input.type = 'file';
    input.name = 'files';
    input.multiple = true;
    input.files = files.files;
    form.append(input);
    document.body.append(form);
    form.submit();
  }, lighthouse.bytes.toString('base64'));
  await expect(row(page, '灯台 1.png')).toContainText(/lighthouse/i, { timeout: 60_000 });
  await expect(row(page, 'second.png')).toContainText(/lighthouse/i, { timeout: 60_000 });
  await expect(page).toHaveURL(`${site.url}#/look`);
  expect((await keptNames(page)).filter((name) => name.startsWith('shared'))).toEqual([]);
  await page.reload();
  await ready(page);
  await expect(row(page, 'second.png')).toHaveCount(0);
  await page.goto(`${site.url}?shared=lost`);
  await expect(page.getByText('The shared files did not arrive')).toBeVisible();
});

test('opened files go straight to classification', async ({ host, page }) => {
  const site = await host();
  await page.addInitScript((base64) => {
    const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    const file = new File([bytes], 'opened.png', { type: 'image/png' });
    const launchQueue = {
      setConsumer: (consumer: (launch: unknown) => void) => {
        consumer({ targetURL: location.href }); // an ordinary start brings none
        consumer({ files: [{ getFile: async () => file }] });
      },
    };
    Object.defineProperty(globalThis, 'launchQueue', { value: launchQueue, configurable: true });
  }, lighthouse.bytes.toString('base64'));
  await page.goto(site.url);
  await expect(row(page, 'opened.png')).toContainText(/lighthouse/i, { timeout: 60_000 });
});

test('can be installed: the manifest is complete and its pictures have the sizes it names', async ({
  host,
  page,
}) => {
  const site = await host({ ...isolated, base: '/some/deep/path/' });
  await keep(page, site.url);
  const session = await page.context().newCDPSession(page);
  const { errors, url } = await session.send('Page.getAppManifest');
  expect(errors).toEqual([]);
  expect(url).toBe(`${site.url}manifest.webmanifest`);
  const manifest = JSON.parse(readFileSync(path.join(dist, 'manifest.webmanifest'), 'utf8'));
  expect(new URL(manifest.start_url, url).href).toBe(site.url);
  expect(new URL(manifest.scope, url).href).toBe(site.url);
  expect(new URL(manifest.share_target.action, url).href).toBe(`${site.url}share`);
  for (const field of ['name', 'short_name', 'description', 'id', 'display', 'theme_color', 'lang'])
    expect(manifest[field], field).toBeTruthy();
  const wanted = ['any any', '192x192 any', '512x512 any', '192x192 maskable', '512x512 maskable'];
  expect(
    manifest.icons.map((icon: { sizes: string; purpose: string }) => `${icon.sizes} ${icon.purpose}`),
  ).toEqual(wanted);
  const forms = manifest.screenshots.map((shot: { form_factor: string }) => shot.form_factor);
  expect(forms.sort()).toEqual(['narrow', 'wide']);
  const extensions = Object.values(manifest.file_handlers[0].accept).flat();
  for (const each of '.png .jpg .webp .gif .bmp .avif .safetensors .bin .npz .onnx .pth'.split(' '))
    expect(extensions).toContain(each);
  for (const { src, sizes } of [...manifest.icons, ...manifest.screenshots]) {
    if (sizes === 'any') continue;
    const png = readFileSync(path.join(dist, src)); // IHDR: width and height at bytes 16 and 20
    expect(`${png.readUInt32BE(16)}x${png.readUInt32BE(20)}`, src).toBe(sizes);
  }
  const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
  expect(installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== 'in-incognito')).toEqual(
    [],
  );
});
