import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type CDPSession, expect, type Page, type Worker } from '@playwright/test';
import { ISOLATION, POLICY } from '../src/sw/headers.ts';
import { dist } from './tools/build.mjs';
import { Host, type HostOptions, headersOf } from './tools/host.ts';
import { fileAt, give, ready, row } from './tools/person.ts';
import { test as base, launch } from './tools/site.ts';

const lighthouse = fileAt('public/samples/lighthouse.png');
const rules = readFileSync('public/_headers', 'utf8');

/** `host(options)` starts a host of the built page, which ends with the test. Without options it sends no headers. */
const test = base.extend<{ host: (options?: HostOptions) => Promise<Host> }>({
  host: async ({ playwright: _ }, use) => {
    const hosts: Host[] = [];
    await use(async (options = {}) => {
      const host = new Host(dist, options);
      hosts.push(host);
      await host.start();
      return host;
    });
    await Promise.all(hosts.map((host) => host.stop()));
  },
});
test.use({ serviceWorkers: 'allow', locale: 'en-US' });

/** Every load of the page, from the first on. */
function countLoads(page: Page): () => number {
  let loads = 0;
  page.on('load', () => loads++);
  return () => loads;
}

/** What the browser complains of; favicons are asked for at a host's root whatever a page says. */
function complaints(page: Page): string[] {
  const found: string[] = [];
  page.on('pageerror', (error) => found.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') found.push(`${message.text()} ${message.location().url}`);
  });
  return found;
}

async function hardReload(page: Page): Promise<void> {
  const session: CDPSession = await page.context().newCDPSession(page);
  const loaded = page.waitForEvent('load');
  await session.send('Page.reload', { ignoreCache: true });
  await loaded;
  await session.detach();
}

const isolatedNow = (page: Page) => page.evaluate(() => crossOriginIsolated);
const answer = (page: Page) => page.getByRole('region', { name: 'Answer' });

/** Waits for the one reload that gives threads, and for the answer after it. */
async function gainsThreads(page: Page): Promise<void> {
  await page.waitForFunction(() => crossOriginIsolated, undefined, { timeout: 90_000 });
  await ready(page);
  const cores = await page.evaluate(() => Math.min(navigator.hardwareConcurrency, 8));
  expect(cores, 'this machine has cores to use').toBeGreaterThan(1);
  await expect(answer(page)).toContainText(`WASM, ${cores} threads`);
}

/** What the browser is right to complain of: the first visit's, before the service worker gives the right types. */
const WRONG_TYPE = /streaming compile failed.*MIME type|falling back to ArrayBuffer/;
/** The policy stops what a host puts into the page. */
const INJECTED = /inline script/;

const hosts: readonly [name: string, options: HostOptions, allowed?: RegExp][] = [
  ['python3 -m http.server', {}],
  ['GitHub Pages: a path, no headers, a 404 page', { base: '/bit-lens/', missing: 'page' }],
  ['a host that answers its front page for everything', { missing: 'front' }],
  [
    'a host that calls wasm text and scripts by an old name',
    {
      types: { '.wasm': 'text/plain', '.js': 'application/x-javascript', '.woff2': 'text/plain' },
    },
    WRONG_TYPE,
  ],
  [
    'a host that puts a script of its own into the page, as a Space does',
    {
      inject: '<script>window.huggingface={variables:{}}</script>',
    },
    INJECTED,
  ],
];

for (const [name, options, allowed] of hosts) {
  test(`${name}: one reload gives threads, and then the page works without it`, async ({ host, page }) => {
    const site = await host(options);
    const loads = countLoads(page);
    const wrong = complaints(page);
    await page.goto(site.url);
    await gainsThreads(page);
    expect(loads()).toBe(2);
    await expect(page.getByText('Works offline')).toBeAttached({ timeout: 60_000 });
    await expect(page.getByText('Running on one processor core')).toHaveCount(0);
    await site.stop();
    const complained = wrong.length;
    await page.goto(`${site.url}#/models`);
    await page.reload();
    await expect(page.getByRole('heading', { name: 'Models', level: 1 })).toBeVisible();
    await page.goto(site.url);
    await give(page, 'drop', [lighthouse]);
    await expect(row(page, 'lighthouse.png')).toContainText(/lighthouse/i, { timeout: 60_000 });
    expect(loads()).toBe(4); // to go to another hash only is no load
    if (allowed === WRONG_TYPE)
      expect(wrong.length, 'the service worker gives the right type').toBe(complained);
    expect(wrong.filter((text) => allowed?.test(text) !== true)).toEqual([]);
  });
}

