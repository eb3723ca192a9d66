import type { Browser, Page } from '@playwright/test';
import { createServer } from 'vite';
import { isolation } from '../tools/serve.mjs';
import { launch } from '../tools/site.ts';

/** Opens bench/index.html, with the project's sources as modules and under isolation headers, for the time of `work`. */
export async function withBenchPage<T>(
  work: (page: Page, browser: Browser) => Promise<T>,
  options = { webgpu: false },
): Promise<T> {
  const server = await createServer({
    configFile: false,
    logLevel: 'error',
    optimizeDeps: { exclude: ['onnxruntime-web'] },
    server: { host: '127.0.0.1', port: 0, headers: isolation, hmr: false, watch: null },
  });
  await server.listen();
  try {
    const browser = await launch(options);
    try {
      const page = await browser.newPage();
      page.on('pageerror', (error) => console.error(`page: ${error.message}`));
      await page.goto(`${server.resolvedUrls?.local[0] ?? ''}e2e/bench/index.html`);
      await page.waitForFunction(() => 'bench' in globalThis);
      return await work(page, browser);
    } finally {
      await browser.close();
    }
  } finally {
    await server.close();
  }
}
