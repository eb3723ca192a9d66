/// <reference types="node" />
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeImage } from './decode.ts';

/* Node has no createImageBitmap: here are the refusals before it and the pictures that do not go through it. */

const FILES = join(import.meta.dirname, '../../e2e/fixtures/images/files');

function fixture(name: string): Blob {
  return new Blob([new Uint8Array(readFileSync(join(FILES, name)))]);
}

function pngOfSize(width: number, height: number): Blob {
  const bytes = new Uint8Array(60);
  bytes.set([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]);
  new DataView(bytes.buffer).setUint32(16, width);
  new DataView(bytes.buffer).setUint32(20, height);
  bytes.set([8, 2], 24);
  return new Blob([bytes]);
}

describe('decodeImage', () => {
  it("hands over a PNG's own mode under 'processor' and RGB under 'pipeline'", async () => {
    for (const [name, mode] of [
      ['rgba_64x48.png', 'RGBA'],
      ['la_50x30.png', 'LA'],
      ['palette_45x45.png', 'P'],
      ['onebit_40x30.png', '1'],
      ['gray16_50x40.png', 'I;16'],
    ] as const) {
      expect((await decodeImage(fixture(name), name, { load: 'processor' })).mode).toBe(mode);
      expect((await decodeImage(fixture(name), name, { load: 'pipeline' })).mode).toBe('RGB');
    }
  });

  it('turns by a given orientation, under pipeline only', async () => {
    const turned = await decodeImage(fixture('rgba_64x48.png'), 'a.png', {
      load: 'pipeline',
      orientation: 6,
    });
    expect([turned.width, turned.height]).toEqual([48, 64]);
    const kept = await decodeImage(fixture('rgba_64x48.png'), 'a.png', { load: 'processor', orientation: 6 });
    expect([kept.width, kept.height]).toEqual([64, 48]);
    await expect(
      decodeImage(fixture('rgba_64x48.png'), 'a.png', { load: 'pipeline', orientation: 9 }),
    ).rejects.toMatchObject({ code: 'image-mode' });
  });

  it.for([
    [10_001, 10_000],
    [16_385, 1],
    [1, 16_385],
    [4_294_967_295, 4_294_967_295],
  ] as const)('refuses %i x %i pixels by the header', async ([width, height]) => {
    await expect(
      decodeImage(pngOfSize(width, height), 'big.png', { load: 'pipeline' }),
    ).rejects.toMatchObject({
      code: 'image-too-large',
      message: expect.stringContaining(`${width} x ${height}`),
      file: 'big.png',
    });
  });

  it('says what a file is that is no picture', async () => {
    const text = new Blob(['this is a text']);
    await expect(decodeImage(text, 'cat.jpg', { load: 'pipeline' })).rejects.toMatchObject({
      code: 'image-unreadable',
      message: 'cat.jpg: this is no picture but a text',
    });
  });

  it('stops before it starts when cancelled', async () => {
    const signal = AbortSignal.abort();
    await expect(
      decodeImage(fixture('rgba_64x48.png'), 'a.png', { load: 'pipeline', signal }),
    ).rejects.toMatchObject({ code: 'aborted' });
  });
});
