/** Real photos through the engine, in a real browser, against the reference's answers. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from '@playwright/test';
import type { Engine } from '../src/engine/protocol.ts';
import { test } from './tools/site.ts';
import { type Sources, serveSources } from './tools/sources.ts';

declare const createEngine: () => Engine;
declare const engine: Engine;

interface Answer {
  readonly label: string;
  readonly score: number;
}
interface Expected {
  readonly images: Readonly<Record<string, { readonly torchvision: { readonly top5: readonly Answer[] } }>>;
}

const folder = path.join(process.env.BIT_LENS_SHARED ?? '../shared', 'photos');
const stored = path.join(folder, 'expected.json');

/** Scores that lie this near may change places. */
const TIE = 1e-3;

let sources: Sources | undefined;
test.afterAll(async () => sources?.close());

test('real photos get the top-5 of the reference', async ({ page }) => {
  test.skip(!existsSync(stored), `there are no reference photos at ${folder}`);
  const { images } = JSON.parse(readFileSync(stored, 'utf8')) as Expected;
  sources = await serveSources();
  await sources.open(page, 'src/engine/client.ts', 'createEngine');
  await page.evaluate(async () => {
    const engine = createEngine();
    await engine.open({ kind: 'embedded' }, { device: 'wasm' });
    Object.assign(globalThis, { engine });
  });

  const worst = { png: 0, jpeg: 0 };
  expect(Object.keys(images).length).toBeGreaterThan(0);
  for (const [name, { torchvision }] of Object.entries(images)) {
    const found = await page.evaluate(
      async ([name, base64]) => {
        const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
        return (await engine.classify(new Blob([bytes]), { name, topK: 10 })).scores;
      },
      [name, readFileSync(path.join(folder, name)).toString('base64')] as const,
    );
    const kind = name.endsWith('.png') ? 'png' : 'jpeg';
    for (const [i, { label, score }] of torchvision.top5.entries()) {
      const actual = found.find((one) => one.label === label);
      const difference = Math.abs((actual?.score ?? Number.NaN) - score);
      expect(difference, `${name}: ${label}`).toBeLessThanOrEqual(kind === 'png' ? 1e-4 : 2e-3);
      worst[kind] = Math.max(worst[kind], difference);
      // In this place stands the same label, or one that ties with it.
      const here = found[i]?.label;
      const tied = torchvision.top5.some(
        (other) => other.label === here && Math.abs(other.score - score) <= TIE,
      );
      expect(tied, `${name}: place ${i + 1} is ${here}, not ${label}`).toBe(true);
    }
  }
  console.log(`worst difference: PNG ${worst.png.toExponential(1)}, JPEG ${worst.jpeg.toExponential(1)}`);
});
