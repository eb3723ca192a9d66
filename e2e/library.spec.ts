/** The library as someone else's project uses it: README's code, built by their Vite, in a browser and in Node. */
import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, type Page, test } from '@playwright/test';
import { createServer } from 'vite';
import { loadWeights, parseBitConfig } from '../src/bit/index.ts';
import { madeCheckpoint } from './bench/made.ts';
import { buildOrdinaryGraph } from './bench/ordinary.ts';
import { type StaticServer, serve } from './tools/serve.mjs';
import { launch } from './tools/site.ts';

declare const library: typeof import('../src/engine/index.ts');

const root = resolve(import.meta.dirname, '..');
const models = join(root, 'e2e/fixtures/models');
const cases = readdirSync(models);

interface Tensor {
  readonly file: string;
  readonly shape: readonly number[];
}
interface Expected {
  readonly images: readonly {
    readonly file: string;
    readonly load: 'pipeline' | 'processor';
    readonly backend: 'torchvision' | 'pil';
    readonly pixel_values: Tensor;
    readonly hidden_states?: readonly Tensor[];
    readonly last_hidden_state?: Tensor;
    readonly pooled: Tensor;
    readonly feature_maps?: readonly Tensor[];
    readonly logits?: Tensor;
    readonly top5?: readonly { readonly label: string; readonly score: number }[];
  }[];
}
const expectedOf = (name: string): Expected =>
  JSON.parse(readFileSync(join(models, name, 'expected.json'), 'utf8')) as Expected;

/** The code blocks of README's section: the page's, Vite's configuration, Node's. */
function codeOfReadme(): [main: string, config: string, node: string] {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const section = readme.split('## Use it from your own code')[1]?.split('\n## ')[0] ?? '';
  const [main = '', config = '', node = ''] = [...section.matchAll(/```ts\n(.*?)```/gs)].map(
    ([, code]) => code,
  );
  return [main, config, node];
}

/** tsconfig.json of Vite's TypeScript template (create-vite, template-vanilla-ts). */
const TSCONFIG = {
  compilerOptions: {
    target: 'es2023',
    module: 'esnext',
    lib: ['ES2023', 'DOM', 'DOM.Iterable'],
    types: ['vite/client', 'node'],
    skipLibCheck: true,
    moduleResolution: 'bundler',
    allowImportingTsExtensions: true,
    verbatimModuleSyntax: true,
    moduleDetection: 'force',
    noEmit: true,
    strict: true,
    noUnusedLocals: true,
    noUnusedParameters: true,
    erasableSyntaxOnly: true,
    noFallthroughCasesInSwitch: true,
  },
  include: ['src'],
};

let project = '';
let server: StaticServer;
let apiServer: StaticServer;

const node = (...args: string[]): string =>
  execFileSync(process.execPath, args, { cwd: project, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

test.beforeAll(async () => {
  test.setTimeout(300_000);
  project = mkdtempSync(join(tmpdir(), 'bit-lens-user-'));
  const [main, config, nodeCode] = codeOfReadme();
  mkdirSync(join(project, 'src'));
  mkdirSync(join(project, 'node_modules/@types'), { recursive: true });
  symlinkSync(root, join(project, 'node_modules/bit-lens'));
  for (const name of ['vite', 'typescript', '@types/node'])
    symlinkSync(join(root, 'node_modules', name), join(project, 'node_modules', name));
  const files: Record<string, string> = {
    'package.json': JSON.stringify({ name: 'user', private: true, type: 'module' }),
    'tsconfig.json': JSON.stringify(TSCONFIG),
    'vite.config.ts': config,
    'index.html':
      '<input id="pictures" type="file" multiple><p id="answers"></p><script type="module" src="/src/main.ts"></script>',
    'api.html': '<script type="module" src="/src/api.ts"></script>',
    'src/main.ts': main,
    'src/api.ts': "import * as library from 'bit-lens/engine';\nObject.assign(globalThis, { library });\n",
    'src/node.ts': nodeCode,
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(project, name), text);
  node('node_modules/vite/bin/vite.js', 'build');
  writeFileSync(
    join(project, 'api.config.ts'),
    `import config from './vite.config.ts';
export default { ...config, build: { outDir: 'dist-api', rollupOptions: { input: 'api.html' } } };`,
  );
  node('node_modules/vite/bin/vite.js', 'build', '--config', 'api.config.ts');
  server = await serve({ root: join(project, 'dist') });
  apiServer = await serve({ root: join(project, 'dist-api') });
});

test.afterAll(async () => {
  await server?.close();
  await apiServer?.close();
  rmSync(project, { recursive: true, force: true });
});

/** Answers requests below /files/ with fixtures, as the caller's own host would. */
async function withFiles(page: Page, folders: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, folder] of Object.entries(folders)) {
    await page.route(`**${path}**`, (route) => {
      const name = new URL(route.request().url()).pathname.split(path)[1] ?? '';
      return readdirSync(folder).includes(name)
        ? route.fulfill({ path: join(folder, name) })
        : route.fulfill({ status: 404, body: 'none' });
    });
  }
}

