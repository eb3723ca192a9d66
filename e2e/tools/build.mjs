/** Makes dist/ match the sources. */
import { readdirSync, statSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { root, runPackage, ToolError } from './process.mjs';

/** The built page. */
export const dist = path.join(root, 'dist');

const sources = ['src', 'public', 'index.html', 'vite.config.ts', 'package.json', 'package-lock.json'];

/** Builds dist/ when it is missing or older than its sources. Throws ToolError. The default export is Playwright's global setup. */
export default async function ensureBuilt() {
  const built = modified(path.join(dist, 'index.html'));
  if (built > 0 && sources.every((source) => newest(path.join(root, source)) <= built)) return;
  console.log(built === 0 ? 'Building …' : 'Building again: the sources have changed …');
  if ((await build()) !== 0) throw new ToolError('The build failed (see above).');
}

/** Builds dist/ for production; returns the exit code. */
export async function build() {
  const started = new Date();
  const { code } = await runPackage('vite', ['build'], { env: { NODE_ENV: 'production' } });
  // A source that is saved during the build must count as newer than it.
  if (code === 0) utimesSync(path.join(dist, 'index.html'), started, started);
  return code;
}

/** Latest modification under a path; a folder's own time tells of removed files. */
function newest(place) {
  const own = modified(place);
  if (own === 0 || !statSync(place).isDirectory()) return own;
  return readdirSync(place).reduce((latest, name) => Math.max(latest, newest(path.join(place, name))), own);
}

/** Milliseconds since 1970, or 0 when there is no such file. */
function modified(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