test('a host that reads dist/_headers: isolated at once, no reload, the policy binds page and worker', async ({
  host,
  page,
}) => {
  const text = readFileSync(path.join(dist, '_headers'), 'utf8');
  const site = await host({ headers: (target) => headersOf(text, target) });
  const loads = countLoads(page);
  const wrong = complaints(page);
  await page.goto(site.url);
  await ready(page);
  expect(await isolatedNow(page)).toBe(true);
  expect(await canEval(page)).toBe(false);
  expect(await canEval(engineOf(page))).toBe(false);
  await expect(page.getByText('Works offline')).toBeAttached({ timeout: 60_000 });
  expect(loads()).toBe(1);
  expect(wrong).toEqual([]);
});

test('the rules for hosts say what the service worker says', async () => {
  const headers = headersOf(rules, '/index.html');
  expect(headers).toEqual({
    ...ISOLATION,
    'Content-Security-Policy': POLICY,
    'X-Content-Type-Options': 'nosniff',
  });
  expect(headersOf(rules, '/assets/x-12345678.js')['Cache-Control']).toContain('immutable');
  const readme = readFileSync('README.md', 'utf8');
  for (const [name, value] of Object.entries(ISOLATION)) {
    expect(readme, 'nginx').toContain(`add_header ${name} "${value}" always;`);
    expect(readme, 'a Space').toContain(`  ${name.toLowerCase()}: ${value}`);
  }
});

/** The engine's worker; those of the runtime's threads sleep and answer nothing. */
function engineOf(page: Page): Worker {
  const engine = page.workers().find((worker) => /assets\/worker-/.test(worker.url()));
  if (engine === undefined) throw new Error('there is no worker');
  return engine;
}

/** eval as the page's own code would call it: what a debugger evaluates is let through, a later task is not. */
function canEval(place: Page | Worker): Promise<boolean> {
  return (place as Worker).evaluate(
    () =>
      new Promise<boolean>((resolve) =>
        setTimeout(() => {
          try {
            // biome-ignore lint/security/noGlobalEval: whether it is stopped is the question
            resolve(eval('1 + 1') === 2);
          } catch {
            resolve(false);
          }
        }),
      ),
  );
}

test('the policy: no eval in the page nor, through the service worker, in its worker; any host may be asked', async ({
  host,
  page,
}) => {
  const site = await host();
  const lab = await host({ headers: () => ({ 'Access-Control-Allow-Origin': '*' }) });
  await page.goto(site.url);
  await gainsThreads(page);
  expect(await canEval(page)).toBe(false);
  const engine = engineOf(page);
  expect(await canEval(engine)).toBe(false);
  // a download from another host, with CORS, from the page and from the worker, under the injected isolation
  const url = `${lab.url}models/model.safetensors`;
  const get = async (url: string) => (await (await fetch(url)).blob()).size;
  expect(await page.evaluate(get, url)).toBe(3_423_884);
  expect(await engine.evaluate(get, url)).toBe(3_423_884);
});

test('the service worker keeps out of ranges, of other hosts and of files that are none of the page’s', async ({
  host,
  page,
}) => {
  const site = await host();
  await page.goto(site.url);
  await gainsThreads(page);
  await expect(page.getByText('Works offline')).toBeAttached({ timeout: 60_000 });
  site.asked.length = 0;
  const workerStarts = await page.evaluate(async () => {
    await fetch('models/model.safetensors', { headers: { Range: 'bytes=0-9' } });
    await fetch('weights/bit-50.safetensors');
    await fetch('models/config.json');
    return performance
      .getEntriesByType('resource')
      .slice(-3)
      .map((entry) => (entry as PerformanceResourceTiming).name.split('/').at(-1));
  });
  expect(workerStarts).toHaveLength(3);
  expect(site.asked.map(({ name, range }) => `${name} ${range}`)).toEqual([
    'models/model.safetensors bytes=0-9',
    'weights/bit-50.safetensors undefined',
  ]);
});