/** Chooses the files until they are answered: before the model is open nobody listens, and the same files are no change. */
async function choose(page: Page, files: readonly string[]): Promise<void> {
  await expect(async () => {
    await page.locator('#pictures').setInputFiles([]);
    await page.locator('#pictures').setInputFiles([...files]);
    await expect(page.locator('#answers')).toContainText('score', { timeout: 10_000 });
  }).toPass({ timeout: 150_000 });
}

test('README’s example is short, type-checks in a fresh project and answers', async ({ page }) => {
  const [main] = codeOfReadme();
  expect(main.trimEnd().split('\n').length).toBeLessThanOrEqual(15);
  node('node_modules/typescript/bin/tsc', '--noEmit', '-p', '.');
  const name = 'p02_bottleneck_same_dynamic';
  await withFiles(page, { '/bit-50/': join(models, name) });
  await page.goto(server.url);
  const { images } = expectedOf(name);
  const piped = images.filter(({ load, backend }) => load === 'pipeline' && backend === 'torchvision');
  await choose(
    page,
    piped.map(({ file }) => join(models, name, file)),
  );
  const answers = JSON.parse((await page.locator('#answers').textContent()) ?? '');
  expect(answers).toHaveLength(piped.length);
  for (const [i, { top5 = [] }] of piped.entries()) {
    expect(answers[i].map(({ label }: { label: string }) => label)).toEqual(
      top5.slice(0, 3).map(({ label }) => label),
    );
    for (const [k, { score }] of top5.slice(0, 3).entries())
      expect(answers[i][k].score).toBeCloseTo(score, 4);
  }
});

test('in their development server it answers too', async ({ page }) => {
  const name = 'p02_bottleneck_same_dynamic';
  await withFiles(page, { '/bit-50/': join(models, name) });
  const dev = await createServer({
    root: project,
    configFile: join(project, 'vite.config.ts'),
    logLevel: 'error',
    // the package is linked here, and what lies outside of the project is served only where that is allowed
    server: { host: '127.0.0.1', port: 0, hmr: false, watch: null, fs: { allow: [project, root] } },
  });
  try {
    await dev.listen();
    await page.goto(dev.resolvedUrls?.local[0] ?? '');
    const [{ file, top5 = [] } = { file: '' }] = expectedOf(name).images;
    await choose(page, [join(models, name, file)]);
    const [[best]] = JSON.parse((await page.locator('#answers').textContent()) ?? '');
    expect(best.label).toBe(top5[0]?.label);
    expect(best.score).toBeCloseTo(top5[0]?.score ?? Number.NaN, 4);
  } finally {
    await dev.close();
  }
});

test('README’s Node example runs', () => {
  const name = 'p02_bottleneck_same_dynamic';
  symlinkSync(join(models, name), join(project, 'bit-50'));
  symlinkSync(join(models, name, 'img0.png'), join(project, 'picture.png'));
  node('node_modules/vite/bin/vite.js', 'build', '--ssr', 'src/node.ts', '--outDir', 'dist-node');
  const printed = JSON.parse(node('dist-node/node.js').trim().split('\n').at(-1) ?? '');
  const { pixel_values } = expectedOf(name).images[0] ?? { pixel_values: { file: '', shape: [] } };
  const [first = Number.NaN] = new Float32Array(
    new Uint8Array(readFileSync(join(models, name, pixel_values.file))).buffer,
  );
  expect(printed.stages).toEqual(['stem', 'stage1', 'stage2', 'stage3', 'stage4']);
  expect(printed.dims).toEqual(pixel_values.shape);
  expect(printed.first).toBeCloseTo(first, 6);
});

