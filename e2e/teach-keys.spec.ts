/** Teach by keyboard and by input method, and where its storage or its files do not come at first. */
import { expect, type Locator, type Page } from '@playwright/test';
import { expectSound, violations } from './tools/accessible.ts';
import { filmedPage, test } from './tools/camera.ts';
import { fileAt, give, ready } from './tools/person.ts';
import { drawn, entry, lesson } from './tools/teaching.ts';

async function openTeach(page: Page, url: string): Promise<void> {
  await page.goto(`${url}#/teach`);
  await expect(page.getByRole('button', { name: 'New class' })).toBeVisible({ timeout: 60_000 });
}

const shot = (page: Page, n: number) =>
  page.getByRole('button', { name: `Class 1, picture ${n}`, exact: true });

/** Gives class 1 so many pictures. */
async function fill(page: Page, n: number): Promise<void> {
  await lesson(page, 0)
    .locator('input[type=file]')
    .setInputFiles(await drawn(page, 'disc', n));
  await expect(shot(page, n)).toBeVisible({ timeout: 60_000 });
}

/** A key that the input method takes, or, as Safari has it, took. */
const composeKey = (field: Locator, key: string, how: 'isComposing' | 'keyCode') =>
  field.evaluate(
    (at, [key, how]) =>
      at.dispatchEvent(
        new KeyboardEvent('keydown', {
          key,
          bubbles: true,
          cancelable: true,
          ...(how === 'isComposing' ? { isComposing: true } : { keyCode: 229 }),
        }),
      ),
    [key, how] as const,
  );

/** The teacher's worker finds its storage shut, until `self.allow()`. */
const SHUT = `if (self.name === 'bit-lens-teacher') {
  const { open } = IDBFactory.prototype;
  IDBFactory.prototype.open = () => { throw new DOMException('shut', 'SecurityError'); };
  self.allow = () => { IDBFactory.prototype.open = open; };
}
`;

test('where storage is shut Teach says so, starts when asked again, and takes what waited', async ({
  page,
  site,
}) => {
  await page.route('**/assets/worker-*.js', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: SHUT + (await response.text()) });
  });
  await page.goto(`${await site.url()}#/teach`);
  await expect(page.getByRole('alert')).toHaveText(/^The browser’s storage cannot be used/);
  await expectSound(page);
  const again = page.getByRole('button', { name: 'Try again' });
  await give(page, 'drop', [fileAt('public/samples/snail.png')]);
  await again.press('Enter');
  await expect(page.getByRole('alert')).toHaveText(/^The browser’s storage cannot be used/);
  await expect(again).toBeFocused();

  // the teacher's is the one that has it; others may be too busy to say
  await Promise.any(
    page
      .workers()
      .map((worker) => worker.evaluate(() => (globalThis as unknown as { allow(): void }).allow())),
  );
  await again.press('Enter');
  await expect(page.getByText('Which class is this picture?')).toBeVisible();
  await expect(page.locator('main')).toBeFocused();
  await expect(page.getByRole('alert')).toHaveCount(0);
  await page.getByLabel('Project: My classes').click();
  await expect(entry(page, 'My classes')).toHaveCount(1);
});

test('where the files of Teach do not come the page says so, in Japanese too, and fetches them when asked', async ({
  page,
  site,
}) => {
  const files = /\/assets\/(TeachPlace|teach)-[^/]*\.(js|css)$/;
  await page.route(files, (route) => route.abort());
  await page.goto(`${await site.url()}#/teach`);
  await expect(page.getByRole('heading', { name: 'Teach could not be opened' })).toBeVisible();
  await page.getByLabel('Language: English').click();
  await expect(page.getByRole('alert')).toHaveText(/^このページの/);
  await give(page, 'drop', [fileAt('public/samples/snail.png')]);
  await page.getByRole('button', { name: 'もう一度' }).click();
  await expect(page.getByRole('alert')).toHaveText(/^このページの/);
  await page.unroute(files);
  await page.getByRole('button', { name: 'もう一度' }).click();
  await expect(page.getByText('この画像はどの分類ですか')).toBeVisible();
  // its styles have come as well
  await expect(page.locator('.decide').first()).toHaveCSS('position', 'sticky');
});

test('Enter and Escape of an input method are not the field’s', async ({ page, site }) => {
  await openTeach(page, await site.url());
  for (const name of [page.getByLabel('Name of the project'), lesson(page, 0).getByLabel('Class name')]) {
    await name.fill('円い');
    for (const how of ['isComposing', 'keyCode'] as const)
      for (const key of ['Enter', 'Escape']) {
        await composeKey(name, key, how);
        await expect(name).toBeFocused();
        await expect(name).toHaveValue('円い');
      }
    await name.press('Enter');
    await expect(name).not.toBeFocused();
  }
  await expect(page.getByRole('region', { name: '円い' })).toBeVisible();
  await expect(page.getByLabel('Project: 円い')).toBeVisible();
});

test('Escape of an input method leaves the field for what a picture shows open', async ({ page, site }) => {
  await site.open(page);
  await ready(page);
  await give(page, 'drop', [fileAt('public/samples/snail.png')]);
  await page.getByRole('button', { name: 'It’s something else' }).click();
  const field = page.getByRole('combobox', { name: 'What the picture shows' });
  await field.fill('円い');
  for (const how of ['isComposing', 'keyCode'] as const) await composeKey(field, 'Escape', how);
  await expect(field).toHaveValue('円い');
  await field.press('Escape');
  await expect(field).toHaveCount(0);
});

