import { expect } from '@playwright/test';
import { violations } from './tools/accessible.ts';
import { ready } from './tools/person.ts';
import { test } from './tools/site.ts';

for (const colorScheme of ['light', 'dark'] as const) {
  for (const [width, height] of [
    [1280, 800],
    [390, 844],
  ] as const) {
    test(`no axe violations, ${colorScheme}, ${width} px, nothing wider than the page`, async ({
      browser,
      site,
    }) => {
      const page = await browser.newPage({ colorScheme, viewport: { width, height } });
      for (const place of ['look', 'models']) {
        await page.goto(`${await site.url()}#/${place}`);
        await page.reload();
        await expect(page.getByRole('heading', { level: 1 })).toBeVisible(); // a place comes in its own time
        if (place === 'look') await ready(page);
        expect(await violations(page)).toEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      }
      await page.close();
    });
  }
}

test('speaks English and Japanese', async ({ page, site }) => {
  await site.open(page);
  await page.getByRole('button', { name: 'Language: English' }).click();
  await expect(page.locator('html')).toHaveAttribute('lang', 'ja');
  await expect(page.getByRole('heading', { name: '何が写っていますか' })).toBeVisible();
  await page.reload();
  await expect(page.locator('html')).toHaveAttribute('lang', 'ja');
});

test('? opens the help, Escape closes it', async ({ page, site }) => {
  await site.open(page);
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toBeHidden();
});

test('asks no host but its own', async ({ page, site }) => {
  const hosts = new Set<string>();
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (/^https?:$/.test(url.protocol)) hosts.add(url.host);
  });
  const url = await site.open(page);
  await ready(page);
  expect([...hosts]).toEqual([new URL(url).host]);
});
