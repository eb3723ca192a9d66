/// <reference types="node" />
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BitError } from '../errors.ts';
import { readImageHeader } from './header.ts';

const FILES = join(import.meta.dirname, '../../../e2e/fixtures/images/files');

function fixture(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(join(FILES, name)));
}

function header(bytes: BlobPart | readonly BlobPart[]) {
  return readImageHeader(new Blob(Array.isArray(bytes) ? [...bytes] : [bytes as BlobPart]), 'x.jpg');
}

function latin1(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (c) => c.charCodeAt(0));
}

const EXIF_6 = 'II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0';
const SOF_640x480 = '\xff\xc0\0\x11\x08\x01\xe0\x02\x80\x03\x01\x22\0\x02\x11\x01\x03\x11\x01';

describe('readImageHeader', () => {
  it('reads size, components and EXIF of JPEG', async () => {
    expect(await header(fixture('jpeg_exif6_120x80.jpg'))).toMatchObject({
      format: 'jpeg',
      size: { width: 120, height: 80 },
      orientation: 6,
      components: 3,
    });
    expect(await header(fixture('jpeg_gray_77x55.jpg'))).toMatchObject({
      size: { width: 77, height: 55 },
      orientation: 1,
      components: 1,
    });
  });
  it('finds them behind megabytes of other segments', async () => {
    const segment = latin1(`\xff\xe2\xff\xff${'p'.repeat(65533)}`);
    const exif = latin1(`\xff\xff\xff\xe1\0\x22Exif\0\0${EXIF_6}`);
    const parts = [
      latin1('\xff\xd8'),
      ...new Array<typeof segment>(100).fill(segment),
      exif,
      latin1(`${SOF_640x480}\xff\xda`),
    ];
    expect(await header(parts)).toEqual({
      format: 'jpeg',
      size: { width: 640, height: 480 },
      orientation: 6,
      components: 3,
      exifAt: 2 + 100 * 65537 + 6,
    });
  });
  it('reads depth, colour and transparency of PNG', async () => {
    expect(await header(fixture('gray16_50x40.png'))).toMatchObject({
      format: 'png',
      size: { width: 50, height: 40 },
      png: { depth: 16, colourType: 0 },
      plain: false,
    });
    expect(await header(fixture('noise_37x53.png'))).toMatchObject({
      png: { depth: 8, colourType: 2, interlaced: false },
      plain: true,
    });
    expect(await header(fixture('rgba_64x48.png'))).toMatchObject({ png: { colourType: 6 }, plain: false });
    const gray = fixture('gray8_90x70.png');
    expect(await header(gray)).toMatchObject({ plain: true });
    const trns = latin1('\0\0\0\x02tRNS\0\0????');
    expect(await header([gray.slice(0, 33), trns, gray.slice(33)])).toMatchObject({ plain: false });
    expect(await header([gray.slice(0, -12), latin1('\0\0\0\0eXIf????'), gray.slice(-12)])).toMatchObject({
      plain: false,
    });
  });
  it('reads the three kinds of WebP', async () => {
    const riff = (body: string) => latin1(`RIFF\0\0\0\0WEBP${body}`);
    expect(await header(riff('VP8 \0\0\0\0\0\0\0\x9d\x01\x2a\x80\x02\xe0\x01'))).toEqual({
      format: 'webp',
      size: { width: 640, height: 480 },
      orientation: 1,
    });
    expect((await header(riff('VP8L\0\0\0\0\x2f\x7f\xc2\x77\0\0\0\0\0\0'))).size).toEqual({
      width: 640,
      height: 480,
    });
    const x = riff(`VP8X\x0a\0\0\0\x08\0\0\0\x7f\x02\0\xdf\x01\0VP8 \x03\0\0\0abc\0EXIF\x1a\0\0\0${EXIF_6}`);
    expect(await header(x)).toEqual({
      format: 'webp',
      size: { width: 640, height: 480 },
      orientation: 6,
      exifAt: 42,
    });
  });
  it('reads GIF and BMP, right side up or not', async () => {
    expect((await header(latin1('GIF89a\x80\x02\xe0\x01\0\0\0'))).size).toEqual({ width: 640, height: 480 });
    const bmp = (height: string) =>
      latin1(`BM${'\0'.repeat(12)}\x28\0\0\0\x80\x02\0\0${height}\x01\0\x18\0\0\0`);
    expect(await header(bmp('\xe0\x01\0\0'))).toMatchObject({
      format: 'bmp',
      size: { width: 640, height: 480 },
      components: 24,
    });
    expect((await header(bmp('\x20\xfe\xff\xff'))).size).toEqual({ width: 640, height: 480 });
  });
  it('takes the largest picture of an AVIF, and names HEIF and TIFF', async () => {
    const ispe = (width: string) => `\0\0\0\x14ispe\0\0\0\0\0\0${width}\0\0\x01\xe0`;
    const inner = ispe('\x00\x80') + ispe('\x02\x80');
    const meta = `\0\0\0\x48meta\0\0\0\0\0\0\0\x38iprp\0\0\0\x30ipco${inner}`;
    const file = (brand: string) => latin1(`\0\0\0\x14ftyp${brand}\0\0\0\0mif1${meta}`);
    expect(await header(file('avif'))).toEqual({
      format: 'avif',
      size: { width: 640, height: 480 },
      orientation: 1,
    });
    expect((await header(file('heic'))).format).toBe('heif');
    expect(await header(latin1('MM\0*\0\0\0\x08'))).toEqual({ format: 'tiff', size: null, orientation: 1 });
  });

  it.for([
    ['', 'the file is empty'],
    ['hello, this is a text', 'this is no picture but a text'],
    ['%PDF-1.7', 'a PDF document'],
    ['PK\x03\x04', 'a zip archive'],
    ['<svg xmlns="">', 'an SVG drawing'],
    ['<!doctype html>', 'a web page'],
    ['\x00\x01\x02\x03', 'an unknown kind'],
    ['\xff\xd8\xff\xe0', 'JPEG picture ends in its header'],
    [`\xff\xd8${SOF_640x480.replace('\x01\xe0', '\0\0')}\xff\xda`, 'has no pixels'],
    ['GIF89a\0\0\x01\0', 'has no pixels'],
    ['\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR', 'ends in its header'],
  ] as const)('refuses %j: %s', async ([text, message]) => {
    await expect(header(latin1(text))).rejects.toMatchObject({
      code: 'image-unreadable',
      file: 'x.jpg',
      message: expect.stringContaining(message),
    });
  });

  it('answers or refuses, whatever the bytes', async () => {
    const starts = [
      '\xff\xd8\xff\xe1',
      '\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR',
      'RIFF....WEBPVP8X',
      '\0\0\0\x14ftypavif',
      'GIF89a',
      'BM',
      '',
    ];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...starts), fc.uint8Array({ maxLength: 300 }), async (start, rest) => {
        try {
          expect((await header([latin1(start), new Uint8Array(rest)])).format).toBeTypeOf('string');
        } catch (error) {
          expect(error).toBeInstanceOf(BitError);
        }
      }),
      { numRuns: 400 },
    );
  });
  it('answers or refuses every damaged copy of a real file', async () => {
    for (const name of ['jpeg_exif6_120x80.jpg', 'palette_trns_80x60.png']) {
      const bytes = fixture(name);
      await fc.assert(
        fc.asyncProperty(
          fc.nat(bytes.length - 1),
          fc.nat(255),
          fc.nat(bytes.length),
          async (at, value, length) => {
            const copy = bytes.slice(0, length);
            if (at < length) copy[at] = value;
            try {
              expect((await header(copy)).format).toBeTypeOf('string');
            } catch (error) {
              expect(error).toBeInstanceOf(BitError);
            }
          },
        ),
        { numRuns: 200 },
      );
    }
  });
});
