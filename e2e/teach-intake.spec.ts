/** Pictures on their way into Teach while a person goes on: to another project, another model, another tab, back and forth. */
import { resolve } from 'node:path';
import { expect, type Locator, type Page } from '@playwright/test';
import { fileAt, give } from './tools/person.ts';
import { test } from './tools/site.ts';
import { drawn, entry, lesson } from './tools/teaching.ts';

const classes = (page: Page) => page.getByRole('region', { name: 'Classes' });

async function openTeach(page: Page, url: string): Promise<void> {
  await page.goto(`${url}#/teach`);
  await expect(page.getByRole('button', { name: 'New class' })).toBeVisible({ timeout: 60_000 });
}

const addTo = async (page: Page, at: number, kind: 'disc' | 'bar', n: number): Promise<void> =>
  lesson(page, at)
    .locator('input[type=file]')
    .setInputFiles(await drawn(page, kind, n));

async function openModel(page: Page, name: string): Promise<void> {
  const folder = `e2e/fixtures/models/${name}`;
  await page.locator('#choose-model').setInputFiles([`${folder}/model.safetensors`, `${folder}/config.json`]);
  await expect(page).toHaveURL(/#\/models$/);
  await page.evaluate(() => {
    location.hash = '#/teach';
  });
}

test('each picture comes into the project that it was given to', async ({ page, site }) => {
  test.setTimeout(180_000);
  await openTeach(page, await site.url());
  await addTo(page, 0, 'disc', 40);
  await expect(page.getByText(/^\d+ of 40 pictures taken in/)).toBeVisible();
  await page.getByLabel('Project: My classes').click();
  await entry(page, 'New project').click();
  await expect(page.getByLabel('Name of the project')).toHaveValue('My classes 2');
  await expect(page.getByText(/^Into “My classes”: \d+ of 40/)).toBeVisible();
  await expect(page.locator('.decide')).toHaveCount(0, { timeout: 90_000 });
  await expect(lesson(page, 0)).toContainText('0 pictures');
  await page.getByLabel('Project: My classes 2').click();
  await entry(page, 'My classes').click();
  await expect(lesson(page, 0)).toContainText('40 pictures');
});

test('models come and go while pictures are taken in: none is lost, and none is left to another model', async ({
  page,
  site,
}) => {
  test.setTimeout(240_000);
  await openTeach(page, await site.url());
  await addTo(page, 0, 'disc', 50);
  await addTo(page, 1, 'bar', 50);
  await expect(page.getByText(/^\d\d of 100 pictures/)).toBeVisible({ timeout: 60_000 });
  for (const name of ['p02_bottleneck_same_dynamic', 'p03_bottleneck_os16_silu_bf16']) {
    for (const again of [name, 'p04_preact_os8_fp16']) {
      await openModel(page, again);
      await page.waitForTimeout(700);
    }
  }
  await expect(page.getByText(/^The model in use looks at your pictures again/)).toBeVisible({
    timeout: 90_000,
  });
  await expect(page.locator('.decide')).toHaveCount(0, { timeout: 120_000 });
  await expect(lesson(page, 0)).toContainText('50 pictures');
  await expect(lesson(page, 1)).toContainText('50 pictures');
  await expect(page.getByText(/^\d+ of 100, in 5 rounds/)).toBeVisible({ timeout: 60_000 });
});

test('what was stopped is dropped, and what is added right then comes in', async ({ page, site }) => {
  test.setTimeout(120_000);
  await openTeach(page, await site.url());
  await addTo(page, 0, 'disc', 40);
  await expect(page.getByText(/^\d of 40 pictures/)).toBeVisible();
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await addTo(page, 1, 'bar', 5);
  await expect(lesson(page, 1)).toContainText('5 pictures', { timeout: 60_000 });
  await expect(page.locator('.decide')).toHaveCount(0);
  const first = await lesson(page, 0).textContent();
  await addTo(page, 1, 'bar', 6); // five of them are there
  await expect(lesson(page, 1)).toContainText('6 pictures', { timeout: 60_000 });
  await expect(page.locator('.decide')).toContainText('6 of 6 pictures taken in 5 were there already.');
  expect(await lesson(page, 0).textContent()).toBe(first);
});

test('mirrored and closer views are made of the pictures that are there', async ({ page, site }) => {
  test.setTimeout(180_000);
  await openTeach(page, await site.url());
  await addTo(page, 0, 'disc', 8);
  await addTo(page, 1, 'bar', 8);
  await expect(page.getByText(/^\d+ of 16, in 5 rounds/)).toBeVisible({ timeout: 90_000 });
  await page.getByLabel('Learn from mirrored and closer views too').click(); // it is checked once that is saved
  await expect(page.getByText('The model in use looks at your pictures again')).toBeVisible();
  await expect(page.getByText(/^With them \d+ right, without \d+\./)).toBeVisible({ timeout: 90_000 });
  // the plain views are of the full pictures still
  await expect(page.getByText('looked at again from small copies')).toHaveCount(0);
});

test('a change in another tab is there at once', async ({ context, site }) => {
  test.setTimeout(120_000);
  const [one, two] = [await context.newPage(), await context.newPage()];
  const url = await site.url();
  await openTeach(one, url);
  await openTeach(two, url);
  await two.getByRole('button', { name: 'New class' }).click();
  await expect(one.getByRole('region', { name: 'Class 3' })).toBeVisible();
  // and the new name is typed at once
  await two.keyboard.type('hat');
  await two.keyboard.press('Enter');
  await expect(one.getByRole('region', { name: 'hat' })).toBeVisible();
});

test('folders side by side make classes; one alone may be a new one; what cannot be read is named', async ({
  page,
  site,
}) => {
  test.setTimeout(120_000);
  await openTeach(page, await site.url());
  const at = (path: string, from: string) => ({ ...fileAt(from), path });
  await dropFolders(page, [
    at('hat/1.png', 'public/samples/snail.png'),
    at('shoe/2.png', 'e2e/fixtures/models/p02_bottleneck_same_dynamic/config.json'),
  ]);
  await expect(page.getByRole('region', { name: 'hat' })).toContainText('1 picture', { timeout: 60_000 });
  await expect(page.locator('.decide')).toContainText('1 picture was not read: 2.png.');
  await expect(page.locator('.lesson')).toHaveCount(1); // no empty shoe, and nothing of Class 1 and 2
  await dropFolders(page, [at('coat/1.png', 'public/samples/snail.png')]);
  await page.getByRole('button', { name: 'New class “coat”' }).click();
  await expect(page.getByRole('region', { name: 'coat' })).toContainText('1 picture', { timeout: 60_000 });
});

test('a drop on the row of a class goes there; elsewhere the page asks', async ({ page, site }) => {
  test.setTimeout(120_000);
  await openTeach(page, await site.url());
  const row = lesson(page, 1);
  const drag = await dragging(page, 'public/samples/snail.png');
  await drag(row, 'dragEnter');
  await expect(page.getByText('Teach with these')).toBeVisible(); // what lies over the page is there now
  await drag(row, 'dragOver');
  await expect(row).toHaveClass('lesson over');
  await drag(row, 'drop');
  await expect(row).toContainText('1 picture', { timeout: 60_000 });
  await expect(page.locator('.drop')).toHaveCount(0);
  await expect(row).toHaveClass('lesson');
  await give(page, 'drop', [fileAt('public/samples/snail.png')]);
  await expect(page.getByText('Which class is this picture?')).toBeVisible();
});

test('in Look the half that a drop falls on says what it is for', async ({ page, site }) => {
  await page.goto(await site.url());
  const drag = await dragging(page, 'public/samples/snail.png');
  await expect(page.locator('main')).toBeVisible();
  await drag(page.locator('main'), 'dragEnter');
  const half = page.locator('[data-zone=teach]');
  await expect(async () => {
    await drag(half, 'dragOver'); // again and again, as of a hand
    await expect(half).toHaveClass('on', { timeout: 500 });
  }).toPass({ timeout: 15_000 });
  await drag(half, 'drop');
  await expect(page).toHaveURL(/#\/teach$/);
  await expect(page.getByText('Which class is this picture?')).toBeVisible({ timeout: 60_000 });
});

test('menus close with a press elsewhere and with Esc; two classes of one name are told', async ({
  page,
  site,
}) => {
  await openTeach(page, await site.url());
  const menu = page.locator('details[open]');
  await page.getByLabel('More for Class 1').click();
  await expect(menu).toHaveCount(1);
  await page.getByText('Drop a folder of folders').click();
  await expect(menu).toHaveCount(0);
  await page.getByLabel('More for this project').click();
  await expect(menu).toHaveCount(1);
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  await page.keyboard.press('Escape');
  await expect(menu).toHaveCount(0);
  const name = lesson(page, 1).getByLabel('Class name');
  await name.fill('Class 1');
  await name.press('Enter');
  await expect(classes(page).getByText('another class has this name')).toHaveCount(2);
});

/** A file of the disk in the hand of a person, who moves it over the page; the browser itself tells the page. */
async function dragging(page: Page, path: string) {
  const client = await page.context().newCDPSession(page);
  const data = { items: [], files: [resolve(path)], dragOperationsMask: 1 };
  return async (over: Locator, type: 'dragEnter' | 'dragOver' | 'drop'): Promise<void> => {
    const box = await over.boundingBox();
    if (!box) throw new Error('nothing to drag over');
    await client.send('Input.dispatchDragEvent', {
      type,
      x: box.x + box.width / 2,
      y: box.y + Math.min(20, box.height / 2),
      data,
    });
  };
}

/** Gives files as the folder chooser does, each with its path. */
async function dropFolders(
  page: Page,
  files: readonly { readonly path: string; readonly type: string; readonly bytes: Buffer }[],
): Promise<void> {
  await page.evaluate(
    (files) => {
      const input = document.querySelector<HTMLInputElement>('#choose-folder');
      if (!input) throw new Error('no folder input');
      const value = files.map(({ path, type, base64 }) => {
        const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
        const file = new File([bytes], path.split('/').at(-1) ?? '', { type });
        return Object.defineProperty(file, 'webkitRelativePath', { value: path });
      });
      Object.defineProperty(input, 'files', { value, configurable: true });
      input.dispatchEvent(new Event('change', { bubbles: true }));
    },
    files.map(({ path, type, bytes }) => ({ path, type, base64: bytes.toString('base64') })),
  );
}
