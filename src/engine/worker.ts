/** The worker: one handler a call. It owns the sessions and the pixels. */
import {
  applyHead,
  type BitConfigFields,
  BitError,
  type CellGrid,
  cellGrid,
  functionToApply,
  type Head,
  type Preprocessed,
  parseProcessorConfig,
  preprocess,
  type Raster,
  scoresOf,
  stageWidths,
  throwIfAborted,
  topK,
  toRgb,
} from '../bit/index.ts';
import { decodeImage } from './decode.ts';
import { mapsOf, noMaps } from './maps.ts';
import { type Model, openModel } from './model.ts';
import type { Calls, ForwardOutput } from './protocol.ts';
import { type Handlers, serve } from './serve.ts';
import { onDeviceLost } from './session.ts';
import { preprocessingText } from './teach/featureKey.ts';
import type { FeatureKey } from './teach/protocol.ts';

let model: Model | null = null;
/** A taught head that answers instead of the model's own. */
let taught: Head | null = null;
let key: Promise<FeatureKey> | null = null;

function opened(): Model {
  if (!model) throw new BitError('internal', 'no model is open');
  return model;
}

const handlers: Handlers<Calls> = {
  async open({ source, device }, context) {
    const next =
      source.kind === 'stored'
        ? await (await import('./stored.ts')).openStored(source, device, context)
        : await openModel(source, device, context);
    const previous = model;
    model = next;
    taught = null;
    key = null;
    await previous?.network.release();
    if (next.info.device.device === 'webgpu') {
      onDeviceLost((detail) => post({ kind: 'fatal', reason: 'device-lost', detail })).catch(fatal);
    }
    return next.info;
  },

  async classify(
    { picture, name, topK: k, functionToApply: asked, maps = false, logits: wanted = false, temperature = 1 },
    { signal, cancelled, onProgress, onBlocking },
  ) {
    const { config, processor, network, info } = opened();
    if (!network.classifies && !taught) throw noClassifier();
    const start = performance.now();
    onProgress({ step: 'decode' });
    const raster = await rasterOf(picture, name, signal);
    const decoded = performance.now();
    onProgress({ step: 'preprocess' });
    onBlocking((raster.width * raster.height) / 1e3);
    const prepared = preprocess(raster, processor, 'torchvision');
    throwIfAborted(signal);
    const ready = performance.now();
    onProgress({ step: 'run' });
    const head = taught ?? network.head;
    const outputs: ForwardOutput[] = [taught ? 'pooled' : 'logits'];
    if (maps && head) outputs.push('last_hidden_state');
    const {
      pooled,
      logits: own,
      lastHiddenState,
    } = await network.forward(prepared, outputs, { signal, cancelled, onBlocking });
    const logits = taught && pooled ? { data: applyHead(taught, pooled.data) } : own;
    if (!logits) throw new BitError('internal', 'the network gave no logits');
    const apply = asked ?? (taught ? 'softmax' : functionToApply(config));
    // what a network has made probabilities of is not done twice
    const given = info.givesProbabilities && !taught;
    const row = given && !asked ? logits.data : scoresOf(logits.data, apply, temperature);
    const scores = topK(row, taught?.labels ?? info.labels, k);
    const classes = scores.map(({ index }) => index);
    const made =
      maps && head && lastHiddenState
        ? mapsOf(head, classes, lastHiddenState, gridOf(config, prepared))
        : null;
    const end = performance.now();
    return {
      scores,
      functionToApply: apply,
      width: raster.width,
      height: raster.height,
      seen: prepared.seen,
      device: network.device,
      features: pooled?.data ?? new Float32Array(),
      maps: made,
      logits: wanted && !given ? logits.data : null,
      ms: { decode: decoded - start, preprocess: ready - decoded, run: end - ready, total: end - start },
    };
  },

  async map({ picture, name, classes }, { signal, cancelled, onBlocking }) {
    const { config, processor, network } = opened();
    const head = taught ?? network.head;
    if (!head) throw network.classifies ? noMaps() : noClassifier();
    const raster = await rasterOf(picture, name, signal);
    onBlocking((raster.width * raster.height) / 1e3);
    const prepared = preprocess(raster, processor, 'torchvision');
    throwIfAborted({ aborted: cancelled() });
    const { lastHiddenState } = await network.forward(prepared, ['last_hidden_state'], {
      signal,
      cancelled,
      onBlocking,
    });
    throwIfAborted({ aborted: cancelled() });
    if (!lastHiddenState) throw noMaps();
    const grid = gridOf(config, prepared);
    return { ...mapsOf(head, classes, lastHiddenState, grid), seen: prepared.seen };
  },

  async features({ picture, name, views }, { signal, cancelled, onBlocking }) {
    const { processor, network } = opened();
    const { thumbnailOf, viewsOf } = await teaching();
    const raster = await decodeImage(picture, name, { load: 'pipeline', signal });
    onBlocking((raster.width * raster.height) / 500);
    const rows: Float32Array[] = [];
    for (const view of viewsOf(raster, processor, views)) {
      throwIfAborted(signal);
      const { pooled } = await network.forward(view, ['pooled'], { signal, cancelled, onBlocking });
      if (!pooled) throw noFeatures();
      rows.push(pooled.data);
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

  async modelKey(_, { signal }) {
    const [answering, head] = [opened(), taught]; // as they are now, whatever is opened meanwhile
    const { modelKey } = await keying();
    return { key: await modelKey(answering, head, signal) };
  },

  async answerWith({ head }) {
    const { config, info } = opened();
    if (head && info.format === 'onnx') throw noFeatures();
    const width = featureWidth(config);
    if (head && head.weight.length !== head.labels.length * width) {
      const own = head.weight.length / head.labels.length;
      throw new BitError('input-shape', `a head for ${own} features does not fit a backbone of ${width}`);
    }
    taught = head;
    return null;
  },

  async calibrate(input, { signal, onBlocking }) {
    onBlocking(input.logits.length / 1e3); // some 50 passes of an exponential each
    return (await import('./calibrate.ts')).calibrate(input, signal);
  },

  async exportModel({ form, taught: head }, { signal, onProgress }) {
    const { exportModel } = await import('./exportModel.ts');
    const { sha256, preprocessing } = await keyOf(signal);
    if (sha256 !== head.backbone.sha256 || preprocessing !== preprocessingText(head.processor))
      throw new BitError('head-backbone', 'the open model is not what these classes were taught on');
    return exportModel(opened(), form, { taught: head, signal, onProgress });
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

  async forward({ pixelValues, outputs }, { signal, cancelled, onBlocking }) {
    return opened().network.forward(pixelValues, outputs, { signal, cancelled, onBlocking });
  },
};

/** A picture as the network's processor takes it. */
const rasterOf = async (picture: Blob | Raster, name: string, signal: AbortSignal): Promise<Raster> =>
  picture instanceof Blob ? decodeImage(picture, name, { load: 'pipeline', signal }) : toRgb(picture);

/** Where the cells of the last feature map lie on the part of the picture that was seen. */
const gridOf = (config: BitConfigFields, { shape: [, , height, width], shown }: Preprocessed): CellGrid =>
  cellGrid(config, { height, width }, shown);

function noClassifier(): BitError {
  return new BitError(
    'checkpoint-tensor',
    opened().config.num_labels === 0
      ? 'num_labels is 0, so the logits are the pooled features and there is no class to answer with'
      : 'the open model has no classifier, so it gives features but no answer',
  );
}

/** What only teaching needs; most visits do without. */
const teaching = () => import('./features.ts');
const keying = () => import('./modelKey.ts');

const featureWidth = (config: BitConfigFields): number => stageWidths(config).at(-1) ?? 0;

/** Someone else's .onnx gives classes, and no features that a new last layer could stand on. */
function noFeatures(): BitError {
  return new BitError('input-shape', 'the open model gives no features to teach with; use a checkpoint');
}

/** Hashes the open model's weights once; a cancelled or failed try is forgotten. */
function keyOf(signal: AbortSignal): Promise<FeatureKey> {
  const { config, processor, files, info } = opened();
  if (info.format === 'onnx') return Promise.reject(noFeatures());
  key ??= keying().then(async ({ weightsHash }) => ({
    sha256: await weightsHash(files, signal),
    name: info.source === 'embedded' ? 'built-in' : info.name,
    preprocessing: preprocessingText(processor),
    width: featureWidth(config),
  }));
  key.catch(() => {
    key = null;
  });
  return key;
}

const { post, fatal } = serve<Calls>(handlers);
