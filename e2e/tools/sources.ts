/** The project's sources as modules in a page, under isolation headers: for tests of what no page of ours shows. */
import type { Page } from '@playwright/test';
import { createServer } from 'vite';
import { isolation } from './serve.mjs';

export interface Sources {
  /** Opens an empty page that has imported `name` from a source file as a global. */
  open(page: Page, file: string, name: string): Promise<void>;
  close(): Promise<void>;
}

export async function serveSources(): Promise<Sources> {
  const server = await createServer({
    configFile: false,
    logLevel: 'error',
    optimizeDeps: { exclude: ['onnxruntime-web'] },
    server: { host: '127.0.0.1', port: 0, headers: isolation, hmr: false, watch: null },
  });
  await server.listen();
  return {
    async open(page, file, name) {
      await page.goto(`${server.resolvedUrls?.local[0]}e2e/golden/index.html`);
      await page.addScriptTag({
        type: 'module',
        content: `import { ${name} } from '/${file}'; Object.assign(globalThis, { ${name} });`,
      });
      await page.waitForFunction((global) => global in globalThis, name);
    },
    close: () => server.close(),
  };
}
