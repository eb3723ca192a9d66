/** A set against what its folders, a table or a person say: numbers, mix-ups, names, and the correction. */
import { readFileSync } from 'node:fs';
import { expect, type Locator, type Page } from '@playwright/test';
import { expectSound } from './tools/accessible.ts';
import { fileAt, give, ready, row } from './tools/person.ts';
import {
  allAnswered,
  chooseFolder,
  chooseView,
  type ExportedRow,
  exported,
  exportedRows,
  type Files,
  folderOf,
  numbered,
  sampleBytes,
  shownRows,
  tableRows,
  variants,
} from './tools/sets.ts';
import { test } from './tools/site.ts';

const { id2label, synsets } = JSON.parse(readFileSync('public/models/config.json', 'utf8')) as {
  id2label: Record<string, string>;
  synsets: string[];
};
const labels = Object.values(id2label);
const idOf = (label: string): string => {
  const id = synsets[labels.indexOf(label)];
  if (id === undefined) throw new Error(`no class is called ${label}`);
  return id;
};

/** 66 pictures of four classes, some of them in the wrong folder. */
async function fair(page: Page): Promise<Files> {
  const [bus, beetle, house, snail] = await Promise.all(
    ['bus', 'ladybug', 'lighthouse', 'snail'].map((sample) => variants(page, sample, 18)),
  );
  return {
    ...numbered('lighthouse/l', [...(house ?? []), ...(beetle ?? []).slice(0, 2)]),
    ...numbered('ladybugs/b', (beetle ?? []).slice(2)),
    ...numbered('school_bus/s', (bus ?? []).slice(0, 14)),
    ...numbered('nematode/n', (snail ?? []).slice(0, 12)),
    ...numbered('snail/n', (snail ?? []).slice(14)),
  };
}

async function openFair(page: Page): Promise<string> {
  const dir = folderOf('fair', await fair(page));
  await chooseFolder(page, dir);
  await allAnswered(page, 66);
  await expect(page.getByRole('radio', { name: 'Score' })).toBeChecked();
  return dir;
}

const numbers = (page: Page): Locator => page.getByRole('region', { name: 'Numbers', exact: true });
const hero = (page: Page): Locator => numbers(page).locator('.hero');
const mixed = (page: Page): Locator => page.getByRole('region', { name: 'What it mixed up' });
const cellPictures = (page: Page): Locator =>
  page.getByRole('region', { name: 'Pictures in the chosen cell' });

/** The two figures beside a name: 'Top-5' -> ['92.4', '83.5–96.7']. */
async function figures(page: Page, name: string): Promise<string[]> {
  const term = numbers(page).locator('dt', { hasText: name });
  return term.evaluate((dt) => {
    const value = dt.nextElementSibling;
    return [value?.textContent ?? '', value?.nextElementSibling?.textContent ?? ''];
  });
}

/** The 95 % score interval of a rate (Wilson 1927). */
function wilson(right: number, n: number): [number, number] {
  const z = 1.959963984540054;
  const p = right / n;
  const middle = (p + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n))) / (1 + (z * z) / n);
  return [middle - half, middle + half];
}

/** Rows with an answer and a known class, as they were saved. */
const scored = (rows: readonly ExportedRow[]): ExportedRow[] =>
  rows.filter(({ truth_class, answers }) => truth_class !== null && answers.length > 0);
const isRight = ({ truth_class, answers }: ExportedRow): boolean => answers[0]?.label === truth_class;

/** A rate and its interval as they are read; a count below 30. */
function rate(part: number, n: number): [string, string] {
  if (n < 30) return [`${part} / ${n}`, ''];
  const [low, high] = wilson(part, n);
  return [((100 * part) / n).toFixed(1), `${(100 * low).toFixed(1)}–${(100 * high).toFixed(1)}`];
}

