/**
 * The files kept for offline use. Nothing goes in or out unless its SHA-256 is the one that the build wrote down: a host
 * that answers 200 with its front page for a missing file, a half-made deployment or a damaged disk cannot poison it.
 */
import { withoutClassifier } from '../engine/classifierElement.ts';
import type { RuntimeBuild } from '../engine/protocol.ts';
import { isHashed, runtimeOf, type Site, typeOf } from './site.ts';

export interface Keep {
  /** Keeps all that a start needs, and the runtimes that the versions before kept. Rejects, keeping nothing, when a file cannot be had right. */
  install(): Promise<void>;
  /** Keeps one build of the runtime. Rejects when it cannot be had right. */
  runtime(build: RuntimeBuild): Promise<void>;
  /** The kept file, fetched again where it is missing or damaged; null when the host has no right one either. */
  file(name: string): Promise<Response | null>;
  /** The kept file if it is right, else null: asks no host. */
  kept(name: string): Promise<Response | null>;
  /** Keeps a copy of what the host gave for `name`, if it is right. */
  copy(name: string, response: Response): Promise<void>;
  /** Takes the host's page in place of the kept one where it answers by other classes and is the same page otherwise. */
  renewPage(response: Response): Promise<void>;
  /** index.html, if it and all it needs to start are right or can be had. */
  page(): Promise<Response | null>;
  /** A file of an older version, for a tab that still runs it. */
  older(name: string): Promise<Response | null>;
  dropOlder(): Promise<void>;
}

export interface KeepOptions {
  readonly site: Site;
  /** Address of the page's folder; ends with a slash. */
  readonly scope: string;
  readonly storage: CacheStorage;
  readonly load: (url: string, init: RequestInit) => Promise<Response>;
}

type Bytes = Uint8Array<ArrayBuffer>;

export function createKeep({ site, scope, storage, load }: KeepOptions): Keep {
  // sites of one owner share an origin and its caches: the name says whose and which
  const prefix = `bit-lens ${scope} `;
  const own = prefix + site.version;
  const address = (name: string): string => new URL(name, scope).href;

  async function isRight(name: string, bytes: Bytes): Promise<boolean> {
    if (name === 'index.html') {
      // hosts add to web pages (a Space puts its variables there): it must be ours, and of this version
      const text = new TextDecoder().decode(bytes);
      return site.page.length > 0 && site.page.every((needed) => text.includes(needed));
    }
    return (await sha256(bytes)) === site.files[name];
  }

  async function rightIn(cacheName: string, name: string): Promise<Bytes | null> {
    const cache = await storage.open(cacheName);
    const found = await cache.match(address(name));
    if (found === undefined) return null;
    try {
      const bytes = new Uint8Array(await found.arrayBuffer());
      return (await isRight(name, bytes)) ? bytes : null;
    } catch (cause) {
      console.warn(`${name}: the kept copy cannot be read`, cause);
      return null;
    }
  }

  const olderNames = async (): Promise<string[]> =>
    (await storage.keys()).filter((name) => name.startsWith(prefix) && name !== own);

  async function fetchRight(name: string): Promise<Bytes> {
    let why = '';
    // the HTTP cache first, where a good copy often lies; then past it, should that be the poisoned one
    for (const cache of [isHashed(name) ? 'default' : 'no-cache', 'reload'] as const) {
      const response = await load(address(name === 'index.html' ? './' : name), { cache });
      if (!response.ok) why = `the host answered ${response.status}`;
      else {
        const bytes = new Uint8Array(await response.arrayBuffer());
        if (await isRight(name, bytes)) return bytes;
        why = 'the host gave something else';
      }
    }
    throw new Error(`${name}: ${why}`);
  }

  async function put(name: string, bytes: Bytes): Promise<void> {
    const cache = await storage.open(own);
    await cache.put(address(name), responseOf(name, bytes));
  }

  /** Kept here, or kept by an older version and unchanged, or fetched. Rejects when it cannot be had right. */
  async function need(name: string): Promise<Bytes> {
    const here = await rightIn(own, name);
    if (here !== null) return here;
    let bytes: Bytes | null = null;
    // older versions' caches are left as they are: a tab may still run from them
    for (const older of name === 'index.html' ? [] : await olderNames()) bytes ??= await rightIn(older, name);
    bytes ??= await fetchRight(name);
    await put(name, bytes);
    return bytes;
  }

  async function runtime(build: RuntimeBuild): Promise<void> {
    for (const name of Object.keys(site.files)) if (runtimeOf(name) === build) await need(name);
  }

  /** The runtimes that older versions kept; a browser that has gained JSPI needs the asyncify build no more. */
  async function buildsInUse(): Promise<Set<RuntimeBuild>> {
    const builds = new Set<RuntimeBuild>();
    for (const older of await olderNames()) {
      for (const { url } of await (await storage.open(older)).keys()) {
        const build = runtimeOf(url.slice(scope.length));
        if (build !== null && !(build === 'asyncify' && 'Suspending' in WebAssembly)) builds.add(build);
      }
    }
    return builds;
  }

  async function file(name: string): Promise<Response | null> {
    try {
      return responseOf(name, await need(name));
    } catch (cause) {
      console.warn('not kept', cause);
      return null;
    }
  }

  return {
    async install() {
      try {
        const start = Object.keys(site.files).filter((name) => !site.onUse.includes(name));
        await Promise.all(start.map(need));
        for (const build of await buildsInUse()) await runtime(build);
      } catch (cause) {
        await storage.delete(own);
        throw cause;
      }
    },
    runtime,
    file,
    async kept(name) {
      const bytes = await rightIn(own, name);
      return bytes === null ? null : responseOf(name, bytes);
    },
    async copy(name, response) {
      const bytes = new Uint8Array(await response.arrayBuffer());
      if (response.ok && (await isRight(name, bytes))) await put(name, bytes);
    },
    async renewPage(response) {
      const kept = await rightIn(own, 'index.html');
      const bytes = new Uint8Array(await response.arrayBuffer());
      if (kept === null || !response.ok) return;
      const bare = (page: Bytes): string => withoutClassifier(new TextDecoder().decode(page));
      if (bare(kept) === bare(bytes)) await put('index.html', bytes);
    },
    async page() {
      const [page, ...needed] = await Promise.all(['index.html', ...site.page].map(file));
      return needed.includes(null) ? null : (page ?? null);
    },
    async older(name) {
      for (const cacheName of await olderNames()) {
        const found = await (await storage.open(cacheName)).match(address(name));
        if (found !== undefined) return found;
      }
      return null;
    },
    async dropOlder() {
      for (const name of await olderNames()) await storage.delete(name);
    },
  };
}

function responseOf(name: string, bytes: Bytes): Response {
  const headers = { 'Content-Type': typeOf(name), 'Content-Length': String(bytes.length) };
  return new Response(bytes, { headers });
}

async function sha256(bytes: Bytes): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
