/** Someone else's .onnx dropped on the page: it is run as it is, with what lies beside it. */
import { deflateSync } from 'node:zlib';
import { expect } from '@playwright/test';
import { crc32 } from '../src/bit/checkpoint/bytes.ts';
import { OnnxWriter } from '../src/bit/graph/onnx.ts';
import { type GivenFile, give, ready, row } from './tools/person.ts';
import { test } from './tools/site.ts';

const LABELS = ['crimson', 'meadow', 'ocean'];
const COLOUR = [200, 120, 40] as const;

/** Logits are the means of the channels, 2 to 1 mixed by weights that lie in the file. */
function onnx(shape: readonly (number | string)[]): GivenFile {
  const graph = new OnnxWriter();
  const x = graph.input('input', shape);
  const pooled = graph.node('ReduceMean', [x, graph.integers([2, 3])], { keepdims: 0 });
  const weight = graph.floats([2, 0, 0, 1, 2, 0, 0, 1, 2], [3, 3]);
  graph.output('logits', graph.node('MatMul', [pooled, weight]), ['N', 3]);
  return { name: 'colours.onnx', type: '', bytes: Buffer.from(graph.finish('colours')) };
}

/** A PNG of one colour. */
function png([red, green, blue]: readonly [number, number, number], side: number): GivenFile {
  const chunk = (type: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const out = Buffer.alloc(body.length + 8);
    out.writeUInt32BE(data.length, 0);
    body.copy(out, 4);
    out.writeUInt32BE(crc32(body), body.length + 4);
    return out;
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([8, 2], 8);
  const line = Buffer.from([0, ...Array.from({ length: side }, () => [red, green, blue]).flat()]);
  const lines = Buffer.concat(Array.from({ length: side }, () => line));
  const bytes = Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(lines)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
  return { name: 'colour.png', type: 'image/png', bytes };
}

/** What a network by hand would say: values (v / 255 - 0.5) / 0.5, mixed, through a softmax; per cent. */
function expectedPercents(): number[] {
  const [r, g, b] = COLOUR.map((v) => (v / 255 - 0.5) / 0.5);
  const logits = [2 * (r ?? 0) + (g ?? 0), 2 * (g ?? 0) + (b ?? 0), 2 * (b ?? 0)];
  const powers = logits.map(Math.exp);
  const sum = powers.reduce((x, y) => x + y, 0);
  return powers.map((power) => (100 * power) / sum);
}

const text = (name: string, content: string): GivenFile => ({ name, type: '', bytes: Buffer.from(content) });

test('a dropped .onnx with its labels answers with the expected number', async ({ page, site }) => {
  await site.open(page);
  await ready(page);
  await give(page, 'drop', [
    onnx(['N', 3, 'H', 'W']),
    text('labels.txt', LABELS.join('\n')),
    png(COLOUR, 30),
  ]);
  const line = row(page, 'colour.png');
  await expect(line).toContainText('crimson', { timeout: 60_000 });
  const [best = Number.NaN] = expectedPercents();
  expect(Math.abs(Number(await line.locator('.pc').textContent()) - best)).toBeLessThanOrEqual(0.5);
});

test('an .onnx that is no classifier says so, and the model before it goes on answering', async ({
  page,
  site,
}) => {
  await site.open(page);
  await ready(page);
  const graph = new OnnxWriter();
  graph.output('boxes', graph.input('ids', ['N', 512]), ['N', 512]);
  await give(page, 'drop', [{ name: 'text.onnx', type: '', bytes: Buffer.from(graph.finish('text')) }]);
  await expect(page.getByText(/not an image classifier/).first()).toBeVisible({ timeout: 60_000 });
  await page.goto(`${await site.url()}#/look`);
  await give(page, 'drop', [png(COLOUR, 30)]);
  await expect(row(page, 'colour.png')).toContainText(/\d/, { timeout: 60_000 });
});
