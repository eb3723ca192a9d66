/** `npm run screenshot`: builds the page, opens it, waits for the live answer and stores the README's picture of it. */
import { expect } from '@playwright/test';
import { launch, Site } from './site.ts';

export async function main(): Promise<number> {
  const site = new Site();
  const browser = await launch({ webgpu: false });
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    await page.goto(await site.url());
    await expect(page.getByText(/Ran here in/).first()).toBeVisible({ timeout: 60_000 });
    await page.screenshot({ path: 'public/screenshots/look.png' });
    return 0;
  } finally {
    await browser.close();
    await site.close();
  }
}