/** Mean gap between what is said and how often that is right, over 15 parts of equal width (Guo et al. 2017). */
function ece(rows: readonly ExportedRow[]): number {
  const parts = Array.from({ length: 15 }, (_, i) =>
    rows.filter(({ answers: [best] }) => {
      const score = best?.score ?? 0;
      return score > i / 15 && score <= (i + 1) / 15;
    }),
  );
  const gaps = parts.map((part) =>
    Math.abs(
      part.filter(isRight).length - part.reduce((sum, { answers: [best] }) => sum + (best?.score ?? 0), 0),
    ),
  );
  return gaps.reduce((a, b) => a + b, 0) / rows.length;
}

/** What each cell of the matrix is called, with its count, from the saved rows. */
function cellNames(rows: readonly ExportedRow[]): string[] {
  const classes = [...new Set(rows.map(({ truth_class }) => truth_class ?? ''))];
  const counts = new Map<string, number>();
  const others = rows.some(
    ({ sure, answers: [best] }) => sure === true && !classes.includes(best?.label ?? ''),
  );
  const answers = [...classes, ...(others ? ['other'] : []), 'unsure'];
  const name = (truth: string, answer: string): string =>
    answer === 'unsure'
      ? `${truth}, not sure`
      : answer === 'other'
        ? `${truth}, called something else`
        : answer === truth
          ? `${truth}, right`
          : `${truth}, called ${answer}`;
  for (const truth of classes) for (const answer of answers) counts.set(name(truth, answer), 0);
  for (const {
    truth_class,
    sure,
    answers: [best],
  } of rows) {
    const label = best?.label ?? '';
    const cell = name(
      truth_class ?? '',
      sure !== true ? 'unsure' : classes.includes(label) ? label : 'other',
    );
    counts.set(cell, (counts.get(cell) ?? 0) + 1);
  }
  return [...counts].map(([cell, n]) => `${cell}: ${n}`).sort();
}

const shownCells = async (page: Page): Promise<string[]> =>
  (
    await mixed(page)
      .locator('.cell')
      .evaluateAll((cells) => cells.map((cell) => cell.getAttribute('aria-label') ?? ''))
  ).sort();

/** All that Score shows agrees with what these rows say. */
async function expectScore(page: Page, saved: readonly ExportedRow[]): Promise<void> {
  const rows = scored(saved);
  const n = rows.length;
  const right = rows.filter(isRight).length;
  const sure = rows.filter((one) => one.sure === true);
  const [low, high] = wilson(right, n).map((x) => (100 * x).toFixed(1));
  if (n < 30) await expect(hero(page)).toHaveText(`${right} / ${n}`);
  else {
    await expect(hero(page)).toHaveText(`${((100 * right) / n).toFixed(1)}%`);
    await expect(numbers(page)).toContainText(`${right} of ${n}.`);
  }
  await expect(numbers(page)).toContainText(`interval ${low} to ${high}`);
  const inFive = rows.filter(({ truth_class, answers }) =>
    answers.some(({ label }) => label === truth_class),
  );
  await expect.poll(() => figures(page, 'Top-5')).toEqual(rate(inFive.length, n));
  await expect
    .poll(() => figures(page, 'Right, when it answers'))
    .toEqual(rate(sure.filter(isRight).length, sure.length));
  const share = n < 30 ? `${sure.length} / ${n}` : `${((100 * sure.length) / n).toFixed(1)}\u2009%`;
  await expect(numbers(page)).toContainText(`Answers ${share} of the pictures.`);

  const classes = [...new Set(rows.map(({ truth_class }) => truth_class))];
  const rates = classes.map((name) => {
    const own = rows.filter(({ truth_class }) => truth_class === name);
    return { right: own.filter(isRight).length, n: own.length };
  });
  const balanced = rates.reduce((sum, one) => sum + one.right / one.n, 0) / classes.length;
  const halves = rates.map((one) => {
    const [from, to] = wilson(one.right, one.n);
    return (to - from) / 2;
  });
  const half = Math.sqrt(halves.reduce((sum, one) => sum + one * one, 0)) / classes.length;
  await expect
    .poll(() => figures(page, 'Mean over classes'))
    .toEqual([(100 * balanced).toFixed(1), `±${(100 * half).toFixed(1)}`]);
  await expect(numbers(page)).toContainText(`ECE ${ece(rows).toFixed(3)}`);
  await expect.poll(() => shownCells(page)).toEqual(cellNames(rows));

  const wrong = new Map<string, number>();
  for (const one of rows) {
    if (one.sure !== true || isRight(one)) continue;
    const name = `${one.truth_class} called ${one.answers[0]?.label}`;
    wrong.set(name, (wrong.get(name) ?? 0) + 1);
  }
  const list = await mixed(page)
    .locator('.mixup')
    .evaluateAll((rows) =>
      rows.map((one) => [
        one.querySelector('.what')?.textContent,
        Number(one.querySelector('b')?.textContent),
      ]),
    );
  expect(list.map(([, n]) => n)).toEqual([...wrong.values()].sort((a, b) => b - a).slice(0, 8));
  for (const [name, n] of list) expect(wrong.get(String(name))).toBe(n);
}

