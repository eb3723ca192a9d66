import { expect } from '@playwright/test';
import { fileAt, give, ready, row } from './tools/person.ts';
import { launch, test } from './tools/site.ts';

const lighthouse = fileAt('public/samples/lighthouse.png');

test('where there is a GPU adapter, WebGPU answers after its self-check', async ({ site }) => {
  const browser = await launch({ webgpu: true });
  try {
    const page = await browser.newPage();
    await site.open(page);
    await give(page, 'drop', [lighthouse]);
    const answer = page.getByRole('region', { name: 'Answer' });
    await expect(answer).toContainText('WebGPU', { timeout: 150_000 });
    await expect(row(page, 'lighthouse.png')).toContainText(/lighthouse/i);
    await expect(answer).toContainText(/differs from WASM by/);
  } finally {
    await browser.close();
  }
});

test('where there is none, WASM answers and the page says why', async ({ page, site }) => {
  await site.open(page);
  await ready(page);
  const answer = page.getByRole('region', { name: 'Answer' });
  await expect(answer).toContainText(/WASM, \d+ threads?/);
  await expect(answer).toContainText(/no GPU is available|has no WebGPU/);
});

test('without isolation headers one thread answers', async ({ page, site }) => {
  await site.open(page, { isolated: false });
  await ready(page);
  await expect(page.getByRole('region', { name: 'Answer' })).toContainText('WASM, 1 thread');
});

test('under a deep path of a host it answers too', async ({ page, site }) => {
  await site.open(page, { base: '/some/deep/path/' });
  await ready(page);
  await expect(page.getByRole('region', { name: 'Answer' })).toContainText(/lighthouse/i);
});
