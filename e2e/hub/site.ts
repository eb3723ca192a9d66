/** The project's sources as a page on a loopback port, with the engine reachable: for tests below the user interface. */
import type { Page } from '@playwright/test';
import { serveSources } from '../tools/sources.ts';
import type { Lens, Outcome } from './page.ts';

declare const lens: Lens;

export interface SourceSite {
  /** Address of the page. */
  readonly url: string;
  readonly origin: string;
  close(): Promise<void>;
}

export async function servePage(): Promise<SourceSite> {
  const { url, close } = await serveSources();
  return { url: `${url}e2e/hub/index.html`, origin: new URL(url).origin, close };
}

/** Opens the page; resolves when its script has run. */
export async function openLens(page: Page, site: SourceSite): Promise<Page> {
  await page.goto(site.url);
  await page.waitForFunction(() => 'lens' in globalThis);
  return page;
}

type Calls = { [N in keyof Lens]: Lens[N] extends (...args: never) => unknown ? Lens[N] : never };

/** The call that some page is busy with, or was last, and what was done before it: tells where a test hangs. */
export const doing = { call: '', after: '' };

/** Calls a function of the page's `lens`. */
export function call<N extends keyof Calls>(
  page: Page,
  name: N,
  ...args: Parameters<Calls[N]>
): Promise<Awaited<ReturnType<Calls[N]>>> {
  doing.call = name;
  return page.evaluate(([name, args]) => (lens[name as N] as (...args: unknown[]) => unknown)(...args), [
    name,
    args,
  ] as const) as Promise<Awaited<ReturnType<Calls[N]>>>;
}

/** What a call gave; throws what it refused with. */
export function okay<T>(outcome: Outcome<T>): T {
  if ('ok' in outcome) return outcome.ok;
  throw new Error(`${outcome.code}: ${outcome.message}`);
}
