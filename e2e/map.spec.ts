/** The map of a class on the picture in Look: what shows it, what hides it, and what is said of it. */
import { expect, type Locator, type Page } from '@playwright/test';
import { OnnxWriter } from '../src/bit/graph/onnx.ts';
import { violations } from './tools/accessible.ts';
import { fileAt, give, ready, row } from './tools/person.ts';
import { test } from './tools/site.ts';

const mapOf = (page: Page, label: string | RegExp): Locator =>
  page.getByRole('img', {
    name: typeof label === 'string' ? new RegExp(`^Map of support for ${label}: `) : label,
  });
const anyMap = (page: Page): Locator => mapOf(page, /^(Map of support for |.*の根拠の地図)/);
const overlay = (page: Page, name: string): Locator => page.getByRole('radio', { name, exact: true });
const answerRow = (page: Page, at: number): Locator =>
  page.getByRole('region', { name: 'Answer' }).locator('.top5 button').nth(at);

test('the first sample’s map is drawn from the stored record, before anything runs here', async ({
  page,
  site,
}) => {
  await page.route(/\.wasm$/, () => undefined); // never answered: no model opens
  await site.open(page);
  await expect(mapOf(page, 'lighthouse')).toBeVisible({ timeout: 10_000 });
  await expect(page.getByText('Stored answer, running it here…').first()).toBeAttached();
  await expect(page.getByText('It shows where support came from, not proof of cause.')).toBeVisible();
});

test('the map that is drawn is the one that is told', async ({ page, site }) => {
  await site.open(page);
  const stored = await mapOf(page, 'lighthouse').getAttribute('aria-label');
  await ready(page);
  await expect(mapOf(page, 'lighthouse')).toHaveAttribute('aria-label', stored ?? '');
  const strongest = await anyMap(page)
    .locator('canvas')
    .evaluate((canvas: HTMLCanvasElement) => {
      const { data, width } = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height) ?? {
        data: [],
        width: 1,
      };
      // the ramp grows lighter with the value
      let best = 0;
      for (let i = 0; i < data.length; i += 4)
        if ((data[i + 1] ?? 0) + (data[i + 3] ?? 0) > (data[best + 1] ?? 0) + (data[best + 3] ?? 0)) best = i;
      return [((best / 4) % width) / width, Math.floor(best / 4 / width) / width];
    });
  const word = (part: number, names: readonly string[]) => names[Math.min(2, Math.floor(part * 3))];
  const [x = Number.NaN, y = Number.NaN] = strongest;
  const place = [word(y, ['upper', 'middle', 'lower']), word(x, ['left', 'middle', 'right'])];
  const words = place[0] === 'middle' && place[1] === 'middle' ? 'middle' : place.join(' ');
  expect(stored).toMatch(new RegExp(`: strongest in the ${words}, one area$`));
  // the tower stands in the middle of the drawing, and so does what speaks for it
  expect(Math.abs(x - 0.5)).toBeLessThan(0.15);
});

test('keys: 1 to 5 choose the class, H the overlay, Space held shows the bare picture', async ({
  page,
  site,
}) => {
  await site.open(page);
  await ready(page);
  await expect(overlay(page, 'Heat')).toBeChecked();
  await expect(anyMap(page).locator('canvas')).toHaveCount(1);
  await page.keyboard.press('2');
  const second = (await answerRow(page, 1).locator('.cls').textContent()) ?? '';
  await expect(mapOf(page, second)).toBeVisible();
  await expect(answerRow(page, 1)).toHaveAttribute('aria-current', 'true');
  await expect(page.getByRole('status')).toHaveText(
    (await mapOf(page, second).getAttribute('aria-label')) ?? 'no name',
  );

  await page.keyboard.press('h');
  await expect(overlay(page, 'Veil')).toBeChecked();
  await page.keyboard.press('h');
  await expect(overlay(page, 'Cells')).toBeChecked();
  await expect(mapOf(page, second).locator('rect')).toHaveCount(25);
  await page.keyboard.down('Space');
  await expect(anyMap(page)).toHaveCount(0);
  await page.keyboard.up('Space');
  await expect(mapOf(page, second)).toBeVisible();
  await page.keyboard.press('h');
  await expect(overlay(page, 'Off')).toBeChecked();
  await expect(anyMap(page)).toHaveCount(0);
  await expect(page.locator('.top5 [aria-current]')).toHaveCount(0);
  await page.reload();
  await ready(page);
  await expect(overlay(page, 'Off')).toBeChecked(); // remembered
  await page.keyboard.press('1');
  await expect(mapOf(page, 'lighthouse')).toBeVisible({ timeout: 60_000 }); // by a call of its own: the answer had none
});

