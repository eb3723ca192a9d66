/** The table of calls between page and worker: types only. Blobs go in, plain data comes out. */
import type {
  Assumption,
  BitConfigFields,
  BitErrorCode,
  CellGrid,
  Checkpoint,
  EvaluationSet,
  FunctionToApply,
  Head,
  InputChoice,
  LabelSet,
  NamedBlob,
  Precision,
  ProcessorBackend,
  ProcessorConfig,
  Raster,
  Score,
  TaughtHead,
} from '../bit/index.ts';
import type { FeatureKey } from './teach/protocol.ts';

export type { EvaluationSet, Precision };
export type Device = 'webgpu' | 'wasm';
export type DevicePreference = 'auto' | Device;

/** Where a model's files come from. */
export type ModelSource =
  | { readonly kind: 'embedded' }
  | { readonly kind: 'files'; readonly files: readonly NamedBlob[]; readonly choices?: Choices }
  /** A complete model of the shelf, by its id; its stored choices count unless others are given. */
  | { readonly kind: 'stored'; readonly id: string; readonly choices?: Choices };

/** What a person says about a model, over what its files say or do not say. */
export interface Choices {
  /** BitConfigFields fields, in config.json's own names. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** A preprocessor_config.json, parsed. */
  readonly processor?: unknown;
  /** One name a class, a list of public/labels, or 'file': as the files have them, be it LABEL_0, LABEL_1, ... */
  readonly labels?: readonly string[] | LabelSet | 'file';
}

/** Where the names of the classes come from; 'numbers' when the files only count them and no list has that length. */
export type LabelsFrom = 'file' | 'chosen' | 'numbers' | LabelSet;

/** Why the answer does not come from WebGPU although it was allowed to. */
export type FallbackReason =
  | 'no-webgpu' // the browser has no navigator.gpu
  | 'no-adapter' // no adapter, or none within 5 s
  | 'session-failed' // the graph could not be built or run there
  | 'self-check' // the output on a known input differs from WASM's
  | 'too-large' // a tensor of the model is larger than the GPU takes
  | 'device-lost'; // the GPU stopped answering under work

/** ONNX Runtime's builds: without WebGPU, or with it by the browser's JSPI or by compiled-in suspension. */
export type RuntimeBuild = 'wasm' | 'jspi' | 'asyncify';

/** Why float16 weights are computed in float32 on WebGPU. */
export type HalfReason =
  | 'no-shader-f16' // the GPU has no float16 arithmetic
  | 'session-failed' // the graph could not be built or run so
  | 'self-check'; // what a person would be told differs from float32

/** Which device answers, and what is known about how far to trust it. */
export interface DeviceReport {
  readonly device: Device;
  /** What the convolutions compute in; WASM always in float32. */
  readonly precision: Precision;
  /** WASM threads in use (1 when the page is not isolated). */
  readonly threads: number;
  /** WASM threads that an isolated page would use here. */
  readonly cores: number;
  readonly isolated: boolean;
  /** The build of ONNX Runtime that was loaded. */
  readonly build: RuntimeBuild;
  /** The adapter's own description; empty for WASM. */
  readonly adapter: string;
  readonly fallback: { readonly reason: FallbackReason; readonly detail: string } | null;
  /** Why not float16 on WebGPU, for a checkpoint of 16-bit weights. */
  readonly halfFallback: { readonly reason: HalfReason; readonly detail: string } | null;
  /** Largest |d|/(1+|ref|) of pooled features and logits against the WASM answer; null on WASM itself. */
  readonly selfCheck: number | null;
}

export interface ModelInfo {
  readonly source: ModelSource['kind'];
  /** For people: 'Built-in' is the page's word for the embedded model; else the weights file's name. */
  readonly name: string;
  /** 'onnx' is a network of someone else, run as it is; all others are built here. */
  readonly format: Checkpoint['format'] | 'onnx';
  /** Of an 'onnx' only num_channels, num_labels, labels and problem_type are the network's own. */
  readonly config: BitConfigFields;
  readonly processor: ProcessorConfig;
  readonly labels: readonly string[];
  /** True for an 'onnx' whose output adds up to 1: it is taken for probabilities as it is. */
  readonly givesProbabilities: boolean;
  readonly parameters: number;
  /** Size of the source files, bytes. */
  readonly fileBytes: number;
  readonly evaluation: readonly EvaluationSet[];
  /**
   * True when the tests do not hold: no preprocessor_config.json came with the weights, or a person chose another
   * preprocessing or network than the files say.
   */
  readonly processorAssumed: boolean;
  /** How else pictures may be prepared, most likely first. */
  readonly inputs: readonly InputChoice[];
  readonly labelsFrom: LabelsFrom;
  /** The list of names that this page's host did not give; the labels are as in the files then. */
  readonly labelsMissing: LabelSet | null;
  /** What neither the tensors nor a config.json said, so that the published nets' values were taken. */
  readonly assumed: readonly Assumption[];
  readonly device: DeviceReport;
  /** Milliseconds of each step of opening. */
  readonly ms: {
    readonly read: number;
    readonly build: number;
    readonly session: number;
    readonly selfCheck: number;
    readonly total: number;
  };
}

