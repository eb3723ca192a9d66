/** The project's sources as modules in a page, under isolation headers: for tests and programs below the user interface. */
import type { Page } from '@playwright/test';
import { createServer, type Plugin } from 'vite';
import { isolation } from './serve.mjs';

export interface Sources {
  /** Address under which the project's folder lies; ends in a slash. */
  readonly url: string;
  /** Opens an empty page that has imported `name` from a source file as a global. */
  open(page: Page, file: string, name: string): Promise<void>;
  close(): Promise<void>;
}

export async function serveSources(plugins: readonly Plugin[] = []): Promise<Sources> {
  const server = await createServer({
    configFile: false,
    logLevel: 'error',
    optimizeDeps: { noDiscovery: true, include: [] }, // every package used here is modules already
    server: { host: '127.0.0.1', port: 0, headers: isolation, hmr: false, watch: null },
    plugins: [...plugins],
  });
  await server.listen();
  const url = server.resolvedUrls?.local[0] ?? '';
  return {
    url,
    async open(page, file, name) {
      await page.goto(`${url}e2e/golden/index.html`);
      await page.addScriptTag({
        type: 'module',
        content: `import { ${name} } from '/${file}'; Object.assign(globalThis, { ${name} });`,
      });
      await page.waitForFunction((global) => global in globalThis, name);
    },
    close: () => server.close(),
  };
}
