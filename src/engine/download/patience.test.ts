import { expect, test } from 'vitest';
import { BitError } from '../../bit/errors.ts';
import { HostError } from '../hub/request.ts';
import type { DownloadProgress } from '../shelf/protocol.ts';
import { Meter } from './meter.ts';
import { PATIENCE, waitAfter } from './patience.ts';

const passing = (retryAfterMs: number | null = null) =>
  new HostError('cut', 'broke', { file: 'f', passing: true, retryAfterMs });

test('waits double, and the last failure ends them', () => {
  const waits = [1, 2, 3, 4, 5, 6, 7].map((failures) => waitAfter(passing(), failures, PATIENCE));
  expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 16000, null]);
});

test('what the host asks is heeded, but not without end', () => {
  expect(waitAfter(passing(60_000), 1, PATIENCE)).toBe(60_000);
  expect(waitAfter(passing(100), 3, PATIENCE)).toBe(2000);
  expect(waitAfter(passing(3_600_000), 1, PATIENCE)).toBeNull();
});

test('what does not pass is not waited for', () => {
  expect(waitAfter(new HostError('not-found', '404', { file: 'f' }), 1, PATIENCE)).toBeNull();
  expect(waitAfter(new BitError('quota', 'full'), 1, PATIENCE)).toBeNull();
});

test('rate and time left come from the last seconds', () => {
  const said: DownloadProgress[] = [];
  const meter = new Meter(10_000, (progress) => said.push(progress));
  meter.tell('fetch', 0, 0);
  meter.tell('fetch', 1000, 1000);
  meter.tell('fetch', 2000, 2000);
  expect(said.at(-1)).toMatchObject({ done: 2000, total: 10_000, rate: 1000, secondsLeft: 8 });
  // a slow start is forgotten
  for (let at = 3000; at <= 10_000; at += 500) meter.tell('fetch', 2000 + (at - 3000) / 2, at);
  expect(said.at(-1)?.rate).toBeCloseTo(500, 0);
  // what was stored before does not count as speed
  const resumed = new Meter(10_000, (progress) => said.push(progress));
  resumed.tell('check', 5000, 0);
  resumed.tell('fetch', 5000, 500);
  resumed.tell('fetch', 6000, 1500);
  expect(said.at(-1)?.rate).toBeLessThanOrEqual(1000);
  resumed.waits(passing(), 1500);
  expect(said.at(-1)).toMatchObject({
    step: 'wait',
    done: 6000,
    wait: { seconds: 1.5, error: { code: 'cut' } },
  });
});