/** The page that has the whole library as a global. */
async function openApi(page: Page): Promise<void> {
  await page.goto(`${apiServer.url}api.html`);
  await page.waitForFunction(() => 'library' in globalThis);
}

for (const name of cases) {
  test(`the classes give the reference’s numbers: ${name}`, async ({ page }) => {
    await withFiles(page, { '/model/': join(models, name), '/case/': join(models, name) });
    await openApi(page);
    const { images } = expectedOf(name);
    const isBackbone = images.some((image) => image.feature_maps);
    const figures = await page.evaluate(
      async ([images, isBackbone]) => {
        const { BitBackbone, BitForImageClassification, BitImageProcessor, BitImageProcessorPil, BitModel } =
          library;
        const worst: Record<string, number> = {};
        const floats = async ({ file }: Tensor): Promise<Float32Array> =>
          new Float32Array(await (await fetch(`/case/${file}`)).arrayBuffer());
        const compare = async (
          what: string,
          found: { data: Float32Array; dims: readonly number[] } | undefined,
          expected: Tensor,
          scale: (value: number) => number = (value) => 1 + Math.abs(value),
        ): Promise<void> => {
          const values = await floats(expected);
          const size = expected.shape.reduce((a, b) => a * b, 1);
          const same =
            found?.data.length === size &&
            found.dims.slice(0, expected.shape.length).join() === expected.shape.join();
          const error = values.reduce(
            (most, value, i) =>
              Math.max(most, Math.abs((found?.data[i] ?? Number.NaN) - value) / scale(value)),
            0,
          );
          const known = worst[what] ?? 0;
          worst[what] = same && error >= 0 ? Math.max(known, error) : Number.MAX_VALUE;
        };
        const options = { device: 'wasm' } as const;
        const model = await BitModel.from_pretrained('/model/', options);
        const classifier = isBackbone
          ? null
          : await BitForImageClassification.from_pretrained('/model/', options);
        const backbone = isBackbone ? await BitBackbone.from_pretrained('/model/', options) : null;
        const facts: Record<string, unknown> = {
          channels: backbone?.channels,
          keys: backbone ? [] : null,
          labels: [] as unknown[],
        };
        for (const image of images) {
          const Processor = image.backend === 'pil' ? BitImageProcessorPil : BitImageProcessor;
          const processor = new Processor(model.processor.to_dict());
          const picture = await library.load_image(`/case/${image.file}`);
          const { pixel_values } = processor.preprocess(picture);
          await compare('pixel_values', pixel_values, image.pixel_values, (value) =>
            Math.max(1, Math.abs(value)),
          );
          const input = { pixel_values, output_hidden_states: true };
          const out = await model.forward(input);
          await compare('pooler_output', out.pooler_output, image.pooled);
          if (out.pooler_output.dims.slice(2).join() !== '1,1')
            throw new Error('pooler_output is not [N, C, 1, 1]');
          if (image.last_hidden_state)
            await compare('last_hidden_state', out.last_hidden_state, image.last_hidden_state);
          for (const [i, state] of (image.hidden_states ?? []).entries())
            await compare('hidden_states', out.hidden_states?.[i], state);
          if (backbone) {
            const { feature_maps, ...rest } = await backbone.forward({ pixel_values });
            facts.keys = Object.keys(rest);
            if (feature_maps.length !== image.feature_maps?.length)
              throw new Error(`${feature_maps.length} maps`);
            for (const [i, map] of image.feature_maps.entries())
              await compare('feature_maps', feature_maps[i], map);
          }
          if (!classifier || !image.logits) continue;
          const answer = await classifier.forward(input);
          await compare('logits', answer.logits, image.logits);
          for (const [i, state] of (image.hidden_states ?? []).entries())
            await compare('hidden_states', answer.hidden_states?.[i], state);
          if (image.load !== 'pipeline' || image.backend !== 'torchvision') continue;
          const found = await library.pipeline('image-classification', classifier)(`/case/${image.file}`);
          for (const [i, { label, score }] of (image.top5 ?? []).entries()) {
            if (found[i]?.label !== label) throw new Error(`${found[i]?.label} instead of ${label}`);
            worst.top5 = Math.max(worst.top5 ?? 0, Math.abs(found[i].score - score));
          }
        }
        for (const opened of [model, classifier, backbone]) opened?.dispose();
        return { worst, facts };
      },
      [images, isBackbone] as const,
    );
    const { pixel_values, ...outputs } = figures.worst;
    expect(pixel_values).toBeLessThanOrEqual(1e-6);
    for (const [what, error] of Object.entries(outputs)) expect(error, what).toBeLessThanOrEqual(1e-4);
    expect(Object.keys(outputs)).toEqual(
      expect.arrayContaining(['pooler_output', isBackbone ? 'feature_maps' : 'logits']),
    );
    // as the reference reports them, although width_factor makes the maps wider
    if (isBackbone) expect(figures.facts).toMatchObject({ channels: [8, 12, 24], keys: [] });
  });
}

