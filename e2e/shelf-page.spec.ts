/** The Models place against the Hub of the tests: what a person does to get, keep, use and delete a model. */
import { test as base, expect, type Page } from '@playwright/test';
import { contentOf } from './hub/content.ts';
import { REPOS, serveModels } from './hub/models.ts';
import { type HubServer, startHub } from './hub/server.ts';
import { bitRecipe, safetensorsFile, tensorsOf } from './hub/weights.ts';
import { violations } from './tools/accessible.ts';
import { fileAt, give, ready, row } from './tools/person.ts';
import { Site } from './tools/site.ts';

const FILE = 'model.safetensors';
const MEDIUM = 'shelf/medium';
const net = { depths: [1, 1, 2, 2], widths: [128, 256, 512, 1024], stem: 32, labels: 10 };
/** A real BiT of five chunks. */
const weights = contentOf(Buffer.concat([...safetensorsFile(tensorsOf(bitRecipe(net)))]));

function publish(hub: HubServer): void {
  const config = JSON.stringify({
    model_type: 'bit',
    depths: net.depths,
    hidden_sizes: net.widths,
    embedding_size: net.stem,
    id2label: Object.fromEntries(Array.from({ length: net.labels }, (_, i) => [i, `kind ${i}`])),
  });
  const processor = JSON.stringify({ size: { shortest_edge: 64 }, crop_size: 64 });
  hub
    .repo(MEDIUM, { license: 'apache-2.0' })
    .commit({ 'config.json': config, 'preprocessor_config.json': processor, [FILE]: weights });
}

const test = base.extend<{ hub: HubServer }, { site: Site }>({
  hub: async ({ playwright: _ }, use) => {
    const hub = await startHub();
    serveModels(hub, { fullSize: false });
    publish(hub);
    await use(hub);
    await hub.close();
  },
  site: [
    async ({ playwright: _ }, use) => {
      const site = new Site();
      await use(site);
      await site.close();
    },
    { scope: 'worker' },
  ],
});

/** The page with the tests' Hub as its base address, as a person would set it. */
async function openModels(page: Page, site: Site, hub: HubServer): Promise<void> {
  await page.goto(`${await site.url()}#/models`);
  await page.getByText('Where names are looked up').click();
  await page.getByLabel('Base address').fill(hub.hub);
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByText('Saved.')).toBeVisible();
}

async function lookUp(page: Page, name: string): Promise<void> {
  await page.getByLabel('Hub name or address').fill(name);
  await page.getByLabel('Hub name or address').press('Enter');
}
const line = (page: Page, name: string) =>
  page.getByRole('row').filter({ has: page.getByRole('rowheader', { name }) });