test('the project is switched from a menu, by keyboard, and only when an entry is chosen', async ({
  page,
  site,
}) => {
  await openTeach(page, await site.url());
  const name = page.getByLabel('Name of the project');
  const menu = page.locator('summary[aria-label^="Project: "]');
  await menu.press('Enter');
  await entry(page, 'New project').press('Enter');
  await expect(name).toHaveValue('My classes 2');
  await expect(menu).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await expect(page.locator('.drawer[open] [aria-current=true]')).toHaveText('My classes 2');
  await page.keyboard.press('End');
  await expect(entry(page, 'New project')).toBeFocused();
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Escape');
  await expect(menu).toBeFocused();
  await expect(name).toHaveValue('My classes 2');
  await page.keyboard.press('Enter');
  await entry(page, 'My classes').press('Enter');
  await expect(name).toHaveValue('My classes');
  await page.keyboard.press('Enter');
  await expect(page.locator('.drawer[open]')).toHaveCount(1);
  for (let i = 0; i < 4; i++) await page.keyboard.press('Tab');
  await expect(page.locator('.drawer[open]')).toHaveCount(0);
});

test('many classes scroll in their menu, which a narrow window does not cut off', async ({ page, site }) => {
  test.setTimeout(120_000);
  await openTeach(page, await site.url());
  await fill(page, 1);
  for (let n = 3; n <= 20; n++) {
    await page.getByRole('button', { name: 'New class', exact: true }).click();
    await expect(page.getByRole('region', { name: `Class ${n}`, exact: true })).toBeVisible();
  }
  await shot(page, 1).click();
  for (const width of [1280, 390, 320]) {
    await page.setViewportSize({ width, height: 800 });
    for (const open of [
      () => page.getByText('Move to').click(),
      async () => {
        if (width === 390) await page.locator('.lesson.closed').first().click();
        await page.getByLabel('More for Class 1', { exact: true }).click();
        await entry(page, 'Merge into…').click();
      },
      () => page.locator('summary[aria-label^="Project: "]').click(),
    ]) {
      await open();
      const list = page.locator('.drawer[open] > ul');
      const box = await list.boundingBox();
      if (!box) throw new Error('no menu');
      expect(box.x, `${width} px`).toBeGreaterThanOrEqual(0);
      expect(box.x + box.width, `${width} px`).toBeLessThanOrEqual(width);
      expect(box.height).toBeLessThanOrEqual(440);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      if (width < 640)
        expect((await list.getByRole('button').first().boundingBox())?.height).toBeGreaterThanOrEqual(44);
      expect(await violations(page)).toEqual([]);
      await page.keyboard.press('Escape');
      await expect(list).toHaveCount(0);
    }
  }
});

test('the focus goes on where its picture, its class or its menu goes', async ({ page, site }) => {
  test.setTimeout(120_000);
  await openTeach(page, await site.url());
  await fill(page, 3);
  await shot(page, 3).press('Delete');
  await expect(shot(page, 3)).toHaveCount(0);
  await expect(shot(page, 2)).toBeFocused();
  await page.keyboard.press('ArrowLeft');
  await expect(shot(page, 1)).toBeFocused();
  await page.keyboard.press('Delete');
  await expect(shot(page, 2)).toHaveCount(0);
  await expect(shot(page, 1)).toBeFocused();
  await page.keyboard.press('Delete');
  await expect(page.getByRole('region', { name: 'Class 1' })).toBeFocused();

  const more = (name: string) => page.getByLabel(`More for ${name}`);
  await more('Class 1').press('Enter');
  await entry(page, 'Move down').press('Enter');
  await expect(lesson(page, 1).getByLabel('Class name')).toHaveValue('Class 1');
  await expect(more('Class 1')).toBeFocused();
  await page.keyboard.press('Enter');
  await entry(page, 'Merge into…').press('Enter');
  await entry(page, 'Class 2').press('Enter');
  await expect(page.locator('.lesson')).toHaveCount(1);
  await expect(page.getByRole('region', { name: 'Class 2' })).toBeFocused();
});

test('the camera that closes gives the focus back to its button', async ({ filmed, site }) => {
  const page = await filmedPage(filmed);
  await openTeach(page, await site.url());
  const camera = page.getByLabel('Camera for Class 2');
  for (const close of [
    () => page.keyboard.press('Escape'),
    () => page.getByRole('button', { name: 'Close the camera' }).press('Enter'),
  ]) {
    await camera.press('Enter');
    await page.getByRole('button', { name: 'Hold to take pictures' }).focus();
    await close();
    await expect(page.locator('video')).toHaveCount(0);
    await expect(camera).toBeFocused();
  }
  await page.close();
});

test('one picture and one class are said as one', async ({ page, site }) => {
  await openTeach(page, await site.url());
  await expect(page.locator('.sub')).toContainText('0 pictures, 2 classes.');
  await fill(page, 1);
  await page.getByLabel('More for Class 2').click();
  await entry(page, 'Delete class').click();
  await expect(page.locator('.sub')).toContainText('1 picture, 1 class.');
});
