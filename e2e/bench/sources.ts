import type { Browser, Page } from '@playwright/test';
import { launch } from '../tools/site.ts';
import { serveSources } from '../tools/sources.ts';

/** Opens bench/index.html, with the project's sources as modules and under isolation headers, for the time of `work`. */
export async function withBenchPage<T>(
  work: (page: Page, browser: Browser) => Promise<T>,
  options = { webgpu: false },
): Promise<T> {
  const server = await serveSources();
  try {
    const browser = await launch(options);
    try {
      const page = await browser.newPage();
      page.on('pageerror', (error) => console.error(`page: ${error.message}`));
      await page.goto(`${server.url}e2e/bench/index.html`);
      await page.waitForFunction(() => 'bench' in globalThis);
      return await work(page, browser);
    } finally {
      await browser.close();
    }
  } finally {
    await server.close();
  }
}