test('a folder of folders is scored, and every number is the one of its exported rows', async ({
  page,
  site,
}) => {
  await site.open(page);
  await ready(page);
  await openFair(page);
  await expect(page.getByText('66 pictures in 5 labelled folders')).toBeVisible();
  await expect(page.getByText(/^The pictures lie in 5 folders/)).toBeVisible();
  const rows = await exportedRows(page);
  expect(rows).toHaveLength(66);
  // a plural, and words with _ between
  expect(new Set(rows.map(({ truth, truth_class }) => `${truth}: ${truth_class}`))).toEqual(
    new Set([
      'lighthouse: lighthouse',
      'ladybugs: ladybug',
      'school_bus: school bus',
      'nematode: nematode',
      'snail: snail',
    ]),
  );
  await expectScore(page, rows);
  await expect(mixed(page).getByRole('button', { name: 'lighthouse, called ladybug: 2' })).toBeVisible();

  // the line moves answers to and from "not sure", and leaves Top-1 alone
  const top1 = await hero(page).textContent();
  const line = numbers(page).getByRole('slider', { name: 'Not sure below' });
  await line.press('Home');
  await expect(numbers(page)).toContainText('Answers 100.0');
  await expectScore(page, await exportedRows(page));
  await line.press('End');
  await expect(numbers(page)).toContainText('Answers none of the pictures.');
  await expect(mixed(page).getByText('Nothing was mixed up so far.')).toBeVisible();
  expect(await shownCells(page)).toEqual(cellNames(scored(await exportedRows(page))));
  expect(await hero(page).textContent()).toBe(top1);

  // the files of the scores say the same
  await line.press('Home');
  await expect(numbers(page)).toContainText('Answers 100.0');
  const saved = await exportedRows(page);
  const right = scored(saved).filter(isRight).length;
  const scores = await exported(page, 'Scores, as JSON');
  expect(scores.name).toBe('fair scores.json');
  const told = JSON.parse(scores.text) as {
    top1: { right: number; n: number };
    ece15: number;
    confusion: { truth: string; answer: string; n: number }[];
    not_scored: number;
  };
  expect(told.top1).toMatchObject({ right, n: 66 });
  expect(told.ece15).toBeCloseTo(ece(scored(saved)), 10);
  expect(told.confusion.find((one) => one.truth === 'lighthouse' && one.answer === 'ladybug')?.n).toBe(2);
  expect(told.not_scored).toBe(0);
  const evaluation = await exported(page, 'Scores, as evaluation.json');
  expect(evaluation.name).toBe('evaluation.json');
  const { fair } = JSON.parse(evaluation.text) as { fair: { n: number; top1: number; ece15: number } };
  expect(fair.n).toBe(66);
  expect(fair.top1).toBeCloseTo(right / 66, 10);
  expect(fair.ece15).toBeCloseTo(told.ece15, 10);
});

