import { expect, test } from 'vitest';
import { BitError, type MemoryNeed } from '../bit/index.ts';
import { firstThatServes, type Plan, planPlacements } from './placements.ts';
import type { AdapterAnswer, Placement } from './session.ts';

const need: MemoryNeed = { weights: 94e6, activations: 40e6, largestTensor: 13e6, wasm: 170e6 };
const huge: MemoryNeed = { weights: 4.4e9, activations: 300e6, largestTensor: 600e6, wasm: 4.8e9 };
const gpu: AdapterAnswer = { description: 'GPU', missing: null, shaderF16: true, largestTensor: 2 ** 31 };
const noGpu: AdapterAnswer = {
  description: '',
  missing: { reason: 'no-adapter', detail: 'requestAdapter() gave none' },
  shaderF16: false,
  largestTensor: 0,
};
const words = ({ device, precision }: Placement): string => `${device} ${precision}`;
const plan = (...input: Parameters<typeof planPlacements>): [string[], Plan] => {
  const made = planPlacements(...input);
  return [made.placements.map(words), made];
};

test('16-bit weights are tried in float16 first, where the GPU has it', () => {
  expect(plan(need, gpu, true, 'a')[0]).toEqual(['webgpu float16', 'webgpu float32', 'wasm float32']);
  expect(plan(need, gpu, false, 'a')[0]).toEqual(['webgpu float32', 'wasm float32']);
  const [order, { halfFallback }] = plan(need, { ...gpu, shaderF16: false }, true, 'a');
  expect(order).toEqual(['webgpu float32', 'wasm float32']);
  expect(halfFallback?.reason).toBe('no-shader-f16');
});

test('without an adapter, or when WASM is asked for, there is WASM alone', () => {
  expect(plan(need, null, true, 'a')).toMatchObject([
    ['wasm float32'],
    { fallback: null, halfFallback: null },
  ]);
  expect(plan(need, noGpu, true, 'a')).toMatchObject([['wasm float32'], { fallback: noGpu.missing }]);
});

test('a tensor larger than the GPU takes goes to WASM, with both numbers', () => {
  const [order, { fallback }] = plan(need, { ...gpu, largestTensor: 8e6 }, false, 'a');
  expect(order).toEqual(['wasm float32']);
  expect(fallback).toEqual({
    reason: 'too-large',
    detail: 'its largest tensor takes 13 MB, the GPU 8 MB',
  });
});

test('what the WASM heap cannot hold is for the GPU alone, or refused with the numbers', () => {
  expect(plan(huge, gpu, false, 'a')[0]).toEqual(['webgpu float32']);
  expect(() => planPlacements(huge, null, false, 'big.npz')).toThrow(
    expect.objectContaining({
      code: 'memory',
      file: 'big.npz',
      message:
        'big.npz: needs 4,800 MB (4,400 MB of weights and 300 MB of feature maps), and WASM has 4,295 MB',
    }),
  );
  expect(() => planPlacements(huge, noGpu, false, 'a')).toThrow(/no GPU serves: requestAdapter/);
});

/** Sessions are words; `broken` cannot be built, `wrong` fails the check. */
function trial(broken: string[], wrong: string[] = []) {
  const log: string[] = [];
  return {
    log,
    async build(placement: Placement) {
      log.push(`build ${words(placement)}`);
      if (broken.includes(words(placement))) throw new BitError('session', 'no shader');
      return words(placement);
    },
    async check(session: string) {
      log.push(`check ${session}`);
      return wrong.includes(session)
        ? { error: 0.5, failure: 'off by 5e-1' }
        : { error: 1e-5, failure: null };
    },
    async release(session: string) {
      log.push(`release ${session}`);
    },
  };
}
const full = planPlacements(need, gpu, true, 'a');

test('the first placement that agrees serves', async () => {
  const fake = trial([]);
  expect(await firstThatServes(full, fake)).toEqual({
    session: 'webgpu float16',
    selfCheck: 1e-5,
    fallback: null,
    halfFallback: null,
  });
  expect(fake.log).toEqual(['build webgpu float16', 'check webgpu float16']);
});

test('float16 that answers otherwise is released, and float32 is taken with the reason', async () => {
  const fake = trial([], ['webgpu float16']);
  expect(await firstThatServes(full, fake)).toMatchObject({
    session: 'webgpu float32',
    fallback: null,
    halfFallback: { reason: 'self-check', detail: 'off by 5e-1' },
  });
  expect(fake.log).toContain('release webgpu float16');
});

test('a GPU that cannot, or is wrong, leaves WASM with the reason', async () => {
  expect(await firstThatServes(full, trial(['webgpu float16', 'webgpu float32']))).toEqual({
    session: 'wasm float32',
    selfCheck: null,
    fallback: { reason: 'session-failed', detail: 'no shader' },
    halfFallback: null,
  });
  const wrong = await firstThatServes(full, trial([], ['webgpu float16', 'webgpu float32']));
  expect(wrong).toMatchObject({ session: 'wasm float32', fallback: { reason: 'self-check' } });
});

test('when WASM is too small and the GPU fails, both are told', async () => {
  const only = planPlacements(huge, gpu, false, 'big.npz');
  await expect(firstThatServes(only, trial(['webgpu float32']))).rejects.toMatchObject({
    code: 'memory',
    message: expect.stringMatching(/WASM has 4,295 MB; no GPU serves: no shader$/),
  });
});

test('a broken file or a cancel is not tried elsewhere', async () => {
  for (const code of ['checkpoint-truncated', 'aborted'] as const) {
    const fake = trial([]);
    const check = async (): Promise<never> => {
      throw new BitError(code, 'x');
    };
    await expect(firstThatServes(full, { ...fake, check })).rejects.toMatchObject({ code });
    expect(fake.log).toEqual(['build webgpu float16', 'release webgpu float16']);
  }
});
