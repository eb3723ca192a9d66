import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Page } from '@playwright/test';
import { build } from 'vite';
import { serve } from '../tools/serve.mjs';
import { launch } from '../tools/site.ts';

/**
 * Builds a folder of the benchmark with an index.html, serves it under isolation headers, and opens it for the time of
 * `work`: a built page takes packages that are no modules, and runs what a visitor's browser would. `ready` is the
 * global that its script sets when it is there.
 */
export async function withBuiltPage<T>(
  folder: string,
  ready: string,
  work: (page: Page) => Promise<T>,
): Promise<T> {
  const root = mkdtempSync(path.join(tmpdir(), `bit-lens-${folder}-`));
  try {
    await build({
      configFile: false,
      logLevel: 'error',
      root: path.join(import.meta.dirname, folder),
      base: './',
      publicDir: false,
      worker: { format: 'es' },
      build: {
        outDir: root,
        emptyOutDir: true,
        target: 'es2023',
        minify: false, // a thread of TensorFlow.js is started from a function's text
        assetsInlineLimit: 0,
        chunkSizeWarningLimit: 2000,
      },
    });
    const site = await serve({ root, base: '/', isolated: true });
    const browser = await launch({ webgpu: false });
    try {
      const page = await browser.newPage();
      page.on('pageerror', (error) => console.error(`page: ${error.message}`));
      await page.goto(site.url);
      await page.waitForFunction((global) => global in globalThis, ready);
      return await work(page);
    } finally {
      await browser.close();
      await site.close();
    }
  } finally {
    rmSync(root, { recursive: true });
  }
}