test('a folder called like no class is scored once a person takes the guess, and no longer when that is taken back', async ({
  page,
  site,
}) => {
  await site.open(page);
  await ready(page);
  const [beetle, house, snail] = await Promise.all(
    ['ladybug', 'lighthouse', 'snail'].map((sample) => variants(page, sample, 3)),
  );
  await chooseFolder(
    page,
    folderOf('fair', {
      ...numbered('lighthouze/l', house ?? []),
      ...numbered('ladybug/b', beetle ?? []),
      ...numbered('qqqq/s', snail ?? []),
    }),
  );
  await allAnswered(page, 9);
  await expect(hero(page)).toHaveText('3 / 3');
  await expect(page.getByRole('heading', { name: '2 folders are not called like a class' })).toBeVisible();
  const guessed = page.getByRole('combobox', { name: 'Class that lighthouze means' });
  await expect(guessed).toHaveValue('lighthouse');
  await expect(mixed(page).getByText('a guess', { exact: true })).toHaveCount(1);
  const without = page.getByRole('combobox', { name: 'Class that qqqq means' });
  await expect(without).toHaveValue('');
  const rowOf = (name: string) => mixed(page).getByRole('listitem').filter({ hasText: name });
  await expect(rowOf('qqqq').getByRole('button', { name: 'Take' })).toBeDisabled();

  await rowOf('lighthouze').getByRole('button', { name: 'Take' }).click();
  await expect(hero(page)).toHaveText('6 / 6');
  await expect(page.getByRole('heading', { name: 'One folder is not called like a class' })).toBeVisible();
  await expectScore(page, await exportedRows(page));

  // what is no class is said to be none; a class by any of its letters' case is taken
  await without.fill('no such thing');
  await without.press('Enter');
  await expect(rowOf('qqqq').getByRole('alert')).toHaveText('No class has that name.');
  await without.fill('SNAIL');
  await without.press('Enter');
  await expect(hero(page)).toHaveText('6 / 9');
  await expect(page.getByRole('heading', { name: /not called like a class/ })).toHaveCount(0);

  const said = page.getByRole('group').filter({ hasText: 'You said what 2 folders mean' });
  await said.getByText('You said what 2 folders mean').click();
  await said
    .getByRole('listitem')
    .filter({ hasText: 'lighthouze: lighthouse' })
    .getByRole('button', { name: 'Take it back' })
    .click();
  await expect(hero(page)).toHaveText('3 / 6');
  await expect(guessed).toHaveValue('lighthouse');
  await page.getByRole('button', { name: 'Take the guess' }).click();
  await expect(hero(page)).toHaveText('6 / 9');
});

test('folders named by WordNet ids are matched by the lists of this page', async ({ page, site }) => {
  await site.open(page);
  await ready(page);
  const [beetle, house] = await Promise.all(
    ['ladybug', 'lighthouse'].map((sample) => variants(page, sample, 3)),
  );
  await chooseFolder(
    page,
    folderOf('val', {
      ...numbered(`${idOf('ladybug')}/b`, beetle ?? []),
      ...numbered(`${idOf('lighthouse')}/l`, house ?? []),
    }),
  );
  await allAnswered(page, 6);
  await expect(hero(page)).toHaveText('6 / 6');
  await expect(page.getByRole('heading', { name: /not called like a class/ })).toHaveCount(0);
  await expectScore(page, await exportedRows(page));
  await expect(mixed(page).getByRole('rowheader').first()).toHaveText(/lady|light/i);
});

