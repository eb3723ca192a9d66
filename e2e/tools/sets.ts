/** Sets of pictures in folders, and what a person reads off Look's Table and Score of them. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, type Locator, type Page, test } from '@playwright/test';

/** Bytes by their path below the set's folder. */
export type Files = Readonly<Record<string, Buffer>>;

/** A folder of that name on the disk, which goes with the test. */
export function folderOf(name: string, files: Files): string {
  const root = test.info().outputPath(name);
  for (const [at, bytes] of Object.entries(files)) {
    const file = path.join(root, at);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, bytes);
  }
  return root;
}

export const sampleBytes = (sample: string): Buffer => readFileSync(`public/samples/${sample}.png`);

/** A sample drawn again `n` times, each time a little otherwise: cut, turned over, brighter or darker. The first is like it. */
export async function variants(page: Page, sample: string, n: number): Promise<Buffer[]> {
  const all = await page.evaluate(
    async ([png, n]) => {
      const bitmap = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob());
      const [wide, high] = [bitmap.width / 2, bitmap.height / 2];
      const pictures: string[] = [];
      for (let i = 0; i < n; i++) {
        const canvas = new OffscreenCanvas(wide, high);
        const context = canvas.getContext('2d');
        if (context === null) throw new Error('no canvas');
        const share = 1 - 0.06 * (i % 5);
        const [width, height] = [bitmap.width * share, bitmap.height * share];
        const [left, top] = [
          (bitmap.width - width) * ((i % 3) / 2),
          (bitmap.height - height) * ((i % 4) / 3),
        ];
        context.filter = `brightness(${1 + 0.08 * (((i + 3) % 7) - 3)}) hue-rotate(${(i % 6) * 6}deg)`;
        if (i % 2 === 1) context.setTransform(-1, 0, 0, 1, wide, 0);
        context.drawImage(bitmap, left, top, width, height, 0, 0, wide, high);
        const bytes = new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer());
        pictures.push(btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')));
      }
      return pictures;
    },
    [sampleBytes(sample).toString('base64'), n] as const,
  );
  return all.map((base64) => Buffer.from(base64, 'base64'));
}

/** Small pictures of one colour each, where only their number counts. */
export async function plain(page: Page, n: number): Promise<Buffer[]> {
  const all = await page.evaluate(async (n) => {
    const pictures: string[] = [];
    for (let i = 0; i < n; i++) {
      const canvas = new OffscreenCanvas(32, 32);
      const context = canvas.getContext('2d');
      if (context === null) throw new Error('no canvas');
      context.fillStyle = `hsl(${(i * 37) % 360} 60% ${30 + (i % 40)}%)`;
      context.fillRect(0, 0, 32, 32);
      const bytes = new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer());
      pictures.push(btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')));
    }
    return pictures;
  }, n);
  return all.map((base64) => Buffer.from(base64, 'base64'));
}

/** `prefix` with a number each: 'lighthouse/l01.png'. */
export const numbered = (prefix: string, all: readonly Buffer[]): Files =>
  Object.fromEntries(all.map((bytes, i) => [`${prefix}${String(i + 1).padStart(2, '0')}.png`, bytes]));

export const chooseFolder = (page: Page, folder: string): Promise<void> =>
  page.locator('#choose-folder').setInputFiles(folder);

export const chooseView = (page: Page, view: 'Picture' | 'Table' | 'Score'): Promise<void> =>
  page.getByRole('group', { name: 'View' }).getByRole('radio', { name: view }).click();

/** Waits until all of the last given pictures are answered or were not read. */
export async function allAnswered(page: Page, n: number): Promise<void> {
  await expect(page.locator('footer')).toContainText(new RegExp(`^${n} pictures answered in`), {
    timeout: 120_000,
  });
}

export type ExportForm = 'Rows, as CSV' | 'Rows, as JSON' | 'Scores, as JSON' | 'Scores, as evaluation.json';

/** What the Export sheet saves. */
export async function exported(page: Page, form: ExportForm): Promise<{ name: string; text: string }> {
  await page.getByRole('button', { name: 'Export', exact: true }).click();
  const sheet = page.getByRole('dialog', { name: 'Export' });
  await sheet.getByRole('radio', { name: form }).check();
  const saved = page.waitForEvent('download');
  await sheet.getByRole('button', { name: 'Save the file' }).click();
  const download = await saved;
  await expect(sheet).toBeHidden();
  return { name: download.suggestedFilename(), text: readFileSync(await download.path(), 'utf8') };
}

export interface ExportedRow {
  readonly file: string;
  readonly truth: string | null;
  readonly truth_class: string | null;
  readonly right: boolean | null;
  readonly sure: boolean | null;
  readonly none_of_these: boolean;
  readonly answers: readonly { readonly index: number; readonly label: string; readonly score: number }[];
  readonly ms: { readonly total: number } | null;
  readonly error: { readonly code: string; readonly message: string } | null;
}

export async function exportedRows(page: Page): Promise<ExportedRow[]> {
  const { text } = await exported(page, 'Rows, as JSON');
  return (JSON.parse(text) as { pictures: ExportedRow[] }).pictures;
}

/** A row of the table as it is read. */
export interface ShownRow {
  readonly file: string;
  readonly answer: string;
  readonly sure: string;
  readonly next: string;
  readonly truth: string;
  readonly right: string;
  readonly ms: string;
}

export const tableRows = (page: Page): Locator =>
  page.getByRole('region', { name: 'Results' }).locator('tbody tr[aria-rowindex]');

export const shownRows = (page: Page): Promise<ShownRow[]> =>
  tableRows(page).evaluateAll((rows) =>
    rows.map((row) => {
      const text = (cell: string): string => row.querySelector(`.c-${cell}`)?.textContent?.trim() ?? '';
      return {
        file: row.querySelector('button')?.title ?? '',
        answer: text('answer'),
        sure: text('sure'),
        next: text('next'),
        truth: text('truth'),
        right: text('right'),
        ms: text('ms'),
      };
    }),
  );
