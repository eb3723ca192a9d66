import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import ensureBuilt, { dist } from '../tools/build.mjs';
import type { Row } from './table.ts';

const GOAL_KB = 120;

/** Chunks that a visit loads without being asked to: the page's, the workers that those start, and what they import at once. */
function firstLoad(): Set<string> {
  const assets = path.join(dist, 'assets');
  const page = /<script[^>]+src="\.\/assets\/([^"]+)"/.exec(
    readFileSync(path.join(dist, 'index.html'), 'utf8'),
  )?.[1];
  const open = page === undefined ? [] : [page];
  const first = new Set<string>();
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (first.has(file)) continue;
    first.add(file);
    const text = readFileSync(path.join(assets, file), 'utf8');
    for (const [, , found] of text.matchAll(/(\bfrom|\bimport)\s*["'`]\.\/([^"'`]+\.js)["'`]/g))
      if (found) open.push(found);
    // a worker is no import: it is named where it is started
    for (const [worker] of text.matchAll(/\bworker-[\w-]{8}\.js\b/g)) open.push(worker);
  }
  return first;
}

/** The page's own JavaScript, gzipped (1 kB = 1000 bytes); ONNX Runtime's chunks and later ones are listed, not counted. */
export async function benchSize(): Promise<Row[]> {
  await ensureBuilt();
  const first = firstLoad();
  const chunks = readdirSync(dist, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.m?js$/.test(file))
    .map((file) => ({
      file,
      runtime: path.basename(file).startsWith('ort'),
      later: !first.has(path.basename(file)),
      kB: gzipSync(readFileSync(path.join(dist, file)), { level: 9 }).length / 1000,
    }))
    .sort((a, b) => Number(a.runtime) - Number(b.runtime) || b.kB - a.kB);
  const own = chunks.filter(({ runtime, later }) => !runtime && !later).reduce((sum, { kB }) => sum + kB, 0);
  return [
    ...chunks.map(({ file, runtime, later, kB }) => ({
      quantity: file,
      measured: `${kB.toFixed(1)} kB${runtime ? ' (runtime)' : later ? ' (later)' : ''}`,
      goal: null,
    })),
    {
      quantity: 'first load without the runtime',
      measured: `${own.toFixed(1)} kB`,
      goal: { words: `at most ${GOAL_KB} kB`, met: own <= GOAL_KB },
    },
  ];
}