test('a table that is pasted says what the pictures show', async ({ page, site }) => {
  await site.open(page);
  await ready(page);
  await page.keyboard.press('v');
  await page.keyboard.press('v');
  await expect(page.getByRole('heading', { name: 'Put each class in its own folder' })).toBeVisible();
  await expect(page.getByLabel('Table of file names and classes')).toHaveCount(0); // there is nothing to label
  const names = ['bus', 'ladybug', 'lighthouse', 'snail'] as const;
  await chooseFolder(
    page,
    folderOf('plain', Object.fromEntries(names.map((name) => [`${name}.png`, sampleBytes(name)]))),
  );
  await allAnswered(page, 4);
  await expect(page.getByRole('heading', { name: 'Put each class in its own folder' })).toBeVisible();
  const table = page.getByLabel('Table of file names and classes');
  const read = page.getByRole('button', { name: 'Score by this table' });
  await expect(read).toBeDisabled();
  await table.fill('holiday.jpg,lighthouse\n');
  await read.click();
  await expect(numbers(page).getByRole('alert')).toHaveText('No line of it names a picture of this set.');
  await table.fill(
    'file,label\nbus.png,school bus\nplain/ladybug.png,ladybug\nlighthouse.png,beacon tower\nx.png,snail\n',
  );
  await read.click();
  await expect(page.getByText('3 of 4 lines name a picture of this set.')).toBeVisible();
  await expect(hero(page)).toHaveText('2 / 2');
  const meant = page.getByRole('combobox', { name: 'Class that beacon tower means' });
  await meant.fill('lighthouse');
  await meant.press('Enter');
  await expect(hero(page)).toHaveText('3 / 3');

  await page.getByRole('button', { name: 'Just look' }).click();
  await expect(page.getByRole('radio', { name: 'Picture' })).toBeChecked();
  await expect(page.getByText('4 pictures', { exact: true })).toBeVisible();
  await chooseView(page, 'Table');
  await expect(tableRows(page)).toHaveCount(4);
  for (const { truth, right } of await shownRows(page)) expect([truth, right]).toEqual(['', '–']);
  await chooseView(page, 'Score');
  await expect(table).toBeVisible();
});

test('a CSV dropped with pictures labels them; one that names none of them says so', async ({
  page,
  site,
}) => {
  await site.open(page);
  await ready(page);
  const csv = (text: string) => ({ name: 'labels.csv', type: 'text/csv', bytes: Buffer.from(text) });
  const pictures = ['bus', 'ladybug', 'lighthouse'].map((name) => fileAt(`public/samples/${name}.png`));
  await give(page, 'drop', [...pictures, csv('image,class\nbus.png,school bus\nladybug.png,"ladybug"\n')]);
  await allAnswered(page, 3);
  await expect(page.getByRole('radio', { name: 'Score' })).toBeChecked();
  await expect(page.getByText('2 of 2 lines name a picture of this set.')).toBeVisible();
  await expect(hero(page)).toHaveText('2 / 2');
  await give(page, 'drop', [csv('image,class\nholiday.jpg,lighthouse\n')]);
  await expect(page.getByText('labels.csv names none of the pictures.')).toBeVisible();
  await expect(hero(page)).toHaveText('2 / 2');
  // a later table adds to it
  await give(page, 'drop', [csv('image,class\nlighthouse.png,snail\n')]);
  await expect(hero(page)).toHaveText('2 / 3');
});

