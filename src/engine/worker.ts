/** The worker: one handler a call. It owns the sessions and the pixels. */
import {
  applyHead,
  BitError,
  buildGraph,
  checkInput,
  functionToApply,
  hiddenStateParts,
  logitsOf,
  parseProcessorConfig,
  preprocess,
  type Raster,
  scoresOf,
  throwIfAborted,
  topK,
} from '../bit/index.ts';
import { runBudget } from './budget.ts';
import { decodeImage } from './decode.ts';
import { type Model, openModel } from './model.ts';
import type { Calls, PlainTensor } from './protocol.ts';
import { runInSegments } from './segments.ts';
import { type Handlers, serve } from './serve.ts';
import { onDeviceLost } from './session.ts';

let model: Model | null = null;

function onBlocking(milliseconds: number): void {
  post({ kind: 'beat', silentFor: milliseconds });
}

function opened(): Model {
  if (!model) throw new BitError('internal', 'no model is open');
  return model;
}

const handlers: Handlers<Calls> = {
  async open({ source, device }, context) {
    const options = { ...context, onBlocking };
    const next =
      source.kind === 'stored'
        ? await (await import('./stored.ts')).openStored(source, device, options)
        : await openModel(source, device, options);
    const previous = model;
    model = next;
    await previous?.session.release();
    if (next.info.device.device === 'webgpu') {
      onDeviceLost((detail) => post({ kind: 'fatal', reason: 'device-lost', detail })).catch(fatal);
    }
    return next.info;
  },

  async classify({ picture, name, topK: k }, { signal, onProgress }) {
    const { config, processor, head, session } = opened();
    if (!head)
      throw new BitError(
        'checkpoint-tensor',
        config.num_labels === 0
          ? 'num_labels is 0, so the logits are the pooled features and there is no class to answer with'
          : 'the open model has no classifier, so it gives features but no answer',
      );
    const start = performance.now();
    onProgress({ step: 'decode' });
    const raster = await decodeImage(picture, name, { load: 'pipeline', signal });
    const decoded = performance.now();
    onProgress({ step: 'preprocess' });
    onBlocking((raster.width * raster.height) / 1e3);
    const prepared = preprocess(raster, processor, 'torchvision');
    throwIfAborted(signal);
    const ready = performance.now();
    onProgress({ step: 'run' });
    const pooled = await run(prepared);
    const apply = functionToApply(config);
    const scores = topK(scoresOf(applyHead(head, pooled.data), apply), head.labels, k);
    const end = performance.now();
    return {
      scores,
      functionToApply: apply,
      width: raster.width,
      height: raster.height,
      seen: prepared.seen,
      device: session.device,
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
    const { config, checkpoint, head, session } = opened();
    const hiddenStates = outputs.includes('hidden_states');
    const lastHiddenState = outputs.includes('last_hidden_state');
    checkInput(config, pixelValues.shape);
    // the open network gives pooled features only; the rest comes from one built piece by piece, for this call
    const { outputs: results, kept } =
      hiddenStates || lastHiddenState
        ? await runInSegments(config, checkpoint, pixelValues, session, {
            signal,
            cancelled,
            onBlocking,
            keep: hiddenStates ? hiddenStateParts(config) : [],
            lastHiddenState,
          })
        : { outputs: new Map([['pooled', await run(pixelValues)]]), kept: [] };
    const pooled = results.get('pooled');
    if (!pooled) throw new BitError('internal', 'the network gave no pooled features');
    const [n = 1] = pooled.shape;
    const logits = outputs.includes('logits') ? logitsOf(config, head, pooled.data) : null;
    return {
      pooled,
      logits: logits && { data: logits, shape: [n, logits.length / n] },
      lastHiddenState: results.get('last_hidden_state') ?? null,
      hiddenStates: hiddenStates ? kept : null,
    };
  },
};

/** Pooled features of pixel_values on the open model. */
async function run(pixelValues: PlainTensor): Promise<PlainTensor> {
  const { config, session } = opened();
  checkInput(config, pixelValues.shape);
  onBlocking(runBudget(buildGraph(config).weightLength, pixelValues.shape));
  const pooled = (await session.run({ data: pixelValues.data, shape: pixelValues.shape })).get('pooled');
  if (!pooled) throw new BitError('internal', 'the network gave no pooled features');
  return pooled;
}

const { post, fatal } = serve<Calls>(handlers);
