/** Hosts as they really are, for tests: without headers, with a 404 page of their own, with the front page for everything. */
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import path from 'node:path';

export interface HostOptions {
  /** Path under which the folder appears; begins and ends with a slash ('/'). */
  readonly base?: string;
  /** What a missing file gets: an HTML page with 404 ('page'), or the front page with 200 ('front'). */
  readonly missing?: 'page' | 'front';
  /** Files that were not put there. */
  readonly lacks?: RegExp;
  /** Headers of every answer, by the path under the base ('/assets/x.js'). */
  readonly headers?: (path: string) => Readonly<Record<string, string>>;
  /** Types by extension, over those of Python's http.server. */
  readonly types?: Readonly<Record<string, string>>;
  /** What the host puts into web pages of its own accord. */
  readonly inject?: string;
}

/** As Python's mimetypes has them; it does not know .safetensors, and older ones not .wasm or .woff2. */
const PYTHON_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
};

export interface Asked {
  readonly method: string;
  /** Under the base, with the query: 'assets/x.js'. */
  readonly name: string;
  readonly range: string | undefined;
}

/** A host whose folder can be replaced, and which can be put out and up again at the same address. */
export class Host {
  root: string;
  readonly asked: Asked[] = [];
  readonly #options: HostOptions;
  #server: Server | null = null;
  #port = 0;

  constructor(root: string, options: HostOptions = {}) {
    this.root = root;
    this.#options = options;
  }

  get base(): string {
    return this.#options.base ?? '/';
  }

  /** Address of the page; ends with a slash. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}${this.base}`;
  }

  /** Names of the files asked for, without queries. */
  get names(): string[] {
    return this.asked.map(({ name }) => name.split('?')[0] ?? '');
  }

  async start(): Promise<void> {
    const server = createServer((request, response) => this.#answer(request, response));
    await new Promise<void>((resolve, reject) =>
      server.once('error', reject).listen(this.#port, '127.0.0.1', resolve),
    );
    const address = server.address();
    if (address !== null && typeof address === 'object') this.#port = address.port;
    this.#server = server;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (server === null) return;
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { pathname, search } = new URL(request.url ?? '/', 'http://host');
    const name = decodeURIComponent(pathname.slice(this.base.length));
    const { method = 'GET' } = request;
    this.asked.push({ method, name: name + search, range: request.headers.range });
    // Python's server answers a POST with 501
    const { status, file } =
      method === 'GET' || method === 'HEAD'
        ? this.#find(pathname.startsWith(this.base), name)
        : { status: 501, file: null };
    const extension = file === null ? '.html' : path.extname(file);
    const type = this.#options.types?.[extension] ?? PYTHON_TYPES[extension] ?? 'application/octet-stream';
    response.writeHead(status, {
      ...this.#options.headers?.(pathname.slice(this.base.length - 1)),
      'Content-Type': type,
      ...(file !== null && extension !== '.html' && { 'Content-Length': statSync(file).size }),
    });
    if (method === 'HEAD') response.end();
    else if (file === null) response.end(`<!doctype html><title>${status}</title>`);
    else if (extension === '.html')
      response.end(readFileSync(file, 'utf8').replace('<head>', `<head>${this.#options.inject ?? ''}`));
    else createReadStream(file).pipe(response);
  }

  #find(inside: boolean, name: string): { status: number; file: string | null } {
    const file = path.join(this.root, name.endsWith('/') || name === '' ? `${name}index.html` : name);
    const lacking = this.#options.lacks?.test(name) === true;
    if (
      inside &&
      !lacking &&
      file.startsWith(this.root) &&
      statSync(file, { throwIfNoEntry: false })?.isFile()
    )
      return { status: 200, file };
    if (this.#options.missing === 'front' && inside)
      return { status: 200, file: path.join(this.root, 'index.html') };
    const own404 = path.join(this.root, '404.html');
    return { status: 404, file: existsSync(own404) ? own404 : null };
  }
}

/** The headers that a _headers file, as Netlify and Cloudflare read it, gives to a path. */
export function headersOf(text: string, target: string): Record<string, string> {
  const found: Record<string, string> = {};
  let matches = false;
  for (const line of text.split('\n')) {
    if (line.trim() === '' || line.trim().startsWith('#')) continue;
    if (/^\S/.test(line)) {
      const pattern = line.trim().replace(/[.+?^${}()|[\]\\]/g, '\\$&');
      matches = new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(target);
    } else if (matches) {
      const [, name = '', value = ''] = /^\s+([^:]+):\s*(.*)$/.exec(line) ?? [];
      found[name] = found[name] === undefined ? value : `${found[name]}, ${value}`;
    }
  }
  return found;
}
