#!/usr/bin/env node
/** `node e2e/tools/run.mjs FILE.ts ...args`: runs a TypeScript program, which exports `main(argv): Promise<number>`. */
import './node.mjs';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { ensureInstalled } from './install.mjs';
import { root, runMain, ToolError } from './process.mjs';

await runMain(async () => {
  const [file, ...args] = process.argv.slice(2);
  if (file === undefined) throw new ToolError('usage: node e2e/tools/run.mjs FILE.ts [argument ...]');
  if (!existsSync(file)) throw new ToolError(`There is no program ${file}.`);
  await ensureInstalled();
  const { createServer, createServerModuleRunner } = await import('vite');
  const server = await createServer({
    root,
    configFile: false,
    envDir: false,
    appType: 'custom',
    logLevel: 'error',
    optimizeDeps: { noDiscovery: true, include: [] },
    server: { middlewareMode: true, hmr: false, ws: false, watch: null },
    ssr: { external: true }, // packages are Node's own business
  });
  // The runner stays open until main is done: programs import lazily.
  const runner = createServerModuleRunner(server.environments.ssr, { hmr: false });
  try {
    const { main } = await runner.import(path.resolve(file));
    if (typeof main !== 'function') throw new ToolError(`${file} exports no function main(argv).`);
    return await main(args);
  } catch (error) {
    void error?.stack; // its lines are mapped to the source when first read, and only while the runner is open
    throw error;
  } finally {
    await runner.close();
    await server.close();
  }
});
