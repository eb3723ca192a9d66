/** The reference's model classes in a page: each has a worker of its own, which `dispose` ends. */
import {
  BitConfig,
  BitError,
  BitImageProcessor,
  backboneStages,
  type NamedBlob,
  processorFields,
  type Tensor,
} from '../bit/index.ts';
import { createEngine } from './client.ts';
import type {
  CallOptions,
  Calls,
  Choices,
  DevicePreference,
  Engine,
  ForwardOutput,
  ModelInfo,
  OpenProgress,
  PlainTensor,
} from './protocol.ts';
import { filesOf, type PretrainedSource } from './source.ts';

export interface PretrainedOptions {
  /** 'auto': WebGPU where its answer on a known input is WASM's, else WASM. */
  readonly device?: DevicePreference;
  /** BitConfig fields that win over those of the files (out_features, for example). */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: OpenProgress) => void;
}

export interface ForwardInput {
  /** [N, C, H, W], as an image processor makes it. */
  readonly pixel_values: Tensor;
  readonly output_hidden_states?: boolean;
}

export interface RunOptions {
  readonly signal?: AbortSignal;
}

interface Opened {
  readonly engine: Engine;
  readonly info: ModelInfo;
}

/** What the three classes share. */
class Pretrained {
  /** The files' own, resolved. */
  readonly config: BitConfig;
  /** The one that came with the weights, else one of the class defaults or of what is known of such weights. */
  readonly processor: BitImageProcessor;
  /** Device, labels, what had to be assumed, and times. */
  readonly info: ModelInfo;
  /** For what the classes do not offer. */
  readonly engine: Engine;

  protected constructor({ engine, info }: Opened) {
    const { labels, stage_names: _, num_labels: __, ...fields } = info.config;
    this.engine = engine;
    this.info = info;
    this.config = new BitConfig({ ...fields, id2label: { ...labels } });
    this.processor = new BitImageProcessor(processorFields(info.processor));
  }

  /** Ends the worker; what is under way rejects with 'aborted'. */
  dispose(): void {
    this.engine.dispose();
  }

  protected run(
    { pixel_values: { data, dims } }: ForwardInput,
    outputs: readonly ForwardOutput[],
    options: RunOptions,
  ): Promise<Calls['forward']['output']> {
    return this.engine.forward({ pixelValues: { data, shape: dims }, outputs }, options);
  }
}

async function open(source: PretrainedSource, options: PretrainedOptions): Promise<Opened> {
  const { device = 'auto', config, signal, onProgress } = options;
  const call: CallOptions<'open'> = { ...(signal && { signal }), ...(onProgress && { onProgress }) };
  const files: readonly NamedBlob[] = await filesOf(source, {
    signal: signal ?? new AbortController().signal,
    onProgress: (done, total) => onProgress?.({ step: 'fetch', done, total }),
  });
  // the reference never names classes that the files do not name
  const choices: Choices = { labels: 'file', ...(config && { config }) };
  const engine = createEngine();
  try {
    return { engine, info: await engine.open({ kind: 'files', files, choices }, { device, ...call }) };
  } catch (error) {
    engine.dispose();
    throw error;
  }
}

const tensor = ({ data, shape }: PlainTensor): Tensor => ({ data, dims: shape });

function given<T>(value: T | null): T {
  if (value === null)
    throw new BitError(
      'checkpoint-not-bit',
      'the open network is an .onnx of someone else, which gives logits only',
    );
  return value;
}

const states = (hidden: readonly PlainTensor[] | null): { hidden_states?: Tensor[] } =>
  hidden ? { hidden_states: hidden.map(tensor) } : {};

export interface BitModelOutput {
  /** [N, C, h, w], after the final norm. */
  readonly last_hidden_state: Tensor;
  /** [N, C, 1, 1]. */
  readonly pooler_output: Tensor;
  /** The stem's output and each stage's, when asked for; the final norm is not in it. */
  readonly hidden_states?: readonly Tensor[];
}

