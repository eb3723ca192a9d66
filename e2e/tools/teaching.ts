/** Two classes that tests teach: drawn, so that no photograph is needed. */
import { expect, type Page } from '@playwright/test';

/** Discs and bars of many sizes and colours, drawn in the page: `kind` tells them apart, nothing else does. */
export function drawn(
  page: Page,
  kind: 'disc' | 'bar',
  n: number,
): Promise<{ name: string; mimeType: string; buffer: Buffer }[]> {
  return page
    .evaluate(
      async ([kind, n]) => {
        const pictures: string[] = [];
        for (let i = 0; i < n; i++) {
          const canvas = new OffscreenCanvas(96, 96);
          const context = canvas.getContext('2d');
          if (!context) throw new Error('no canvas');
          context.fillStyle = `hsl(${(i * 47) % 360} 30% 85%)`;
          context.fillRect(0, 0, 96, 96);
          context.fillStyle = `hsl(${(i * 91) % 360} 70% 40%)`;
          const at = 30 + ((i * 13) % 36);
          context.beginPath();
          if (kind === 'disc') context.arc(at, 96 - at, 14 + (i % 5) * 3, 0, 7);
          else context.rect(at - 4 - (i % 3), 4, 8 + (i % 4) * 2, 88);
          context.fill();
          const bytes = new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer());
          pictures.push(btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')));
        }
        return pictures;
      },
      [kind, n] as const,
    )
    .then((all) =>
      all.map((base64, i) => ({
        name: `${kind}${i}.png`,
        mimeType: 'image/png',
        buffer: Buffer.from(base64, 'base64'),
      })),
    );
}

export const lesson = (page: Page, at: number) => page.locator('.lesson').nth(at);

/** An entry of the menu that is open. */
export const entry = (page: Page, name: string) =>
  page.locator('.drawer[open]').getByRole('button', { name, exact: true });

/** Teaches the two classes `disc` and `bar`, 11 pictures each, on the Teach place that is open. */
export async function taught(page: Page): Promise<void> {
  for (const [at, kind] of (['disc', 'bar'] as const).entries()) {
    const name = lesson(page, at).getByLabel('Class name');
    await name.fill(kind);
    await name.press('Enter');
    await expect(page.getByRole('region', { name: kind, exact: true })).toBeVisible();
    await lesson(page, at)
      .locator('input[type=file]')
      .setInputFiles(await drawn(page, kind, 11));
    await expect(lesson(page, at)).toContainText('11 pictures', { timeout: 90_000 });
  }
}
