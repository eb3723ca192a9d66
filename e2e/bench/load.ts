import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseBitConfig } from '../../src/bit/index.ts';
import type { Device, ModelInfo, OpenProgress } from '../../src/engine/protocol.ts';
import { writeSafetensors } from './files.ts';
import type { Bench } from './page.ts';
import { gpuProcess, hasProc, rendererOf } from './processes.ts';
import { withBenchPage } from './sources.ts';
import type { Row } from './table.ts';

declare const bench: Bench;
declare global {
  var benchStep: ((step: OpenProgress['step']) => Promise<void>) | undefined;
}

/** Stages' depths and the width factor, as the published nets have them. */
const SHAPES = [
  { name: 'R50x1', depths: [3, 4, 6, 3], factor: 1 },
  { name: 'R101x1', depths: [3, 4, 23, 3], factor: 1 },
  { name: 'R50x3', depths: [3, 4, 6, 3], factor: 3 },
] as const;
/** Opened first, so that what the runtime takes by itself is told apart. */
const SMALL = parseBitConfig({
  embedding_size: 32,
  hidden_sizes: [128, 256],
  depths: [1, 1],
  num_labels: 10,
});
/** Most memory over that of a page with a small model, as a ratio to the float32 weights on disk. */
const GOAL: Readonly<Record<Device, number>> = { wasm: 2.2, webgpu: 1.5 };

/** Opening a float32 checkpoint from disk: seconds and the peak of the page's process, step by step, on both devices. */
export async function benchLoad(): Promise<Row[]> {
  if (!hasProc) return [{ quantity: 'memory', measured: 'not measured: there is no /proc here', goal: null }];
  const folder = mkdtempSync(path.join(tmpdir(), 'bit-lens-load-'));
  const small = path.join(folder, 'small.safetensors');
  const rows: Row[] = [];
  try {
    await writeSafetensors(small, SMALL);
    for (const { name, depths, factor } of SHAPES) {
      const config = parseBitConfig({
        embedding_size: 64 * factor,
        hidden_sizes: [256, 512, 1024, 2048].map((width) => width * factor),
        depths,
        num_labels: 1000,
      });
      const file = path.join(folder, `${name}.safetensors`);
      const bytes = await writeSafetensors(file, config);
      for (const device of ['wasm', 'webgpu'] as const)
        rows.push(...rowsOf(name, device, bytes, await measure([small, file], device)));
      rmSync(file);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return rows;
}

interface Peaks {
  readonly renderer: number;
  readonly gpu: number | null;
}
interface Opened {
  readonly ms: ModelInfo['ms'];
  readonly device: ModelInfo['device'];
  /** Bytes that the small model left in the page's process. */
  readonly runtime: number;
  /** Bytes over what was there then: while reading and building, and in the self-check (WebGPU). */
  readonly building: Peaks;
  readonly checking: Peaks | null;
}

/** Opens both files, one after the other, in a browser of its own, and watches the second. */
async function measure(files: string[], device: Device): Promise<Opened> {
  return withBenchPage(
    async (page, browser) => {
      const input = page.locator('input');
      await input.setInputFiles(files);
      const watched = {
        renderer: await rendererOf(page, browser),
        gpu: device === 'webgpu' ? await gpuProcess(browser) : null,
      };
      const empty = watched.renderer.now();
      await page.evaluate((on) => bench.open(0, on), device);
      const base = { renderer: watched.renderer.now(), gpu: watched.gpu?.now() ?? 0 };
      const peaks = (): Peaks => ({
        renderer: watched.renderer.peak() - base.renderer,
        gpu: watched.gpu && watched.gpu.peak() - base.gpu,
      });
      const restart = (): void => {
        watched.renderer.restart();
        watched.gpu?.restart();
      };
      let building: Peaks | null = null;
      await page.exposeFunction('benchStep', (step: OpenProgress['step']) => {
        if (step !== 'self-check' || building) return;
        building = peaks();
        restart();
      });
      restart();
      const info = await page.evaluate((on) => bench.open(1, on), device);
      const last = peaks();
      return {
        ...info,
        runtime: base.renderer - empty,
        building: building ?? last,
        checking: building && last,
      };
    },
    { webgpu: device === 'webgpu' },
  );
}

function rowsOf(name: string, device: Device, bytes: number, { ms, ...opened }: Opened): Row[] {
  const title = `${name} ${device}`;
  if (opened.device.device !== device) {
    const why = opened.device.fallback?.detail ?? 'no reason given';
    return [{ quantity: title, measured: `ran on ${opened.device.device}: ${why}`, goal: null }];
  }
  const seconds = (value: number): string => `${(value / 1000).toFixed(2)} s`;
  const memory = (value: number): string =>
    `${(value / 1e6).toFixed(0)} MB, ${(value / bytes).toFixed(2)} times`;
  const { building, checking } = opened;
  const peak = Math.max(building.renderer, checking?.renderer ?? 0);
  const gpu = building.gpu === null ? null : Math.max(building.gpu, checking?.gpu ?? 0);
  const row = (quantity: string, measured: string, goal: Row['goal'] = null): Row => ({
    quantity: `${title}: ${quantity}`,
    measured,
    goal,
  });
  return [
    row('the runtime by itself', `${(opened.runtime / 1e6).toFixed(0)} MB`),
    row('file', `${(bytes / 1e6).toFixed(0)} MB`),
    row('read and standardize', seconds(ms.read)),
    row('session', seconds(ms.session)),
    row('peak of both', memory(building.renderer)),
    ...(checking
      ? [row('self-check', seconds(ms.selfCheck)), row('peak of self-check', memory(checking.renderer))]
      : []),
    ...(gpu === null ? [] : [row('GPU process (a software GPU keeps its memory there)', memory(gpu))]),
    row('peak / file', `${(peak / bytes).toFixed(2)} times`, {
      words: `at most ${GOAL[device]}`,
      met: peak / bytes <= GOAL[device],
    }),
  ];
}
