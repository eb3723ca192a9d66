/// <reference types="node" />
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodePng } from './png.ts';
import { passesOf } from './png-lines.ts';
import { type PngShape, storedChannels } from './png-shape.ts';

function crc(bytes: Uint8Array): number {
  let c = -1;
  for (const byte of bytes) {
    c ^= byte;
    for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
  }
  return ~c >>> 0;
}

function chunk(type: string, body: Uint8Array | readonly number[]): Buffer {
  const named = Buffer.concat([Buffer.from(type), Uint8Array.from(body)]);
  const out = Buffer.alloc(named.length + 8);
  out.writeUInt32BE(named.length - 4);
  named.copy(out, 4);
  out.writeUInt32BE(crc(named), named.length + 4);
  return out;
}

function ihdr({ width, height, depth, colourType, interlaced }: PngShape): Buffer {
  const body = Buffer.alloc(13);
  body.writeUInt32BE(width);
  body.writeUInt32BE(height, 4);
  body.set([depth, colourType, 0, 0, interlaced ? 1 : 0], 8);
  return chunk('IHDR', body);
}

function png(...chunks: Buffer[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(
    Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), ...chunks, chunk('IEND', [])]),
  );
}

/** Stored samples of the whole picture -> unfiltered lines, pass by pass. */
function lines(shape: PngShape, samples: Uint16Array): Buffer {
  const channels = storedChannels(shape);
  const out: Buffer[] = [];
  for (const pass of passesOf(shape)) {
    for (let y = 0; y < pass.height; y++) {
      const line = Buffer.alloc(pass.lineBytes + 1);
      for (let i = 0; i < pass.width * channels; i++) {
        const x = pass.left + Math.floor(i / channels) * pass.stepX;
        const value =
          samples[((pass.top + y * pass.stepY) * shape.width + x) * channels + (i % channels)] ?? 0;
        const bit = i * shape.depth;
        if (shape.depth === 16) line.writeUInt16BE(value, 1 + 2 * i);
        else line[1 + (bit >> 3)] = (line[1 + (bit >> 3)] ?? 0) | (value << (8 - shape.depth - (bit & 7)));
      }
      out.push(line);
    }
  }
  return Buffer.concat(out);
}

const KINDS = [
  [0, 1, '1'],
  [0, 2, 'L'],
  [0, 4, 'L'],
  [0, 8, 'L'],
  [0, 16, 'I;16'],
  [2, 8, 'RGB'],
  [2, 16, 'RGB'],
  [3, 1, 'P'],
  [3, 2, 'P'],
  [3, 4, 'P'],
  [3, 8, 'P'],
  [4, 8, 'LA'],
  [4, 16, 'RGBA'],
  [6, 8, 'RGBA'],
  [6, 16, 'RGBA'],
] as const;

/** What Pillow makes of the stored samples. */
function asPillow({ depth, colourType }: PngShape, stored: readonly number[]): number[] {
  if (colourType === 3 || depth === 8 || (depth === 16 && colourType === 0)) return [...stored];
  if (depth < 8) return stored.map((v) => (v * 255) / (2 ** depth - 1));
  const high = stored.map((v) => v >> 8);
  if (colourType !== 4) return high;
  return high.flatMap((v, i) => (i % 2 === 0 ? [v, v, v] : [v]));
}

const palette = Uint8Array.from({ length: 768 }, (_, i) => (i * 7) & 255);