test('a cell chosen by keys shows its pictures; one that is relabelled changes the score', async ({
  page,
  site,
}) => {
  await site.open(page);
  await ready(page);
  const [beetle, house] = await Promise.all(
    ['ladybug', 'lighthouse'].map((sample) => variants(page, sample, 2)),
  );
  await chooseFolder(
    page,
    folderOf('fair', {
      ...numbered('ladybug/b', [...(beetle ?? []), ...(house ?? []).slice(0, 1)]),
      ...numbered('lighthouse/l', (house ?? []).slice(1)),
    }),
  );
  await allAnswered(page, 4);
  await expect(hero(page)).toHaveText('3 / 4');
  // the largest mix-up is chosen until a person chooses
  await expect(cellPictures(page).getByRole('heading')).toHaveText(/ladybug, called lighthouse/i);
  await expect(mixed(page).locator('.cell[tabindex="0"]')).toHaveCount(1);
  const wrong = page.getByRole('button', { name: 'ladybug, called lighthouse: 1' });
  await expect(wrong).toHaveAttribute('aria-pressed', 'true');

  await wrong.focus();
  await page.keyboard.press('ArrowLeft');
  const right = page.getByRole('button', { name: 'ladybug, right: 2' });
  await expect(right).toBeFocused();
  await page.keyboard.press('ArrowLeft');
  await expect(right).toBeFocused(); // the first cell
  await page.keyboard.press('Enter');
  await expect(right).toHaveAttribute('aria-pressed', 'true');
  await expect(cellPictures(page).getByRole('heading')).toHaveText(/ladybug, found/i);
  await expect(cellPictures(page).getByText('2 pictures, surest first')).toBeVisible();
  await expect(cellPictures(page).getByRole('listitem')).toHaveCount(2);
  await page.keyboard.press('ArrowDown');
  await expect(page.getByRole('button', { name: /^lighthouse, called ladybug: 0/ })).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(page.locator('.cell:focus')).toHaveCount(0);

  await page.getByRole('button', { name: /^Ladybug called lighthouse/i }).click();
  await cellPictures(page).getByRole('listitem').getByRole('button').click();
  await expect(page.getByRole('radio', { name: 'Picture' })).toBeChecked();
  const truth = page.getByRole('region', { name: 'Folder says' });
  await expect(truth).toContainText(/ladybug/i);
  await expect(truth).toContainText('wrong');
  await truth.getByRole('button', { name: 'Change' }).click();
  const field = truth.getByRole('combobox', { name: 'What the picture shows' });
  await field.fill('a boat');
  await field.press('Enter');
  await expect(truth.getByRole('alert')).toHaveText('No class has that name.');
  await field.fill('lighthouse');
  await truth.getByRole('button', { name: 'Say so' }).click();
  await expect(truth).toContainText('right');
  await chooseView(page, 'Score');
  await expect(hero(page)).toHaveText('4 / 4');
  await expect(page.getByText('Nothing was mixed up so far.')).toBeVisible();
  await expectScore(page, await exportedRows(page));

  // nobody knows: it is scored no more
  await page.getByRole('button', { name: 'lighthouse, right: 2' }).click();
  await cellPictures(page).getByRole('listitem').first().getByRole('button').click();
  await truth.getByRole('button', { name: 'Change' }).click();
  await truth.getByRole('button', { name: 'Nobody knows' }).click();
  await expect(truth).toHaveCount(0);
  await chooseView(page, 'Score');
  await expect(hero(page)).toHaveText('3 / 3');
});

test('another set begins anew: no cell and no table of the one before', async ({ page, site }) => {
  await site.open(page);
  await ready(page);
  const csv = 'bus.png,school bus\nladybug.png,bus\n';
  await give(page, 'drop', [
    ...['bus', 'ladybug'].map((name) => fileAt(`public/samples/${name}.png`)),
    { name: 'labels.csv', type: 'text/csv', bytes: Buffer.from(csv) },
  ]);
  await expect(hero(page)).toHaveText('1 / 1');
  await page.getByRole('button', { name: /^school bus, not sure/ }).click();
  await chooseView(page, 'Picture');
  await page.getByRole('button', { name: 'Remove all' }).click();

  const house = await variants(page, 'lighthouse', 3);
  const beetle = await variants(page, 'ladybug', 2);
  await chooseFolder(
    page,
    folderOf('fair', {
      ...numbered('ladybug/b', [...beetle, ...house.slice(0, 1)]),
      ...numbered('lighthouse/l', house.slice(1)),
    }),
  );
  await allAnswered(page, 5);
  await expect(page.getByText(/^The pictures lie in 2 folders/)).toBeVisible();
  await expect(cellPictures(page).getByRole('heading')).toHaveText(/ladybug, called lighthouse/i);
  await page.getByRole('button', { name: /^ladybug, not sure/ }).click();
  await chooseView(page, 'Picture');
  await page.getByRole('button', { name: 'Remove all' }).click();
  // pictures of one folder have no class, until a person says one
  await chooseFolder(page, folderOf('plain', numbered('p', await variants(page, 'bus', 2))));
  await allAnswered(page, 2);
  await page.getByRole('button', { name: 'It’s something else' }).click();
  await page.getByRole('combobox', { name: 'What the picture shows' }).fill('school bus');
  await page.keyboard.press('Enter');
  await chooseView(page, 'Score');
  await expect(hero(page)).toHaveText('1 / 1');
  await expect(page.getByText('You said what these pictures show.')).toBeVisible();
  await expect(cellPictures(page).getByRole('heading')).toHaveText(/school bus/i);
});

