import { defineConfig } from '@playwright/test';
import { findBrowser } from './tools/browser.mjs';

const browser = findBrowser();

export default defineConfig({
  testDir: '.',
  testMatch: '**/*.spec.ts',
  globalSetup: './tools/build.mjs',
  outputDir: '../test-results/e2e',
  reporter: [['list'], ['json', { outputFile: '../test-results/e2e.json' }]],
  // A second browser would take the threads of the one that is measured, and a retry would hide a race.
  workers: 1,
  retries: 0,
  forbidOnly: process.env.CI !== undefined,
  // The software WebGPU adapter takes tens of seconds where a GPU takes one.
  timeout: 180_000,
  expect: { timeout: 30_000 },
  use: {
    // A service worker takes over at a moment of its own and answers what a test means to fail: where it is not what is
    // tested it stays away. offline.spec.ts and hosting.spec.ts let it in.
    serviceWorkers: 'block',
    launchOptions: browser === undefined ? {} : { executablePath: browser.executablePath },
    actionTimeout: 30_000,
    navigationTimeout: 60_000,
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
  },
});
