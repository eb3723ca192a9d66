/** Every way in which this library refuses its input. The page switches on it exhaustively. */
export type BitErrorCode =
  | 'config-json' // config.json or preprocessor_config.json is not JSON, or too large or too deep
  | 'config-field' // a field has a value BiT does not know; the message names it
  | 'config-conflict' // two fields contradict each other; the message names both
  | 'checkpoint-unknown' // the bytes are no checkpoint format that is read here
  | 'checkpoint-pointer' // a Git LFS pointer: the few lines that stand for the file where it was not fetched
  | 'checkpoint-ambiguous' // several weights files that no index joins
  | 'checkpoint-header' // the header lies: size, syntax, overlap, hole, dtype or shape
  | 'checkpoint-unsupported' // true to its format, but a variant that is not read: big-endian, encrypted, Python objects
  | 'checkpoint-damaged' // a checksum differs or packed data is broken, as after a bad download
  | 'checkpoint-truncated' // the file ends before its header says
  | 'checkpoint-limit' // a named limit is passed: header size, tensor count, rank, name length
  | 'checkpoint-shard' // a shard named by the index is missing, or holds other tensors
  | 'pickle-global' // a pickle asks for a name that no state dict needs; nothing of it was run
  | 'pickle-opcode' // a pickle holds an opcode that no state dict needs; nothing of it was run
  | 'checkpoint-not-bit' // a well-formed checkpoint without a ResNetV2 trunk
  | 'checkpoint-tensor' // a tensor the config asks for is missing or has another shape
  | 'teach-change' // a change of a taught project that cannot be made: no such class or picture, no name
  | 'teach-gone' // the taught project is no longer there
  | 'teach-file' // a backup that cannot be restored
  | 'link' // a link that holds no taught classifier, or a damaged one
  | 'head-backbone' // a taught classifier that stands on another backbone than the open one
  | 'export-limit' // more than the format that it is written in can hold
  | 'onnx-operator' // an .onnx uses operators that the runtime does not bring, or that may run for ever
  | 'onnx-path' // an .onnx points at weights outside its own folder
  | 'onnx-classifier' // an .onnx does not take one picture and give one number a class
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

/** A message quotes at most 100 characters of a file at a time; this stops whatever forgot to. */
const MAX_MESSAGE_LENGTH = 1000;
/** Controls, marks that turn the direction of text or hide in it, line separators and halves of a pair. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** Text from a file as it may be shown: cut to `length`, its invisible characters as \u{…}. */
export function printable(text: string, length: number): string {
  const cut = text.length > length ? `${text.slice(0, length)}…` : text;
  return cut
    .replace(/[\t\r\n]+/g, ' ')
    .replace(UNPRINTABLE, (c) => `\\u{${(c.codePointAt(0) ?? 0).toString(16)}}`);
}

/** An error with a stable `code`, the file it concerns, and a printable sentence for a person. */
export class BitError extends Error {
  override readonly name = 'BitError';
  readonly code: BitErrorCode;
  /** Name of the file at fault, where there is one. */
  readonly file: string | undefined;
  /** What the file asks for and is refused, printable: the name that a pickle wants to call. */
  readonly subject: string | undefined;

  constructor(
    code: BitErrorCode,
    message: string,
    options: { file?: string | undefined; subject?: string | undefined; cause?: unknown } = {},
  ) {
    const { file, subject, cause } = options;
    super(printable(file === undefined ? message : `${file}: ${message}`, MAX_MESSAGE_LENGTH), { cause });
    this.code = code;
    this.file = file;
    this.subject = subject;
  }
}

/** Throws the `aborted` BitError when the signal has fired. */
export function throwIfAborted(signal: Pick<AbortSignal, 'aborted'> | undefined): void {
  if (signal?.aborted) throw new BitError('aborted', 'cancelled');
}
