/** Class maps from the engine in a real browser: each map's mean and the class's bias make the logit. */
import { openAsBlob, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, expect, type Page, test } from '@playwright/test';
import { OnnxWriter } from '../src/bit/graph/onnx.ts';
import { openCheckpoint, parseBitConfig, readHead } from '../src/bit/index.ts';
import type { ClassMaps, Device, Engine } from '../src/engine/protocol.ts';
import { launch } from './tools/site.ts';
import { type Sources, serveSources } from './tools/sources.ts';

declare const createEngine: () => Engine;
declare const engine: Engine;

let sources: Sources;
test.beforeAll(async () => {
  sources = await serveSources();
});
test.afterAll(() => sources.close());

async function open(page: Page, device: Device): Promise<Device> {
  await sources.open(page, 'src/engine/client.ts', 'createEngine');
  return page.evaluate(async (device) => {
    const engine = createEngine();
    Object.assign(globalThis, { engine });
    return (await engine.open({ kind: 'embedded' }, { device })).device.device;
  }, device);
}

/** The built-in model's own last layer, read here from the file. */
async function ownHead() {
  const root = 'public/models';
  const files = readdirSync(root).filter((name) => /config\.json$|\.safetensors$/.test(name));
  const { checkpoint, configJson } = await openCheckpoint(
    await Promise.all(files.map(async (name) => ({ name, blob: await openAsBlob(join(root, name)) }))),
  );
  const head = await readHead(parseBitConfig(configJson?.json), checkpoint);
  if (!head) throw new Error('the built-in model has no head');
  return head;
}

/** What the page can pass on: numbers in lists. */
type Listed = Omit<ClassMaps, 'data'> & { readonly data: readonly number[] };
const means = ({ data, classes, width, height }: Listed): number[] =>
  classes.map((_, i) => {
    const map = data.slice(i * width * height, (i + 1) * width * height);
    return map.reduce((sum, value) => sum + value, 0) / map.length;
  });

for (const device of ['wasm', 'webgpu'] as const) {
  test(`the built-in model's maps sum to its logits, on ${device}`, async () => {
    test.setTimeout(300_000);
    const { bias } = await ownHead();
    const browser: Browser = await launch({ webgpu: device === 'webgpu' });
    try {
      const page = await browser.newPage();
      expect(await open(page, device)).toBe(device);
      const samples = readdirSync('public/samples').filter((name) => name.endsWith('.png'));
      expect(samples.length).toBeGreaterThan(0);
      for (const sample of samples) {
        const { found, asked, plain, logits } = await page.evaluate(async (sample) => {
          const picture = await (await fetch(`/samples/${sample}`)).blob();
          const listed = (maps: ClassMaps) => ({ ...maps, data: Array.from(maps.data) });
          const answer = await engine.classify(picture, { maps: true });
          if (answer.maps === null) throw new Error('the answer has no maps');
          const { scores } = answer;
          // all classes in one run, the likeliest five first
          const top = scores.map(({ index }) => index);
          const asked = await engine.map(picture, { classes: [...top, 273, 0, 100] });
          const { pixelValues } = await engine.preprocess({
            picture,
            name: sample,
            load: 'pipeline',
            backend: 'torchvision',
          });
          const { logits } = await engine.forward({ pixelValues, outputs: ['logits'] });
          return {
            found: { ...listed(answer.maps), seen: answer.seen },
            asked: { ...listed(asked), seen: asked.seen },
            plain: (await engine.classify(picture)).maps,
            logits: Array.from(logits?.data ?? []),
          };
        }, sample);
        expect(plain).toBeNull();
        expect([asked.width, asked.height]).toEqual([5, 5]);
        // of 80 pixels, every 16th, from the middle of the first
        expect(asked.x).toEqual({ first: 0.5 / 80, step: 0.2 });
        expect(found.seen).toEqual(asked.seen);
        expect(found.classes).toEqual(asked.classes.slice(0, 5));
        found.data.forEach((value, i) => {
          expect(asked.data[i]).toBeCloseTo(value, 3);
        });
        expect(asked.classes).toHaveLength(8);
        means(asked).forEach((mean, i) => {
          const index = asked.classes[i] ?? -1;
          const logit = logits[index] ?? Number.NaN;
          const error = Math.abs(mean + (bias[index] ?? Number.NaN) - logit) / (1 + Math.abs(logit));
          expect(error, `${sample}, class ${index}`).toBeLessThan(1e-4);
        });
      }
    } finally {
      await browser.close();
    }
  });
}

