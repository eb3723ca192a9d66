import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import ensureBuilt, { dist } from '../tools/build.mjs';
import type { Row } from './table.ts';

const GOAL_KB = 120;

/** The page's own JavaScript, gzipped (1 kB = 1000 bytes); ONNX Runtime's chunks are listed, not counted. */
export async function benchSize(): Promise<Row[]> {
  await ensureBuilt();
  const chunks = readdirSync(dist, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.m?js$/.test(file))
    .map((file) => ({
      file,
      runtime: path.basename(file).startsWith('ort'),
      kB: gzipSync(readFileSync(path.join(dist, file)), { level: 9 }).length / 1000,
    }))
    .sort((a, b) => Number(a.runtime) - Number(b.runtime) || b.kB - a.kB);
  const own = chunks.filter(({ runtime }) => !runtime).reduce((sum, { kB }) => sum + kB, 0);
  return [
    ...chunks.map(({ file, runtime, kB }) => ({
      quantity: file,
      measured: `${kB.toFixed(1)} kB${runtime ? ' (runtime)' : ''}`,
      goal: null,
    })),
    {
      quantity: 'without the runtime',
      measured: `${own.toFixed(1)} kB`,
      goal: { words: `at most ${GOAL_KB} kB`, met: own <= GOAL_KB },
    },
  ];
}
