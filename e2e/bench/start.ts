import type { BrowserContext } from '@playwright/test';
import ensureBuilt from '../tools/build.mjs';
import { launch, Site } from '../tools/site.ts';
import { median, type Row, spread } from './table.ts';

const LOADS = 5;
const GOAL_MS = 2_000;
const PATIENCE_MS = 60_000;

interface Start {
  /** The browser's first contentful paint; milliseconds after navigation began, as are the others. */
  readonly paint: number;
  /** The frame after the stored answer came into the document. */
  readonly stored: number;
  /** The frame after the answer computed here came into the document. */
  readonly live: number;
}

/** The built page with the built-in model, from navigation to the live answer, with everything in the HTTP cache. */
export async function benchStart(): Promise<Row[]> {
  await ensureBuilt();
  const site = new Site();
  const browser = await launch({ webgpu: false });
  try {
    const context = await browser.newContext({ locale: 'en-US' });
    await context.addInitScript(watch);
    const url = await site.url();
    const cold = await load(context, url);
    const warm: Start[] = [];
    for (let i = 0; i < LOADS; i++) warm.push(await load(context, url));
    const live = warm.map((start) => start.live);
    const row = (quantity: string, measured: string): Row => ({ quantity, measured, goal: null });
    return [
      row(
        'first paint',
        spread(
          warm.map(({ paint }) => paint),
          0,
          'ms',
        ),
      ),
      row(
        'stored answer',
        spread(
          warm.map(({ stored }) => stored),
          0,
          'ms',
        ),
      ),
      {
        quantity: 'live answer',
        measured: spread(live, 0, 'ms'),
        goal: { words: `under ${GOAL_MS} ms`, met: median(live) < GOAL_MS },
      },
      row('live answer, nothing cached', `${cold.live.toFixed(0)} ms`),
    ];
  } finally {
    await browser.close();
    await site.close();
  }
}

async function load(context: BrowserContext, url: string): Promise<Start> {
  const page = await context.newPage();
  await page.goto(url);
  await page.waitForFunction(() => 'liveAt' in globalThis, undefined, { timeout: PATIENCE_MS });
  const start = await page.evaluate(() => {
    const times = globalThis as { storedAt?: number; liveAt?: number };
    const [paint] = performance.getEntriesByName('first-contentful-paint');
    return {
      paint: paint?.startTime ?? Number.NaN,
      stored: times.storedAt ?? Number.NaN,
      live: times.liveAt ?? Number.NaN,
    };
  });
  await page.close();
  return start;
}

/** Runs in the page before its own scripts: notes when its status says which answer is shown. */
function watch(): void {
  const says = { storedAt: 'Stored answer', liveAt: 'Ran here in' };
  const seen = new Set<string>();
  const look = (): void => {
    const text = document.body?.textContent ?? '';
    for (const [name, words] of Object.entries(says)) {
      if (seen.has(name) || !text.includes(words)) continue;
      seen.add(name);
      requestAnimationFrame(() => Object.assign(globalThis, { [name]: performance.now() }));
    }
  };
  new MutationObserver(look).observe(document, { childList: true, subtree: true, characterData: true });
}
