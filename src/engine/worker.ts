/** The worker: one handler a call. It owns the sessions and the pixels. */
import {
  BitError,
  functionToApply,
  parseProcessorConfig,
  preprocess,
  type Raster,
  scoresOf,
  throwIfAborted,
  topK,
  toRgb,
} from '../bit/index.ts';
import { decodeImage } from './decode.ts';
import { type Model, openModel } from './model.ts';
import type { CallName, Calls, Request, Response } from './protocol.ts';
import { onDeviceLost } from './session.ts';

interface Context<N extends CallName> {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Calls[N]['progress']) => void;
  /** True once cancelled; heard while the thread is blocked, as the signal is not. */
  readonly cancelled: () => boolean;
}
type Handlers = {
  readonly [N in CallName]: (input: Calls[N]['input'], context: Context<N>) => Promise<Calls[N]['output']>;
};

const BEAT_MS = 1_000;
let model: Model | null = null;

function post(response: Response): void {
  self.postMessage(response);
}

function onBlocking(milliseconds: number): void {
  post({ kind: 'beat', silentFor: milliseconds });
}

function opened(): Model {
  if (!model) throw new BitError('internal', 'no model is open');
  return model;
}

const handlers: Handlers = {
  async open({ source, device }, context) {
    const next = await openModel(source, device, { ...context, onBlocking });
    const previous = model;
    model = next;
    await previous?.network.release();
    if (next.info.device.device === 'webgpu') {
      onDeviceLost((detail) => post({ kind: 'fatal', reason: 'device-lost', detail })).catch(fatal);
    }
    return next.info;
  },

  async classify({ picture, name, topK: k, functionToApply: asked }, { signal, cancelled, onProgress }) {
    const { config, processor, network, info } = opened();
    if (!network.classifies)
      throw new BitError(
        'checkpoint-tensor',
        config.num_labels === 0
          ? 'num_labels is 0, so the logits are the pooled features and there is no class to answer with'
          : 'the open model has no classifier, so it gives features but no answer',
      );
    const start = performance.now();
    onProgress({ step: 'decode' });
    const raster =
      picture instanceof Blob
        ? await decodeImage(picture, name, { load: 'pipeline', signal })
        : toRgb(picture);
    const decoded = performance.now();
    onProgress({ step: 'preprocess' });
    onBlocking((raster.width * raster.height) / 1e3);
    const prepared = preprocess(raster, processor, 'torchvision');
    throwIfAborted(signal);
    const ready = performance.now();
    onProgress({ step: 'run' });
    const { logits } = await network.forward(prepared, ['logits'], { signal, cancelled, onBlocking });
    if (!logits) throw new BitError('internal', 'the network gave no logits');
    const apply = asked ?? functionToApply(config);
    // what a network has made probabilities of is not done twice
    const row = network.givesProbabilities && !asked ? logits.data : scoresOf(logits.data, apply);
    const scores = topK(row, info.labels, k);
    const end = performance.now();
    return {
      scores,
      functionToApply: apply,
      width: raster.width,
      height: raster.height,
      seen: prepared.seen,
      device: network.device,
      ms: { decode: decoded - start, preprocess: ready - decoded, run: end - ready, total: end - start },
    };
  },

  async preprocess({ picture, name, load, backend, orientation, config }, { signal }) {
    const raster: Raster = await decodeImage(picture, name, {
      load,
      signal,
      ...(orientation === undefined ? {} : { orientation }),
    });
    const processor = config === undefined ? opened().processor : parseProcessorConfig(config);
    const { data, shape, resized } = preprocess(raster, processor, backend, { keepResized: true });
    return { pixelValues: { data, shape }, resized };
  },

  async forward({ pixelValues, outputs }, { signal, cancelled }) {
    return opened().network.forward(pixelValues, outputs, { signal, cancelled, onBlocking });
  },
};

const running = new Map<number, AbortController>();

async function answer<N extends CallName>(
  id: number,
  call: N,
  input: Calls[N]['input'],
  flag: Int32Array | undefined,
): Promise<void> {
  const controller = new AbortController();
  running.set(id, controller);
  try {
    const onProgress = (progress: Calls[N]['progress']): void => post({ id, kind: 'progress', progress });
    const { signal } = controller;
    const cancelled = (): boolean => signal.aborted || (flag !== undefined && Atomics.load(flag, 0) === 1);
    const result = await handlers[call](input, { signal, cancelled, onProgress });
    post({ id, kind: 'result', result });
  } catch (cause) {
    const error =
      cause instanceof BitError
        ? cause
        : new BitError('internal', cause instanceof Error ? cause.message : String(cause));
    const { code, message, file, subject } = error;
    post({ id, kind: 'error', error: { code, message, file, subject } });
  } finally {
    running.delete(id);
  }
}

self.addEventListener('message', ({ data }: MessageEvent<Request>) => {
  if (data.call === 'cancel') running.get(data.id)?.abort();
  else answer(data.id, data.call, data.input as never, data.flag).catch(fatal);
});

function fatal(cause: unknown): void {
  post({ kind: 'fatal', reason: 'died', detail: cause instanceof Error ? cause.message : String(cause) });
}
// an unhandled rejection in a worker reaches no onerror of the page
self.addEventListener('unhandledrejection', (event) => fatal(event.reason));
setInterval(() => post({ kind: 'beat', silentFor: 0 }), BEAT_MS);