test('a person who is at the page is asked first; Shift-reload drops threads, and the strip brings them back', async ({
  host,
  page,
}) => {
  const site = await host();
  const loads = countLoads(page);
  await page.goto(site.url);
  await give(page, 'drop', [lighthouse]);
  await expect(row(page, 'lighthouse.png')).toContainText(/lighthouse/i, { timeout: 60_000 });
  const strip = page.getByText(/Running on one processor core\.\s*Reload once to use \d/);
  await expect(strip).toBeVisible({ timeout: 60_000 });
  expect(loads()).toBe(1);
  await page.getByRole('button', { name: 'Reload' }).press('Enter');
  await gainsThreads(page);
  expect(loads()).toBe(2);

  await hardReload(page);
  expect(await isolatedNow(page)).toBe(false);
  await expect(strip).toBeVisible({ timeout: 60_000 });
  expect(loads()).toBe(3);
  await page.getByRole('button', { name: 'Reload' }).click();
  await gainsThreads(page);
  expect(loads()).toBe(4);
});

/** Init scripts that take one guard away each; isolation is never seen to be gained. */
const never = () => Object.defineProperty(globalThis, 'crossOriginIsolated', { value: false });
const fakes: readonly [what: string, init: () => void][] = [
  ['isolation cannot be had although the page came through the service worker', () => undefined],
  [
    'the session’s storage is blocked',
    () =>
      Object.defineProperty(globalThis, 'sessionStorage', {
        get: () => {
          throw new DOMException('blocked', 'SecurityError');
        },
      }),
  ],
  [
    'the session’s storage forgets, and the browser does not tell who brought the page',
    () => {
      Storage.prototype.getItem = () => null;
      Object.defineProperty(PerformanceResourceTiming.prototype, 'workerStart', { value: 0 });
    },
  ],
  [
    'the browser tells neither who brought the page nor that it was reloaded',
    () => {
      Object.defineProperty(PerformanceResourceTiming.prototype, 'workerStart', { value: 0 });
      Object.defineProperty(PerformanceNavigationTiming.prototype, 'type', { value: 'navigate' });
    },
  ],
];
for (const [what, init] of fakes) {
  test(`no loop of reloads: ${what}`, async ({ host, page }) => {
    await page.addInitScript(never);
    await page.addInitScript(init);
    const site = await host();
    const loads = countLoads(page);
    await page.goto(site.url);
    await ready(page);
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null, undefined, {
      timeout: 60_000,
    });
    await page.waitForTimeout(4_000);
    await ready(page);
    expect(loads()).toBeLessThanOrEqual(2);
    const before = loads();
    await page.reload();
    await ready(page);
    await page.waitForTimeout(2_000);
    expect(loads()).toBe(before + 1);
  });
}

test('where service workers are blocked, one thread answers and nothing is said or reloaded', async ({
  browser,
  host,
}) => {
  const site = await host();
  const context = await browser.newContext({ serviceWorkers: 'block', locale: 'en-US' });
  const page = await context.newPage();
  const loads = countLoads(page);
  const wrong = complaints(page);
  await page.goto(site.url);
  await ready(page);
  await page.waitForTimeout(1_000);
  await expect(answer(page)).toContainText('WASM, 1 thread');
  await expect(page.getByRole('button', { name: 'Reload' })).toHaveCount(0);
  expect(loads()).toBe(1);
  expect(wrong).toEqual([]);
  await context.close();
});

test('embedded in another page it works, without a reload of its own', async ({ host, page }) => {
  const site = await host();
  const other = await host({ missing: 'page' });
  await page.goto(`${other.url}no-such-page`);
  let loads = 0;
  page.on('framenavigated', (frame) => {
    if (frame.url().startsWith(site.url)) loads++;
  });
  await page.evaluate((url) => {
    const frame = document.createElement('iframe');
    frame.src = url;
    frame.width = '1000';
    frame.height = '700';
    document.body.append(frame);
  }, site.url);
  const frame = page.frameLocator('iframe');
  await expect(frame.getByText(/Ran here in/).first()).toBeAttached({ timeout: 90_000 });
  await expect(frame.getByText('Works offline')).toBeAttached({ timeout: 60_000 });
  await page.waitForTimeout(1_000);
  expect(loads).toBe(1);
});

test('a host that lacks the large runtime: the processor answers, and the page says why', async ({
  host,
}) => {
  const site = await host({ lacks: /(jspi|asyncify)-.*\.wasm$/, headers: () => ISOLATION });
  const browser = await launch({ webgpu: true });
  try {
    const page = await browser.newPage({ locale: 'en-US' });
    await page.goto(site.url);
    await ready(page);
    await expect(answer(page)).toContainText(/WASM, \d+ thread/);
    await expect(answer(page)).toContainText('the GPU could not run this model');
  } finally {
    await browser.close();
  }
});