export interface OpenProgress {
  readonly step: 'fetch' | 'read' | 'session' | 'self-check';
  readonly done: number;
  /** Same unit as `done` (bytes, values of weights); 0 when unknown. */
  readonly total: number;
}

/** A part of the oriented picture, in its pixels. */
export interface Seen {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Class activation maps of one picture, on the grid of the network's last feature map; x and y in parts of `seen`. */
export interface ClassMaps extends CellGrid {
  /** Indexes of the classes, one a map. */
  readonly classes: readonly number[];
  /** [classes, height, width], in logits: the mean of a class's map and its bias make its logit. */
  readonly data: Float32Array;
  readonly width: number;
  readonly height: number;
}

export interface Classification {
  /** Descending, ties by index. */
  readonly scores: readonly Score[];
  readonly functionToApply: FunctionToApply;
  /** Size after EXIF orientation, pixels. */
  readonly width: number;
  readonly height: number;
  /** The part of the oriented picture the model saw, in its pixels; may reach outside where the crop was padded. */
  readonly seen: Seen;
  readonly device: Device;
  /** Pooled features [width] of the picture, for "none of these". */
  readonly features: Float32Array;
  /** Of the classes of `scores`, where they were asked for; null also for a network that gives no feature map. */
  readonly maps: ClassMaps | null;
  /** [classes], where they were asked for; null also for a network that gives probabilities only. */
  readonly logits: Float32Array | null;
  readonly ms: {
    readonly decode: number;
    readonly preprocess: number;
    readonly run: number;
    readonly total: number;
  };
}

export interface PlainTensor {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/** A folder for transformers as a zip, one .onnx, or a copy of this site as a zip. */
export type ExportForm = 'folder' | 'onnx' | 'page';

/** Values or bytes written; 0 of 0 while it is not known. */
export interface ExportProgress {
  readonly done: number;
  readonly total: number;
}

export type ForwardOutput = 'hidden_states' | 'last_hidden_state' | 'pooled' | 'logits';

/** name -> input, output, progress. */
export interface Calls {
  open: {
    input: { readonly source: ModelSource; readonly device: DevicePreference };
    output: ModelInfo;
    progress: OpenProgress;
  };
  classify: {
    input: {
      /** A file, or a picture that is decoded already. */
      readonly picture: Blob | Raster;
      readonly name: string;
      readonly topK: number;
      /** In place of the model's own. */
      readonly functionToApply?: FunctionToApply;
      /** Also the class maps, from the same run. */
      readonly maps?: boolean;
      /** Also the logits. */
      readonly logits?: boolean;
      /** What softmax divides the logits by (1). */
      readonly temperature?: number;
    };
    output: Classification;
    progress: { readonly step: 'decode' | 'preprocess' | 'run' };
  };
  /** Class maps by the head in use, its own or a taught one; however many classes, the network runs once. */
  map: {
    input: {
      readonly picture: Blob | Raster;
      readonly name: string;
      readonly classes: readonly number[];
    };
    output: ClassMaps & { readonly seen: Seen };
    progress: never;
  };
  /** What a picture teaches: `data` [views, width], the plain view first. */
  features: {
    input: { readonly picture: Blob; readonly name: string; readonly views: boolean };
    output: {
      readonly features: PlainTensor;
      readonly thumbnail: Blob;
      readonly key: FeatureKey;
    };
    progress: never;
  };
  /** What features of the open model depend on; the first call reads all of its weights once. */
  featureKey: { input: Record<string, never>; output: FeatureKey; progress: never };
  /** What answers depend on: SHA-256, hex; the first call of a model reads all of its weights once. */
  modelKey: { input: Record<string, never>; output: { readonly key: string }; progress: never };
  /** From now on pictures are answered by this head; null gives the model its own back. Throws 'input-shape'. */
  answerWith: { input: { readonly head: Head | null }; output: null; progress: never };
  /** A temperature for softmax, fitted on half of the rows and told on the others; no model is needed. */
  calibrate: {
    input: {
      /** [n, classes] */
      readonly logits: Float32Array;
      /** [n], class indexes */
      readonly truths: Int32Array;
      readonly classes: number;
      /** What the set is called. */
      readonly name: string;
    };
    output: {
      readonly temperature: number;
      /** Rows that it was fitted on. */
      readonly fitted: number;
      /** Expected calibration error of the other rows, without the temperature and with it. */
      readonly before: number;
      readonly after: number;
      /** The other rows with the temperature. */
      readonly tested: EvaluationSet;
    };
    progress: never;
  };
  /** The open model with another head, as one file: a zip, or an .onnx. */
  exportModel: {
    input: { readonly form: ExportForm; readonly taught: TaughtHead };
    output: Blob;
    progress: ExportProgress;
  };
  preprocess: {
    input: {
      readonly picture: Blob;
      readonly name: string;
      /** 'pipeline' applies EXIF and converts to RGB first; 'processor' hands the decoded image over as it is. */
      readonly load: 'pipeline' | 'processor';
      readonly backend: ProcessorBackend;
      /** Overrides the file's own EXIF orientation (1 to 8). */
      readonly orientation?: number;
      /** A preprocessor_config.json, parsed; the open model's own when absent. */
      readonly config?: unknown;
    };
    output: {
      readonly pixelValues: PlainTensor;
      readonly resized: {
        readonly data: Uint8Array;
        readonly width: number;
        readonly height: number;
        readonly channels: number;
      } | null;
    };
    progress: never;
  };
  forward: {
    input: { readonly pixelValues: PlainTensor; readonly outputs: readonly ForwardOutput[] };
    output: {
      /** [N, features]; null for someone else's network, which has only logits. */
      readonly pooled: PlainTensor | null;
      readonly logits: PlainTensor | null;
      readonly lastHiddenState: PlainTensor | null;
      readonly hiddenStates: readonly PlainTensor[] | null;
    };
    progress: never;
  };
}
export type CallName = keyof Calls;

/** What the engine tells without being asked. */
export type EngineEvent =
  | {
      readonly kind: 'worker-replaced';
      readonly reason: 'died' | 'hung' | 'device-lost';
      readonly detail: string;
    }
  | { readonly kind: 'model-reopened'; readonly model: ModelInfo }
  | { readonly kind: 'worker-gave-up'; readonly detail: string };

export interface PlainError {
  readonly code: BitErrorCode;
  readonly message: string;
  readonly file: string | undefined;
  /** What a file asked for and was refused. */
  readonly subject?: string | undefined;
}

/** A table of calls that a worker answers. */
export type CallTable<C> = {
  readonly [N in keyof C]: { readonly input: unknown; readonly output: unknown; readonly progress: unknown };
};

/** Page to worker. */
export type RequestOf<C extends CallTable<C>> =
  | {
      [N in keyof C]: {
        readonly id: number;
        readonly call: N;
        readonly input: C[N]['input'];
        /** Memory that becomes 1 on cancelling; a blocked worker sees it where it hears no message. */
        readonly flag?: Int32Array<SharedArrayBuffer>;
      };
    }[keyof C]
  | { readonly id: number; readonly call: 'cancel' };
export type Request = RequestOf<Calls>;

/** Worker to page. */
export type Response =
  | { readonly id: number; readonly kind: 'progress'; readonly progress: unknown }
  | { readonly id: number; readonly kind: 'result'; readonly result: unknown }
  | { readonly id: number; readonly kind: 'error'; readonly error: PlainError }
  /** Sent each second, and before a blocking step with the milliseconds of silence it may cause. */
  | { readonly kind: 'beat'; readonly silentFor: number }
  /** The worker knows that it is lost (GPU gone, unhandled rejection). */
  | { readonly kind: 'fatal'; readonly reason: 'died' | 'device-lost'; readonly detail: string };

/** What `engine/client` gives the page. Every promise rejects with a BitError. */
export interface Engine {
  open(
    source: ModelSource,
    options?: CallOptions<'open'> & { device?: DevicePreference },
  ): Promise<ModelInfo>;
  classify(
    picture: Blob | Raster,
    options?: CallOptions<'classify'> & {
      name?: string;
      topK?: number;
      functionToApply?: FunctionToApply | undefined;
      maps?: boolean;
      logits?: boolean;
      temperature?: number;
    },
  ): Promise<Classification>;
  /** Throws 'input-shape' for a class that the head lacks and for a model that gives no feature map. */
  map(
    picture: Blob | Raster,
    options: CallOptions<'map'> & { classes: readonly number[]; name?: string },
  ): Promise<Calls['map']['output']>;
  features(
    picture: Blob,
    options?: CallOptions<'features'> & { name?: string; views?: boolean },
  ): Promise<Calls['features']['output']>;
  featureKey(options?: CallOptions<'featureKey'>): Promise<FeatureKey>;
  /** The same for the same weights, config, class names and preprocessing, and for the same taught head. */
  modelKey(options?: CallOptions<'modelKey'>): Promise<Calls['modelKey']['output']>;
  /** Stays in use when the worker is replaced; opening another model ends it. */
  answerWith(head: Head | null, options?: CallOptions<'answerWith'>): Promise<null>;
  /** Throws 'input-shape' when lengths disagree. */
  calibrate(
    input: Calls['calibrate']['input'],
    options?: CallOptions<'calibrate'>,
  ): Promise<Calls['calibrate']['output']>;
  /** Throws 'head-backbone', 'export-limit', 'network' and what reading the model throws. */
  exportModel(input: Calls['exportModel']['input'], options?: CallOptions<'exportModel'>): Promise<Blob>;
  preprocess(
    input: Calls['preprocess']['input'],
    options?: CallOptions<'preprocess'>,
  ): Promise<Calls['preprocess']['output']>;
  forward(
    input: Calls['forward']['input'],
    options?: CallOptions<'forward'>,
  ): Promise<Calls['forward']['output']>;
  /** Returns the function that ends the subscription. */
  subscribe(listener: (event: EngineEvent) => void): () => void;
  dispose(): void;
}
export interface CallOptions<N extends CallName> {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Calls[N]['progress']) => void;
}