test('"Use for teaching" hands a cell’s pictures to Teach under their class’s name', async ({
  page,
  site,
}) => {
  test.setTimeout(240_000);
  await site.open(page);
  await ready(page);
  await openFair(page);
  const cell = page.getByRole('button', { name: 'lighthouse, called ladybug: 2' });
  await cell.click();
  await cellPictures(page).getByRole('button', { name: 'Use for teaching' }).click();
  await expect(page).toHaveURL(/#\/teach$/);
  await expect(page.getByRole('region', { name: 'lighthouse', exact: true })).toContainText('2 pictures', {
    timeout: 90_000,
  });
});

/** The percentages that the table shows, by file. */
async function percentages(page: Page): Promise<Map<string, string>> {
  await chooseView(page, 'Table');
  await expect(tableRows(page).first()).toBeVisible();
  const found = new Map((await shownRows(page)).map(({ file, sure }) => [file, sure]));
  await chooseView(page, 'Score');
  return found;
}

test('a correction is fitted on one half, told on the other, used, kept over a reload, and taken back', async ({
  page,
  site,
}) => {
  test.setTimeout(300_000);
  await site.open(page);
  await ready(page);
  const dir = await openFair(page);
  const before = await percentages(page);
  const rows = await exportedRows(page);
  const eceBefore = ece(scored(rows)).toFixed(3);
  await expect(numbers(page)).toContainText(`ECE ${eceBefore}`);

  const fit = page.getByRole('button', { name: 'Correct it with half of these' });
  await fit.click();
  const found = numbers(page).getByRole('status');
  await expect(found).toContainText(/^Temperature \d\.\d\d, fitted on 33 pictures\. On the other 33:/);
  await expect(found).toContainText(/ECE 0\.\d{3} before, 0\.\d{3} with it/);
  await found.getByRole('button', { name: 'Not now' }).click();
  await expect(found).toHaveCount(0);
  expect(await percentages(page)).toEqual(before);

  await fit.click();
  const temperature = /Temperature (\d\.\d\d)/.exec((await found.textContent()) ?? '')?.[1];
  expect(temperature).not.toBe('1.00');
  await found.getByRole('button', { name: 'Use it for this model' }).click();
  await expect(page.getByText(`Corrected: temperature ${temperature}`)).toBeVisible();
  const corrected = await exportedRows(page);
  expect(corrected.map(({ answers }) => answers.map(({ index }) => index))).toEqual(
    rows.map(({ answers }) => answers.map(({ index }) => index)),
  );
  expect(corrected.map(({ answers: [best] }) => best?.score)).not.toEqual(
    rows.map(({ answers: [best] }) => best?.score),
  );
  await expectScore(page, corrected);
  const after = await percentages(page);
  expect(after).not.toEqual(before);
  // the sentence under an answer is of these pictures now
  const [first] = rows;
  await chooseView(page, 'Picture');
  await row(page, first?.file.split('/').at(-1) ?? '').click();
  await expect(page.getByRole('region', { name: 'Answer' })).toContainText(
    /When this model said \d+–\d+\s%, it was right in \d+ of \d+ test pictures|No test picture got an answer of/,
  );

  // at the next visit too: for what was kept, and for what is new
  await expect
    .poll(() => page.evaluate(() => localStorage.getItem('bit-lens.kept set')))
    .toBe('66\t66\tfair\t');
  await page.reload();
  await ready(page);
  await chooseFolder(page, dir);
  await expect(page.getByText('Corrected: temperature')).toBeVisible();
  await expect(numbers(page)).toContainText(`ECE ${ece(scored(corrected)).toFixed(3)}`);
  expect(await percentages(page)).toEqual(after);
  expect((await exportedRows(page)).map(({ answers }) => answers)).toEqual(
    corrected.map(({ answers }) => answers),
  );

  await page.getByRole('button', { name: 'Take it back' }).click();
  await expect(page.getByText('Corrected: temperature')).toHaveCount(0);
  await expect(numbers(page)).toContainText(`ECE ${eceBefore}`);
  expect(await percentages(page)).toEqual(before);
  await page.reload();
  await ready(page);
  await chooseFolder(page, dir);
  await expect(numbers(page)).toContainText(`ECE ${eceBefore}`);
  await expect(page.getByText('Corrected: temperature')).toHaveCount(0);
});

test('too few labelled pictures cannot correct it, and that is said', async ({ page, site }) => {
  await site.open(page);
  await ready(page);
  const files = {
    ...numbered('ladybug/b', await variants(page, 'ladybug', 2)),
    ...numbered('lighthouse/l', await variants(page, 'lighthouse', 2)),
  };
  await chooseFolder(page, folderOf('few', files));
  await allAnswered(page, 4);
  await expect(page.getByRole('button', { name: 'Correct it with half of these' })).toBeDisabled();
  await expect(page.getByText('To correct it takes 60 pictures with a known class.')).toBeVisible();
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`Score has no axe violations and fits any width, ${colorScheme}`, async ({ browser, site }) => {
    test.setTimeout(240_000);
    const page = await browser.newPage({ colorScheme, viewport: { width: 1280, height: 800 } });
    await site.open(page);
    await ready(page);
    await page.keyboard.press('v');
    await page.keyboard.press('v');
    await expect(page.getByRole('heading', { name: 'Put each class in its own folder' })).toBeVisible();
    await expectSound(page);
    // names alone
    const files = await fair(page);
    const unlike = Object.fromEntries(
      Object.entries(files).map(([file, bytes]) => [file.replace(/^(\w+?)s?\//, 'my $1 pictures/'), bytes]),
    );
    await chooseFolder(page, folderOf('unlike', unlike));
    await allAnswered(page, 66);
    await expect(page.getByRole('heading', { name: /folders are not called like a class/ })).toBeVisible();
    await expectSound(page);
    // names taken, with the matrix
    await page.getByRole('button', { name: /^Take all \d guesses/ }).click();
    await expect(mixed(page).locator('.cell').first()).toBeVisible();
    await expectSound(page);
    await page.getByRole('button', { name: 'Correct it with half of these' }).click();
    await expect(numbers(page).getByRole('status')).toBeVisible();
    await expectSound(page);
    await page.close();
  });
}

test('Score speaks Japanese', async ({ page, site }) => {
  await site.open(page);
  await ready(page);
  const files = {
    ...numbered('ladybug/b', await variants(page, 'ladybug', 2)),
    ...numbered('lighthouze/l', await variants(page, 'lighthouse', 2)),
  };
  await chooseFolder(page, folderOf('few', files));
  await allAnswered(page, 4);
  await page.getByRole('button', { name: 'Language: English' }).click();
  await expect(page.getByRole('heading', { name: 'Top-1(最初の答えで正解)' })).toBeVisible();
  for (const words of [
    '分類ごとの平均',
    '答えたときの正解率',
    '多い取り違え',
    '80\u2009% は本当に 80\u2009% か',
  ])
    await expect(page.getByText(words)).toBeVisible();
  await expect(
    page.getByRole('heading', { name: '分類名と合わないフォルダーが 1 個あります' }),
  ).toBeVisible();
  await expectSound(page);
  // labels are English wherever they stand
  await expect(page.getByRole('rowheader', { name: /ladybug/i }).locator('[lang=en]')).toHaveCount(1);
});
