/** The camera in Look: what it sees is answered as it changes. The browser plays a test picture in its place. */
import { expect, type Page } from '@playwright/test';
import { expectSound } from './tools/accessible.ts';
import { filmedPage, launchFilmed, test, tracks } from './tools/camera.ts';
import { fileAt, give, ready, row } from './tools/person.ts';
import { chooseView } from './tools/sets.ts';

const stage = (page: Page) => page.getByRole('region', { name: 'Picture', exact: true });
const video = (page: Page) => stage(page).locator('video');
const answer = (page: Page) => page.getByRole('region', { name: 'Answer' });
const openCamera = (page: Page) => page.getByRole('button', { name: 'Camera', exact: true }).first().click();

/** Waits for an answer to what the camera shows. */
async function answered(page: Page): Promise<void> {
  await expect(video(page)).toBeVisible();
  await expect(answer(page).getByRole('heading', { name: /^Top 5 of/ })).toBeVisible({ timeout: 60_000 });
  await expect(answer(page).locator('.facts')).toContainText('camera, 640 × 480');
}

test('what the camera sees is answered again and again, with the map on it', async ({ filmed, site }) => {
  const page = await filmedPage(filmed);
  await site.open(page);
  await openCamera(page);
  await answered(page);
  await expect(stage(page).getByText('Camera', { exact: true })).toBeVisible();
  await expect(stage(page).locator('.frame .map')).toHaveAttribute('aria-label', /^Map of support for/);
  // each answer takes its own time
  const times = new Set<string>();
  const time = answer(page).locator('dt', { hasText: 'Time' }).locator('+ dd');
  await expect
    .poll(async () => times.add((await time.textContent()) ?? '').size, { timeout: 60_000 })
    .toBeGreaterThan(3);
  expect(await tracks(page)).toEqual(['live']);
  // another overlay, without stopping
  await stage(page).getByRole('radio', { name: 'Off' }).check();
  await expect(stage(page).locator('.frame .map')).toHaveCount(0);
  await stage(page).getByRole('radio', { name: 'Veil' }).check();
  await expect(stage(page).locator('.frame .map')).toBeVisible();
  await page.close();
});

test('a picture is kept and answered, and the camera goes on', async ({ filmed, site }) => {
  const page = await filmedPage(filmed);
  await site.open(page);
  await ready(page);
  await openCamera(page);
  await answered(page);
  const keep = page.getByRole('button', { name: 'Keep this picture' });
  await keep.click();
  await expect(row(page, 'camera 1.jpg')).toContainText(/\d/, { timeout: 60_000 });
  await expect(video(page)).toBeVisible();
  await keep.click();
  await expect(row(page, 'camera 2.jpg')).toContainText(/\d/, { timeout: 60_000 });
  await expect(row(page, 'lighthouse.png')).toHaveCount(0); // the samples made way
  expect(await tracks(page)).toEqual(['live']);
  // a kept one is a picture like any other
  await row(page, 'camera 1.jpg').click();
  await expect(video(page)).toHaveCount(0);
  await expect(stage(page).getByRole('img', { name: 'camera 1.jpg' })).toBeVisible();
  await expect(answer(page).locator('.facts')).toContainText('camera 1.jpg, 640 × 480');
  await expect(stage(page).locator('.frame .map')).toBeVisible();
  await page.close();
});

