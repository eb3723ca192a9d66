/**
 * `npm run golden -- DIR [--device wasm|webgpu|all] [--filter TEXT] [--json FILE]`: every case under DIR/models and
 * DIR/images, in a real browser, through the engine. A case that cannot be run counts as failed.
 */
import { createReadStream, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, relative as relativePath, resolve, sep } from 'node:path';
import { parseArgs } from 'node:util';
import type { Page } from '@playwright/test';
import type { Plugin } from 'vite';
import type { Device } from '../../src/engine/protocol.ts';
import { launch } from '../tools/site.ts';
import { serveSources } from '../tools/sources.ts';
import type { Row } from './compare.ts';
import type { Golden, ImageCase } from './page.ts';

declare const golden: Golden;

interface Outcome {
  readonly name: string;
  readonly device: Device | 'processor';
  readonly rows: readonly Row[];
  readonly error?: string;
  readonly seconds: number;
}

const USAGE = 'usage: npm run golden -- DIR [--device wasm|webgpu|all] [--filter TEXT] [--json FILE]';

export async function main(argv: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      device: { type: 'string', default: 'wasm' },
      filter: { type: 'string', default: '' },
      json: { type: 'string' },
    },
  });
  const [dir] = positionals;
  const devices: Device[] =
    values.device === 'all'
      ? ['wasm', 'webgpu']
      : values.device === 'wasm' || values.device === 'webgpu'
        ? [values.device]
        : [];
  if (dir === undefined || devices.length === 0 || !existsSync(dir)) {
    console.error(dir !== undefined && !existsSync(dir) ? `there is no folder ${dir}` : USAGE);
    return 2;
  }
  const outcomes: Outcome[] = [];
  const server = await serveSources([casesFrom(resolve(dir))]);
  try {
    for (const [i, device] of devices.entries()) {
      const browser = await launch({ webgpu: device === 'webgpu' });
      try {
        const page = await browser.newPage();
        page.on('pageerror', (error) => console.error(`page: ${error.message}`));
        await page.goto(`${server.url}e2e/golden/index.html`);
        await page.waitForFunction(() => 'golden' in globalThis);
        for (const run of [...modelCases(dir, device), ...(i === 0 ? imageCases(dir) : [])]) {
          if (!run.name.includes(values.filter)) continue;
          outcomes.push(await timed(run, page));
          print(outcomes.at(-1));
        }
      } finally {
        await browser.close();
      }
    }
  } finally {
    await server.close();
  }
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(outcomes, null, 1)}\n`);
  const failed = outcomes.filter((outcome) => !passed(outcome)).length;
  console.log(`golden: ${outcomes.length - failed} passed, ${failed} failed`);
  return failed > 0 || outcomes.length === 0 ? 1 : 0;
}

interface Run {
  readonly name: string;
  readonly device: Outcome['device'];
  readonly run: (page: Page) => Promise<Row[]>;
}

function modelCases(dir: string, device: Device): Run[] {
  const root = join(dir, 'models');
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .filter((name) => existsSync(join(root, name, 'expected.json')))
    .map((name) => ({
      name,
      device,
      run: (page) =>
        page.evaluate(([base, names, on]) => golden.runModelCase(base, names, on), [
          `/golden-files/models/${name}`,
          readdirSync(join(root, name)),
          device,
        ] as const),
    }));
}

interface ImageFacts {
  readonly exif_orientation?: number;
}

function imageCases(dir: string): Run[] {
  const root = join(dir, 'images');
  if (!existsSync(join(root, 'cases.json'))) return [];
  const cases = JSON.parse(readFileSync(join(root, 'cases.json'), 'utf8')) as (ImageCase & {
    readonly id: number;
    readonly note: string;
  })[];
  const facts = JSON.parse(readFileSync(join(root, 'images.json'), 'utf8')) as Record<string, ImageFacts>;
  return cases.map((item) => {
    const name = item.image.split('/').at(-1) ?? item.image;
    const decoded = item.image.replace(/\.jpe?g$/, '.decoded.png');
    // the decoded twin of a JPEG has Pillow's own pixels, but no EXIF
    const fact = facts[name];
    const orientation =
      decoded !== item.image && item.load === 'pipeline' ? fact?.exif_orientation : undefined;
    return {
      name: `images/${String(item.id).padStart(3, '0')} ${name} ${item.backend} ${item.note}`,
      device: 'processor' as const,
      run: (page: Page) =>
        page.evaluate(([base, one, file, exif]) => golden.runImageCase(base, one, file, exif), [
          '/golden-files/images',
          item as ImageCase,
          decoded,
          orientation,
        ] as const),
    };
  });
}

async function timed({ name, device, run }: Run, page: Page): Promise<Outcome> {
  const start = performance.now();
  const seconds = (): number => (performance.now() - start) / 1000;
  try {
    const rows = await run(page);
    // infinity does not survive JSON
    return {
      name,
      device,
      rows: rows.map((row) => ({ ...row, error: row.error ?? Number.POSITIVE_INFINITY })),
      seconds: seconds(),
    };
  } catch (error) {
    return {
      name,
      device,
      rows: [],
      error: error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error),
      seconds: seconds(),
    };
  }
}

function passed({ rows, error }: Outcome): boolean {
  return error === undefined && rows.length > 0 && rows.every((row) => row.error <= row.bound);
}

function print(outcome: Outcome | undefined): void {
  if (!outcome) return;
  const figures = outcome.rows
    .map(({ quantity, error, bound }) => `${quantity} ${error.toExponential(1)} (${bound.toExponential(0)})`)
    .join('  ');
  console.log(
    `${passed(outcome) ? 'pass' : 'FAIL'}  ${outcome.name}  ${outcome.device}  ${outcome.error ?? figures}  ${outcome.seconds.toFixed(1)} s`,
  );
}

/** The cases' files, beside the project's sources. */
function casesFrom(dir: string): Plugin {
  return {
    name: 'golden-files',
    configureServer: ({ middlewares }) => {
      middlewares.use('/golden-files', (request, response) => {
        const path = resolve(
          dir,
          `.${decodeURIComponent(new URL(request.url ?? '/', 'http://local').pathname)}`,
        );
        const inside = !relativePath(dir, path).startsWith(`..${sep}`);
        if (!inside || !existsSync(path) || !statSync(path).isFile()) {
          response.writeHead(404).end();
          return;
        }
        createReadStream(path).pipe(response.writeHead(200, { 'content-length': statSync(path).size }));
      });
    },
  };
}