test('the pipeline takes every kind of picture, counts and functions; the backbone other stages', async ({
  page,
}) => {
  const name = 'p02_bottleneck_same_dynamic';
  await withFiles(page, { '/model/': join(models, name) });
  await openApi(page);
  const found = await page.evaluate(async () => {
    const { BitBackbone, BitForImageClassification, pipeline } = library;
    const steps = new Set<string>();
    const model = await BitForImageClassification.from_pretrained('/model/', {
      device: 'wasm',
      onProgress: ({ step }) => steps.add(step),
    });
    const classify = pipeline('image-classification', model);
    const blob = await (await fetch('/model/img0.png')).blob();
    const bitmap = await createImageBitmap(blob);
    const canvas = Object.assign(document.createElement('canvas'), {
      width: bitmap.width,
      height: bitmap.height,
    });
    const context = canvas.getContext('2d');
    context?.drawImage(bitmap, 0, 0);
    const pixels = context?.getImageData(0, 0, canvas.width, canvas.height);
    if (!pixels) throw new Error('no pixels');
    const element = new Image();
    element.src = '/model/img0.png';
    await element.decode();
    const file = new File([blob], 'a.png');
    const url = new URL('/model/img0.png', location.href);
    const same = await classify([blob, file, '/model/img0.png', url, bitmap, canvas, pixels, element]);
    const files = await Promise.all(
      ['config.json', 'preprocessor_config.json', 'model.safetensors'].map(
        async (name) => new File([await (await fetch(`/model/${name}`)).blob()], name),
      ),
    );
    const backbone = await BitBackbone.from_pretrained(files, { device: 'wasm', out_indices: [1, -1] });
    const { pixel_values } = model.processor.preprocess([pixels, pixels]);
    const { feature_maps } = await backbone.forward({ pixel_values });
    const refused = async (work: () => unknown): Promise<unknown> => {
      try {
        await work();
      } catch (error) {
        return error instanceof library.BitError && error.code;
      }
      return null;
    };
    const result = {
      steps: [...steps],
      same,
      two: await classify(blob, { top_k: 2 }),
      all: (await classify(blob, { top_k: 99 })).length,
      sigmoid: await classify(blob, { function_to_apply: 'sigmoid', top_k: 1 }),
      none: await classify(blob, { function_to_apply: 'none', top_k: 1 }),
      logits: Array.from((await model.forward({ pixel_values })).logits.data),
      maps: feature_maps.map(({ dims }) => dims),
      features: backbone.out_features,
      refused: {
        picture: await refused(() => classify(new Blob(['text']))),
        missing: await refused(() => classify('/model/none.png')),
        folder: await refused(() => BitForImageClassification.from_pretrained('/model')),
        empty: await refused(() => BitForImageClassification.from_pretrained('/model/none/')),
        shape: await refused(() =>
          model.forward({ pixel_values: { data: new Float32Array(4), dims: [1, 1, 2, 2] } }),
        ),
        stage: await refused(() => BitBackbone.from_pretrained(files, { out_features: ['stage9'] })),
        aborted: await refused(() => classify(blob, { signal: AbortSignal.abort() })),
      },
    };
    classify.dispose();
    const disposed = await refused(() => classify(blob));
    backbone.dispose();
    return { ...result, disposed };
  });
  const { top5 = [] } = expectedOf(name).images[0] ?? {};
  for (const answer of found.same) {
    expect(answer.map(({ label }) => label)).toEqual(top5.map(({ label }) => label));
    for (const [i, { score }] of top5.entries()) expect(answer[i]?.score).toBeCloseTo(score, 4);
  }
  expect(found.steps).toEqual(expect.arrayContaining(['fetch', 'read', 'session']));
  expect(found.two).toEqual(found.same[0]?.slice(0, 2));
  expect(found.all).toBe(7);
  const logits = found.logits.slice(0, 7);
  expect(found.logits.slice(7)).toEqual(logits);
  expect(found.none[0]?.score).toBeCloseTo(Math.max(...logits), 5);
  expect(found.sigmoid[0]?.score).toBeCloseTo(1 / (1 + Math.exp(-Math.max(...logits))), 5);
  expect(found.maps).toEqual([
    [2, 16, 14, 18],
    [2, 48, 2, 3],
  ]);
  expect(found.features).toEqual(['stage1', 'stage4']);
  expect(found.refused).toEqual({
    picture: 'image-unreadable',
    missing: 'network',
    folder: 'network',
    empty: 'checkpoint-unknown',
    shape: 'input-shape',
    stage: 'config-field',
    aborted: 'aborted',
  });
  expect(found.disposed).toBe('aborted');
});

