import { describe, expect, it } from 'vitest';
import { isHashed, keptWhen, runtimeOf, typeOf } from './site.ts';

describe('names', () => {
  it.each([
    ['assets/ort.wasm.bundle.min-Cvo_s67G.js', 'wasm'],
    ['assets/ort.jspi.bundle.min-2s50uCes.js', 'jspi'],
    ['assets/ort.webgpu.bundle.min-CUhnTjpJ.js', 'asyncify'],
    ['assets/ort-wasm-simd-threaded-DcHrbrbl.wasm', 'wasm'],
    ['assets/ort-wasm-simd-threaded.jspi-CZzFqCHi.wasm', 'jspi'],
    ['assets/ort-wasm-simd-threaded.asyncify-D5D0fo7z.wasm', 'asyncify'],
    ['assets/worker-f150O8R7.js', null],
    ['assets/sort-f150O8R7.js', null],
    ['ort.wasm', null],
  ])('%s belongs to the runtime %s', (name, build) => {
    expect(runtimeOf(name)).toBe(build);
  });

  it.each([
    ['index.html', 1_000, 'start'],
    ['assets/index-tohKlsWY.js', 300_000, 'start'],
    ['models/model.safetensors', 3_500_000, 'start'],
    ['samples/bus.png', 22_000, 'start'],
    ['labels/small.tsv', 43_000, 'start'],
    ['labels/large.tsv', 741_000, 'use'],
    ['assets/ort.jspi.bundle.min-2s50uCes.js', 113_000, 'use'],
    ['assets/ort-wasm-simd-threaded-DcHrbrbl.wasm', 14_000_000, 'use'],
    ['screenshots/look.png', 120_000, 'never'],
    ['models/README.md', 1_000, 'never'],
    ['_headers', 500, 'never'],
    ['sw.js', 9_000, 'never'],
    ['.nojekyll', 0, 'never'],
  ])('%s of %i bytes is kept from: %s', (name, bytes, when) => {
    expect(keptWhen(name, bytes)).toBe(when);
  });

  it('tells a name whose content never changes', () => {
    expect(isHashed('assets/index-tohKlsWY.js')).toBe(true);
    expect(isHashed('assets/plain.js')).toBe(false);
    expect(isHashed('models/model-12345678.js')).toBe(false);
  });

  it('gives types whatever a host says', () => {
    expect(typeOf('a/b.wasm')).toBe('application/wasm');
    expect(typeOf('models/model.safetensors')).toBe('application/octet-stream');
  });
});
