/** `npm run screenshot`: builds the page, opens it wide and narrow, waits for the live answer and stores the pictures of it. */
import { ready } from './person.ts';
import { launch, Site } from './site.ts';

/** The README shows the wide one; the browser shows both when it offers to install the page. */
const VIEWS = [
  { path: 'public/screenshots/look.png', viewport: { width: 1280, height: 800 } },
  { path: 'public/screenshots/narrow.png', viewport: { width: 390, height: 844 } },
];

export async function main(): Promise<number> {
  const site = new Site();
  const browser = await launch({ webgpu: false });
  try {
    for (const { path, viewport } of VIEWS) {
      const page = await browser.newPage({ viewport, serviceWorkers: 'block' });
      await page.goto(await site.url());
      await ready(page);
      await page.screenshot({ path });
      await page.close();
    }
    return 0;
  } finally {
    await browser.close();
    await site.close();
  }
}