/** The reference's BitModel: features without a classifier. */
export class BitModel extends Pretrained {
  /** Opens a model. Rejects with a BitError. */
  static async from_pretrained(source: PretrainedSource, options: PretrainedOptions = {}): Promise<BitModel> {
    return new BitModel(await open(source, options));
  }

  async forward(input: ForwardInput, options: RunOptions = {}): Promise<BitModelOutput> {
    const hidden = input.output_hidden_states ? (['hidden_states'] as const) : [];
    const out = await this.run(input, ['last_hidden_state', 'pooled', ...hidden], options);
    const pooled = given(out.pooled);
    return {
      last_hidden_state: tensor(given(out.lastHiddenState)),
      pooler_output: { data: pooled.data, dims: [...pooled.shape, 1, 1] },
      ...states(out.hiddenStates),
    };
  }
}

export interface BackboneOptions extends PretrainedOptions {
  /** Names of the stages to give: 'stem', 'stage1', ...; in place of the config's. */
  readonly out_features?: readonly string[];
  /** Their positions instead, negative ones from the end. */
  readonly out_indices?: readonly number[];
}

export interface BackboneOutput {
  /** One a stage of out_features, [N, C, h, w]. */
  readonly feature_maps: readonly Tensor[];
  readonly hidden_states?: readonly Tensor[];
}

/** The reference's BitBackbone: feature maps of chosen stages. It has no pooler. */
export class BitBackbone extends Pretrained {
  /** Opens a model; out_features and out_indices must agree where both are given. Rejects with a BitError. */
  static async from_pretrained(
    source: PretrainedSource,
    options: BackboneOptions = {},
  ): Promise<BitBackbone> {
    const { out_features, out_indices, config, ...rest } = options;
    // either one replaces both of the config's
    const chosen = out_features || out_indices ? { out_features, out_indices } : {};
    return new BitBackbone(await open(source, { ...rest, config: { ...config, ...chosen } }));
  }

  get out_features(): readonly string[] {
    return this.config.out_features;
  }

  get out_indices(): readonly number[] {
    return this.config.out_indices;
  }

  /**
   * Channels of the feature maps as the reference reports them: embedding_size and hidden_sizes as they stand in the
   * config, also where width_factor or the rounding to 8 makes the maps wider.
   */
  get channels(): readonly number[] {
    return backboneStages(this.config).map(({ reportedChannels }) => reportedChannels);
  }

  async forward(input: ForwardInput, options: RunOptions = {}): Promise<BackboneOutput> {
    const hidden = given((await this.run(input, ['hidden_states'], options)).hiddenStates).map(tensor);
    return {
      feature_maps: backboneStages(this.config).flatMap(({ index }) => hidden[index] ?? []),
      ...(input.output_hidden_states && { hidden_states: hidden }),
    };
  }
}

export interface ImageClassifierOutput {
  /** [N, labels]; with num_labels 0, when the classifier only flattens, the pooled features. */
  readonly logits: Tensor;
  readonly hidden_states?: readonly Tensor[];
}

/** The reference's BitForImageClassification; it also opens someone else's .onnx, which gives logits only. */
export class BitForImageClassification extends Pretrained {
  /** Opens a model. Rejects with a BitError: 'checkpoint-tensor' for a checkpoint without a classifier. */
  static async from_pretrained(
    source: PretrainedSource,
    options: PretrainedOptions = {},
  ): Promise<BitForImageClassification> {
    const opened = await open(source, options);
    const { info, engine } = opened;
    if (info.labels.length === 0 && info.config.num_labels !== 0) {
      engine.dispose();
      throw new BitError('checkpoint-tensor', 'has no classifier: open it as BitModel or BitBackbone', {
        file: info.name,
      });
    }
    return new BitForImageClassification(opened);
  }

  async forward(input: ForwardInput, options: RunOptions = {}): Promise<ImageClassifierOutput> {
    const hidden = input.output_hidden_states ? (['hidden_states'] as const) : [];
    const out = await this.run(input, ['logits', ...hidden], options);
    return { logits: tensor(given(out.logits)), ...states(out.hiddenStates) };
  }
}