test('Space on a button presses it; with single keys off, and in a field, keys do nothing', async ({
  page,
  site,
}) => {
  await site.open(page);
  await ready(page);
  await answerRow(page, 2).focus();
  await page.keyboard.press('Space');
  await expect(answerRow(page, 2)).toHaveAttribute('aria-current', 'true');
  await expect(anyMap(page)).toBeVisible();

  await page.getByRole('slider').focus();
  await page.keyboard.press('h');
  await expect(overlay(page, 'Heat')).toBeChecked();

  await page.getByRole('button', { name: 'Help and keyboard' }).click();
  await page.getByLabel('Single keys work').uncheck();
  await page.keyboard.press('Escape');
  await page.getByRole('heading', { name: 'What is in your picture?' }).click();
  await page.keyboard.press('h');
  await page.keyboard.press('1');
  await expect(overlay(page, 'Heat')).toBeChecked();
  await expect(answerRow(page, 2)).toHaveAttribute('aria-current', 'true');
});

test('a row of the top five shows its map; the next picture begins with its best class', async ({
  page,
  site,
}) => {
  await site.open(page);
  await give(page, 'drop', [fileAt('public/samples/bus.png'), fileAt('public/samples/ladybug.png')]);
  await expect(row(page, 'ladybug.png')).toContainText(/\d/, { timeout: 60_000 });
  await answerRow(page, 3).click();
  await expect(answerRow(page, 3)).toHaveAttribute('aria-current', 'true');
  const fourth = (await answerRow(page, 3).locator('.cls').textContent()) ?? '';
  await expect(mapOf(page, fourth)).toBeVisible();
  await page.keyboard.press('j'); // its map is made now: its answer came while another picture was shown
  await expect(mapOf(page, 'ladybug')).toBeVisible({ timeout: 60_000 });
  await expect(answerRow(page, 0)).toHaveAttribute('aria-current', 'true');
});

test('the map lies in the square that the model saw', async ({ page, site }) => {
  await site.open(page);
  await ready(page);
  const map = await anyMap(page).boundingBox();
  const seen = await page.locator('.seen').boundingBox();
  if (!map || !seen) throw new Error('nothing is drawn');
  for (const key of ['x', 'y', 'width', 'height'] as const) expect(map[key]).toBeCloseTo(seen[key], 1);
  // the resized long side is a whole number of pixels, so the square is off by less than one of its 80
  expect(Math.abs(map.width - map.height)).toBeLessThan(map.width / 80);
  const picture = await page.locator('.frame').boundingBox();
  expect(map.width).toBeLessThan(picture?.width ?? 0); // the sample is wider than high
});

test('someone else’s .onnx has no map, and says why', async ({ page, site }) => {
  await site.open(page);
  await ready(page);
  const graph = new OnnxWriter();
  const x = graph.input('input', ['N', 3, 'H', 'W']);
  graph.output('logits', graph.node('ReduceMean', [x, graph.integers([2, 3])], { keepdims: 0 }), ['N', 3]);
  const bytes = Buffer.from(graph.finish('means'));
  await give(page, 'drop', [{ name: 'means.onnx', type: '', bytes }, fileAt('public/samples/bus.png')]);
  await expect(row(page, 'bus.png')).toContainText(/\d/, { timeout: 60_000 });
  await expect(page.getByText('No map: this model gives answers only')).toBeVisible();
  await expect(overlay(page, 'Heat')).toHaveCount(0);
  await expect(page.locator('.top5 button')).toHaveCount(0);
  await expect(page.locator('.top5 li')).toHaveCount(3);
  await page.keyboard.press('1');
  await expect(anyMap(page)).toHaveCount(0);
});