test('the embedded model comes with the package', async ({ page }) => {
  await withFiles(page, { '/samples/': join(root, 'public/samples') });
  await openApi(page);
  const best = await page.evaluate(async () => {
    const model = await library.BitForImageClassification.from_pretrained(library.embedded, {
      device: 'wasm',
    });
    const [answer] = await library.pipeline('image-classification', model)('/samples/lighthouse.png');
    model.dispose();
    return answer?.label;
  });
  expect(best).toMatch(/lighthouse/i);
});

for (const device of ['wasm', 'webgpu'] as const) {
  test(`an .onnx that pads with +0 gives on ${device} the numbers of -0`, async () => {
    const config = parseBitConfig({ embedding_size: 32, hidden_sizes: [128, 256], depths: [1, 1] });
    const files = await Promise.all(
      ([0, -0] as const).map(async (padValue) => {
        const graph = buildOrdinaryGraph(config, padValue);
        const weights = await loadWeights(graph, madeCheckpoint(graph));
        const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
        return { graph: base64(graph.bytes), weights: base64(weights) };
      }),
    );
    const browser = await launch({ webgpu: device === 'webgpu' });
    try {
      const page = await browser.newPage();
      await openApi(page);
      const [plus, minus] = await page.evaluate(
        async ([files, device]) => {
          const answers = [];
          for (const { graph, weights } of files) {
            const blob = (text: string) => new Blob([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))]);
            const model = await library.BitForImageClassification.from_pretrained(
              [
                { name: 'bit.onnx', blob: blob(graph) },
                { name: 'weights', blob: blob(weights) },
                // its self-check runs at this size too, which a GPU in software can bear
                { name: 'preprocessor_config.json', blob: new Blob(['{"size": 64, "crop_size": 64}']) },
              ],
              { device },
            );
            const data = Float32Array.from({ length: 3 * 64 * 64 }, (_, i) => Math.sin(i) + Math.cos(i * i));
            const { logits } = await model.forward({ pixel_values: { data, dims: [1, 3, 64, 64] } });
            answers.push({ on: model.info.device.device, logits: Array.from(logits.data) });
            model.dispose();
          }
          return answers;
        },
        [files, device] as const,
      );
      expect([plus?.on, minus?.on]).toEqual([device, device]);
      expect(plus?.logits).toHaveLength(256);
      const worst = Math.max(
        ...(plus?.logits ?? []).map((value, i) => Math.abs(value - (minus?.logits[i] ?? Number.NaN))),
      );
      expect(worst).toBeLessThan(1e-5);
    } finally {
      await browser.close();
    }
  });
}
