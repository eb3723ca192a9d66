/** Makes node_modules match package-lock.json. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root, run, ToolError } from './process.mjs';

/** Scripts of packages are not needed, and NODE_ENV=production must not leave the build tools out. */
const flags = ['--ignore-scripts', '--include=dev', '--no-audit', '--no-fund'];

/** Installs the dependencies where they are missing or others than the lock file says. Throws ToolError. */
export async function ensureInstalled() {
  const reason = staleInstall();
  if (reason === null) return;
  console.log(`Installing dependencies (${reason}) …`);
  if (existsSync(path.join(root, 'package-lock.json')) && (await npm(['ci', ...flags]))) return;
  // `npm ci` refuses a lock file that lags behind package.json; what it does say still holds, and no file changes.
  console.log('npm ci failed; trying npm install …');
  if (await npm(['install', '--no-save', ...flags])) return;
  throw new ToolError(
    'The dependencies could not be installed: npm failed (see above). A network connection is needed once.',
  );
}

/** Why an installation is needed, or null: npm leaves in node_modules a lock file of what it really installed. */
function staleInstall() {
  const installed = readJson('node_modules/.package-lock.json')?.packages;
  if (installed === undefined) return 'there are none yet';
  const { dependencies, devDependencies } = readJson('package.json') ?? {};
  const missing = Object.keys({ ...dependencies, ...devDependencies }).find(
    (name) => !installed[`node_modules/${name}`],
  );
  if (missing !== undefined) return `${missing} is missing`;
  for (const [place, wanted] of Object.entries(readJson('package-lock.json')?.packages ?? {})) {
    const found = installed[place];
    if (place === '' || (found === undefined && wanted.optional)) continue; // optional: another platform's binary
    const same =
      found?.version === wanted.version &&
      (found.integrity ?? wanted.integrity) === (wanted.integrity ?? found.integrity);
    if (!same) return `${place.replace(/^.*node_modules\//, '')} is missing or another version`;
  }
  return null;
}

/** A JSON file of the repository, or undefined when there is none that can be read. */
function readJson(file) {
  try {
    return JSON.parse(readFileSync(path.join(root, file), 'utf8'));
  } catch {
    return undefined;
  }
}

/** True when npm succeeded. Under `npm start` the same npm runs again; else the one on the PATH. */
async function npm(args) {
  const own = process.env.npm_execpath;
  const { code } =
    own !== undefined && /npm-cli\.c?js$/.test(own)
      ? await run(process.execPath, [own, ...args])
      : await run('npm', args, { shell: process.platform === 'win32' }); // there it is npm.cmd
  return code === 0;
}
