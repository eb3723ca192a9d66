/** A set as a list: rows, their order and filter, keys, files of it, and rows that outlive the tab. */
import { expect, type Page } from '@playwright/test';
import Papa from 'papaparse';
import { expectSound } from './tools/accessible.ts';
import { ready } from './tools/person.ts';
import {
  allAnswered,
  chooseFolder,
  chooseView,
  type ExportedRow,
  exported,
  exportedRows,
  folderOf,
  numbered,
  plain,
  sampleBytes,
  shownRows,
  tableRows,
  variants,
} from './tools/sets.ts';
import { test } from './tools/site.ts';

const SAMPLES = ['bus', 'ladybug', 'lighthouse', 'snail'];
const broken = Buffer.from('not a picture');

/** Right, wrong, unsure, of a folder that no class is called like, and not read: 12 pictures, answered, as a table. */
async function openMixed(page: Page): Promise<void> {
  const [bus, beetle, house, snail] = await Promise.all(SAMPLES.map((sample) => variants(page, sample, 3)));
  const dir = folderOf('fair', {
    ...numbered('lighthouse/l', house ?? []),
    'lighthouse/torn.png': broken,
    ...numbered('school_bus/b', [...(bus ?? []), ...(beetle ?? []).slice(0, 1)]),
    ...numbered('snail/s', snail ?? []),
    ...numbered('xyzzy/x', (beetle ?? []).slice(1, 2)),
  });
  await chooseFolder(page, dir);
  await allAnswered(page, 12);
  await chooseView(page, 'Table');
  await expect(tableRows(page)).toHaveCount(12);
}

const rowsStatus = (page: Page) => page.locator('.filters').getByRole('status');
const filter = (page: Page) => page.getByRole('combobox', { name: 'Show' });
const find = (page: Page) => page.getByRole('searchbox', { name: 'File, answer or folder' });

test('a folder becomes rows; what was not read is one with its reason, and a link shows it', async ({
  page,
  site,
}) => {
  await site.open(page);
  await ready(page);
  const dir = folderOf('harbour', {
    ...Object.fromEntries(SAMPLES.map((sample) => [`${sample}.png`, sampleBytes(sample)])),
    'torn.png': broken,
  });
  await chooseFolder(page, dir);
  await expect(page.getByRole('heading', { level: 1, name: 'harbour' })).toBeVisible();
  await chooseView(page, 'Table');
  const work = page.getByRole('progressbar', { name: 'Answering pictures' });
  await expect(work).toHaveAttribute('aria-valuenow', '5', { timeout: 60_000 });
  await expect(page.getByText('5 of 5', { exact: true })).toBeVisible();
  await expect(page.getByText('5 pictures, 1 not read')).toBeVisible();
  await expect(page.getByText(/^5 pictures answered in/).first()).toBeVisible();
  await expect(rowsStatus(page)).toHaveText('5 rows');

  const rows = await shownRows(page);
  expect(rows.map(({ file }) => file)).toEqual(
    ['bus', 'ladybug', 'lighthouse', 'snail', 'torn'].map((name) => `harbour/${name}.png`),
  );
  const [, ladybug, lighthouse, snail, torn] = rows;
  expect(ladybug?.answer).toMatch(/ladybug/i);
  expect(lighthouse?.answer).toMatch(/lighthouse/i);
  expect(Number(lighthouse?.sure)).toBeGreaterThan(30);
  expect(lighthouse?.next).toMatch(/^\D+ (<1|\d+)$/);
  expect(Number(lighthouse?.ms.replace(',', ''))).toBeGreaterThan(0);
  expect(snail?.answer).toBe('Not sure');
  expect(snail?.next).toMatch(/^nematode \d+$/i); // what it would have been
  expect(torn?.answer).toBe('Can’t read this');
  expect(torn?.ms).toBe('–');
  for (const { truth, right } of rows) expect([truth, right]).toEqual(['', '–']);

  await expect(page.getByText('1 of 5 pictures were not read.')).toBeVisible();
  await page.getByRole('button', { name: 'Show them' }).click();
  await expect(filter(page)).toHaveValue('failed');
  await expect(rowsStatus(page)).toHaveText('1 of 5 rows');
  await expect(tableRows(page)).toHaveCount(1);
  await page.getByRole('button', { name: 'Open harbour/torn.png' }).click();
  await expect(page.getByRole('region', { name: 'Answer' }).getByRole('alert')).toContainText(
    'not a picture that this browser can read',
  );
});