test('a taught class has its map', async ({ page, site }) => {
  test.setTimeout(240_000);
  await page.goto(`${await site.url()}#/teach`);
  const squares = (hue: number) =>
    page.evaluate(async (hue) => {
      const pictures: string[] = [];
      for (let i = 0; i < 6; i++) {
        const canvas = new OffscreenCanvas(96, 96);
        const context = canvas.getContext('2d');
        if (!context) throw new Error('no canvas');
        context.fillStyle = `hsl(0 0% ${20 + 10 * i}%)`;
        context.fillRect(0, 0, 96, 96);
        context.fillStyle = `hsl(${hue + 4 * i} 90% 50%)`;
        context.fillRect(10 + 5 * i, 50 - 7 * i, 36 + 3 * i, 40);
        const bytes = new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer());
        pictures.push(btoa(String.fromCharCode(...bytes)));
      }
      return pictures;
    }, hue);
  for (const [at, [name, hue]] of [['red', 0] as const, ['blue', 220] as const].entries()) {
    const lesson = page.locator('.lesson').nth(at);
    await lesson.getByLabel('Class name').fill(name);
    await lesson.getByLabel('Class name').press('Enter');
    await lesson.locator('input[type=file]').setInputFiles(
      (await squares(hue)).map((base64, i) => ({
        name: `${name}${i}.png`,
        mimeType: 'image/png',
        buffer: Buffer.from(base64, 'base64'),
      })),
    );
    await expect(lesson).toContainText('6 pictures', { timeout: 90_000 });
  }
  await page.getByRole('button', { name: 'Use in Look' }).click({ timeout: 90_000 });
  await expect(page.getByRole('button', { name: /^Model: My classes, 2 classes/ })).toBeVisible();
  await give(page, 'drop', [fileAt('public/samples/bus.png')]);
  await expect(row(page, 'bus.png')).toContainText(/\d/, { timeout: 60_000 });
  await expect(page.locator('.top5 button')).toHaveCount(2);
  // two classes' weights are each other's opposites, so no place speaks for both, and one at least has a map
  let maps = 0;
  for (const at of [0, 1]) {
    await answerRow(page, at).click();
    const name = (await answerRow(page, at).locator('.cls').textContent()) ?? '';
    expect(['red', 'blue']).toContain(name);
    await expect(
      mapOf(page, name).or(page.getByText(`No place in this picture speaks for ${name}.`)),
    ).toBeVisible();
    maps += await mapOf(page, name).count();
  }
  expect(maps).toBeGreaterThan(0);
});

for (const colorScheme of ['light', 'dark'] as const) {
  for (const [width, height] of [
    [1280, 800],
    [390, 844],
    [320, 640],
  ] as const) {
    test(`each overlay has no axe violations and is nothing wider than the page, ${colorScheme}, ${width} px`, async ({
      browser,
      site,
    }) => {
      const page = await browser.newPage({ colorScheme, viewport: { width, height } });
      await site.open(page);
      await ready(page);
      for (const name of ['Heat', 'Veil', 'Cells', 'Off']) {
        await overlay(page, name).check();
        await expect(overlay(page, name)).toBeChecked();
        await expect(anyMap(page)).toHaveCount(name === 'Off' ? 0 : 1);
        expect(await violations(page)).toEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
        const target = await overlay(page, name).boundingBox();
        const least = width < 640 ? 44 : 24;
        expect(Math.min(target?.width ?? 0, target?.height ?? 0)).toBeGreaterThanOrEqual(least);
      }
      await page.close();
    });
  }
}

test('in Japanese, and in forced colours the legend keeps its colours', async ({ page, site }) => {
  await page.emulateMedia({ forcedColors: 'active' });
  await site.open(page);
  await page.getByRole('button', { name: 'Language: English' }).click();
  await ready(page);
  await expect(anyMap(page)).toHaveAccessibleName(/^lighthouse の根拠の地図:最も強いのは.+、1 か所$/);
  await expect(page.getByText('根拠のあった場所です。原因の証明ではありません。')).toBeVisible();
  const drawn = await page.locator('.legend i').evaluate((bar) => getComputedStyle(bar).backgroundImage);
  expect(drawn).toContain('linear-gradient');
});
