/** One request to the host that a person chose, and every way in which it fails told apart. */
import { BitError, type BitErrorCode } from '../../bit/errors.ts';
import { parseJson } from '../../bit/json.ts';

/** A description or a config is never larger (bit/json.ts has the same bound). */
const MAX_JSON_BYTES = 8 * 2 ** 20;
/** Asking once more why nothing came must not take long. */
const PROBE_MS = 5_000;
/** What a host says about itself is quoted up to here. */
const MAX_QUOTE = 200;

interface HostErrorOptions {
  readonly file: string;
  readonly cause?: unknown;
  readonly passing?: boolean;
  readonly retryAfterMs?: number | null;
}

export class HostError extends BitError {
  /** Whether the same request may succeed a little later. */
  readonly passing: boolean;
  /** What the host asked to wait; null when it did not say. */
  readonly retryAfterMs: number | null;
  constructor(code: BitErrorCode, message: string, options: HostErrorOptions) {
    super(code, message, options);
    this.passing = options.passing ?? false;
    this.retryAfterMs = options.retryAfterMs ?? null;
  }
}

export interface RequestOptions {
  readonly signal: AbortSignal;
  /** Milliseconds without a byte until it counts as stalled. */
  readonly idleMs: number;
  readonly method?: 'GET' | 'HEAD';
  /** The `Range` header: CORS-safelisted for a single range, and it also turns compression off. */
  readonly range?: string;
  /** Name for messages. */
  readonly file: string;
}

export interface Answer {
  readonly response: Response;
  /** The body's pieces as they come. Throws 'cut', 'stalled', 'offline' and 'aborted'. */
  pieces(): AsyncGenerator<Uint8Array<ArrayBuffer>>;
  /** Ends the connection where the body is not wanted any more. */
  end(): void;
}

/**
 * Sends one request: no cookies, no referrer, no cache (weights are stored by ourselves). Resolves for 200 and 206 that
 * are no web page. Throws HostError, or 'aborted'.
 */
export async function request(url: string, options: RequestOptions): Promise<Answer> {
  const { signal, idleMs, method = 'GET', range, file } = options;
  const controller = new AbortController();
  let stalled = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const alive = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      stalled = true;
      controller.abort();
    }, idleMs);
  };
  const end = (): void => {
    clearTimeout(timer);
    controller.abort();
  };
  const failure = async (cause: unknown, code: 'cut' | null): Promise<BitError> => {
    clearTimeout(timer);
    const passing = true;
    if (signal.aborted) return new BitError('aborted', 'cancelled', { cause });
    if (stalled)
      return new HostError('stalled', `no byte came for ${idleMs / 1000} s`, { file, cause, passing });
    if (navigator.onLine === false)
      return new HostError('offline', 'this device is offline', { file, cause, passing });
    if (code === 'cut') return new HostError('cut', 'the connection broke', { file, cause, passing });
    return unreadable(url, file, signal, cause);
  };
  alive();
  let response: Response;
  try {
    response = await fetch(url, {
      method,
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      cache: 'no-store',
      signal: AbortSignal.any([signal, controller.signal]),
      ...(range === undefined ? {} : { headers: { Range: range } }),
    });
  } catch (cause) {
    throw await failure(cause, null);
  }
  const refusal = refusalOf(response, file);
  if (refusal) {
    end();
    throw refusal;
  }
  async function* pieces(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const reader = response.body?.getReader();
    try {
      while (reader) {
        alive();
        const { value, done } = await reader.read();
        clearTimeout(timer); // our own storing between two reads is no stall of the host's
        if (done) break;
        yield value;
      }
    } catch (cause) {
      throw await failure(cause, 'cut');
    }
  }
  if (method === 'HEAD') end();
  else clearTimeout(timer);
  return { response, pieces, end };
}

/** Why an answer is no file, or null. */
function refusalOf(response: Response, file: string): HostError | null {
  const { status, headers } = response;
  const said = (headers.get('x-error-message') ?? '').slice(0, MAX_QUOTE);
  const why = `the host answered ${status}${said === '' ? '' : ` (${said})`}`;
  const options = {
    file,
    retryAfterMs: retryAfterMs(headers.get('retry-after'), Date.now()),
    // a refusal by the host that was redirected to: its signed address has run out, and the next one is fresh
    passing: status >= 500 || status === 429 || (response.redirected && [400, 401, 403].includes(status)),
  };
  if (status === 401) return new HostError('sign-in', why, options);
  if (status === 403) return new HostError('forbidden', why, options);
  if (status === 404 || status === 410) return new HostError('not-found', why, options);
  if (status === 429) {
    const wait = options.retryAfterMs;
    const asked = wait === null ? '' : `; it asks to wait ${Math.ceil(wait / 1000)} s`;
    return new HostError('rate-limited', why + asked, options);
  }
  if (status === 416) return new HostError('file-changed', 'is shorter than it was', options);
  if (status !== 200 && status !== 206) return new HostError('server', why, options);
  if (/^\s*(?:text\/html|application\/xhtml)/i.test(headers.get('content-type') ?? ''))
    return new HostError('not-a-file', 'the host answered with a web page', options);
  return null;
}

/** Retry-After as milliseconds from `now`: seconds or a date (RFC 9110, 10.2.3); null when absent or neither. */
export function retryAfterMs(header: string | null, now: number): number | null {
  if (header === null) return null;
  if (/^\s*\d{1,7}\s*$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}

/**
 * A fetch that fails says nothing of its cause. When the same address answers without asking to be read, the host is
 * there and it is CORS; an isolated page may not ask so, and then both are possible.
 */
async function unreadable(
  url: string,
  file: string,
  signal: AbortSignal,
  cause: unknown,
): Promise<HostError> {
  const { origin } = new URL(url);
  try {
    const opaque = await fetch(url, {
      mode: 'no-cors',
      method: 'HEAD',
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      cache: 'no-store',
      signal: AbortSignal.any([signal, AbortSignal.timeout(PROBE_MS)]),
    });
    if (opaque.type === 'opaque')
      return new HostError('cors', `${origin} does not let web pages read it`, { file, cause });
  } catch (second) {
    return new HostError('unreachable', `${origin} gave no readable answer`, {
      file,
      cause: second,
      passing: true,
    });
  }
  return new HostError('cut', 'the connection broke', { file, cause, passing: true }); // readable now
}

/** A small JSON file. Throws what `request` throws, and 'config-json' when it is none. */
export async function requestJson(
  url: string,
  options: Omit<RequestOptions, 'method' | 'range'>,
): Promise<{
  readonly json: unknown;
  readonly headers: Headers;
}> {
  const answer = await request(url, options);
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for await (const piece of answer.pieces()) {
    size += piece.byteLength;
    if (size > MAX_JSON_BYTES) {
      answer.end();
      throw new BitError('config-json', 'is larger than 8 MiB', { file: options.file });
    }
    parts.push(piece);
  }
  return { json: parseJson(await new Blob(parts).text(), options.file), headers: answer.response.headers };
}
