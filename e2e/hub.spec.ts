import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import { REPOS } from './hub/models.ts';
import { call, okay, openLens } from './hub/site.ts';
import { hubTest } from './hub/test.ts';
import { FULL_SIZE_SHA256 } from './hub/weights.ts';

const test = hubTest();
test.beforeEach(({ hub }) => {
  hub.faults.clear();
  hub.log.length = 0;
});

const fixture = (name: string): Buffer => readFileSync(join(import.meta.dirname, 'fixtures/recipe', name));
/** Bound of the reference set for the full-size net: |d| / (1 + |expected|). */
const BOUND = 5e-4;

function worst(logits: readonly number[], file: string): number {
  const expected = fixture(file);
  if (logits.length * 4 !== expected.length) return Number.POSITIVE_INFINITY;
  return logits.reduce((most, value, i) => {
    const wanted = expected.readFloatLE(4 * i);
    const error = Math.abs(value - wanted) / (1 + Math.abs(wanted));
    return error > most || Number.isNaN(error) ? error : most;
  }, 0);
}

test('google/bit-50 at full size: looked up, fetched on consent, hashed, stored, opened, right', async ({
  page,
  hub,
  site,
}) => {
  const FILE = 'pytorch_model.bin';
  await openLens(page, site);
  expect(hub.log).toEqual([]); // nothing is asked of a host before a person names it
  const offer = okay(await call(page, 'lookUp', REPOS.bit50, `${hub.hub}/`));
  expect(offer.licence).toBe('apache-2.0');
  expect(offer.files[0]).toMatchObject({ name: FILE, size: 102_253_831, sha256: FULL_SIZE_SHA256[FILE] });
  expect(offer.files.map(({ name }) => name).sort()).toEqual([
    'config.json',
    'preprocessor_config.json',
    FILE,
  ]);
  expect(hub.bytesSent(FILE)).toBe(0); // and none of the weights before they agree

  const model = okay(await call(page, 'download', offer, {}));
  expect(model.state).toBe('complete');
  expect(model.files.find(({ name }) => name === FILE)).toMatchObject({
    sha256: FULL_SIZE_SHA256[FILE],
    sha256Stated: true,
  });
  expect(hub.bytesSent(FILE)).toBe(102_253_831);
  expect(hub.mostAtOnce(FILE)).toBe(1);
  for (const { method, headers } of hub.log) {
    expect(method).not.toBe('OPTIONS'); // no preflight: the storage host would refuse it
    expect(headers.referer).toBeUndefined();
  }

  const asked = hub.log.length;
  const info = okay(await call(page, 'open', model.id));
  expect(info.parameters).toBe(25_549_352);
  const { logits, top } = await call(
    page,
    'classify',
    fixture('img2.png').toString('base64'),
    null,
    'torchvision',
  );
  expect(worst(logits, 'img2.logits.bin')).toBeLessThan(BOUND);
  // the reference case's own top five
  expect(top.map(({ index }) => index)).toEqual([998, 699, 281, 215, 223]);
  expect(top[0]?.score).toBeCloseTo(0.015257754363119602, 4);

  // the next day, without a network
  await page.reload();
  await openLens(page, site);
  const [stored] = okay(await call(page, 'list')).models;
  expect(stored).toMatchObject({ id: model.id, state: 'complete' });
  okay(await call(page, 'open', model.id));
  const small = JSON.parse(String(fixture('preprocessor_config_224.json'))) as unknown;
  const again = await call(page, 'classify', fixture('img1.png').toString('base64'), small, 'pil');
  expect(worst(again.logits, 'img1.logits.bin')).toBeLessThan(BOUND);
  expect(hub.log.length).toBe(asked);
});

test('timm’s layout at full size, over a line that breaks twice', async ({ page, hub, site }) => {
  const FILE = 'model.safetensors';
  await openLens(page, site);
  const offer = okay(await call(page, 'lookUp', REPOS.timm, `${hub.hub}/`));
  expect(offer.files[0]).toMatchObject({ name: FILE, sha256: FULL_SIZE_SHA256['timm.safetensors'] });
  expect(offer.inputSize).toBe(224);
  for (const at of [20_000_001, 77_777_777])
    hub.faults.add({ fault: { kind: 'cut', at }, file: FILE, times: 1 });
  const model = okay(await call(page, 'download', offer, { firstWaitMs: 10 }));
  const starts = hub.transfers(FILE).map(({ range }) => Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1]));
  // gone on with, never begun again: at or before the cut (what the buffers held is lost with the line)
  const [first, second = 0, third = 0] = starts;
  expect([first, starts.length]).toEqual([0, 3]);
  expect(second).toBeGreaterThan(0);
  expect(second).toBeLessThanOrEqual(20_000_001);
  expect(third).toBeGreaterThan(20_000_001);
  expect(third).toBeLessThanOrEqual(77_777_777);
  okay(await call(page, 'open', model.id));
  const large = JSON.parse(String(fixture('preprocessor_config.json'))) as unknown;
  const { logits } = await call(
    page,
    'classify',
    fixture('img2.png').toString('base64'),
    large,
    'torchvision',
  );
  expect(worst(logits, 'img2.logits.bin')).toBeLessThan(BOUND);
});

test('what cannot be had is refused by its own name, before anything large is asked for', async ({
  page,
  hub,
  site,
}) => {
  await openLens(page, site);
  const code = async (text: string): Promise<string> => {
    const outcome = await call(page, 'lookUp', text, `${hub.hub}/`);
    return 'ok' in outcome ? 'an offer' : outcome.code;
  };
  expect(await code(REPOS.notBit)).toBe('checkpoint-not-bit');
  expect(await code(REPOS.gated)).toBe('sign-in');
  expect(await code(REPOS.private)).toBe('sign-in');
  expect(await code('no/such-model')).toBe('sign-in'); // the Hub does not tell strangers which of the two it is
  expect(await code(`${REPOS.tiny}@no-such-branch`)).toBe('not-found');
  expect(await code(REPOS.empty)).toBe('repo-weights');
  expect(await code(REPOS.sharded)).toBe('an offer');
  expect(await code(REPOS.fineTune)).toBe('an offer');
  hub.faults.add({ fault: { kind: 'status', status: 429, retryAfter: '30' }, request: /^GET \/api\// });
  expect(await code(REPOS.tiny)).toBe('rate-limited');
  hub.faults.clear();
  hub.faults.add({ fault: { kind: 'status', status: 503 }, request: /^GET \/api\// });
  expect(await code(REPOS.tiny)).toBe('server');
  expect(hub.log.filter(({ sent }) => sent > 1_000_000)).toEqual([]);
});
