/** The part of the build that the service worker needs; it lies beside the worker because both share the list's type. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build, type Plugin } from 'vite';
import { POLICY } from './headers.ts';
import { keptWhen, RUNTIME_BUILDS, runtimeOf, type Site } from './site.ts';

/** Read by the page when it makes a copy of the site; the copy's own list is the same. */
const SITE_LIST = 'site.json';

/** After the page is built: lists its files with their hashes and writes sw.js beside them. The page gets its policy. */
export function offline(): Plugin {
  let root = '';
  let outDir = '';
  return {
    name: 'bit-lens-offline',
    apply: 'build',
    configResolved(config) {
      root = config.root;
      outDir = path.resolve(root, config.build.outDir);
    },
    transformIndexHtml: () => [
      {
        tag: 'meta',
        attrs: { 'http-equiv': 'Content-Security-Policy', content: POLICY },
        injectTo: 'head-prepend',
      },
    ],
    writeBundle: {
      order: 'post',
      sequential: true,
      async handler() {
        await build({
          configFile: false,
          root,
          logLevel: 'warn',
          publicDir: false,
          define: { SITE: JSON.stringify(listSite(outDir, sources(root))) },
          build: {
            outDir,
            emptyOutDir: false,
            target: 'es2023',
            modulePreload: false,
            rolldownOptions: {
              input: path.join(root, 'src/sw.ts'),
              output: { format: 'iife', entryFileNames: 'sw.js' },
            },
          },
        });
        writeFileSync(path.join(outDir, SITE_LIST), JSON.stringify(sizes(outDir)));
      },
    },
  };
}

/** Every file of the built page, the service worker too, with its size: what a copy of the site is made of. */
function sizes(dist: string): Record<string, number> {
  const entries = readdirSync(dist, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && entry.name !== SITE_LIST);
  const named = files.map(({ parentPath, name }): [string, number] => {
    const full = path.join(parentPath, name);
    return [path.relative(dist, full).split(path.sep).join('/'), statSync(full).size];
  });
  return Object.fromEntries(named.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The files of a built page. `salt` is what else makes a version. Throws when a runtime is missing from it. */
export function listSite(dist: string, salt: string): Site {
  const files: Record<string, string> = {};
  const onUse: string[] = [];
  const entries = readdirSync(dist, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((found) => found.isFile())) {
    const full = path.join(entry.parentPath, entry.name);
    const name = path.relative(dist, full).split(path.sep).join('/');
    const content = readFileSync(full);
    const when = keptWhen(name, content.length);
    if (when === 'never') continue;
    files[name] = hash(content);
    if (when === 'use') onUse.push(name);
  }
  for (const runtime of RUNTIME_BUILDS) {
    const binaries = onUse.filter((name) => name.endsWith('.wasm') && runtimeOf(name) === runtime);
    if (binaries.length !== 1)
      throw new Error(`${binaries.length} binaries of ONNX Runtime's ${runtime} build, not one`);
  }
  const html = readFileSync(path.join(dist, 'index.html'), 'utf8');
  const page = Object.keys(files).filter((name) => name.startsWith('assets/') && html.includes(name));
  const sorted = Object.fromEntries(Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1)));
  const version = hash(JSON.stringify([sorted, salt])).slice(0, 12);
  return { version, page: page.sort(), files: sorted, onUse: onUse.sort() };
}

function sources(root: string): string {
  const folder = path.join(root, 'src/sw');
  const own = readdirSync(folder).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
  const paths = [path.join(root, 'src/sw.ts'), ...own.sort().map((name) => path.join(folder, name))];
  return paths.map((file) => readFileSync(file, 'utf8')).join('\n');
}

const hash = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex');
