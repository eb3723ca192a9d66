/** Finds a Chromium for the tests, or installs one. */
import { accessSync, constants, existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { run, runPackage, ToolError } from './process.mjs';

const require = createRequire(import.meta.url);

/** Playwright's launcher; loaded late, since it may not be installed when this file is. */
const chromium = () => require('@playwright/test').chromium;

/**
 * The first browser that is there, not yet tried; needs no waiting, so a configuration file can ask.
 * @returns {{ executablePath: string, how: string } | undefined}
 */
export function findBrowser() {
  return candidates().next().value;
}

/**
 * A browser that was seen to start: one that is there, else one that is installed now. Throws ToolError.
 * @returns {Promise<{ executablePath: string, how: string }>}
 */
export async function getBrowser() {
  /** @type {Map<string, string>} path -> why it does not start */
  const broken = new Map();
  const found = await firstWorking(broken);
  if (found !== undefined) return found;
  for (const [command, install] of installers()) {
    console.log(`No browser that starts; trying: ${command}`);
    if (!(await install())) continue;
    const installed = await firstWorking(broken);
    if (installed !== undefined) return installed;
  }
  const tried = [...broken].map(([file, why]) => `\n  ${file} does not start: ${why}`).join('');
  throw new ToolError(
    `There is no Chromium or Chrome here, and none could be installed. Install one and name it in BIT_LENS_BROWSER.${tried}`,
  );
}

async function firstWorking(broken) {
  for (const browser of candidates()) {
    const why = await startProblem(browser.executablePath);
    if (why === null) return browser;
    if (browser.asked)
      throw new ToolError(`${browser.executablePath} (${browser.how}) does not start: ${why}`);
    broken.set(browser.executablePath, why);
  }
  return undefined;
}

/** Why a browser does not open a page, in one line, or null when it does. */
async function startProblem(executablePath) {
  try {
    const browser = await chromium().launch({ executablePath, timeout: 60_000 });
    try {
      await browser.newPage();
      return null;
    } finally {
      await browser.close();
    }
  } catch (error) {
    // Playwright's message goes on with the browser's whole log; a missing library is named there.
    const library = /error while loading shared libraries: .*/.exec(error.message);
    return library?.[0] ?? error.message.split('\n')[0];
  }
}

/** Browsers that are there, best first: the one asked for (and then no other), Playwright's own, the system's. */
function* candidates() {
  for (const name of ['BIT_LENS_BROWSER', 'CHROME_PATH']) {
    const executablePath = process.env[name];
    if (!executablePath) continue;
    if (!existsSync(executablePath))
      throw new ToolError(`${name} names ${executablePath}, which does not exist.`);
    yield { executablePath, how: name, asked: true };
    return;
  }
  const own = chromium().executablePath();
  if (existsSync(own)) yield { executablePath: own, how: "Playwright's own" };
  for (const executablePath of systemPlaces()) {
    if (isExecutable(executablePath)) yield { executablePath, how: "the system's" };
  }
}

/** Where Chromium, Chrome and Edge are installed on this platform. */
function systemPlaces() {
  const { env, platform } = process;
  if (platform === 'darwin') {
    const names = ['Google Chrome', 'Chromium', 'Microsoft Edge'];
    return ['/Applications', `${env.HOME}/Applications`].flatMap((folder) =>
      names.map((name) => `${folder}/${name}.app/Contents/MacOS/${name}`),
    );
  }
  if (platform === 'win32') {
    const names = [
      'Google\\Chrome\\Application\\chrome.exe',
      'Chromium\\Application\\chrome.exe',
      'Microsoft\\Edge\\Application\\msedge.exe',
    ];
    const folders = [env.PROGRAMFILES, env['PROGRAMFILES(X86)'], env.LOCALAPPDATA].filter(Boolean);
    return names.flatMap((name) => folders.map((folder) => path.join(folder, name)));
  }
  const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'microsoft-edge'];
  const folders = [
    ...(env.PATH ?? '').split(':'),
    '/usr/bin',
    '/usr/local/bin',
    '/snap/bin',
    '/opt/google/chrome',
  ];
  return names.flatMap((name) => [...new Set(folders)].map((folder) => path.join(folder || '.', name)));
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Ways to install a browser, each as the command a person would type and what runs it; true when it succeeded. */
function* installers() {
  const playwright =
    (...args) =>
    async () =>
      (await runPackage('@playwright/test', args, { command: 'playwright' })).code === 0;
  yield ['npx playwright install chromium', playwright('install', 'chromium')];
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return;
  yield [
    'apt-get install chromium',
    async () => {
      const env = { DEBIAN_FRONTEND: 'noninteractive' };
      await run('apt-get', ['update'], { env }); // a broken source among many need not matter
      return (
        (await run('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], { env })).code === 0
      );
    },
  ];
  // Ubuntu's chromium is a snap that no container runs; there Playwright's own lacks only the system's libraries.
  if (existsSync(chromium().executablePath()))
    yield ['npx playwright install-deps chromium', playwright('install-deps', 'chromium')];
}
