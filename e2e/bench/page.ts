/** The browser's half of the benchmark: times networks in their workers, and the image processor. */
import { parseProcessorConfig, preprocess, type Raster } from '../../src/bit/index.ts';
import { createEngine } from '../../src/engine/client.ts';
import type { Device, Engine, ModelInfo } from '../../src/engine/protocol.ts';
import type { Reply, RunResult, Setting } from './worker.ts';

/** A photo of 12 megapixels. */
const PHOTO = { width: 4000, height: 3000 };
const SIDE = 448;

class Runner {
  private readonly worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });

  /** Builds the network; returns the runtime's thread count. */
  async open(setting: Setting): Promise<number | undefined> {
    const reply = await this.ask(setting);
    return reply.kind === 'ready' ? reply.threads : undefined;
  }

  async run(): Promise<RunResult> {
    const reply = await this.ask('run');
    if (reply.kind !== 'ran') throw new Error(`the worker answered ${reply.kind}`);
    return reply;
  }

  end(): void {
    this.worker.terminate();
  }

  private ask(request: Setting | 'run'): Promise<Reply> {
    return new Promise((resolve, reject) => {
      this.worker.onmessage = ({ data }: MessageEvent<Reply>) =>
        data.kind === 'failed' ? reject(new Error(data.message)) : resolve(data);
      this.worker.onerror = ({ message }) => reject(new Error(message));
      this.worker.postMessage(request);
    });
  }
}

export interface Compared {
  /** Milliseconds of each pair's runs. */
  readonly a: number[];
  readonly b: number[];
  readonly threads: readonly (number | undefined)[];
  /** Largest |d| / (1 + |b|) of the pooled features. */
  readonly difference: number;
}

/** Runs two networks in turn, `pairs` times each; which goes first alternates. */
async function compareNetworks(a: Setting, b: Setting, pairs: number): Promise<Compared> {
  const first = new Runner();
  const second = new Runner();
  const threads = [await first.open(a), await second.open(b)];
  const times: { a: number[]; b: number[] } = { a: [], b: [] };
  let difference = 0;
  for (let i = 0; i < pairs; i++) {
    const early = i % 2 === 0 ? await first.run() : null;
    const other = await second.run();
    const own = early ?? (await first.run());
    times.a.push(own.ms);
    times.b.push(other.ms);
    difference = Math.max(difference, worst(own.pooled, other.pooled));
  }
  first.end();
  second.end();
  return { ...times, threads, difference };
}

function worst(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  return a.reduce((most, value, i) => {
    const other = b[i] ?? Number.NaN;
    const error = Math.abs(value - other) / (1 + Math.abs(other));
    return Number.isNaN(error) ? Number.POSITIVE_INFINITY : Math.max(most, error);
  }, 0);
}

/** Our processor against the canvas (draw and read back), in turn, on one photo. Milliseconds. */
async function comparePreprocess(pairs: number): Promise<{ a: number[]; b: number[] }> {
  const { width, height } = PHOTO;
  const data = new Uint8ClampedArray(4 * width * height);
  for (let i = 0; i < data.length; i++) data[i] = i % 4 === 3 ? 255 : (i * 7 + (i >> 13) * 31) & 255;
  const raster: Raster = { mode: 'RGB', width, height, channels: 4, data };
  const config = parseProcessorConfig({
    size: { shortest_edge: SIDE },
    crop_size: { height: SIDE, width: SIDE },
    resample: 3, // bicubic
  });
  const bitmap = await createImageBitmap(new ImageData(data, width, height));
  const context = new OffscreenCanvas(SIDE, SIDE).getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('no canvas');
  const ours = (): unknown => preprocess(raster, config, 'torchvision');
  const canvas = (): unknown => {
    context.drawImage(bitmap, (width - height) / 2, 0, height, height, 0, 0, SIDE, SIDE);
    return context.getImageData(0, 0, SIDE, SIDE);
  };
  const timed = (work: () => unknown): number => {
    const start = performance.now();
    work();
    return performance.now() - start;
  };
  ours();
  canvas();
  const times: { a: number[]; b: number[] } = { a: [], b: [] };
  for (let i = 0; i < pairs; i++) {
    times.a.push(timed(ours));
    times.b.push(timed(canvas));
  }
  return times;
}

let engine: Engine | null = null;

/** Opens a file of the page's input through the engine. */
async function open(index: number, device: Device): Promise<Pick<ModelInfo, 'ms' | 'device'>> {
  const file = document.querySelector('input')?.files?.[index];
  if (!file) throw new Error('no file was given');
  engine ??= createEngine();
  let step: string | null = null;
  const { ms, device: report } = await engine.open(
    { kind: 'files', files: [{ name: file.name, blob: file }] },
    {
      device,
      onProgress: (progress) => {
        if (progress.step !== step) globalThis.benchStep?.(progress.step);
        step = progress.step;
      },
    },
  );
  return { ms, device: report };
}

const bench = { compareNetworks, comparePreprocess, open };
export type Bench = typeof bench;
Object.assign(globalThis, { bench });