test('paste a name, agree, and use it; pause and resume; the next day without a network', async ({
  page,
  site,
  hub,
}) => {
  await openModels(page, site, hub);
  expect(hub.log).toEqual([]);
  await lookUp(page, MEDIUM);
  await expect(page.getByRole('heading', { name: `Found: ${MEDIUM}` })).toBeFocused();
  await expect(page.getByText('apache-2.0', { exact: true })).toBeVisible();
  expect(hub.bytesSent(FILE)).toBe(0); // asked first

  // the line goes dead after two chunks, so that there is time to see it and to pause
  const dead = hub.faults.add({ fault: { kind: 'stall', at: 9_000_000 }, file: FILE });
  await page.getByRole('button', { name: /^Get medium, \d+\sMB$/ }).click();
  await expect(line(page, 'medium')).toContainText(/\d+\sMB of \d+\sMB/);
  await expect(page.getByText(/Only 127\.0\.0\.1:\d+ is contacted, for this download/)).toBeVisible();
  await expect.poll(() => hub.bytesSent(FILE)).toBeGreaterThan(8.9e6);
  await page.getByRole('button', { name: 'Pause medium' }).click();
  await expect(line(page, 'medium')).toContainText(/Stopped at \d/);
  await expect(page.getByText('Pictures stay on this device')).toBeVisible();
  dead();

  await page.getByRole('button', { name: 'Resume medium' }).click();
  await expect(line(page, 'medium')).toContainText('In use', { timeout: 60_000 }); // it opened by itself
  expect(hub.bytesSent(FILE)).toBeLessThan(weights.size + 2 * 4 * 2 ** 20); // what was stored was not sent again

  await hub.close();
  await page.reload();
  await expect(line(page, 'medium')).toContainText('In use', { timeout: 60_000 });
  await give(page, 'drop', [fileAt('public/samples/snail.png')]);
  await expect(row(page, 'snail.png')).toContainText(/\d/, { timeout: 60_000 });
  await expect(page.getByRole('region', { name: 'Answer' })).toContainText(/kind \d/);

  await page.goto(`${await site.url()}#/models`);
  await page.getByRole('button', { name: 'Use Built-in' }).click();
  await expect(line(page, 'Built-in')).toContainText('In use', { timeout: 60_000 });
  await page.getByRole('button', { name: 'Delete medium' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click();
  await expect(line(page, 'medium')).toHaveCount(0);
  await expect(page.getByText('Nothing is stored yet.')).toBeVisible();
});

test('what is no BiT, or refused, is said in words, and nothing is fetched', async ({ page, site, hub }) => {
  await openModels(page, site, hub);
  await lookUp(page, REPOS.notBit);
  await expect(page.getByRole('alert')).toContainText('It is not a BiT model');
  hub.faults.add({ fault: { kind: 'status', status: 429, retryAfter: '300' }, request: /^GET \/api\// });
  await lookUp(page, MEDIUM);
  await expect(page.getByRole('alert')).toContainText('too many requests');
  hub.faults.clear();
  await page.getByRole('button', { name: 'Try again', exact: true }).click();
  await expect(page.getByRole('heading', { name: `Found: ${MEDIUM}` })).toBeVisible();
  hub.faults.add({ fault: { kind: 'status', status: 429, retryAfter: '300' }, file: FILE, place: 'cdn' });
  await page.getByRole('button', { name: /^Get medium/ }).click();
  await expect(line(page, 'medium')).toContainText('too many requests', { timeout: 60_000 });
  await page.getByRole('button', { name: 'Pause medium' }).click();
  await expect(page.getByRole('button', { name: 'Resume medium' })).toBeVisible();
  expect(hub.bytesSent(FILE)).toBe(0);
});

test('an address with ?model= says what it asks for, and asks before any host is asked', async ({
  page,
  site,
  hub,
}) => {
  await openModels(page, site, hub);
  await page.goto(`${await site.url()}?model=${MEDIUM}`);
  await expect(page.getByRole('heading', { name: `This address asks for ${MEDIUM}` })).toBeVisible();
  expect(hub.log).toEqual([]);
  await page.getByRole('button', { name: 'Look up' }).last().click();
  await expect(page.getByRole('heading', { name: `Found: ${MEDIUM}` })).toBeVisible();
  await page.getByRole('button', { name: 'Cancel' }).click();
  expect(new URL(page.url()).search).toBe('');
  expect(hub.bytesSent(FILE)).toBe(0);
});

test('dropped files are kept; a dark, a narrow and a Japanese page have no axe violations', async ({
  page,
  site,
  hub,
}) => {
  await openModels(page, site, hub);
  const files = ['config.json', 'preprocessor_config.json', FILE];
  await ready(page);
  await give(
    page,
    'drop',
    files.map((name) => fileAt(`e2e/fixtures/models/p02_bottleneck_same_dynamic/${name}`)),
  );
  await page.getByRole('button', { name: /^Keep on this device: / }).click();
  await expect(page.getByRole('button', { name: `Delete ${FILE}` })).toBeVisible();
  await lookUp(page, MEDIUM);
  await expect(page.getByRole('heading', { name: `Found: ${MEDIUM}` })).toBeVisible();
  for (const [scheme, width, language] of [
    ['light', 1280, 'en'],
    ['dark', 1280, 'en'],
    ['light', 390, 'en'],
    ['dark', 390, 'ja'],
  ] as const) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize({ width, height: 844 });
    if (language === 'ja') await page.evaluate(() => localStorage.setItem('bit-lens.language', 'ja'));
    if (language === 'ja') await page.reload();
    await expect(page.getByRole('table').first()).toBeVisible();
    const found = await violations(page);
    expect([scheme, width, language, found]).toEqual([scheme, width, language, []]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  }
});
