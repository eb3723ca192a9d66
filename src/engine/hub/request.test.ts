import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { request, requestJson, retryAfterMs } from './request.ts';

const signal = new AbortController().signal;
const options = { signal, idleMs: 50, file: 'model.safetensors' };
const url = 'https://host.example/model.safetensors';
let answers: (() => Promise<Response>)[] = [];
const sent: RequestInit[] = [];

beforeEach(() => {
  sent.length = 0;
  vi.stubGlobal('navigator', { onLine: true });
  vi.stubGlobal('fetch', (_: string, init: RequestInit) => {
    sent.push(init);
    return (answers.shift() ?? (() => Promise.reject(new TypeError('Failed to fetch'))))();
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
  answers = [];
});
const answer = (status: number, headers: Record<string, string> = {}, body: BodyInit | null = 'x') => {
  answers.push(async () => new Response(body, { status, headers }));
};
const opaque = () => answers.push(async () => ({ type: 'opaque' }) as Response);
const fails = () => answers.push(() => Promise.reject(new TypeError('Failed to fetch')));

test('nothing of the person goes along', async () => {
  answer(206);
  await request(url, { ...options, range: 'bytes=5-' });
  expect(sent[0]).toMatchObject({ credentials: 'omit', referrerPolicy: 'no-referrer', cache: 'no-store' });
  expect(sent[0]?.headers).toEqual({ Range: 'bytes=5-' });
});

test.each([
  [401, {}, 'sign-in', false],
  [403, {}, 'forbidden', false],
  [404, {}, 'not-found', false],
  [429, { 'retry-after': '7' }, 'rate-limited', true],
  [500, {}, 'server', true],
  [302, {}, 'server', false],
  [416, {}, 'file-changed', false],
  [200, { 'content-type': 'text/html; charset=utf-8' }, 'not-a-file', false],
] as const)('%i: its own code', async (status, headers, code, passing) => {
  answer(status, headers);
  await expect(request(url, options)).rejects.toMatchObject({ code, passing, file: 'model.safetensors' });
});

test('429 says how long to wait', async () => {
  answer(429, { 'retry-after': '7' });
  await expect(request(url, options)).rejects.toMatchObject({
    retryAfterMs: 7000,
    message: expect.stringContaining('7 s'),
  });
});

test.each([
  ['120', 120_000],
  ['Thu, 01 Jan 2026 00:01:00 GMT', 60_000],
  ['Thu, 01 Jan 2025 00:00:00 GMT', 0],
  ['soon', null],
  [null, null],
])('Retry-After %j', (header, expected) => {
  expect(retryAfterMs(header, Date.UTC(2026, 0, 1))).toBe(expected);
});

test('a host that answers, but not to web pages, is told from one that does not answer', async () => {
  fails();
  opaque();
  await expect(request(url, options)).rejects.toMatchObject({ code: 'cors' });
  expect(sent[1]).toMatchObject({ mode: 'no-cors', credentials: 'omit' });
  fails();
  fails();
  await expect(request(url, options)).rejects.toMatchObject({ code: 'unreachable', passing: true });
});

test('offline is told by the browser', async () => {
  vi.stubGlobal('navigator', { onLine: false });
  fails();
  await expect(request(url, options)).rejects.toMatchObject({ code: 'offline', passing: true });
});

test('an abort is no failure of the host', async () => {
  const controller = new AbortController();
  controller.abort();
  fails();
  await expect(request(url, { ...options, signal: controller.signal })).rejects.toMatchObject({
    code: 'aborted',
  });
});

test('a body that stops is stalled, one that breaks is cut', async () => {
  const read = async (body: ReadableStream): Promise<void> => {
    answers.push(async () => new Response(body));
    for await (const _ of (await request(url, options)).pieces());
  };
  // the abort of the idle timer ends a real body; this one is ended by hand
  const stalls = new ReadableStream({
    start: (controller) => void setTimeout(() => controller.error(new TypeError('aborted')), 200),
  });
  await expect(read(stalls)).rejects.toMatchObject({ code: 'stalled', passing: true });
  const breaks = new ReadableStream({
    start: (controller) => controller.error(new TypeError('network error')),
  });
  await expect(read(breaks)).rejects.toMatchObject({ code: 'cut', passing: true });
});

test('JSON is read under limits', async () => {
  answer(200, {}, '{"a": 1}');
  expect((await requestJson(url, options)).json).toEqual({ a: 1 });
  for (const body of ['{', '['.repeat(100), `"${'x'.repeat(9 * 2 ** 20)}"`]) {
    answer(200, {}, body);
    await expect(requestJson(url, options)).rejects.toMatchObject({ code: 'config-json' });
  }
});