/** How a column orders rows; null where a row has no value there. */
const VALUE: Readonly<Record<string, (row: ExportedRow) => string | number | null>> = {
  File: ({ file }) => file,
  Answer: ({ answers }) => answers[0]?.label ?? null,
  'How sure': ({ answers }) => answers[0]?.score ?? null,
  Next: ({ answers }) => answers[1]?.label ?? null,
  'Folder says': ({ truth }) => truth,
  // right, would be right, would be wrong, wrong
  Right: ({ right, sure }) => (right === null ? null : right ? (sure ? 0 : 1) : sure ? 3 : 2),
  ms: ({ ms }) => ms?.total ?? null,
};

const names = new Intl.Collator('en', { numeric: true });
const compare = (a: string | number, b: string | number): number =>
  typeof a === 'string' && typeof b === 'string' ? names.compare(a, b) : Number(a) - Number(b);

test('a header orders the rows, turns them round, and lets them be as they came', async ({ page, site }) => {
  await site.open(page);
  await ready(page);
  await openMixed(page);
  const known = new Map((await exportedRows(page)).map((row) => [row.file, row]));
  const files = async (): Promise<string[]> => (await shownRows(page)).map(({ file }) => file);
  const asTheyCame = await files();
  expect(asTheyCame).toEqual([...known.keys()]);

  for (const [name, value] of Object.entries(VALUE)) {
    const header = page.getByRole('columnheader', { name, exact: true });
    await expect(header).not.toHaveAttribute('aria-sort');
    const first = name === 'How sure' || name === 'ms' ? 'descending' : 'ascending';
    for (const way of [first, first === 'ascending' ? 'descending' : 'ascending']) {
      await header.getByRole('button').click();
      await expect(header).toHaveAttribute('aria-sort', way);
      const values = (await files()).map((file) => {
        const row = known.get(file);
        return row === undefined ? null : value(row);
      });
      const there = values.filter((one) => one !== null);
      expect(there, `${name}, ${way}`).toEqual(
        there.toSorted((a, b) => (way === 'ascending' ? compare(a, b) : compare(b, a))),
      );
      // rows without a value stay last
      expect(values.slice(there.length)).toEqual(values.slice(there.length).map(() => null));
    }
    await header.getByRole('button').click();
    await expect(header).not.toHaveAttribute('aria-sort');
    expect(await files()).toEqual(asTheyCame);
  }
});

test('the filter and the field leave the rows that fit', async ({ page, site }) => {
  await site.open(page);
  await ready(page);
  await openMixed(page);
  const known = await exportedRows(page);
  const filters: readonly (readonly [label: string, test: (row: ExportedRow) => boolean])[] = [
    ['Right', ({ right }) => right === true],
    ['Wrong', ({ right }) => right === false],
    ['Not sure', ({ sure }) => sure === false],
    ['Not read', ({ error }) => error !== null],
    ['Not answered yet', () => false],
    ['All', () => true],
  ];
  const expectRows = async (test: (row: ExportedRow) => boolean): Promise<void> => {
    const fit = known.filter(test).map(({ file }) => file);
    await expect(rowsStatus(page)).toHaveText(
      fit.length === known.length ? `${known.length} rows` : `${fit.length} of ${known.length} rows`,
    );
    expect((await shownRows(page)).map(({ file }) => file)).toEqual(fit);
  };
  for (const [label, test] of filters) {
    await filter(page).selectOption({ label });
    await expectRows(test);
  }
  // by answer and folder, by folder alone, by file
  for (const wanted of ['lightHouse', 'xyzzy', 's02']) {
    const low = wanted.toLowerCase();
    await find(page).fill(wanted);
    await expectRows(({ file, truth, answers }) =>
      [file, truth ?? '', answers[0]?.label ?? ''].some((text) => text.toLowerCase().includes(low)),
    );
  }
  await filter(page).selectOption({ label: 'Not read' });
  await expectRows(() => false);
  await expect(page.getByText('No row fits the filter.')).toBeVisible();
  await page.getByRole('button', { name: 'Show all rows' }).click();
  await expectRows(() => true);
  await expect(find(page)).toHaveValue('');
});

