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
    launchOptions: browser === undefined ? {} : { executablePath: browser.executablePath },
    actionTimeout: 30_000,
    navigationTimeout: 60_000,
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
  },
});
