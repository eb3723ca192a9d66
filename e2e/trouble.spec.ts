import { readFileSync } from 'node:fs';
import { expect } from '@playwright/test';
import { violations } from './tools/accessible.ts';
import { fileAt, give, ready, row } from './tools/person.ts';
import { test } from './tools/site.ts';

const lighthouse = fileAt('public/samples/lighthouse.png');
const config = fileAt('public/models/config.json');
const weights = readFileSync('public/models/model.safetensors');

test('a broken checkpoint is refused in words, and the model in use goes on answering', async ({
  page,
  site,
}) => {
  await site.open(page);
  await ready(page);
  await give(page, 'drop', [
    config,
    { name: 'broken.safetensors', type: '', bytes: weights.subarray(0, 400_000) },
  ]);
  await expect(page.getByRole('alert').filter({ hasText: 'broken.safetensors' }).first()).toBeVisible({
    timeout: 60_000,
  });
  await give(page, 'drop', [lighthouse]);
  await page.getByRole('link', { name: 'Look' }).first().click();
  await expect(row(page, 'lighthouse.png')).toContainText(/lighthouse/i, { timeout: 60_000 });
});

test('a dropped checkpoint takes over and answers', async ({ page, site }) => {
  await site.open(page);
  await ready(page);
  const files = [
    config,
    fileAt('public/models/preprocessor_config.json'),
    { name: 'mine.safetensors', type: '', bytes: weights },
  ];
  await give(page, 'drop', [...files, lighthouse]);
  await page.getByRole('link', { name: 'Look' }).first().click();
  await expect(row(page, 'lighthouse.png')).toContainText(/lighthouse/i, { timeout: 60_000 });
  await expect(page.getByRole('button', { name: /mine/ }).first()).toBeVisible();
  await expect(page.getByText('Not checked for this model').first()).toBeVisible();
});

test('a queue of pictures can be stopped', async ({ page, site }) => {
  await site.open(page);
  await ready(page);
  await give(
    page,
    'drop',
    Array.from({ length: 60 }, (_, i) => ({ ...lighthouse, name: `p${i}.png` })),
  );
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await expect(page.getByText(/not looked at/i).first()).toBeVisible();
  await give(page, 'drop', [{ ...lighthouse, name: 'after.png' }]);
  await expect(row(page, 'after.png')).toContainText(/lighthouse/i, { timeout: 60_000 });
});

for (const [how, notice] of [
  ['is ended without a word', 'did not answer and was replaced'],
  ['fails with an error', 'stopped and was replaced'],
] as const) {
  test(`a worker that ${how} is replaced, the page says so, and the picture is answered`, async ({
    page,
    site,
  }) => {
    // Breaks the worker at the very call that gives it work, so that it cannot have answered.
    await page.addInitScript((how) => {
      const state = { armed: false };
      const Original = Worker;
      Object.assign(globalThis, {
        state,
        Worker: class extends Original {
          override postMessage(message: unknown): void {
            super.postMessage(message);
            if (!state.armed) return;
            state.armed = false;
            this.terminate();
            if (how === 'fails with an error') {
              queueMicrotask(() => this.dispatchEvent(new ErrorEvent('error', { message: 'broken' })));
            }
          }
        },
      });
    }, how);
    await site.open(page);
    await ready(page);
    await page.evaluate(() => {
      (globalThis as unknown as { state: { armed: boolean } }).state.armed = true;
    });
    await give(page, 'drop', [lighthouse]);
    await expect(page.getByText(new RegExp(`The worker ${notice}`)).first()).toBeVisible({ timeout: 90_000 });
    await expect(row(page, 'lighthouse.png')).toContainText(/lighthouse/i, { timeout: 60_000 });
  });
}

test('a part of the page that cannot be fetched says so, and leaves the rest as it is', async ({
  page,
  site,
}) => {
  await page.route(/TableView-[\w-]+\.js|ModelsPlace-[\w-]+\.js/, (route) => route.abort());
  await site.open(page);
  await ready(page);
  await give(page, 'drop', [lighthouse]);
  await expect(row(page, 'lighthouse.png')).toContainText(/lighthouse/i, { timeout: 60_000 });
  const missing = page.getByRole('alert').filter({ hasText: 'This part of the page could not be shown' });
  const view = (name: string) => page.getByRole('group', { name: 'View' }).getByRole('radio', { name });
  await view('Table').click();
  await expect(missing).toBeVisible();
  expect(await violations(page)).toEqual([]);
  await view('Score').click();
  await expect(missing).toHaveCount(0);
  await view('Picture').click();
  await expect(row(page, 'lighthouse.png')).toContainText(/lighthouse/i);
  await page.getByRole('link', { name: 'Models' }).first().click();
  await expect(missing).toBeVisible();
  await page.getByRole('link', { name: 'Look' }).first().click();
  await expect(row(page, 'lighthouse.png')).toContainText(/lighthouse/i);
  await page.unrouteAll();
  await page.getByRole('link', { name: 'Models' }).first().click();
  await missing.getByRole('button', { name: 'Reload' }).click();
  await expect(page.getByRole('heading', { name: 'Models', level: 1 })).toBeVisible({ timeout: 60_000 });
});