describe('decodePng', () => {
  it.for(KINDS)(
    'reads colour type %i of %i bits as %s, interlaced or not',
    async ([colourType, depth, mode]) => {
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 1, max: 19 }),
          fc.integer({ min: 1, max: 19 }),
          fc.boolean(),
          fc.integer(),
          async (width, height, interlaced, seed) => {
            const shape: PngShape = { width, height, depth, colourType, interlaced };
            const stored = Uint16Array.from(
              { length: width * height * storedChannels(shape) },
              (_, i) => Math.imul(i + seed, 2654435761) >>> (32 - depth),
            );
            const bytes = png(
              ihdr(shape),
              chunk('PLTE', palette),
              chunk('IDAT', deflateSync(lines(shape, stored))),
            );
            const { raster, orientation } = await decodePng(bytes, 'a.png');
            expect([raster.mode, raster.width, raster.height, orientation]).toEqual([mode, width, height, 1]);
            expect([...raster.data]).toEqual(asPillow(shape, [...stored]));
            expect(raster.palette).toEqual(mode === 'P' ? palette : undefined);
          },
        ),
        { numRuns: 25 },
      );
    },
  );

  it('undoes every line filter', async () => {
    const line = [10, 250, 7, 200, 3, 90];
    const filtered = [1, ...line, 2, ...line, 3, ...line, 4, ...line, 0, ...line];
    const shape: PngShape = { width: 2, height: 5, depth: 8, colourType: 2, interlaced: false };
    const decoded = await decodePng(
      png(ihdr(shape), chunk('IDAT', deflateSync(Uint8Array.from(filtered)))),
      'a.png',
    );
    // Decoded by Pillow 12.3.
    expect([...decoded.raster.data]).toEqual([
      10, 250, 7, 210, 253, 97, 20, 244, 14, 154, 0, 187, 20, 116, 14, 31, 61, 190, 30, 110, 21, 231, 64, 24,
      10, 250, 7, 200, 3, 90,
    ]);
  });

  it('takes pixels from many IDAT parts, and nothing from tRNS or an odd text', async () => {
    const shape: PngShape = { width: 3, height: 2, depth: 8, colourType: 0, interlaced: false };
    const body = deflateSync(Uint8Array.of(0, 1, 2, 3, 0, 4, 5, 6));
    const parts = [...body].map((byte) => chunk('IDAT', [byte]));
    const { raster } = await decodePng(
      png(ihdr(shape), chunk('tRNS', [0, 2]), chunk('tEXt', [0, 200]), ...parts),
      'a.png',
    );
    expect(raster).toMatchObject({ mode: 'L', data: Uint8Array.of(1, 2, 3, 4, 5, 6) });
  });

  it('reads the orientation of eXIf on either side of the pixels', async () => {
    const shape: PngShape = { width: 1, height: 1, depth: 8, colourType: 0, interlaced: false };
    const exif = chunk(
      'eXIf',
      [0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0],
    );
    const idat = chunk('IDAT', deflateSync(Uint8Array.of(0, 5)));
    expect((await decodePng(png(ihdr(shape), exif, idat), 'a.png')).orientation).toBe(6);
    expect((await decodePng(png(ihdr(shape), idat, exif), 'a.png')).orientation).toBe(6);
  });
});

describe('decodePng refuses', () => {
  const shape: PngShape = { width: 30, height: 20, depth: 8, colourType: 2, interlaced: false };
  const stored = Uint16Array.from({ length: 1800 }, (_, i) => Math.imul(i, 2654435761) >>> 24);
  const good = png(ihdr(shape), chunk('IDAT', deflateSync(lines(shape, stored))));
  const refused = (bytes: Uint8Array<ArrayBuffer>) =>
    expect(decodePng(bytes, 'a.png')).rejects.toMatchObject({
      code: 'image-unreadable',
      file: 'a.png',
      message: expect.stringMatching(/^a\.png: this PNG picture cannot be read: /),
    });

  it('a file cut off anywhere before its last pixel', async () => {
    for (let length = 8; length < good.length - 16; length += 37) await refused(good.slice(0, length));
  });
  it('a changed byte in what makes the pixels', async () => {
    for (let at = 12; at < good.length - 12; at += 41) {
      const bytes = good.slice();
      bytes[at] = (bytes[at] ?? 0) ^ 0x10;
      await refused(bytes);
    }
  });
  it('too few pixels, an unknown filter, no palette, no pixels', async () => {
    await refused(png(ihdr(shape), chunk('IDAT', deflateSync(new Uint8Array(100)))));
    await refused(png(ihdr(shape), chunk('IDAT', deflateSync(new Uint8Array(1820).fill(9)))));
    await refused(png(ihdr({ ...shape, colourType: 3 }), chunk('IDAT', deflateSync(new Uint8Array(1820)))));
    await refused(png(ihdr(shape)));
  });
  it('headers that no PNG has', async () => {
    const body = (width: number, depth: number, type: number, compression = 0, filter = 0, interlace = 0) => [
      0,
      0,
      0,
      width,
      0,
      0,
      0,
      1,
      depth,
      type,
      compression,
      filter,
      interlace,
    ];
    for (const bad of [
      body(0, 8, 2),
      body(1, 3, 0),
      body(1, 4, 2),
      body(1, 16, 3),
      body(1, 8, 5),
      body(1, 8, 2, 1),
      body(1, 8, 2, 0, 1),
      body(1, 8, 2, 0, 0, 2),
    ]) {
      await refused(png(chunk('IHDR', bad), chunk('IDAT', deflateSync(new Uint8Array(40)))));
    }
  });
  it('to inflate more than the picture needs', async () => {
    const bomb = deflateSync(new Uint8Array(64 << 20));
    const { raster } = await decodePng(png(ihdr(shape), chunk('IDAT', bomb)), 'a.png');
    expect(raster.data.length).toBe(1800);
  });
  it('when the caller cancels', async () => {
    await expect(decodePng(good, 'a.png', AbortSignal.abort())).rejects.toMatchObject({ code: 'aborted' });
  });
});
