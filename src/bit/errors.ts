/** Every way in which this library refuses its input. The page switches on it exhaustively. */
export type BitErrorCode =
  | 'config-json' // config.json or preprocessor_config.json is not JSON, or too large or too deep
  | 'config-field' // a field has a value BiT does not know; the message names it
  | 'config-conflict' // two fields contradict each other; the message names both
  | 'checkpoint-unknown' // the bytes are no checkpoint format that is read here
  | 'checkpoint-header' // the header lies: size, syntax, overlap, hole, dtype or shape
  | 'checkpoint-truncated' // the file ends before its header says
  | 'checkpoint-limit' // a named limit is passed: header size, tensor count, rank, name length
  | 'checkpoint-shard' // a shard named by the index is missing, or holds other tensors
  | 'pickle-global' // a pickle asks for a name that no state dict needs; nothing of it was run
  | 'pickle-opcode' // a pickle holds an opcode that no state dict needs; nothing of it was run
  | 'checkpoint-not-bit' // a well-formed checkpoint without a ResNetV2 trunk
  | 'checkpoint-tensor' // a tensor the config asks for is missing or has another shape
  | 'link' // the fragment of an address holds no taught head, or a damaged one
  | 'teach-change' // a change of a taught project that cannot be made: no such class or picture, no name
  | 'teach-gone' // the taught project is no longer there
  | 'teach-file' // a backup that cannot be restored
  | 'quota' // the browser has no room; nothing else was touched
  | 'storage' // the browser's storage cannot be opened or used
  | 'image-unreadable' // not an image this browser decodes, or a broken one
  | 'image-too-large' // refused by its header before decoding
  | 'image-mode' // the image's channels do not fit the processor or the model
  | 'input-shape' // pixel_values or features do not have the shape the model takes
  | 'network' // a file of the page's own host could not be fetched
  | 'session' // the runtime refused the graph or failed in a run
  | 'memory' // an allocation failed or would not fit
  | 'worker-lost' // the worker died or hung and was replaced
  | 'aborted' // the caller cancelled
  | 'internal'; // a fault of ours

/** An error with a stable `code`, the file it concerns, and a sentence for a person. */
export class BitError extends Error {
  override readonly name = 'BitError';
  readonly code: BitErrorCode;
  /** Name of the file at fault, where there is one. */
  readonly file: string | undefined;

  constructor(
    code: BitErrorCode,
    message: string,
    options: { file?: string | undefined; cause?: unknown } = {},
  ) {
    super(options.file === undefined ? message : `${options.file}: ${message}`, { cause: options.cause });
    this.code = code;
    this.file = options.file;
  }
}

/** Throws the `aborted` BitError when the signal has fired. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new BitError('aborted', 'cancelled');
}
