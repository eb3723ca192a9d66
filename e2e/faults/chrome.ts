/** A Chromium on a profile of its own that can be killed as a power cut would, and started again on the same profile. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium } from '@playwright/test';
import { findBrowser } from '../tools/browser.mjs';

const START_MS = 60_000;

export interface Chrome {
  /** The profile's own context: what it stores is on the disk. */
  readonly context: BrowserContext;
  /** SIGKILL to every process of it; resolves when the browser is gone. */
  kill(): Promise<void>;
  /** Ends it as a person would. */
  close(): Promise<void>;
}

export class Profile {
  readonly path = mkdtempSync(join(tmpdir(), 'bit-lens-profile-'));
  #last: ChildProcess | undefined;

  async start(): Promise<Chrome> {
    const executable = findBrowser()?.executablePath ?? chromium.executablePath();
    const child = spawn(
      executable,
      [
        '--headless=new',
        '--no-sandbox',
        '--remote-debugging-port=0',
        '--remote-debugging-pipe', // unused, but it ends with this program, and the browser with it
        `--user-data-dir=${this.path}`,
        '--no-first-run',
        '--no-default-browser-check',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--disable-gpu',
        '--disable-backgrounding-occluded-windows',
        '--disable-renderer-backgrounding',
        '--disable-background-timer-throttling',
        'about:blank',
      ],
      // a group of its own, so that all of it can be killed
      { detached: true, stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'] },
    );
    this.#last = child;
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    const browser = await chromium.connectOverCDP(await endpointOf(child));
    const [context] = browser.contexts();
    if (!context) throw new Error('the browser has no context');
    return {
      context,
      kill: async () => {
        killGroup(child);
        await gone;
        await browser.close();
      },
      close: async () => {
        const session = await browser.newBrowserCDPSession();
        // the answer is lost with the connection
        await Promise.race([session.send('Browser.close').catch(() => undefined), gone]);
        await Promise.race([gone, new Promise((resolve) => setTimeout(resolve, 10_000))]);
        killGroup(child);
        await gone;
      },
    };
  }

  /** Ends what may still run on it, and deletes it. */
  remove(): void {
    if (this.#last) killGroup(this.#last);
    rmSync(this.path, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // gone already
  }
}

function endpointOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    const timer = setTimeout(() => reject(new Error(`the browser did not start:\n${output}`)), START_MS);
    child.stderr?.on('data', (bytes: Buffer) => {
      output = `${output}${bytes}`.slice(-10_000);
      const [, endpoint] = /DevTools listening on (ws:\S+)/.exec(output) ?? [];
      if (endpoint === undefined) return;
      clearTimeout(timer);
      resolve(endpoint);
    });
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`the browser ended:\n${output}`)));
  });
}
