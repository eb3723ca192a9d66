/** A static file server like a plain web host: real 404s, no fallback page, with or without the isolation headers. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { pipeline } from 'node:stream';

const types = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.md': 'text/markdown; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm', // else the browser cannot compile it while it streams
  '.webmanifest': 'application/manifest+json',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
};

/** Cross-origin isolation: without the first two a page gets no SharedArrayBuffer, so WASM no threads. */
export const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/** The names that Vite gives to what it emits: their content never changes. */
const hashed = /^assets\/[^/]+-[\w-]{8}\.\w+$/;

/**
 * Serves a folder until `close` is called. Rejects with the system's error when the port is taken (EADDRINUSE).
 * @param {{ root: string, base?: string, host?: string, port?: number, isolated?: boolean }} options
 *   `base` begins and ends with a slash: the path under which the folder appears, 404 elsewhere; port 0 is any free one
 * @returns {Promise<{ url: string, close: () => Promise<void> }>} the address of the folder's index page
 */
export async function serve({ root, base = '/', host = '127.0.0.1', port = 0, isolated = true }) {
  const server = createServer(async (request, response) => {
    const { status, headers, file } = await answer(path.resolve(root), base, request);
    response.writeHead(status, {
      'X-Content-Type-Options': 'nosniff',
      ...(isolated ? isolation : {}),
      ...headers,
    });
    if (file !== undefined && request.method === 'GET')
      pipeline(createReadStream(file), response, logFailure);
    else response.end(file === undefined && status >= 400 ? `${status}\n` : undefined);
  });
  await new Promise((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${server.address().port}${base}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections(); // a browser keeps its connections open
      }),
  };
}

/** Status, headers and, where there is one to send, the file. */
async function answer(root, base, { method, url, headers: asked }) {
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, headers: { Allow: 'GET, HEAD' } };
  const inside = insidePath(url, base);
  if (inside === null) return { status: 400, headers: {} };
  const target = path.join(root, inside ?? '');
  if (inside === undefined || (target !== root && !target.startsWith(root + path.sep)))
    return { status: 404, headers: {} };
  const file = inside === '' || inside.endsWith('/') ? path.join(target, 'index.html') : target;
  const { isFile, size, mtimeMs } = await statFile(file);
  if (!isFile) return { status: 404, headers: {} };
  const headers = {
    'Content-Type': types[path.extname(file).toLowerCase()] ?? 'application/octet-stream',
    'Cache-Control': hashed.test(inside) ? 'public, max-age=31536000, immutable' : 'no-cache',
    ETag: `"${size.toString(16)}-${Math.floor(mtimeMs).toString(16)}"`,
  };
  const known = asked['if-none-match']?.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  if (known?.some((tag) => tag === headers.ETag || tag === '*')) return { status: 304, headers };
  return { status: 200, headers: { ...headers, 'Content-Length': size }, file };
}

/** The decoded path under `base`: undefined when it is elsewhere, null when it is no path at all. */
function insidePath(url, base) {
  try {
    const decoded = decodeURIComponent(url.split('?')[0]);
    if (decoded.includes('\0')) return null;
    return decoded.startsWith(base) ? decoded.slice(base.length) : undefined;
  } catch {
    return null; // a broken percent escape
  }
}

async function statFile(file) {
  try {
    const found = await stat(file);
    return { isFile: found.isFile(), size: found.size, mtimeMs: found.mtimeMs };
  } catch {
    return { isFile: false, size: 0, mtimeMs: 0 };
  }
}

/** A browser that goes away in the middle of a file is nothing to tell. */
function logFailure(error) {
  if (error && error.code !== 'ERR_STREAM_PREMATURE_CLOSE') console.error(error.message);
}