test('it ends with Esc, with its cross, another picture, view or place', async ({ filmed, site }) => {
  const page = await filmedPage(filmed);
  await site.open(page);
  await ready(page);
  await give(page, 'drop', [fileAt('public/samples/bus.png'), fileAt('public/samples/snail.png')]);
  await expect(row(page, 'snail.png')).toContainText(/\d/, { timeout: 60_000 });
  const ways: readonly (readonly [what: string, end: () => Promise<unknown>])[] = [
    ['Esc', () => page.keyboard.press('Escape')],
    ['cross', () => page.getByRole('button', { name: 'Close the camera' }).click()],
    ['another picture', () => row(page, 'snail.png').click()],
    ['the same picture', () => row(page, 'snail.png').click()],
    ['more pictures', () => give(page, 'drop', [fileAt('public/samples/ladybug.png')])],
    ['Table', () => chooseView(page, 'Table')],
    ['Models', () => page.getByRole('link', { name: 'Models' }).first().click()],
  ];
  for (const [what, end] of ways) {
    await page.goto(`${await site.url()}#/look`);
    await chooseView(page, 'Picture');
    await openCamera(page);
    await answered(page);
    await end();
    await expect(page.locator('video'), what).toHaveCount(0);
    const all = await tracks(page);
    expect(all.length, what).toBeGreaterThan(0);
    expect(new Set(all), what).toEqual(new Set(['ended']));
  }
  // what is shown then is a picture's own answer, not the camera's
  await page.goto(`${await site.url()}#/look`);
  await expect(answer(page).locator('.facts')).toContainText('ladybug.png');
  await page.close();
});

test('the other camera is asked for, and the one before is let go', async ({ filmed, site }) => {
  const page = await filmedPage(filmed);
  await site.open(page);
  await openCamera(page);
  await answered(page);
  await page.getByRole('button', { name: 'Other camera' }).click();
  await expect.poll(() => tracks(page)).toEqual(['ended', 'live']);
  await answered(page);
  await page.close();
});

test('a camera that may not be used says so, and Look goes on', async ({ site }) => {
  const browser = await launchFilmed('deny');
  const page = await filmedPage(browser);
  await site.open(page);
  await ready(page);
  await openCamera(page);
  await expect(stage(page).getByRole('alert')).toHaveText(
    'The camera cannot be used: there is none, or this page may not use it.',
  );
  await expect(page.getByRole('button', { name: 'Keep this picture' })).toHaveCount(0);
  await expectSound(page);
  await page.keyboard.press('Escape');
  await expect(answer(page)).toContainText(/lighthouse/i);
  await give(page, 'drop', [fileAt('public/samples/bus.png')]);
  await expect(row(page, 'bus.png')).toContainText(/\d/, { timeout: 60_000 });
  await browser.close();
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`the camera has no axe violations and fits any width, ${colorScheme}`, async ({ filmed, site }) => {
    const page = await filmedPage(filmed, { colorScheme, viewport: { width: 1280, height: 800 } });
    await site.open(page);
    await ready(page);
    await openCamera(page);
    await answered(page);
    await expectSound(page);
    // the button lies on nothing and under nothing
    for (const [width, height] of [
      [1280, 800],
      [910, 620],
      [700, 800],
      [390, 844],
      [320, 560],
    ] as const) {
      await page.setViewportSize({ width, height });
      await page.getByRole('button', { name: 'Keep this picture' }).click({ trial: true });
      await expect(page.getByRole('button', { name: 'Keep this picture' })).toBeInViewport({ ratio: 1 });
    }
    await page.close();
  });
}

test('on a phone the camera is one press away, and its picture fits', async ({ filmed, site }) => {
  const page = await filmedPage(filmed, { viewport: { width: 390, height: 844 } });
  await site.open(page);
  await ready(page);
  await openCamera(page);
  await expect(video(page)).toBeVisible();
  await expect(answer(page).getByRole('heading', { name: /^Top 5 of/ })).toBeAttached({ timeout: 60_000 });
  await page.getByRole('button', { name: 'Keep this picture' }).click();
  await expect(row(page, 'camera 1.jpg')).toContainText(/\d/, { timeout: 60_000 });
  await page.getByRole('button', { name: 'Close the camera' }).click();
  await expect(page.locator('video')).toHaveCount(0);
  expect(new Set(await tracks(page))).toEqual(new Set(['ended']));
  await page.close();
});

test('the camera speaks Japanese', async ({ filmed, site }) => {
  const page = await filmedPage(filmed, { locale: 'ja-JP' });
  await site.open(page);
  await ready(page);
  await page.getByRole('button', { name: 'カメラ', exact: true }).first().click();
  await expect(page.locator('video')).toBeVisible();
  for (const name of ['この画像を残す', 'カメラを閉じる'])
    await expect(page.getByRole('button', { name })).toBeVisible();
  await expectSound(page);
  await page.close();
});
