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
import type { Calls } from './protocol.ts';
import { type Handlers, serve } from './serve.ts';
import { onDeviceLost } from './session.ts';

let model: Model | null = null;

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
    await previous?.network.release();
    if (next.info.device.device === 'webgpu') {
      onDeviceLost((detail) => post({ kind: 'fatal', reason: 'device-lost', detail })).catch(fatal);
    }
    return next.info;
  },

  async classify(
    { picture, name, topK: k, functionToApply: asked },
    { signal, cancelled, onProgress, onBlocking },
  ) {
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
    const row = info.givesProbabilities && !asked ? logits.data : scoresOf(logits.data, apply);
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

  async forward({ pixelValues, outputs }, { signal, cancelled, onBlocking }) {
    return opened().network.forward(pixelValues, outputs, { signal, cancelled, onBlocking });
  },
};

const { post, fatal } = serve<Calls>(handlers);
