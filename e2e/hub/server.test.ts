import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Fault, Place } from './faults.ts';
import { type HubServer, startHub } from './server.ts';

const weights = Buffer.from(Uint8Array.from({ length: 300_000 }, (_, i) => (i * 2_654_435_761) >>> 13));
const sha256 = createHash('sha256').update(weights).digest('hex');
const config = '{"model_type": "bit", "architectures": ["BitForImageClassification"], "depths": [1]}';
const git = (bytes: Buffer | string): string =>
  createHash('sha1')
    .update(`blob ${Buffer.byteLength(bytes)}\0`)
    .update(bytes)
    .digest('hex');
const FILE = 'pytorch_model.bin';

let server: HubServer;
let sha = '';
beforeAll(async () => {
  server = await startHub({ treePage: 3 });
  const facts = { license: 'apache-2.0', library: 'transformers', pipeline: 'image-classification' };
  sha = server
    .repo('google/bit-50', facts)
    .commit({ 'config.json': config, [FILE]: weights, 'a/b/note.txt': 'x' });
  server.repo('lab/closed', { gated: 'manual' }).commit({ 'config.json': config });
  server.put('files/w.npz', weights);
});
afterEach(() => {
  server.faults.clear();
  server.log.length = 0;
  server.signedFor = 3600;
});
afterAll(() => server.close());

const get = (path: string, headers: Record<string, string> = {}, init: RequestInit = {}): Promise<Response> =>
  fetch(`${server.hub}${path}`, { headers, ...init });
const resolved = (headers: Record<string, string> = {}, init: RequestInit = {}): Promise<Response> =>
  get(`/google/bit-50/resolve/main/${FILE}`, headers, init);
const bytes = async (response: Response): Promise<Buffer> => Buffer.from(await response.arrayBuffer());
const ranged = (first: number, last: number | '' = ''): Record<string, string> => ({
  range: `bytes=${first}-${last}`,
});

/** The whole answer as it is on the wire, whatever its headers promise; `ended` is false when the socket broke. */
function raw(
  url: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: Buffer; ended: boolean }> {
  return new Promise((resolve, reject) => {
    request(url, { headers }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', () => undefined);
      response.on('close', () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(parts), ended: response.complete }),
      );
    })
      .on('error', reject)
      .end();
  });
}
const storageUrl = async (): Promise<string> =>
  (await resolved({}, { redirect: 'manual' })).headers.get('location') ?? '';

