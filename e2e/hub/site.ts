/** The project's sources as a page on a loopback port, with the engine reachable: for tests below the user interface. */
import type { Page } from '@playwright/test';
import { createServer } from 'vite';
import { isolation } from '../tools/serve.mjs';
import type { Lens } from './page.ts';

declare const lens: Lens;

export interface SourceSite {
  /** Address of the page. */
  readonly url: string;
  readonly origin: string;
  close(): Promise<void>;
}

export async function serveSources(): Promise<SourceSite> {
  const server = await createServer({
    configFile: false,
    logLevel: 'error',
    optimizeDeps: { noDiscovery: true, include: [] }, // every package used here is modules already
    server: { host: '127.0.0.1', port: 0, headers: isolation, hmr: false, watch: null },
  });
  await server.listen();
  const base = server.resolvedUrls?.local[0] ?? '';
  return {
    url: `${base}e2e/hub/index.html`,
    origin: new URL(base).origin,
    close: () => server.close(),
  };
}

/** Opens the page; resolves when its script has run. */
export async function openLens(page: Page, site: SourceSite): Promise<Page> {
  await page.goto(site.url);
  await page.waitForFunction(() => 'lens' in globalThis);
  return page;
}

type Calls = { [N in keyof Lens]: Lens[N] extends (...args: never) => unknown ? Lens[N] : never };

/** The call that some page is busy with, or was last; tells where a test hangs. */
export const lastCall = '';

/** Calls a function of the page's `lens`. */
export function call<N extends keyof Calls>(
  page: Page,
  name: N,
  ...args: Parameters<Calls[N]>
): Promise<Awaited<ReturnType<Calls[N]>>> {
  return page.evaluate(([name, args]) => (lens[name as N] as (...args: unknown[]) => unknown)(...args), [
    name,
    args,
  ] as const) as Promise<Awaited<ReturnType<Calls[N]>>>;
}
