/** A person teaches two classes from pictures, sees how well they are told apart, uses them, and keeps them. */
import { expect } from '@playwright/test';
import { violations } from './tools/accessible.ts';
import { fileAt, give, row } from './tools/person.ts';
import { test } from './tools/site.ts';
import { drawn, entry, lesson, taught } from './tools/teaching.ts';

test('two classes are taught, tested, tried, used in Look, and there after a reload', async ({
  page,
  site,
}) => {
  test.setTimeout(180_000);
  await site.open(page);
  await page.goto(`${await site.url()}#/teach`);
  await expect(page.getByText('Give two classes a picture each')).toBeVisible();
  await taught(page);
  await expect(page.getByRole('heading', { name: 'Right on pictures it had not seen' })).toBeVisible({
    timeout: 60_000,
  });
  await expect(page.getByText(/^\d+ of 22, in 5 rounds/)).toBeVisible();
  await expect(page.getByText('Only the last layer was trained')).toBeVisible();
  await expect(page.getByRole('button', { name: /^disc, right: \d+/ })).toBeVisible();

  const [unseen] = (await drawn(page, 'disc', 14)).slice(13);
  if (!unseen) throw new Error('no picture');
  await page.locator('aside input[type=file]').setInputFiles(unseen);
  await expect(page.locator('.trial')).toContainText(/disc|None of these/, { timeout: 30_000 });

  await page.getByRole('button', { name: 'Use in Look' }).click();
  await expect(page).toHaveURL(/#\/look$/);
  await give(page, 'drop', [{ name: 'unseen.png', type: 'image/png', bytes: unseen.buffer }]);
  await expect(row(page, 'unseen.png')).toContainText(/disc|None of these|Not sure/i, { timeout: 60_000 });
  await expect(page.getByRole('button', { name: /^Model: My classes, 2 classes/ })).toBeVisible();

  await page.goto(`${await site.url()}#/teach`);
  await page.reload();
  await expect(lesson(page, 0)).toContainText('11 pictures', { timeout: 60_000 });
  await expect(lesson(page, 1).getByLabel('Class name')).toHaveValue('bar');
});

test('pictures are chosen, moved, removed and brought back; a class is merged and the merge undone', async ({
  page,
  site,
}) => {
  test.setTimeout(180_000);
  await page.goto(`${await site.url()}#/teach`);
  await taught(page);
  await page.getByRole('button', { name: 'disc, picture 1', exact: false }).first().click();
  await page.getByText('Move to').click();
  await entry(page, 'bar').click();
  await expect(lesson(page, 1)).toContainText('12 pictures');
  await page.keyboard.press('Control+z');
  await expect(lesson(page, 1)).toContainText('11 pictures');
  await lesson(page, 0).getByLabel('More for disc').click();
  await entry(page, 'Merge into…').click();
  await entry(page, 'bar').click();
  await expect(page.locator('.lesson')).toHaveCount(1);
  await expect(lesson(page, 0)).toContainText('22 pictures');
  await page.getByRole('button', { name: 'Undo the merge' }).click();
  await expect(lesson(page, 0)).toContainText('11 pictures');
});

test('a folder of folders makes the classes; a picture without one is asked about', async ({
  page,
  site,
}) => {
  test.setTimeout(120_000);
  await page.goto(`${await site.url()}#/teach`);
  await expect(page.getByRole('button', { name: 'New class' })).toBeVisible({ timeout: 60_000 });
  const files = [...(await drawn(page, 'disc', 2)), ...(await drawn(page, 'bar', 2))];
  await page.evaluate(
    (files) => {
      const data = new DataTransfer();
      for (const { name, folder, base64 } of files) {
        const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
        const file = new File([bytes], name, { type: 'image/png' });
        Object.defineProperty(file, 'webkitRelativePath', {
          value: folder === '' ? '' : `shapes/${folder}/${name}`,
        });
        data.items.add(file);
      }
      const input = document.querySelector<HTMLInputElement>('#choose-folder');
      if (!input) throw new Error('no folder input');
      Object.defineProperty(input, 'files', {
        value: [...data.files].map((file, i) => {
          const { folder, name } = files[i] ?? { folder: '', name: '' };
          return Object.defineProperty(file, 'webkitRelativePath', {
            value: folder === '' ? '' : `shapes/${folder}/${name}`,
          });
        }),
        configurable: true,
      });
      input.dispatchEvent(new Event('change', { bubbles: true }));
    },
    [
      ...files.map(({ name, buffer }) => ({
        name,
        folder: name.replace(/\d.*/, 's'),
        base64: buffer.toString('base64'),
      })),
    ],
  );
  await expect(page.getByRole('region', { name: 'discs' })).toContainText('2 pictures', { timeout: 60_000 });
  await expect(page.getByRole('region', { name: 'bars' })).toContainText('2 pictures', { timeout: 60_000 });
  await give(page, 'drop', [fileAt('public/samples/snail.png')]);
  await expect(page.getByText('Which class is this picture?')).toBeVisible();
  await page.getByRole('button', { name: 'discs', exact: true }).click();
  await expect(page.getByRole('region', { name: 'discs' })).toContainText('3 pictures', { timeout: 60_000 });
});

test('another model looks at the pictures again, from small copies where the full ones were not kept', async ({
  page,
  site,
}) => {
  test.setTimeout(180_000);
  await page.goto(`${await site.url()}#/teach`);
  await taught(page);
  await page
    .locator('#choose-model')
    .setInputFiles([
      'e2e/fixtures/models/p02_bottleneck_same_dynamic/model.safetensors',
      'e2e/fixtures/models/p02_bottleneck_same_dynamic/config.json',
    ]);
  await expect(page).toHaveURL(/#\/models$/); // the page goes there with a model
  await page.evaluate(() => {
    location.hash = '#/teach';
  });
  await expect(page.getByText('22 pictures were looked at again from small copies')).toBeVisible({
    timeout: 60_000,
  });
  await expect(page.getByText(/^\d+ of 22, in 5 rounds/)).toBeVisible({ timeout: 60_000 });
  // undo goes on where it was: the pictures, not their features
  await expect(page.getByRole('button', { name: 'Undo adding pictures' })).toBeVisible();
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`Teach has no axe violations and nothing wider than a phone, ${colorScheme}`, async ({
    browser,
    site,
  }) => {
    test.setTimeout(180_000);
    const page = await browser.newPage({ colorScheme, viewport: { width: 1280, height: 800 } });
    await page.goto(`${await site.url()}#/teach`);
    await taught(page);
    await expect(page.getByText(/^\d+ of 22, in 5 rounds/)).toBeVisible({ timeout: 60_000 });
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 800 });
      expect(await violations(page)).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    }
    // on a phone one class is open at a time
    const shut = page.locator('.lesson.closed');
    await expect(page.getByRole('region', { name: 'disc', exact: true })).toBeVisible();
    await expect(shut).toHaveText(/^bar11 pictures/);
    await shut.press('Enter');
    await expect(page.getByRole('region', { name: 'bar', exact: true })).toBeFocused();
    await expect(shut).toHaveText(/^disc11 pictures/);
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'New class' }).click();
    await expect(page.getByLabel('Class name')).toBeFocused();
    await expect(shut).toHaveCount(2);
    await page.close();
  });
}
