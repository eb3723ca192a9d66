/** Where the project lies, and how its tools run other programs. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Absolute path of the repository. */
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** A sentence for a person that needs no stack. */
export class ToolError extends Error {}

/**
 * Runs a program in the repository with its output streaming through and no stdin.
 * @param {string} command
 * @param {string[]} args
 * @param {{ env?: Record<string, string>, collect?: boolean, shell?: boolean }} options `collect` also returns stdout
 * @returns {Promise<{ code: number, stdout: string }>} code 127 when the program could not be started
 */
export function run(command, args, { env = {}, collect = false, shell = false } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      shell,
      stdio: ['ignore', collect ? 'pipe' : 'inherit', 'inherit'],
    });
    const chunks = [];
    child.stdout?.on('data', (chunk) => {
      chunks.push(chunk);
      process.stdout.write(chunk);
    });
    child.on('error', (error) => {
      console.error(`${command}: ${error.message}`);
      resolve({ code: 127, stdout: '' });
    });
    child.on('close', (code) => resolve({ code: code ?? 1, stdout: Buffer.concat(chunks).toString('utf8') }));
  });
}

/**
 * Runs a command of an installed package with this very Node (no shell, no .cmd wrapper, no npx).
 * @param {string} name package
 * @param {string[]} args
 * @param {Parameters<typeof run>[2] & { command?: string }} options `command` where it is not the package's own name
 */
export function runPackage(name, args, { command = name.split('/').pop(), ...options } = {}) {
  const folder = path.join(root, 'node_modules', name);
  const { bin } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  return run(
    process.execPath,
    [path.join(folder, typeof bin === 'string' ? bin : bin[command]), ...args],
    options,
  );
}

/**
 * Runs a tool's main function: a ToolError ends it in one sentence, anything else with its stack.
 * @param {() => Promise<number | undefined>} main returns the exit code, undefined to keep running
 */
export async function runMain(main) {
  try {
    const code = await main();
    if (code !== undefined) exit(code);
  } catch (error) {
    console.error(error instanceof ToolError ? error.message : error);
    exit(2);
  }
}

/** Ends the program once its output has left it: a pipe may still hold some. */
function exit(code) {
  process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
}
