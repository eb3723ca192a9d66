/**
 * `npm run test:hub`: the true google/bit-50 from the true Hub, through the app's own code (look-up, download, shelf,
 * checkpoint, graph), and the three logits that transformers' own test expects on its picture of two cats. With
 * `--local` the same program runs against the Hub of the tests and its synthetic weights.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from '@playwright/test';
import { findBrowser } from '../tools/browser.mjs';
import { REPOS, serveModels } from './models.ts';
import type { Outcome } from './page.ts';
import { type HubServer, startHub } from './server.ts';
import { call, openLens, servePage } from './site.ts';

const HUB = 'https://huggingface.co/';
const REPO = 'google/bit-50';
/** transformers' tests/models/bit/test_modeling_bit.py, test_inference_image_classification_head. */
const CATS = join(process.env.BIT_LENS_SHARED ?? '../shared', 'photos/coco-000000039769.png');
const CATS_LOGITS = [-0.6526, -0.5263, -1.4398];
/** That test's rtol and atol. */
const TOLERANCE = 1e-4;
const NETWORK_MS = 15_000;

const fixture = (name: string): Buffer => readFileSync(join(import.meta.dirname, '../fixtures/recipe', name));

interface Subject {
  readonly base: string;
  readonly picture: Buffer;
  readonly expected: readonly number[];
}

export async function main(argv: string[]): Promise<number> {
  const { values } = parseArgs({ args: argv, options: { local: { type: 'boolean', default: false } } });
  if (values.local) {
    const hub = await startHub();
    try {
      return await run(localSubject(hub));
    } finally {
      await hub.close();
    }
  }
  if (!existsSync(CATS)) {
    console.log(`skipped: no picture at ${CATS}`);
    return 0;
  }
  if (!(await hasNetwork())) {
    console.log('skipped: no network');
    return 0;
  }
  return run({ base: HUB, picture: readFileSync(CATS), expected: CATS_LOGITS });
}

function localSubject(hub: HubServer): Subject {
  serveModels(hub);
  const logits = fixture('img2.logits.bin');
  const expected = Array.from({ length: 1000 }, (_, i) => logits.readFloatLE(4 * i));
  return { base: `${hub.hub}/`, picture: fixture('img2.png'), expected };
}

async function hasNetwork(): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(NETWORK_MS);
    return (await fetch(`${HUB}api/models/${REPO}`, { signal, referrerPolicy: 'no-referrer' })).status < 500;
  } catch {
    return false; // no name server, no route, or nobody answers
  }
}

async function run({ base, picture, expected }: Subject): Promise<number> {
  const site = await servePage();
  // an ordinary profile on the disk: a private one keeps its storage in memory
  const profile = mkdtempSync(join(tmpdir(), 'bit-lens-hub-'));
  const executablePath = findBrowser()?.executablePath;
  const context = await chromium.launchPersistentContext(profile, {
    ...(executablePath && { executablePath }),
  });
  try {
    const page = await openLens(await context.newPage(), site);
    const offer = result(await call(page, 'lookUp', REPOS.bit50, base));
    const files = offer.files.map(
      ({ name, size, sha256 }) => `${name} ${size} B ${sha256?.slice(0, 12) ?? 'no hash stated'}`,
    );
    console.log(`${offer.name}, licence ${offer.licence}: ${files.join(', ')}`);
    const model = result(
      await watched(
        () => call(page, 'download', offer, {}),
        () => call(page, 'progress'),
      ),
    );
    for (const { name, size, sha256, sha256Stated } of model.files)
      console.log(`stored ${name}: ${size} B, SHA-256 ${sha256}${sha256Stated ? ', as the Hub states' : ''}`);
    const info = result(await call(page, 'open', model.id));
    console.log(`opened: ${info.parameters} parameters, on ${info.device.device}`);
    const { logits, top } = await call(page, 'classify', picture.toString('base64'), null, 'torchvision');
    const errors = expected.map(
      (value, i) => Math.abs((logits[i] ?? Number.NaN) - value) - TOLERANCE * Math.abs(value),
    );
    const worst = errors.reduce((a, b) => (b > a || Number.isNaN(b) ? b : a), Number.NEGATIVE_INFINITY);
    const first = (numbers: readonly number[]): string =>
      numbers
        .slice(0, 3)
        .map((x) => x.toFixed(4))
        .join(', ');
    console.log(`logits ${first(logits)}; expected ${first(expected)}`);
    console.log(
      `it says ${top.map(({ label, score }) => `${label} ${(100 * score).toFixed(1)} %`).join(', ')}`,
    );
    const passed = logits.length === 1000 && worst <= TOLERANCE;
    console.log(passed ? 'test:hub: passed' : 'test:hub: FAILED');
    return passed ? 0 : 1;
  } finally {
    await context.close();
    await site.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
}

function result<T>(outcome: Outcome<T>): T {
  if ('ok' in outcome) return outcome.ok;
  throw new Error(`${outcome.code}: ${outcome.message}`);
}

/** Runs the work, telling now and then how far it is. */
async function watched<T>(work: () => Promise<T>, progress: () => Promise<number>): Promise<T> {
  const timer = setInterval(() => {
    progress().then(
      (bytes) => bytes > 0 && console.log(`  ${(bytes / 1e6).toFixed(0)} MB`),
      () => undefined, // the page is being closed
    );
  }, 5_000);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
