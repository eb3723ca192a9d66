/** The worker: one handler a call. It owns the sessions and the pixels. */
import {
  applyHead,
  type BitConfig,
  BitError,
  buildGraph,
  checkInput,
  functionToApply,
  type Head,
  hiddenStateParts,
  logitsOf,
  parseProcessorConfig,
  preprocess,
  type Raster,
  scoresOf,
  stageWidths,
  throwIfAborted,
  topK,
} from '../bit/index.ts';
import { runBudget } from './budget.ts';
import { decodeImage } from './decode.ts';
import { hashWeights, preprocessingText, thumbnailOf, viewsOf } from './features.ts';
import { type Model, openModel } from './model.ts';
import type { Calls, PlainTensor } from './protocol.ts';
import { runInSegments } from './segments.ts';
import { type Handlers, serve } from './serve.ts';
import { onDeviceLost } from './session.ts';
import type { FeatureKey } from './teach/protocol.ts';

let model: Model | null = null;
/** A taught head that answers instead of the model's own. */
let taught: Head | null = null;
let key: Promise<FeatureKey> | null = null;

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
    taught = null;
    key = null;
    await previous?.session.release();
    if (next.info.device.device === 'webgpu') {
      onDeviceLost((detail) => post({ kind: 'fatal', reason: 'device-lost', detail })).catch(fatal);
    }
    return next.info;
  },

  async classify({ picture, name, topK: k }, { signal, onProgress }) {
    const { config, processor, session } = opened();
    const head = taught ?? opened().head;
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
    const apply = taught ? 'softmax' : functionToApply(config);
    const scores = topK(scoresOf(applyHead(head, pooled.data), apply), head.labels, k);
    const end = performance.now();
    return {
      scores,
      functionToApply: apply,
      width: raster.width,
      height: raster.height,
      seen: prepared.seen,
      device: session.device,
      features: pooled.data,
      ms: { decode: decoded - start, preprocess: ready - decoded, run: end - ready, total: end - start },
    };
  },

  async features({ picture, name, views }, { signal }) {
    const { processor } = opened();
    const raster = await decodeImage(picture, name, { load: 'pipeline', signal });
    onBlocking((raster.width * raster.height) / 500);
    const rows: Float32Array[] = [];
    for (const view of viewsOf(raster, processor, views)) {
      throwIfAborted(signal);
      rows.push((await run(view)).data);
    }
    const width = rows[0]?.length ?? 0;
    const data = new Float32Array(rows.length * width);
    rows.forEach((row, i) => {
      data.set(row, i * width);
    });
    const features = { data, shape: [rows.length, width] };
    return { features, thumbnail: await thumbnailOf(raster), key: await keyOf(signal) };
  },

  featureKey: (_, { signal }) => keyOf(signal),

  async answerWith({ head }) {
    const width = featureWidth(opened().config);
    if (head && head.weight.length !== head.labels.length * width) {
      const own = head.weight.length / head.labels.length;
      throw new BitError('input-shape', `a head for ${own} features does not fit a backbone of ${width}`);
    }
    taught = head;
    return null;
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

const featureWidth = (config: BitConfig): number => stageWidths(config).at(-1) ?? 0;

/** Hashes the open model's weights once; a cancelled or failed try is forgotten. */
function keyOf(signal: AbortSignal): Promise<FeatureKey> {
  const { config, processor, files, info } = opened();
  key ??= hashWeights(files, signal).then((sha256) => ({
    sha256,
    name: info.source === 'embedded' ? 'built-in' : info.name,
    preprocessing: preprocessingText(processor),
    width: featureWidth(config),
  }));
  key.catch(() => {
    key = null;
  });
  return key;
}

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
