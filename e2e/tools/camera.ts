/** A browser with a camera that plays a test picture. */
import { type Browser, chromium, type Page } from '@playwright/test';
import { findBrowser } from './browser.mjs';
import { test as base } from './site.ts';

/** `answer` is what a person says when the page asks for the camera. */
export function launchFilmed(answer: 'allow' | 'deny'): Promise<Browser> {
  const found = findBrowser();
  return chromium.launch({
    ...(found === undefined ? {} : { executablePath: found.executablePath }),
    args: [
      '--use-fake-device-for-media-stream',
      `--use-fake-ui-for-media-stream${answer === 'deny' ? '=deny' : ''}`,
    ],
  });
}

/** A page that remembers what its camera gave; see `tracks`. */
export async function filmedPage(
  browser: Browser,
  options: Parameters<Browser['newPage']>[0] = {},
): Promise<Page> {
  const page = await browser.newPage({ locale: 'en-US', serviceWorkers: 'block', ...options });
  await page.addInitScript(() => {
    const tracks: MediaStreamTrack[] = [];
    Object.assign(globalThis, { tracks });
    const given = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = async (wanted) => {
      const stream = await given(wanted);
      tracks.push(...stream.getTracks());
      return stream;
    };
  });
  return page;
}

/** 'live' or 'ended' for each track that the camera gave so far. */
export const tracks = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    (globalThis as unknown as { tracks: MediaStreamTrack[] }).tracks.map(({ readyState }) => readyState),
  );

/** Playwright's test with such a browser, whose person says yes; it lives as long as its worker. */
export const test = base.extend<object, { filmed: Browser }>({
  filmed: [
    async ({ playwright: _ }, use) => {
      const browser = await launchFilmed('allow');
      await use(browser);
      await browser.close();
    },
    { scope: 'worker' },
  ],
});
