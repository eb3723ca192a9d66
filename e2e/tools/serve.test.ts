import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { request as httpRequest, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type StaticServer, serve } from './serve.mjs';

interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** A raw request: unlike fetch it sends the path as it is written. */
function ask(
  site: StaticServer,
  target: string,
  options: { method?: string; headers?: OutgoingHttpHeaders } = {},
) {
  const { hostname, port } = new URL(site.url);
  return new Promise<Reply>((resolve, reject) => {
    const request = httpRequest({ hostname, port, path: target, ...options }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    });
    request.on('error', reject).end();
  });
}

const folder = mkdtempSync(path.join(tmpdir(), 'serve-'));
const root = path.join(folder, 'dist');
const base = '/some/deep/path/';
let plain: StaticServer;
let isolated: StaticServer;
let deep: StaticServer;

beforeAll(async () => {
  mkdirSync(path.join(root, 'assets'), { recursive: true });
  mkdirSync(path.join(root, 'models'));
  mkdirSync(path.join(folder, 'dist-secret'));
  const files = {
    'dist/index.html': 'index',
    'dist/a b.txt': 'space',
    'dist/site.webmanifest': '{}',
    'dist/assets/app-Bx_9-k3Z.js': 'app',
    'dist/assets/ort-1234abcd.wasm': 'wasm',
    'dist/assets/plain.js': 'plain',
    'dist/models/model.safetensors': 'weights',
    'secret.txt': 'secret',
    'dist-secret/secret.txt': 'secret',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
  [plain, isolated, deep] = await Promise.all([
    serve({ root, isolated: false }),
    serve({ root }),
    serve({ root, base }),
  ]);
});

afterAll(async () => {
  await Promise.all([plain, isolated, deep].map((site) => site.close()));
  rmSync(folder, { recursive: true });
});

describe('paths', () => {
  it.each([
    ['/', 'index'],
    ['/index.html', 'index'],
    ['/?page=2', 'index'],
    ['/a%20b.txt', 'space'],
    ['/models/model.safetensors?x', 'weights'],
    ['/models/../index.html', 'index'],
  ])('%s answers 200', async (target, body) => {
    expect(await ask(plain, target)).toMatchObject({ status: 200, body });
  });

  it.each(['/missing', '/missing.html', '/models', '/models/', '/index.html/', '/assets/app.js'])(
    '%s is a real 404, not the index page',
    async (target) => {
      expect(await ask(plain, target)).toMatchObject({ status: 404, body: '404\n' });
    },
  );

  it.each([
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/models/../../secret.txt',
    '/../dist-secret/secret.txt',
    '//../secret.txt',
  ])('%s does not leave the folder', async (target) => {
    expect(await ask(plain, target)).toMatchObject({ status: 404 });
  });

  it.each(['/%zz', '/%', '/index.html%00.txt'])('%s is no path', async (target) => {
    expect(await ask(plain, target)).toMatchObject({ status: 400 });
  });
});

describe('base path', () => {
  it('is part of the address, and serves the folder', async () => {
    expect(new URL(deep.url).pathname).toBe(base);
    expect(await ask(deep, base)).toMatchObject({ status: 200, body: 'index' });
    expect(await ask(deep, `${base}assets/plain.js`)).toMatchObject({ status: 200, body: 'plain' });
  });

  it.each([
    '/',
    '/index.html',
    '/some/deep/',
    '/some/deep/path',
    `${base}../../../secret.txt`,
    '/assets/plain.js',
  ])('%s is outside of it', async (target) => {
    expect(await ask(deep, target)).toMatchObject({ status: 404 });
  });
});

describe('headers', () => {
  it.each([
    ['/', 'text/html; charset=utf-8'],
    ['/assets/plain.js', 'text/javascript; charset=utf-8'],
    ['/assets/ort-1234abcd.wasm', 'application/wasm'],
    ['/site.webmanifest', 'application/manifest+json'],
    ['/models/model.safetensors', 'application/octet-stream'],
  ])('%s is %s', async (target, type) => {
    expect((await ask(plain, target)).headers['content-type']).toBe(type);
  });

  it('lets only hashed names be cached for good', async () => {
    const caching = async (target: string) => (await ask(plain, target)).headers['cache-control'];
    expect(await caching('/assets/app-Bx_9-k3Z.js')).toBe('public, max-age=31536000, immutable');
    expect(await caching('/assets/plain.js')).toBe('no-cache');
    expect(await caching('/models/model.safetensors')).toBe('no-cache');
    expect(await caching('/')).toBe('no-cache');
  });

  it('isolates the page, or not, on every answer', async () => {
    for (const target of ['/', '/assets/plain.js', '/missing']) {
      const on = (await ask(isolated, target)).headers;
      expect(on['cross-origin-opener-policy']).toBe('same-origin');
      expect(on['cross-origin-embedder-policy']).toBe('require-corp');
      expect(on['cross-origin-resource-policy']).toBe('same-origin');
      const off = (await ask(plain, target)).headers;
      expect(Object.keys(off).filter((name) => name.startsWith('cross-origin'))).toEqual([]);
    }
  });

  it('answers HEAD without a body, and refuses what does not read', async () => {
    const head = await ask(plain, '/', { method: 'HEAD' });
    expect(head).toMatchObject({ status: 200, body: '' });
    expect(head.headers['content-length']).toBe('5');
    const post = await ask(plain, '/', { method: 'POST' });
    expect(post.status).toBe(405);
    expect(post.headers.allow).toBe('GET, HEAD');
  });
});

describe('ETag', () => {
  it('answers 304 without a body while the file stays the same', async () => {
    const first = await ask(plain, '/index.html');
    const etag = first.headers.etag ?? '';
    expect(etag).toMatch(/^"[^"]+"$/);
    for (const tag of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await ask(plain, '/index.html', { headers: { 'If-None-Match': tag } });
      expect(again).toMatchObject({ status: 304, body: '' });
      expect(again.headers.etag).toBe(etag);
    }
    expect((await ask(plain, '/index.html', { headers: { 'If-None-Match': '"other"' } })).status).toBe(200);
  });

  it('changes with the file', async () => {
    const file = path.join(root, 'a b.txt');
    const before = (await ask(plain, '/a%20b.txt')).headers.etag ?? '';
    utimesSync(file, 1_000_000, 1_000_000);
    const after = await ask(plain, '/a%20b.txt', { headers: { 'If-None-Match': before } });
    expect(after).toMatchObject({ status: 200, body: 'space' });
    expect(after.headers.etag).not.toBe(before);
  });
});

it('rejects when the port is taken', async () => {
  const port = Number(new URL(plain.url).port);
  await expect(serve({ root, port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
});
