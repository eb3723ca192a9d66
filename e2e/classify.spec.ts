import { expect, type Page } from '@playwright/test';
import { fileAt, type GivenFile, give, ready, row } from './tools/person.ts';
import { test } from './tools/site.ts';

const lighthouse = fileAt('public/samples/lighthouse.png');
const snail = fileAt('public/samples/snail.png');

async function answered(page: Page, name: string, label: RegExp): Promise<void> {
  await expect(row(page, name)).toContainText(label, { timeout: 60_000 });
  const answer = page.getByRole('region', { name: 'Answer' });
  await expect(answer).toContainText(label);
  await expect(answer).toContainText(/\d+%/);
  await expect(answer).toContainText(/WASM, \d+ threads?/);
}

for (const how of ['drop', 'paste'] as const) {
  test(`${how} a picture and get its name`, async ({ page, site }) => {
    await site.open(page);
    await give(page, how, [lighthouse]);
    await answered(page, 'lighthouse.png', /lighthouse/i);
  });
}

test('pick several pictures at once', async ({ page, site }) => {
  await site.open(page);
  await page
    .locator('input[type=file]')
    .first()
    .setInputFiles(['public/samples/lighthouse.png', 'public/samples/snail.png']);
  await answered(page, 'lighthouse.png', /lighthouse/i);
  await expect(row(page, 'snail.png')).toContainText(/\d/, { timeout: 60_000 });
  await expect(page.getByText('2 pictures', { exact: true })).toBeVisible();
});

test('the stored answer of a sample is there at once and is what the model says here', async ({
  page,
  site,
}) => {
  await site.open(page);
  await expect(page.getByRole('region', { name: 'Answer' })).toContainText(/lighthouse/i, { timeout: 5_000 });
  await expect(page.getByText(/Ran here in .*, same answer/).first()).toBeVisible({ timeout: 90_000 });
});

/** A JPEG of the lighthouse turned so that `orientation` 6 in its EXIF turns it upright again. */
async function turnedJpeg(page: Page, orientation: 1 | 6): Promise<GivenFile> {
  const base64 = await page.evaluate(
    async ([png, orientation]) => {
      const bitmap = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob());
      const { width, height } = bitmap;
      const canvas =
        orientation === 6 ? new OffscreenCanvas(height, width) : new OffscreenCanvas(width, height);
      const context = canvas.getContext('2d');
      if (orientation === 6) context?.setTransform(0, -1, 1, 0, 0, width); // a quarter turn to the left
      context?.drawImage(bitmap, 0, 0);
      const jpeg = new Uint8Array(
        await (await canvas.convertToBlob({ type: 'image/jpeg', quality: 1 })).arrayBuffer(),
      );
      return btoa(Array.from(jpeg, (byte) => String.fromCharCode(byte)).join(''));
    },
    [lighthouse.bytes.toString('base64'), orientation] as const,
  );
  const jpeg = Buffer.from(base64, 'base64');
  // APP1: "Exif", a little-endian TIFF header, one entry: tag 0x0112 SHORT 1 value
  const tiff = Buffer.from('49492a0008000000010012010300010000000000000000000000', 'hex');
  tiff.writeUInt16LE(orientation, 18);
  const body = Buffer.concat([Buffer.from('Exif\0\0'), tiff]);
  const head = Buffer.from([0xff, 0xe1, 0, body.length + 2]);
  return {
    name: `turned${orientation}.jpg`,
    type: 'image/jpeg',
    bytes: Buffer.concat([jpeg.subarray(0, 2), head, body, jpeg.subarray(2)]),
  };
}

test('a photo turned by EXIF is answered like the upright one', async ({ page, site }) => {
  await site.open(page);
  await ready(page);
  const upright = await turnedJpeg(page, 1);
  const turned = await turnedJpeg(page, 6);
  await give(page, 'drop', [upright, turned]);
  await expect(row(page, 'turned1.jpg')).toContainText(/lighthouse/i, { timeout: 60_000 });
  await expect(row(page, 'turned6.jpg')).toContainText(/lighthouse/i, { timeout: 60_000 });
  const percent = async (name: string): Promise<number> =>
    Number(await row(page, name).locator('.pc').textContent());
  expect(Math.abs((await percent('turned1.jpg')) - (await percent('turned6.jpg')))).toBeLessThanOrEqual(3);
});

test('a text file named .jpg is a row with its reason, and the next picture is answered', async ({
  page,
  site,
}) => {
  await site.open(page);
  await give(page, 'drop', [
    { name: 'notes.jpg', type: 'image/jpeg', bytes: Buffer.from('not a picture') },
    snail,
  ]);
  await row(page, 'notes.jpg').click();
  await expect(page.getByRole('region', { name: 'Answer' }).getByRole('alert')).toContainText(
    /notes\.jpg|picture/i,
    { timeout: 60_000 },
  );
  await expect(row(page, 'snail.png')).toContainText(/\d/, { timeout: 60_000 });
});
