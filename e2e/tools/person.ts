/** What a person does on the page, for end-to-end tests. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { expect, type Locator, type Page } from '@playwright/test';

export interface GivenFile {
  readonly name: string;
  readonly type: string;
  readonly bytes: Buffer;
}

/** A file of the disk as the page receives it. */
export function fileAt(path: string): GivenFile {
  const type =
    { png: 'image/png', jpg: 'image/jpeg', json: 'application/json' }[path.split('.').at(-1) ?? ''] ?? '';
  return { name: basename(path), type, bytes: readFileSync(path) };
}

/** Drops files on the middle of the page, or pastes them. */
export async function give(page: Page, how: 'drop' | 'paste', files: readonly GivenFile[]): Promise<void> {
  await page.evaluate(
    ([how, files]) => {
      const data = new DataTransfer();
      for (const { name, type, base64 } of files) {
        const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
        data.items.add(new File([bytes], name, { type }));
      }
      if (how === 'paste') {
        document.body.dispatchEvent(
          new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }),
        );
        return;
      }
      const target = document.querySelector('main') ?? document.body;
      for (const type of ['dragenter', 'dragover', 'drop']) {
        target.dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
      }
    },
    [how, files.map(({ name, type, bytes }) => ({ name, type, base64: bytes.toString('base64') }))] as const,
  );
}

/** The row of a picture in the tray. */
export function row(page: Page, name: string): Locator {
  return page.getByRole('navigation', { name: /^(Pictures|画像)$/ }).getByTitle(name, { exact: true });
}

/** Waits until the embedded model has answered the first sample live; a narrow page does not show the line that says so. */
export async function ready(page: Page): Promise<void> {
  await expect(page.getByText(/Ran here in|この端末で/).first()).toBeAttached({ timeout: 90_000 });
}
