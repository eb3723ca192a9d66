#!/usr/bin/env node
/** `npm start`: installs and builds where needed, then serves the built page. */
import './node.mjs';
import util from 'node:util';
import ensureBuilt, { dist } from './build.mjs';
import { ensureInstalled } from './install.mjs';
import { runMain, ToolError } from './process.mjs';
import { serve } from './serve.mjs';

const usage = `npm start -- [--port N] [--host H]

  --port N   first port to try (default: the PORT variable, else 4173); the next free one is taken; 0 is any
  --host H   address to listen on (default 127.0.0.1, this machine only)`;

await runMain(async () => {
  const options = readOptions();
  if (options === null) {
    console.log(usage);
    return 0;
  }
  await ensureInstalled();
  await ensureBuilt();
  const server = await serveOnFreePort(options);
  console.log(`\nBiT Lens is at ${visibleUrl(server.url)} (Ctrl-C ends it)\n`);
  if (!['127.0.0.1', '::1', 'localhost'].includes(options.host)) {
    console.log(
      'Other machines that open it by http get neither WebGPU nor threads from their browser; https gives both.',
    );
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.once(signal, () => void server.close().then(() => process.exit(0)));
  }
  return undefined;
});

/** The command line and PORT; null when help was asked for. Throws ToolError. */
function readOptions() {
  let values;
  try {
    ({ values } = util.parseArgs({
      options: { port: { type: 'string' }, host: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    }));
  } catch (error) {
    throw new ToolError(`${error.message}\n\n${usage}`);
  }
  if (values.help) return null;
  const text = values.port ?? (process.env.PORT || '4173');
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65535)
    throw new ToolError(`The port must be a number from 0 to 65535, not "${text}".`);
  return { port, host: values.host ?? '127.0.0.1' };
}

/** Tries the port and those after it. Throws ToolError. */
async function serveOnFreePort({ port, host }) {
  const last = port === 0 ? 0 : Math.min(port + 99, 65535);
  for (let next = port; next <= last; next += 1) {
    try {
      return await serve({ root: dist, host, port: next });
    } catch (error) {
      if (error.code !== 'EADDRINUSE')
        throw new ToolError(`The page cannot be served at ${host}:${next}: ${error.message}.`);
    }
  }
  throw new ToolError(`No port from ${port} to ${last} is free at ${host}.`);
}

/** "All addresses" is none that a browser opens; this machine's own is. */
function visibleUrl(url) {
  return url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:');
}
