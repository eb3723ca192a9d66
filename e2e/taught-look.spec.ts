/** Classes taught here answer in every view of Look, and the model's own come back without a new session. */
import { expect, type Page } from '@playwright/test';
import { expectSound } from './tools/accessible.ts';
import { filmedPage, test } from './tools/camera.ts';
import { ready, row } from './tools/person.ts';
import {
  allAnswered,
  chooseFolder,
  chooseView,
  exported,
  exportedRows,
  folderOf,
  numbered,
  sampleBytes,
  shownRows,
  tableRows,
} from './tools/sets.ts';
import { drawn, taught } from './tools/teaching.ts';

/** Teaches disc and bar, goes to Look, and gives 12 new ones of each there, with a picture that is neither. */
async function openShapes(page: Page): Promise<string> {
  await taught(page);
  await expect(page.getByText(/^\d+ of 22, in 5 rounds/)).toBeVisible({ timeout: 60_000 });
  await page.getByRole('button', { name: 'Use in Look' }).click();
  await expect(page).toHaveURL(/#\/look$/);
  const unseen = async (kind: 'disc' | 'bar') =>
    (await drawn(page, kind, 36)).slice(24).map(({ buffer }) => buffer);
  const dir = folderOf('shapes', {
    ...numbered('disc/d', await unseen('disc')),
    ...numbered('bar/b', await unseen('bar')),
    'bar/a lighthouse.png': sampleBytes('lighthouse'),
  });
  await chooseFolder(page, dir);
  await allAnswered(page, 25);
  return dir;
}

const chip = (page: Page) => page.getByRole('button', { name: /^Model: / });
const answer = (page: Page) => page.getByRole('region', { name: 'Answer' });
/** A map, or that no place speaks for the class: of two, one can be what the other is not. */
const MAPPED = /(more support|speaks) for (disc|bar)/;
const hero = (page: Page) => page.locator('.hero');

async function answerBy(page: Page, whose: RegExp): Promise<void> {
  await chip(page).click();
  await page.getByRole('dialog', { name: 'Models' }).getByRole('button', { name: whose }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
}

test('taught classes answer in Picture, Table and Score, and so do the model’s own, in one session', async ({
  page,
  site,
}) => {
  test.setTimeout(300_000);
  await page.goto(`${await site.url()}#/teach`);
  await openShapes(page);
  // every word that the page says from now on
  await page.evaluate(() => {
    const said: string[] = [];
    Object.assign(globalThis, { said });
    new MutationObserver(() => said.push(document.body.textContent)).observe(document.body, {
      subtree: true,
      childList: true,
      characterData: true,
    });
  });

  // Score: folders are called like the taught classes
  await expect(page.getByRole('radio', { name: 'Score' })).toBeChecked();
  await expect(page.getByRole('heading', { name: /not called like a class/ })).toHaveCount(0);
  const rows = await exportedRows(page);
  const right = rows.filter(({ right }) => right).length;
  expect(right).toBeGreaterThan(20);
  await expect(hero(page)).toHaveText(`${right} / 25`);
  await expect(page.locator('.cm').getByRole('rowheader')).toHaveText([/bar/i, /disc/i]);

  // Table: what is unlike both is none of these, and is not sure
  await chooseView(page, 'Table');
  await expect(tableRows(page).first()).toBeVisible();
  const shown = await shownRows(page);
  for (const { answer } of shown) expect(answer).toMatch(/^(disc|bar|Not sure|None of these)$/i);
  const unlike = page.getByRole('button', { name: 'Open shapes/bar/a lighthouse.png' });
  await expect(tableRows(page).filter({ has: unlike })).toContainText('None of these');
  const saved = rows.find(({ file }) => file.endsWith('lighthouse.png'));
  expect(saved).toMatchObject({ none_of_these: true, sure: false });
  await page.getByRole('combobox', { name: 'Show' }).selectOption({ label: 'Not sure' });
  await expect(unlike).toBeVisible();
  await page.getByRole('combobox', { name: 'Show' }).selectOption({ label: 'All' });
  const file = JSON.parse((await exported(page, 'Rows, as JSON')).text) as Record<string, unknown>;
  expect(file).toMatchObject({ taught: 'My classes', classes: 2, model: 'built-in' });

  // Picture: the same, with how often such answers were right when it was tested
  await unlike.click();
  await expect(answer(page).getByRole('heading', { level: 2 })).toHaveText('None of these');
  await expect(answer(page)).toContainText('It looks unlike all you taught.');
  await row(page, 'd01.png').click();
  await expect(answer(page).getByRole('heading', { level: 2 })).toHaveText(/disc/i);
  await expect(answer(page)).toContainText(
    /When this model said \d+–\d+\s%, it was right in \d+ of \d+ test pictures\./,
  );
  await expect(page.locator('.note')).toContainText(MAPPED);

  // the model's own classes: every view changes
  await answerBy(page, /The model’s own/);
  await expect(chip(page)).toHaveAccessibleName(/274 classes/);
  await expect(answer(page)).toContainText('Top 5 of 274');
  await row(page, 'a lighthouse.png').click();
  await expect(answer(page).getByRole('heading', { level: 2 })).toHaveText(/lighthouse/i);
  await chooseView(page, 'Table');
  await expect(tableRows(page).filter({ has: unlike })).toContainText(/lighthouse\d/i);
  await expect(page.getByText('25 of 25', { exact: true })).toBeVisible({ timeout: 60_000 });
  for (const { answer, right } of await shownRows(page)) {
    expect(answer).not.toMatch(/^(disc|bar|None of these)$/i);
    expect(right).toBe('–');
  }
  await chooseView(page, 'Score');
  await expect(page.getByRole('heading', { name: '2 folders are not called like a class' })).toBeVisible();
  await expect(hero(page)).toHaveCount(0);

  // and back
  await answerBy(page, /^My classes/);
  await expect(hero(page)).toHaveText(`${right} / 25`);
  await chooseView(page, 'Table');
  await expect(page.getByText('25 of 25', { exact: true })).toBeVisible();
  await expect(tableRows(page).filter({ has: unlike })).toContainText('None of these');
  expect(
    (await exportedRows(page)).map(({ answers, none_of_these }) => ({ answers, none_of_these })),
  ).toEqual(rows.map(({ answers, none_of_these }) => ({ answers, none_of_these })));

  const said = await page.evaluate(() => (globalThis as unknown as { said: string[] }).said);
  expect(said.length).toBeGreaterThan(10);
  expect(said.filter((words) => /Opening/.test(words))).toEqual([]);
});

test('taught classes answer what the camera sees', async ({ filmed, site }) => {
  test.setTimeout(300_000);
  const page = await filmedPage(filmed);
  await page.goto(`${await site.url()}#/teach`);
  await taught(page);
  await expect(page.getByText(/^\d+ of 22, in 5 rounds/)).toBeVisible({ timeout: 60_000 });
  await page.getByRole('button', { name: 'Use in Look' }).click();
  await page.getByRole('button', { name: 'Camera', exact: true }).first().click();
  await expect(answer(page).getByRole('heading', { level: 2 })).toHaveText(
    /^(disc|bar|Not sure|None of these)$/i,
    { timeout: 60_000 },
  );
  await expect(answer(page)).toContainText('Top 2 of 2');
  await expect(page.locator('.note')).toContainText(MAPPED);
  await page.getByRole('button', { name: 'Keep this picture' }).click();
  await expect(row(page, 'camera 1.jpg')).toContainText(/disc|bar|Not sure|None of these/i, {
    timeout: 60_000,
  });
  // the model's own, while the camera is on
  await answerBy(page, /The model’s own/);
  await expect(answer(page)).toContainText('Top 5 of 274', { timeout: 60_000 });
  await expect(page.locator('video')).toBeVisible();
  await expect(row(page, 'camera 1.jpg')).not.toContainText(/^(disc|bar|None of these)/i);
  await answerBy(page, /^My classes/);
  await expect(answer(page)).toContainText('Top 2 of 2', { timeout: 60_000 });
  await page.close();
});

test('rows by taught classes outlive the tab apart from those by the model’s own', async ({ page, site }) => {
  test.setTimeout(300_000);
  await page.goto(`${await site.url()}#/teach`);
  const dir = await openShapes(page);
  await chooseView(page, 'Table');
  await expect(page.getByText('25 of 25', { exact: true })).toBeVisible();
  const before = await shownRows(page);
  const noted = () => page.evaluate(() => localStorage.getItem('bit-lens.kept set'));
  await expect.poll(noted).toBe('25\t25\tshapes\tMy classes');

  // they answer again by themselves, and know their rows
  await page.reload();
  await expect(page.getByText(/^All 25 pictures of shapes .* answers of My classes/)).toBeVisible();
  await expect(chip(page)).toHaveAccessibleName(/My classes/, { timeout: 60_000 });
  await chooseFolder(page, dir);
  await chooseView(page, 'Table');
  await expect(page.getByText(/^25 of them were/)).toBeVisible();
  await expect.poll(() => shownRows(page)).toEqual(before);

  // the model's own classes answered none of them before, and are what answers after a reload once they were chosen
  await answerBy(page, /The model’s own/);
  await allAnswered(page, 25);
  await expect(page.getByText(/^25 of them were/)).toHaveCount(0);
  expect(await shownRows(page)).not.toEqual(before);
  await page.reload();
  await ready(page);
  await expect(chip(page)).toHaveAccessibleName(/274 classes/);
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`Look with taught classes has no axe violations and fits any width, ${colorScheme}`, async ({
    browser,
    site,
  }) => {
    test.setTimeout(300_000);
    const page = await browser.newPage({ colorScheme, viewport: { width: 1280, height: 800 } });
    await page.goto(`${await site.url()}#/teach`);
    await openShapes(page);
    for (const view of ['Score', 'Table', 'Picture'] as const) {
      await chooseView(page, view);
      await expectSound(page);
    }
    await page.close();
  });
}
