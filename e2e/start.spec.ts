import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import path from 'node:path';
import { expect } from '@playwright/test';
import { test } from './tools/site.ts';

const root = path.resolve(import.meta.dirname, '..');

/** Runs `npm start`'s program and waits for the address that it prints. */
async function start(args: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, ['e2e/tools/start.mjs', ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  let output = '';
  const url = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk.toString('utf8');
      const found = /^BiT Lens is at (http:\S+)/m.exec(output)?.[1];
      if (found !== undefined) resolve(found);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    void ended.then((code) => reject(new Error(`ended with ${code}:\n${output}`)));
  });
  return { child, url, ended };
}

/** Ends it as Ctrl-C does. */
async function interrupt({ child, ended }: { child: ChildProcess; ended: Promise<number | null> }) {
  child.kill('SIGINT');
  return ended;
}

/** Every address in an HTML document's tags. */
function addresses(html: string): string[] {
  return [...html.matchAll(/\s(?:src|href)="([^"]+)"/g)].flatMap(([, address]) => address ?? []);
}

test('npm start serves the built page, isolated, and ends at Ctrl-C', async () => {
  const started = await start(['--port', '0']);
  try {
    const page = await fetch(started.url);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(page.headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(page.headers.get('cross-origin-embedder-policy')).toBe('require-corp');
    expect(page.headers.get('cross-origin-resource-policy')).toBe('same-origin');
    const html = await page.text();
    expect(html).toContain('<title>BiT Lens</title>');
    expect(html).not.toContain('/src/'); // the built page, not its source
    expect((await fetch(`${started.url}no-such-file`)).status).toBe(404);
  } finally {
    expect(await interrupt(started)).toBe(0);
  }
  await expect(fetch(started.url)).rejects.toThrow();
});

test('npm start takes the next port when its own is taken', async () => {
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
  const address = holder.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const started = await start([], { PORT: String(address.port) });
  try {
    expect(Number(new URL(started.url).port)).toBeGreaterThan(address.port);
    expect((await fetch(started.url)).status).toBe(200);
  } finally {
    await interrupt(started);
    holder.close();
  }
});

for (const base of ['/', '/some/deep/path/']) {
  test(`every address of the page answers under ${base}`, async ({ site }) => {
    const url = await site.url({ base });
    const found = addresses(await (await fetch(url)).text());
    expect(found.filter((address) => address.includes('assets/')).length).toBeGreaterThan(1);
    for (const address of found) {
      expect(address, 'is relative, so that it holds under any path').toMatch(/^\.\//);
      expect((await fetch(new URL(address, url))).status, address).toBe(200);
    }
  });

  test(`the page starts without an error under ${base}`, async ({ site, page }) => {
    const wrong: string[] = [];
    page.on('pageerror', (error) => wrong.push(error.message));
    page.on('console', (message) => void (message.type() === 'error' && wrong.push(message.text())));
    page.on(
      'response',
      (response) => void (response.status() >= 400 && wrong.push(`${response.status()} ${response.url()}`)),
    );
    await site.open(page, { base });
    await expect(page.locator('#root')).not.toBeEmpty();
    await page.waitForLoadState('networkidle');
    expect(wrong).toEqual([]);
  });
}

test('the page is isolated where the host allows it, and only there', async ({ site, page }) => {
  await site.open(page, { isolated: true });
  expect(await page.evaluate(() => self.crossOriginIsolated)).toBe(true);
  await site.open(page, { isolated: false });
  expect(await page.evaluate(() => self.crossOriginIsolated)).toBe(false);
});
