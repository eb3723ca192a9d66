/** Pictures taken for a class with the camera: a burst while the button is held. The browser plays a test picture. */
import { expect } from '@playwright/test';
import { filmedPage, test, tracks } from './tools/camera.ts';
import { lesson } from './tools/teaching.ts';

test('a burst goes on while the button is held, with the mouse and with Space', async ({ filmed, site }) => {
  test.setTimeout(120_000);
  const page = await filmedPage(filmed);
  await page.goto(`${await site.url()}#/teach`);
  await page.getByLabel('Camera for Class 2').click();
  const button = page.getByRole('button', { name: 'Hold to take pictures' });
  const taken = lesson(page, 1).getByText(/^\d+ taken$/);
  await expect
    .poll(() => page.locator('video').evaluate((one: HTMLVideoElement) => one.videoWidth))
    .toBe(640);
  const count = async (): Promise<number> => Number.parseInt((await taken.textContent()) ?? '', 10);
  /** The count once the shot that was on its way at the end of a burst is there, too. */
  const counted = async (): Promise<number> => {
    let last = -1;
    await expect
      .poll(
        async () => {
          const before = last;
          last = await count();
          return last === before;
        },
        { intervals: [700] },
      )
      .toBe(true);
    return last;
  };
  const before = await button.boundingBox();
  if (!before) throw new Error('no button');
  await page.mouse.move(before.x + 20, before.y + 4);
  await page.mouse.down();
  await expect.poll(count, { timeout: 30_000 }).toBeGreaterThanOrEqual(3);
  expect((await button.boundingBox())?.y).toBe(before.y);
  await page.mouse.move(before.x + 20, before.y + 90); // a hand shakes
  const shaken = await count();
  await expect.poll(count, { timeout: 30_000 }).toBeGreaterThanOrEqual(shaken + 2);
  await page.mouse.up();
  const byMouse = await counted();
  await button.focus();
  await page.keyboard.down(' ');
  await expect.poll(count, { timeout: 30_000 }).toBeGreaterThanOrEqual(byMouse + 3);
  await page.keyboard.up(' ');
  const all = await counted();
  await expect(lesson(page, 1)).toContainText(`${all} pictures`, { timeout: 60_000 });
  await page.keyboard.press('Escape');
  await expect(page.locator('video')).toHaveCount(0);
  expect(await tracks(page)).toEqual(['ended']);
  await page.close();
});
