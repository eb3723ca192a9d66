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
  | 'image-unreadable' // not an image this browser decodes, or a broken one
  | 'image-too-large' // refused by its header before decoding
  | 'image-mode' // the image's channels do not fit the processor or the model
  | 'input-shape' // pixel_values or features do not have the shape the model takes
  | 'network' // a file of the page's own host could not be fetched
  | 'address' // what was pasted names no model and no file
  | 'offline' // this device has no network
  | 'unreachable' // the host cannot be reached, or does not let web pages read its files
  | 'cors' // the host answers, but does not let web pages read its files
  | 'sign-in' // 401: the host gives it to people who are signed in, or has no such repository
  | 'forbidden' // 403: the host refuses it
  | 'not-found' // 404: the host has no such repository, revision or file
  | 'rate-limited' // 429: too many requests from this network; the message says how long to wait
  | 'server' // 5xx or another answer that is no file
  | 'stalled' // no byte came for as long as a download waits
  | 'cut' // the connection ended before the file did, again and again
  | 'not-a-file' // the host answered with a web page
  | 'answer' // the host's description of a repository is not what the Hub's is
  | 'file-changed' // the file on the host changed, or its length or range is not what the host said
  | 'hash-mismatch' // the bytes are not those that the host states
  | 'repo-weights' // no weights file that is read here, or several without an index
  | 'quota' // the browser has no room; nothing else was touched
  | 'storage' // the browser's storage cannot be opened or used
  | 'shelf-busy' // another tab is storing the same model
  | 'not-stored' // the shelf has no such model, or not all of it
  | 'stored-damaged' // stored bytes are no longer what was stored
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
