/** The built page as a test or a program opens it: served like on a host, in a browser with or without WebGPU. */
import { type Browser, test as base, chromium, type Page } from '@playwright/test';
import { findBrowser } from './browser.mjs';
import { dist } from './build.mjs';
import { type StaticServer, serve } from './serve.mjs';

export interface SiteOptions {
  /** Whether the host sends the headers for cross-origin isolation (true). Without them WASM has one thread. */
  readonly isolated?: boolean;
  /** Path under which the host serves the page; begins and ends with a slash ('/'). */
  readonly base?: string;
}

/** dist/ on a host of its own, for each combination of options that is asked for. */
export class Site {
  readonly #servers = new Map<string, Promise<StaticServer>>();

  /** Address of the page; ends with a slash. */
  async url({ isolated = true, base: path = '/' }: SiteOptions = {}): Promise<string> {
    const key = `${isolated} ${path}`;
    const server = this.#servers.get(key) ?? serve({ root: dist, base: path, isolated });
    this.#servers.set(key, server);
    return (await server).url;
  }

  /** Opens the page and returns its address. */
  async open(page: Page, options: SiteOptions = {}): Promise<string> {
    const url = await this.url(options);
    await page.goto(url);
    return url;
  }

  async close(): Promise<void> {
    const servers = await Promise.all(this.#servers.values());
    this.#servers.clear();
    await Promise.all(servers.map((server) => server.close()));
  }
}

/**
 * Starts a browser outside of Playwright's own. With `webgpu` it has an adapter everywhere, in software (SwiftShader,
 * no shader-f16) where there is no GPU; without, headless Chromium on such a machine offers none.
 */
export function launch({ webgpu }: { readonly webgpu: boolean }): Promise<Browser> {
  const found = findBrowser();
  return chromium.launch({
    ...(found === undefined ? {} : { executablePath: found.executablePath }),
    args: webgpu ? ['--enable-unsafe-webgpu'] : [],
  });
}

/** Playwright's test with a `site` that lives as long as its worker. */
export const test = base.extend<object, { site: Site }>({
  site: [
    async ({ playwright: _ }, use) => {
      const site = new Site();
      await use(site);
      await site.close();
    },
    { scope: 'worker' },
  ],
});
