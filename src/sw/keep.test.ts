import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createKeep } from './keep.ts';
import type { Site } from './site.ts';

const scope = 'https://host.example/some/path/';
const html = '<script src="./assets/index-12345678.js"></script>';
const content: Readonly<Record<string, string>> = {
  'index.html': html,
  'assets/index-12345678.js': 'start()',
  'models/model.safetensors': 'weights',
  'assets/ort-wasm-simd-threaded-12345678.wasm': 'plain',
  'assets/ort-wasm-simd-threaded.jspi-12345678.wasm': 'jspi',
  'assets/ort-wasm-simd-threaded.asyncify-12345678.wasm': 'asyncify',
};

function siteOf(version: string, files: Readonly<Record<string, string>> = content): Site {
  const hash = (text: string) => createHash('sha256').update(text).digest('hex');
  return {
    version,
    page: ['assets/index-12345678.js'],
    files: Object.fromEntries(Object.entries(files).map(([name, text]) => [name, hash(text)])),
    onUse: Object.keys(files).filter((name) => name.endsWith('.wasm')),
  };
}

/** The browser's caches, in memory. */
class Caches {
  readonly all = new Map<string, Map<string, Response>>();
  keys = async () => [...this.all.keys()];
  delete = async (name: string) => this.all.delete(name);
  async open(name: string) {
    const entries = this.all.get(name) ?? new Map<string, Response>();
    this.all.set(name, entries);
    return {
      match: async (url: string) => entries.get(url)?.clone(),
      put: async (url: string, response: Response) => void entries.set(url, response),
      keys: async () => [...entries.keys()].map((url) => ({ url })),
    };
  }
  names(version: string): string[] {
    return [...(this.all.get(`bit-lens ${scope} ${version}`)?.keys() ?? [])].map((url) =>
      url.slice(scope.length),
    );
  }
}

/** A host that answers 200 with its front page for whatever it does not have. */
class FakeHost {
  files: Record<string, string> = { ...content };
  /** What a poisoned HTTP cache gives until it is passed by. */
  stale: Record<string, string> = {};
  readonly asked: string[] = [];
  dead = false;
  load = async (url: string, { cache }: RequestInit): Promise<Response> => {
    if (this.dead) throw new TypeError('Failed to fetch');
    const name = url.slice(scope.length) || 'index.html';
    this.asked.push(`${name} ${cache}`);
    const text = (cache === 'reload' ? undefined : this.stale[name]) ?? this.files[name] ?? html;
    return new Response(text, { headers: { 'Content-Type': 'text/html' } });
  };
}

function setUp(version = 'one', files = content) {
  const caches = new Caches();
  const host = new FakeHost();
  const make = (name: string, list: Readonly<Record<string, string>> = files) =>
    createKeep({
      site: siteOf(name, list),
      scope,
      storage: caches as unknown as CacheStorage,
      load: host.load,
    });
  return { caches, host, make, keep: make(version) };
}
const start = ['assets/index-12345678.js', 'index.html', 'models/model.safetensors'];

describe('installing', () => {
  it('keeps what a start needs and no runtime', async () => {
    const { caches, keep } = setUp();
    await keep.install();
    expect(caches.names('one').sort()).toEqual(start);
  });

  it('keeps nothing when the host gives its front page for a missing file', async () => {
    const { caches, host, keep } = setUp();
    delete host.files['models/model.safetensors'];
    await expect(keep.install()).rejects.toThrow('models/model.safetensors: the host gave something else');
    expect(await caches.keys()).toEqual([]);
  });

  it('passes by an HTTP cache that is poisoned', async () => {
    const { caches, host, keep } = setUp();
    host.stale = { 'assets/index-12345678.js': html };
    await keep.install();
    expect(caches.names('one')).toContain('assets/index-12345678.js');
    expect(host.asked).toContain('assets/index-12345678.js reload');
  });

  it('takes a page to which the host has added, but not another page', async () => {
    const { host, keep } = setUp();
    host.files['index.html'] = `<script>added()</script>${html}`;
    await keep.install();
    host.files['index.html'] = '<h1>Parked</h1>';
    await expect(setUpLike(host).install()).rejects.toThrow('index.html');
  });

  it('takes unchanged files and the runtime in use from the version before, and fetches the rest', async () => {
    const { caches, host, make, keep } = setUp();
    await keep.install();
    await keep.runtime('jspi');
    host.asked.length = 0;
    const changed = { ...content, 'models/model.safetensors': 'better weights' };
    host.files = { ...changed };
    await make('two', changed).install();
    expect(host.asked.sort()).toEqual(['index.html no-cache', 'models/model.safetensors no-cache']);
    const jspi = 'assets/ort-wasm-simd-threaded.jspi-12345678.wasm';
    expect(caches.names('two').sort()).toEqual([...start, jspi].sort());
    expect(caches.names('one')).toContain(jspi); // a tab may still run it
    await make('two', changed).dropOlder();
    expect(caches.names('one')).toEqual([]);
  });

  it('a failed version leaves the one before as it was', async () => {
    const { caches, host, make, keep } = setUp();
    await keep.install();
    await expect(make('two', { ...content, 'new.json': '{}' }).install()).rejects.toThrow('new.json');
    host.dead = true;
    expect(await caches.keys()).toEqual([`bit-lens ${scope} one`]);
    expect(await (await keep.page())?.text()).toBe(html);
  });

  it('leaves the caches of other sites of the same origin alone', async () => {
    const { caches, keep } = setUp();
    await caches.open('bit-lens https://host.example/ one');
    await caches.open('other');
    await keep.install();
    await keep.dropOlder();
    expect(await caches.keys()).toEqual([
      'bit-lens https://host.example/ one',
      'other',
      `bit-lens ${scope} one`,
    ]);
  });
});

function setUpLike(host: FakeHost) {
  const caches = new Caches() as unknown as CacheStorage;
  return createKeep({ site: siteOf('one'), scope, storage: caches, load: host.load });
}

describe('answering', () => {
  it('heals a poisoned entry, and with no host says that there is none', async () => {
    const { caches, host, keep } = setUp();
    await keep.install();
    const cache = await caches.open(`bit-lens ${scope} one`);
    const poison = () => cache.put(`${scope}assets/index-12345678.js`, new Response(html));
    await poison();
    const healed = await keep.file('assets/index-12345678.js');
    expect(await healed?.text()).toBe('start()');
    expect(healed?.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    host.dead = true;
    expect(await (await keep.file('assets/index-12345678.js'))?.text()).toBe('start()');
    await poison();
    expect(await keep.file('assets/index-12345678.js')).toBeNull();
    expect(await keep.page()).toBeNull(); // the page would not start
  });

  it('keeps a copy only if it is right', async () => {
    const { keep } = setUp();
    const name = 'assets/ort-wasm-simd-threaded-12345678.wasm';
    await keep.copy(name, new Response(html));
    expect(await keep.kept(name)).toBeNull();
    await keep.copy(name, new Response('plain', { headers: { 'Content-Type': 'text/plain' } }));
    expect((await keep.kept(name))?.headers.get('content-type')).toBe('application/wasm');
  });

  it('has a file of an older version for a tab that runs it', async () => {
    const { make, keep } = setUp();
    await keep.install();
    const { 'assets/index-12345678.js': _, ...without } = content;
    const next = make('two', without);
    expect(await (await next.older('assets/index-12345678.js'))?.text()).toBe('start()');
    expect(await next.older('assets/never-12345678.js')).toBeNull();
  });
});