test('of 300 pictures only the rows in view are in the document; Pause holds, Go on goes on, so does Stop', async ({
  page,
  site,
}) => {
  test.setTimeout(300_000);
  await site.open(page);
  await ready(page);
  await chooseFolder(page, folderOf('many', numbered('p', await plain(page, 300))));
  await chooseView(page, 'Table');
  await page.getByRole('button', { name: 'Pause' }).click();
  await expect(page.getByText('Paused', { exact: true })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Pause' })).toBeHidden();

  // what had begun is let end; nothing else begins while a person looks about
  await filter(page).selectOption({ label: 'Not answered yet' });
  await expect(page.getByText('Looking…', { exact: true })).toHaveCount(0);
  await expect(tableRows(page).first()).toContainText('…');
  const open = await rowsStatus(page).textContent();
  expect(open).toMatch(/^\d+ of 300 rows$/);
  for (const label of ['All', 'Right', 'Not answered yet']) {
    await filter(page).selectOption({ label });
    for (const view of ['Score', 'Picture', 'Table'] as const) await chooseView(page, view);
    await expect(page.getByText('Paused', { exact: true })).toBeVisible();
  }
  await expect(rowsStatus(page)).toHaveText(open ?? '');

  await page.getByRole('button', { name: 'Go on' }).click();
  await expect(rowsStatus(page)).not.toHaveText(open ?? '');
  await page.getByRole('button', { name: 'Stop' }).click();
  await expect(page.getByText('Stopped before the last picture.')).toBeVisible();
  await expect(tableRows(page).first()).toContainText('Not looked at');
  await page.getByRole('button', { name: 'Go on' }).click();

  // one Tab stop; arrows, Home, End and a page at a time move within, also while rows are answered
  await filter(page).selectOption({ label: 'All' });
  await expect(rowsStatus(page)).toHaveText('300 rows');
  expect(await tableRows(page).count()).toBeLessThan(60);
  const focused = () => page.evaluate(() => document.activeElement?.closest('tr')?.ariaRowIndex ?? '');
  const expectFocus = async (row: number): Promise<void> => {
    await expect.poll(focused).toBe(String(row + 1));
    await expect(page.locator('tbody button[tabindex="0"]')).toHaveCount(1);
    await expect(page.locator('tbody button:focus')).toBeInViewport();
  };
  await page.getByRole('columnheader', { name: 'ms' }).getByRole('button').focus();
  await page.keyboard.press('Tab');
  await expectFocus(1);
  await page.keyboard.press('ArrowDown');
  await expectFocus(2);
  await page.keyboard.press('End');
  await expectFocus(300);
  expect(await tableRows(page).count()).toBeLessThan(60);
  await page.keyboard.press('ArrowDown');
  await expectFocus(300);
  await page.keyboard.press('PageUp');
  await expect.poll(focused).not.toBe('301');
  const pageUp = 301 - Number(await focused());
  expect(pageUp).toBeGreaterThan(4);
  expect(pageUp).toBeLessThan(20);
  await page.keyboard.press('PageDown');
  await expectFocus(300);
  await page.keyboard.press('Home');
  await expectFocus(1);
  await page.keyboard.press('ArrowUp');
  await expectFocus(1);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await expectFocus(3);
  await page.keyboard.press('Tab');
  await expect.poll(focused).toBe('');
  await page.keyboard.press('Shift+Tab');
  await expectFocus(3);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('region', { name: 'Picture' })).toContainText('p03.png');
  await chooseView(page, 'Table');
  await expect(page.getByText('300 of 300', { exact: true })).toBeVisible({ timeout: 120_000 });
});