describe('the API', () => {
  test('describes a repo, and a revision of it', async () => {
    const info = await (await get('/api/models/google/bit-50')).json();
    expect(info).toMatchObject({
      id: 'google/bit-50',
      sha,
      gated: false,
      private: false,
      library_name: 'transformers',
      pipeline_tag: 'image-classification',
      cardData: { license: 'apache-2.0' },
      config: { model_type: 'bit', architectures: ['BitForImageClassification'] },
      siblings: [{ rfilename: 'config.json' }, { rfilename: FILE }, { rfilename: 'a/b/note.txt' }],
    });
    expect(info.tags).toContain('license:apache-2.0');
    expect(await (await get(`/api/models/google/bit-50/revision/${sha}`)).json()).toEqual(info);
    const blobs = await (await get('/api/models/google/bit-50/revision/main?blobs=true')).json();
    expect(blobs.siblings[1]).toMatchObject({ size: weights.length, lfs: { sha256, size: weights.length } });
    expect(blobs.siblings[0]).toEqual({ rfilename: 'config.json', size: config.length, blobId: git(config) });
  });

  test('lists a tree, by folder or whole, in pages', async () => {
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256}\nsize 300000\n`;
    const top = await (await get('/api/models/google/bit-50/tree/main')).json();
    expect(top).toMatchObject([
      { type: 'directory', path: 'a' },
      { type: 'file', path: 'config.json', oid: git(config), size: config.length },
      {
        type: 'file',
        path: FILE,
        oid: git(pointer),
        size: 300_000,
        lfs: { oid: sha256, size: 300_000, pointerSize: pointer.length },
      },
    ]);
    expect(top[1]).not.toHaveProperty('lfs');
    const first = await get('/api/models/google/bit-50/tree/main?recursive=true');
    const next = /^<(.+)>; rel="next"$/.exec(first.headers.get('link') ?? '')?.[1] ?? '';
    const rest = await fetch(next);
    expect(rest.headers.get('link')).toBeNull();
    const paths = [...(await first.json()), ...(await rest.json())].map(({ path }) => path);
    expect(paths).toEqual(['a', 'a/b', 'config.json', FILE, 'a/b/note.txt']);
    expect((await (await get('/api/models/google/bit-50/tree/main/a/b')).json())[0].path).toBe(
      'a/b/note.txt',
    );
  });

  test('says what is not there, or not for everyone, as the Hub does', async () => {
    const facts = async (path: string, token?: string): Promise<[number, string | null]> => {
      const response = await get(path, token === undefined ? {} : { authorization: `Bearer ${token}` });
      return [response.status, response.headers.get('x-error-code')];
    };
    server.tokens.add('good');
    expect(await facts('/api/models/no/such')).toEqual([401, 'RepoNotFound']);
    expect(await facts('/api/models/no/such', 'good')).toEqual([404, 'RepoNotFound']);
    expect(await facts('/api/models/google/bit-50/revision/nope')).toEqual([404, 'RevisionNotFound']);
    expect(await facts('/google/bit-50/resolve/main/nope.json')).toEqual([404, 'EntryNotFound']);
    expect(await (await get('/api/models/lab/closed')).json()).toMatchObject({ gated: 'manual' });
    expect(await facts('/lab/closed/resolve/main/config.json')).toEqual([401, 'GatedRepo']);
    expect(await facts('/lab/closed/resolve/main/config.json', 'other')).toEqual([403, 'GatedRepo']);
    expect(await facts('/lab/closed/resolve/main/config.json', 'good')).toEqual([200, null]);
    server.renamed.set('bit-50', 'google/bit-50');
    expect((await (await get('/api/models/bit-50')).json()).id).toBe('google/bit-50');
  });
});

describe('files', () => {
  test('a small one comes straight from the Hub', async () => {
    const response = await get('/google/bit-50/resolve/main/config.json', { origin: 'http://page.test' });
    expect(await response.text()).toBe(config);
    const { headers } = response;
    expect(headers.get('etag')).toBe(`"${git(config)}"`);
    expect(headers.get('x-repo-commit')).toBe(sha);
    expect(headers.get('access-control-allow-origin')).toBe('http://page.test');
    expect(headers.get('access-control-expose-headers')).toContain('X-Linked-ETag');
  });

  test('a large one is a redirect to a signed address of another origin', async () => {
    const response = await resolved({}, { redirect: 'manual' });
    expect(response.status).toBe(302);
    const { headers } = response;
    expect(headers.get('x-linked-size')).toBe('300000');
    expect(headers.get('x-linked-etag')).toBe(`"${sha256}"`);
    expect(headers.get('x-repo-commit')).toBe(sha);
    const location = new URL(headers.get('location') ?? '');
    expect(location.origin).toBe(server.cdn);
    expect(location.origin).not.toBe(server.hub);
    const storage = await fetch(location);
    expect(storage.headers.get('access-control-allow-origin')).toBe('*');
    expect(storage.headers.get('accept-ranges')).toBe('bytes');
    expect(storage.headers.get('access-control-expose-headers')).toMatch(/ETag.*Content-Range/);
    expect(storage.headers.get('etag')).toMatch(/^"[0-9a-f]{64}"$/);
    expect(storage.headers.get('etag')).not.toBe(`"${sha256}"`); // its own name for the file
    expect((await bytes(storage)).equals(weights)).toBe(true);
    const head = await resolved({}, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '300000']);
  });

  test('one range is answered by 206; several, or nonsense, by the whole', async () => {
    const part = await resolved(ranged(1000, 1999));
    expect([part.status, part.headers.get('content-range')]).toEqual([206, 'bytes 1000-1999/300000']);
    expect((await bytes(part)).equals(weights.subarray(1000, 2000))).toBe(true);
    expect((await bytes(await resolved(ranged(299_990)))).equals(weights.subarray(299_990))).toBe(true);
    expect((await bytes(await resolved({ range: 'bytes=-5' }))).equals(weights.subarray(-5))).toBe(true);
    const past = await resolved(ranged(300_000));
    expect([past.status, past.headers.get('content-range')]).toEqual([416, 'bytes */300000']);
    for (const range of ['bytes=0-1,5-6', 'lines=1-2', 'bytes=-']) {
      const whole = await resolved({ range });
      expect([whole.status, (await bytes(whole)).length]).toEqual([200, 300_000]);
    }
  });

  test('a signature ends: by time, by forgery, or when all are called in', async () => {
    const url = await storageUrl();
    expect((await fetch(url)).status).toBe(200);
    expect((await fetch(url.replace(/Signature=../, 'Signature=zz'))).status).toBe(403);
    server.expireAll();
    const gone = await fetch(url);
    expect([gone.status, gone.headers.get('access-control-allow-origin')]).toEqual([403, '*']);
    server.signedFor = -1;
    expect((await resolved()).status).toBe(403);
    server.signedFor = 3600;
    expect((await resolved()).status).toBe(200);
    server.faults.add({ fault: { kind: 'expired' }, place: 'hub', times: 1 });
    expect((await resolved()).status).toBe(403);
    expect((await resolved()).status).toBe(200);
  });

  test('a branch moves, its old commit stays', async () => {
    const repo = server.repo('me/moving');
    const old = repo.commit({ [FILE]: weights, 'config.json': config });
    const other = Buffer.from(weights).fill(1, 0, 9);
    const fresh = repo.change({ [FILE]: other });
    const of = async (rev: string): Promise<Buffer> => bytes(await get(`/me/moving/resolve/${rev}/${FILE}`));
    expect((await of('main')).equals(other)).toBe(true);
    expect((await of(old)).equals(weights)).toBe(true);
    expect((await get(`/me/moving/resolve/${fresh}/config.json`)).status).toBe(200);
    // midway: at the second request
    const run = (): void => void repo.change({ [FILE]: weights });
    server.faults.add({ fault: { kind: 'call', run }, place: 'hub', skip: 1, times: 1 });
    expect((await of('main')).equals(other)).toBe(true);
    expect((await of('main')).equals(weights)).toBe(true);
  });

  test('the plain server has no API, and lets other origins read or not', async () => {
    const url = `${server.plain}/files/w.npz`;
    const part = await fetch(url, { headers: ranged(5, 9) });
    expect([part.status, part.headers.get('access-control-allow-origin')]).toEqual([206, '*']);
    server.plainCors = false;
    expect((await fetch(url)).headers.get('access-control-allow-origin')).toBeNull();
    server.plainCors = true;
    expect((await fetch(`${server.plain}/api/models/google/bit-50`)).status).toBe(404);
  });

  test('the log tells what was asked and how much left', async () => {
    await bytes(await resolved(ranged(0, 99)));
    await bytes(await resolved(ranged(100, 299_999)));
    expect(server.log.map(({ place, status, range, file }) => [place, status, range, file])).toEqual([
      ['hub', 302, 'bytes=0-99', FILE],
      ['cdn', 206, 'bytes=0-99', FILE],
      ['hub', 302, 'bytes=100-299999', FILE],
      ['cdn', 206, 'bytes=100-299999', FILE],
    ]);
    expect(server.bytesSent(FILE)).toBe(300_000);
    expect(server.mostAtOnce(FILE)).toBe(1);
    await Promise.all([resolved(), resolved()].map(async (one) => bytes(await one)));
    server.faults.add({ fault: { kind: 'stall', at: 100_000, ms: 100 } });
    await Promise.all([resolved(), resolved()].map(async (one) => bytes(await one)));
    expect(server.mostAtOnce(FILE)).toBe(2);
  });
});

describe('faults', () => {
  const bend = (fault: Fault, times = 1, place?: Place): void => {
    server.faults.add({ fault, file: FILE, times, ...(place === undefined ? {} : { place }) });
  };

  test('the socket is cut at a byte of the file, and only there', async () => {
    bend({ kind: 'cut', at: 123_456 });
    expect((await bytes(await resolved(ranged(0, 999)))).length).toBe(1000); // another part: the cut waits
    const { body, ended } = await raw(await storageUrl(), ranged(100_000));
    expect([body.equals(weights.subarray(100_000, 123_456)), ended]).toEqual([true, false]);
    expect((await bytes(await resolved())).length).toBe(300_000); // once
  });

  test('several cuts come one after the other', async () => {
    for (const at of [200_000, 100_000, 150_000]) bend({ kind: 'cut', at });
    const lengths: number[] = [];
    for (let i = 0; i < 4; i++) lengths.push((await raw(await storageUrl())).body.length);
    expect(lengths).toEqual([100_000, 150_000, 200_000, 300_000]);
  });

  test('tells when a body reaches a byte', async () => {
    const reached: number[] = [];
    for (const at of [70_000, 10]) bend({ kind: 'reach', at, run: () => reached.push(at) });
    expect((await bytes(await resolved())).equals(weights)).toBe(true);
    expect(reached).toEqual([10, 70_000]);
  });

  test('a stall ends after its time, or with the visitor', async () => {
    bend({ kind: 'stall', at: 1000, ms: 50 });
    expect((await bytes(await resolved())).equals(weights)).toBe(true);
    bend({ kind: 'stall', at: 1000 });
    const stop = new AbortController();
    const response = await resolved({}, { signal: stop.signal });
    const reader = response.body?.getReader();
    expect((await reader?.read())?.value?.length).toBe(1000);
    stop.abort();
    await expect(reader?.read()).rejects.toThrow(/abort/);
    await expect.poll(() => server.log.every(({ over }) => over)).toBe(true);
  });

  test('a throttled or slow answer is whole', async () => {
    bend({ kind: 'throttle', bytesPerSecond: 3_000_000 });
    bend({ kind: 'slow-headers', ms: 20 });
    expect((await bytes(await resolved())).equals(weights)).toBe(true);
  });

  test('ranges are ignored, moved or lied about', async () => {
    bend({ kind: 'ignore-range' });
    const whole = await resolved(ranged(1000, 1999));
    expect([whole.status, whole.headers.get('content-range')]).toEqual([200, null]);
    expect((await bytes(whole)).equals(weights)).toBe(true);
    bend({ kind: 'other-range', by: 10 });
    const moved = await resolved(ranged(1000, 1999));
    expect(moved.headers.get('content-range')).toBe('bytes 1010-2009/300000');
    expect((await bytes(moved)).equals(weights.subarray(1010, 2010))).toBe(true);
    bend({ kind: 'lying-range', by: 10 });
    const lie = await resolved(ranged(1000, 1999));
    expect(lie.headers.get('content-range')).toBe('bytes 1000-1999/300000');
    expect((await bytes(lie)).equals(weights.subarray(1010, 2010))).toBe(true);
    bend({ kind: 'short-range', bytes: 7 });
    const short = await resolved(ranged(1000, 1999));
    expect(short.headers.get('content-range')).toBe('bytes 1000-1006/300000');
    expect((await bytes(short)).length).toBe(7);
    bend({ kind: 'total', total: 300_001 });
    expect((await resolved(ranged(1, 2))).headers.get('content-range')).toBe('bytes 1-2/300001');
    bend({ kind: 'no-content-range' });
    const bare = await resolved(ranged(1, 2));
    expect([bare.status, bare.headers.get('content-range')]).toEqual([206, null]);
  });

  test('other bytes under the same headers: HTML, gzip, a flipped bit, another file, too long, too short', async () => {
    bend({ kind: 'html' });
    const html = await resolved(ranged(1000));
    expect([html.status, html.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(await html.text()).toMatch(/^<!doctype html>/);
    bend({ kind: 'gzip' });
    const { body } = await raw(await storageUrl());
    expect(body.readUInt16BE(0)).toBe(0x1f8b);
    bend({ kind: 'gzip' });
    const gzip = await resolved();
    expect(gzip.headers.get('content-encoding')).toBe('gzip');
    expect((await bytes(gzip)).equals(weights)).toBe(true);
    bend({ kind: 'flip', at: 200_001 });
    const flipped = await bytes(await resolved(ranged(200_000)));
    expect((flipped[1] ?? 0) ^ (weights[200_001] ?? 0)).toBe(1);
    flipped.writeUInt8(flipped.readUInt8(1) ^ 1, 1);
    expect(flipped.equals(weights.subarray(200_000))).toBe(true);
    bend({ kind: 'other-bytes', bytes: Buffer.alloc(300_000, 7) });
    expect((await bytes(await resolved(ranged(0, 3)))).toString('hex')).toBe('07070707');
    for (const by of [-5, 5]) {
      bend({ kind: 'resize', by });
      const resized = await resolved();
      expect(resized.headers.get('content-length')).toBe(String(300_000 + by));
      expect((await bytes(resized)).length).toBe(300_000 + by);
    }
  });

  test('headers lie about the length, the file, or say nothing', async () => {
    bend({ kind: 'wrong-length', by: 10 });
    const { body, ended } = await raw(await storageUrl());
    expect([body.length, ended]).toEqual([300_000, false]);
    bend({ kind: 'wrong-length', by: -10 });
    expect((await bytes(await resolved())).length).toBe(299_990);
    bend({ kind: 'no-length' });
    const endless = await resolved();
    expect(endless.headers.get('content-length')).toBeNull();
    expect((await bytes(endless)).equals(weights)).toBe(true);
    bend({ kind: 'etag', etag: '"other"' });
    expect((await resolved()).headers.get('etag')).toBe('"other"');
    bend({ kind: 'etag', etag: null });
    expect((await resolved()).headers.get('etag')).toBeNull();
  });

  test('no CORS, a redirect without end, a status', async () => {
    bend({ kind: 'no-cors' });
    expect((await resolved()).headers.get('access-control-allow-origin')).toBeNull();
    bend({ kind: 'redirect-loop' }, 100, 'hub');
    await expect(resolved()).rejects.toThrow(/fetch failed/);
    server.faults.clear();
    bend({ kind: 'status', status: 429, retryAfter: '7' }, 1, 'hub');
    const busy = await resolved();
    expect([busy.status, busy.headers.get('retry-after')]).toEqual([429, '7']);
    bend({ kind: 'status', status: 503 });
    expect((await resolved()).status).toBe(503);
    expect((await resolved()).status).toBe(200);
  });

  test('a rule meets the API by its address, after some requests and as often as it says', async () => {
    const rule = {
      fault: { kind: 'status', status: 500 } as const,
      request: /^GET \/api\//,
      skip: 1,
      times: 1,
    };
    const end = server.faults.add(rule);
    const statuses = [];
    for (let i = 0; i < 3; i++) statuses.push((await get('/api/models/google/bit-50')).status);
    expect(statuses).toEqual([200, 500, 200]);
    end();
    server.faults.add({ ...rule, skip: 0 })();
    expect((await get('/api/models/google/bit-50')).status).toBe(200);
  });

  test('closing ends what is stalled', async () => {
    const other = await startHub();
    other.put('f.bin', weights);
    other.faults.add({ fault: { kind: 'stall', at: 0 } });
    const answer = fetch(`${other.plain}/f.bin`).then((response) => response.arrayBuffer());
    const failed = expect(answer).rejects.toThrow();
    await expect.poll(() => other.log.length).toBe(1);
    await other.close();
    await failed;
  });
});