test('a taught head has its maps too, exactly as a published one; then the own head’s come back', async ({
  page,
}) => {
  await open(page, 'wasm');
  const { own, taught, logits, bias, again } = await page.evaluate(async () => {
    const picture = await (await fetch('/samples/bus.png')).blob();
    const listed = (maps: ClassMaps) => ({ ...maps, data: Array.from(maps.data) });
    const own = await engine.map(picture, { classes: [0, 1] });
    const width = 512;
    const weight = Float32Array.from({ length: 3 * width }, (_, i) => Math.sin(1 + 12.9898 * i * i));
    const bias = Float32Array.of(0.25, -3, 8);
    await engine.answerWith({ labels: ['a', 'b', 'c'], weight, bias });
    const { scores, maps, features } = await engine.classify(picture, { maps: true });
    if (maps === null) throw new Error('the taught answer has no maps');
    const logits = maps.classes.map((index) => {
      let sum = bias[index] ?? 0;
      for (let c = 0; c < width; c++) sum += (weight[index * width + c] ?? 0) * (features[c] ?? 0);
      return sum;
    });
    const taught = listed(await engine.map(picture, { classes: scores.map(({ index }) => index) }));
    await engine.answerWith(null);
    const again = listed(await engine.map(picture, { classes: [0, 1] }));
    return { own: listed(own), taught, logits, bias: maps.classes.map((index) => bias[index] ?? 0), again };
  });
  expect([...taught.classes].sort()).toEqual([0, 1, 2]);
  means(taught).forEach((mean, i) => {
    const logit = logits[i] ?? Number.NaN;
    expect(Math.abs(mean + (bias[i] ?? 0) - logit) / (1 + Math.abs(logit))).toBeLessThan(1e-5);
  });
  expect(again.data).toEqual(own.data);
  expect(taught.data.slice(0, 50)).not.toEqual(own.data);
});

test('what cannot be mapped is refused by name, and a cancelled call ends', async ({ page }) => {
  await open(page, 'wasm');
  const graph = new OnnxWriter();
  const x = graph.input('input', ['N', 3, 'H', 'W']);
  const pooled = graph.node('ReduceMean', [x, graph.integers([2, 3])], { keepdims: 0 });
  graph.output('logits', pooled, ['N', 3]);
  const codes = await page.evaluate(
    async (onnx) => {
      const picture = await (await fetch('/samples/bus.png')).blob();
      const codeOf = (call: Promise<unknown>): Promise<string> =>
        call.then(
          () => 'none',
          (error: { code: string }) => error.code,
        );
      const abort = new AbortController();
      const cancelled = codeOf(engine.map(picture, { classes: [0], signal: abort.signal }));
      abort.abort();
      const unknownClass = codeOf(engine.map(picture, { classes: [0, 274] }));
      const noPicture = codeOf(engine.map(new Blob(['text']), { classes: [0] }));
      const after = codeOf(engine.map(picture, { classes: [0] }));
      const codes = await Promise.all([cancelled, unknownClass, noPicture, after]);
      const files = [{ name: 'means.onnx', blob: new Blob([Uint8Array.from(onnx)]) }];
      await engine.open({ kind: 'files', files }, { device: 'wasm' });
      const { maps, scores } = await engine.classify(picture, { maps: true });
      const foreign = await codeOf(engine.map(picture, { classes: [0] }));
      return [...codes, foreign, maps, scores.length] as const;
    },
    Array.from(graph.finish('means')),
  );
  expect(codes).toEqual(['aborted', 'input-shape', 'image-unreadable', 'none', 'input-shape', null, 3]);
});