test('V is the next view, / the field, E the export, Del removes; letters in a field are text', async ({
  page,
  site,
}) => {
  await site.open(page);
  await ready(page);
  await chooseFolder(page, folderOf('two', numbered('p', await variants(page, 'bus', 2))));
  await allAnswered(page, 2);
  const view = page.getByRole('group', { name: 'View' });
  for (const name of ['Table', 'Score', 'Picture']) {
    await page.keyboard.press('v');
    await expect(view.getByRole('radio', { name })).toBeChecked();
  }
  await page.keyboard.press('/');
  await expect(page.getByRole('searchbox', { name: /^Find any of the 274 classes/ })).toBeFocused();
  await page.keyboard.type('school');
  await expect(page.getByRole('list', { name: /^Find any/ })).toContainText(/school bus\s*\d/i);
  await chooseView(page, 'Table');
  await page.keyboard.press('/');
  await expect(find(page)).toBeFocused();
  await page.keyboard.type('eve');
  await expect(find(page)).toHaveValue('eve');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await find(page).fill('');
  await find(page).blur();
  await page.keyboard.press('e');
  await expect(page.getByRole('dialog', { name: 'Export' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await page.getByRole('button', { name: 'Open two/p02.png' }).focus();
  await tableRows(page).nth(1).getByText('two/p02.png').press('Delete');
  await expect(rowsStatus(page)).toHaveText('1 row');
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(rowsStatus(page)).toHaveText('2 rows');
});

/** ">99", "<1" or the whole per cent. */
const whole = (score: number): string => {
  const percent = Math.round(100 * score);
  return percent >= 100 ? '>99' : percent <= 0 ? '<1' : String(percent);
};

test('the exported CSV and JSON agree with the rows shown, whatever their order', async ({ page, site }) => {
  await site.open(page);
  await ready(page);
  await openMixed(page);
  await page.getByRole('columnheader', { name: 'How sure' }).getByRole('button').click();
  const shown = await shownRows(page);

  const json = await exported(page, 'Rows, as JSON');
  expect(json.name).toBe('fair rows.json');
  const about = JSON.parse(json.text) as Record<string, unknown> & { pictures: ExportedRow[] };
  expect(about).toMatchObject({
    set: 'fair',
    model: 'built-in',
    taught: null,
    classes: 274,
    device: 'wasm',
    not_sure_below_percent: 30,
    temperature: 1,
  });
  expect(about.pictures).toHaveLength(12);
  for (const row of shown) {
    const saved = about.pictures.find(({ file }) => file === row.file);
    if (saved === undefined) throw new Error(`${row.file} is not in the file`);
    const [best, next] = saved.answers;
    expect(row.truth).toBe(saved.truth);
    if (best === undefined || next === undefined) {
      expect(saved.error?.code).toBe('image-unreadable');
      expect([row.answer, row.ms]).toEqual(['Can’t read this', '–']);
      continue;
    }
    expect(saved.answers).toHaveLength(5);
    expect(row.answer).toBe(saved.sure ? best.label : 'Not sure');
    expect(row.sure).toBe(whole(best.score));
    const second = saved.sure ? next : best;
    expect(row.next).toBe(`${second.label} ${whole(second.score)}`);
    const verdict = saved.right === null ? '–' : saved.sure ? (saved.right ? 'Yes' : 'No') : null;
    expect(row.right).toBe(verdict ?? (saved.right ? 'Would be yes' : 'Would be no'));
    const ms = saved.ms?.total ?? 0;
    expect(row.ms).toBe(ms < 9.95 ? ms.toFixed(1) : Math.round(ms).toLocaleString('en-US'));
  }

  const csv = await exported(page, 'Rows, as CSV');
  expect(csv.name).toBe('fair rows.csv');
  const { data, errors } = Papa.parse<Record<string, string>>(csv.text, {
    header: true,
    skipEmptyLines: true,
  });
  expect(errors).toEqual([]);
  expect(data.map((row) => row.file)).toEqual(about.pictures.map(({ file }) => file));
  data.forEach((row, i) => {
    const saved = about.pictures[i];
    expect(row.truth).toBe(saved?.truth);
    expect(row.truth_class).toBe(saved?.truth_class ?? '');
    expect(row.right).toBe(String(saved?.right ?? ''));
    expect(row.sure).toBe(String(saved?.sure ?? ''));
    for (const [k, answer] of (saved?.answers ?? []).entries()) {
      expect(row[`answer_${k + 1}`]).toBe(answer.label);
      expect(Number(row[`score_${k + 1}`])).toBeCloseTo(answer.score, 6);
    }
    expect(row.error).toBe(saved?.error?.message ?? '');
  });
});

test('the "not sure" line is moved by keys, and answers in words follow', async ({ page, site }) => {
  await site.open(page);
  await ready(page);
  await openMixed(page);
  const line = page.getByRole('slider', { name: 'Not sure below' });
  await expect(line).toHaveAttribute('aria-valuetext', '30 percent');
  const answers = async (): Promise<string[]> => (await shownRows(page)).map(({ answer }) => answer);
  const before = await answers();
  expect(before.filter((answer) => answer === 'Not sure').length).toBeGreaterThan(0);
  expect(before.filter((answer) => /lighthouse/.test(answer)).length).toBeGreaterThan(0);

  await line.press('End');
  await expect(line).toHaveAttribute('aria-valuetext', '100 percent');
  await expect.poll(answers).toEqual(before.map((answer) => (/read/.test(answer) ? answer : 'Not sure')));
  await expect(page.getByRole('img', { name: /^How sure: 11 of 11 are below 100 percent/ })).toBeVisible();
  await expect(tableRows(page).first()).toContainText(/Would be (yes|no)/);
  await line.press('Home');
  await expect(line).toHaveAttribute('aria-valuetext', '0 percent');
  await expect.poll(async () => (await answers()).filter((answer) => answer === 'Not sure')).toEqual([]);
  await line.press('ArrowRight');
  await expect(line).toHaveAttribute('aria-valuetext', '1 percent');
  await expect(page.getByText('not sure below 1', { exact: true })).toBeVisible();

  // the same line in the other views
  await line.press('End');
  await page.getByRole('button', { name: 'Open fair/lighthouse/l01.png' }).click();
  const headline = page.getByRole('region', { name: 'Answer' }).getByRole('heading', { level: 2 });
  await expect(headline).toHaveText('Not sure');
  await page.getByRole('button', { name: 'Back to 30' }).click();
  await expect(headline).toHaveText(/lighthouse/i);
  await chooseView(page, 'Table');
  await expect.poll(answers).toEqual(before);
});

test.describe('finished rows of a set outlive the tab', () => {
  /** Where the page notes the set that it keeps: answered, all, and its folder. */
  const noted = (page: Page) => page.evaluate(() => localStorage.getItem('bit-lens.kept set'));
  const offer = (page: Page) => page.getByText('All 24 pictures of harbour were answered before.');

  async function openKept(page: Page): Promise<string> {
    const files = await Promise.all(SAMPLES.map((sample) => variants(page, sample, 6)));
    const dir = folderOf(
      'harbour',
      Object.assign({}, ...files.map((all, i) => numbered(SAMPLES[i] ?? '', all))),
    );
    await chooseFolder(page, dir);
    await allAnswered(page, 24);
    await expect.poll(() => noted(page)).toBe('24\t24\tharbour\t');
    return dir;
  }

  test('the folder given again asks the model nothing', async ({ page, site }) => {
    await site.open(page);
    await ready(page);
    const dir = await openKept(page);
    await chooseView(page, 'Table');
    await expect(rowsStatus(page)).toHaveText('24 rows');
    const before = await shownRows(page);
    expect(before.length).toBeGreaterThan(10);

    await page.reload();
    await expect(offer(page)).toBeVisible();
    await ready(page);
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('status').getByRole('button', { name: 'Choose a folder' }).click();
    await (await chooser).setFiles(dir);
    await expect(offer(page)).toBeHidden();
    await chooseView(page, 'Table');
    await expect(page.getByText('24 of them were kept from an earlier visit.')).toBeVisible();
    await expect(page.getByText('24 of 24', { exact: true })).toBeVisible();
    // the same to the millisecond: no picture was looked at again
    await expect.poll(() => shownRows(page)).toEqual(before);
    await expect(tableRows(page).locator('img')).toHaveCount(before.length);
    // a map is found when it is wanted
    await page.getByRole('button', { name: 'Open harbour/lighthouse01.png' }).click();
    await expect(page.getByRole('img', { name: /^Map of support/ })).toBeVisible();
  });

  test('given before the model is open it is taken up too', async ({ page, site }) => {
    await site.open(page);
    await ready(page);
    const dir = await openKept(page);
    await page.reload();
    await chooseFolder(page, dir);
    await chooseView(page, 'Table');
    await expect(page.getByText('24 of them were kept from an earlier visit.')).toBeVisible();
    await expect(page.getByText('24 of 24', { exact: true })).toBeVisible();
    await expect(offer(page)).toHaveCount(0);
  });

  test('Forget them forgets', async ({ page, site }) => {
    await site.open(page);
    await ready(page);
    const dir = await openKept(page);
    await page.reload();
    await expect(offer(page)).toBeVisible();
    await page.getByRole('button', { name: 'Forget them' }).click();
    await expect(offer(page)).toBeHidden();
    await expect.poll(() => noted(page)).toBe('');
    await page.reload();
    await ready(page);
    await expect(offer(page)).toHaveCount(0);
    await chooseFolder(page, dir);
    await allAnswered(page, 24);
    await chooseView(page, 'Table');
    await expect(page.getByText('24 of 24', { exact: true })).toBeVisible();
    await expect(page.getByText(/kept from an earlier visit/)).toHaveCount(0);
  });

  test('Remove all leaves nothing to offer; brought back, they are kept again', async ({ page, site }) => {
    await site.open(page);
    await ready(page);
    await openKept(page);
    await page.getByRole('button', { name: 'Remove all' }).click();
    await expect.poll(() => noted(page)).toBe('');
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect(page.getByText('24 pictures', { exact: true })).toBeVisible();
    await expect.poll(() => noted(page)).toBe('24\t24\tharbour\t');
    await page.getByRole('button', { name: 'Remove all' }).click();
    await expect.poll(() => noted(page)).toBe('');
    await page.reload();
    await ready(page);
    await expect(offer(page)).toHaveCount(0);
  });
});

test('an empty Table says what to do', async ({ page, site }) => {
  await site.open(page);
  await ready(page);
  await page.keyboard.press('v');
  await expect(page.getByRole('heading', { name: 'Drop a folder' })).toBeVisible();
  const chooser = page.waitForEvent('filechooser');
  await page
    .getByRole('region', { name: 'Results' })
    .getByRole('button', { name: 'Choose a folder' })
    .click();
  await (await chooser).setFiles(folderOf('one', { 'bus.png': sampleBytes('bus') }));
  await expect(tableRows(page)).toHaveCount(1);
});

test('at any width the views can be switched, and a cell stands under its header', async ({ page, site }) => {
  await site.open(page);
  await ready(page);
  await openMixed(page);
  for (const width of [1280, 1000, 880, 760, 640, 390, 320]) {
    await page.setViewportSize({ width, height: 800 });
    for (const name of ['Picture', 'Table', 'Score'])
      await page.getByRole('radio', { name }).click({ trial: true });
    await page.getByRole('button', { name: 'Export', exact: true }).click({ trial: true });
    const lefts = await page.locator('.rt tr:has(.c-file)').evaluateAll((rows) =>
      rows.map((row) =>
        ['file', 'answer', 'truth', 'right', 'ms'].map((column) => {
          const { left, width } = row.querySelector(`.c-${column}`)?.getBoundingClientRect() ?? new DOMRect();
          return width === 0 ? null : left;
        }),
      ),
    );
    const [header, ...rows] = lefts;
    expect(rows).toHaveLength(12);
    for (const row of rows) expect(row, `${width} px`).toEqual(header);
  }
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`Table and Export have no axe violations and fit any width, ${colorScheme}`, async ({
    browser,
    site,
  }) => {
    const page = await browser.newPage({ colorScheme, viewport: { width: 1280, height: 800 } });
    await site.open(page);
    await ready(page);
    await page.keyboard.press('v');
    await expectSound(page);
    await chooseView(page, 'Picture');
    await openMixed(page);
    await expectSound(page);
    await page.keyboard.press('e');
    await expect(page.getByRole('dialog', { name: 'Export' })).toBeVisible();
    await expectSound(page);
    await page.close();
  });
}

test('Table and Export speak Japanese', async ({ page, site }) => {
  await site.open(page);
  await ready(page);
  await openMixed(page);
  await page.getByRole('button', { name: 'Language: English' }).click();
  await expect(page.getByRole('group', { name: '表示' })).toContainText('画像一覧採点');
  for (const name of ['ファイル', '答え', '確信度', '次の候補', 'フォルダー名', '正誤'])
    await expect(page.getByRole('columnheader', { name, exact: true })).toBeVisible();
  await expect(page.getByText('12 枚中 1 枚を読めませんでした。')).toBeVisible();
  await expect(page.getByRole('searchbox', { name: 'ファイル・答え・フォルダー' })).toBeVisible();
  await expectSound(page);
  await page.getByRole('button', { name: '書き出し' }).click();
  const sheet = page.getByRole('dialog', { name: '書き出し' });
  for (const name of ['行(CSV)', '行(JSON)', '採点(JSON)']) await expect(sheet.getByText(name)).toBeVisible();
});
