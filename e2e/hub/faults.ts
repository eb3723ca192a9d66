/** Everything that can go wrong on the way, as data: which requests it meets, how often, and what happens to them. */

/** Which of the two servers answers: the Hub, the storage host that it redirects to, or a plain file server. */
export type Place = 'hub' | 'cdn' | 'plain';

export type Fault =
  /** The socket is destroyed when the body reaches this byte of the file (or of any other body). */
  | { readonly kind: 'cut'; readonly at: number }
  /** Nothing comes after this byte for `ms` milliseconds, or ever. */
  | { readonly kind: 'stall'; readonly at: number; readonly ms?: number }
  | { readonly kind: 'throttle'; readonly bytesPerSecond: number }
  /** Headers come after this time. */
  | { readonly kind: 'slow-headers'; readonly ms: number }
  /** 200 with the whole file, whatever range was asked for. */
  | { readonly kind: 'ignore-range' }
  /** 206 with a range moved by this many bytes, and a Content-Range that says so. */
  | { readonly kind: 'other-range'; readonly by: number }
  /** 206 with bytes from elsewhere, and a Content-Range as if they were those asked for. */
  | { readonly kind: 'lying-range'; readonly by: number }
  /** Content-Range (of a 206) states this size of the file. */
  | { readonly kind: 'total'; readonly total: number | '*' }
  /** 206 without Content-Range. */
  | { readonly kind: 'no-content-range' }
  /** 206 with only the first `bytes` of what was asked for, rightly stated, as a server may. */
  | { readonly kind: 'short-range'; readonly bytes: number }
  | { readonly kind: 'etag'; readonly etag: string | null }
  /** A page of HTML with status 200, as a captive portal or a host's fallback page gives it. */
  | { readonly kind: 'html' }
  /** The body compressed, with content-encoding gzip. */
  | { readonly kind: 'gzip' }
  /** Content-Length differs by this much from what is sent. */
  | { readonly kind: 'wrong-length'; readonly by: number }
  /** No Content-Length; the end of the body is the end of the connection's chunks. */
  | { readonly kind: 'no-length' }
  /** One bit of this byte of the file is flipped. */
  | { readonly kind: 'flip'; readonly at: number }
  /** The body is this many bytes longer (zeros) or shorter, and Content-Length agrees with it. */
  | { readonly kind: 'resize'; readonly by: number }
  /** The bytes come from this file, under the headers of the right one. */
  | { readonly kind: 'other-bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'no-cors' }
  /** Redirects to itself. */
  | { readonly kind: 'redirect-loop' }
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly retryAfter?: string;
      readonly errorCode?: string;
    }
  /** The signature in the redirect is out of date already. */
  | { readonly kind: 'expired' }
  /** Not a fault of itself: something happens (a branch moves, a tab is closed) before this request is answered. */
  | { readonly kind: 'call'; readonly run: () => void | Promise<void> }
  /** As `call`, when the body reaches this byte of the file; nothing waits for it. */
  | { readonly kind: 'reach'; readonly at: number; readonly run: () => void };

export interface Rule {
  readonly fault: Fault;
  /** Path of the file in its repo, or its last part; every request when absent. */
  readonly file?: string;
  /** Matches method and address: 'GET /api/models/…'. */
  readonly request?: RegExp;
  /** By default the place that sends the file's bytes or the API's answer; 'hub' also meets the redirect of a large file. */
  readonly place?: Place;
  /** Lets this many matching requests go by first (0). */
  readonly skip?: number;
  /** How many requests it meets then (all). */
  readonly times?: number;
}

export interface Met {
  readonly place: Place;
  readonly method: string;
  readonly url: string;
  /** Path of the file in its repo. */
  readonly file: string | undefined;
  /** Whether this answer only points to another host. */
  readonly redirects: boolean;
  /** Bytes [start, end) of the file that the body will hold, where it is a file's. */
  readonly span: readonly [number, number] | undefined;
}

/** The list of rules in force. */
export class Faults {
  #rules: { readonly rule: Rule; seen: number }[] = [];

  /** Adds a rule; the function returned takes it away. */
  add(rule: Rule): () => void {
    const entry = { rule, seen: 0 };
    this.#rules.push(entry);
    return () => {
      this.#rules = this.#rules.filter((other) => other !== entry);
    };
  }

  clear(): void {
    this.#rules = [];
  }

  /** The faults that meet this request, each counted; of several cuts only the first, for the others are not reached. */
  meet(request: Met): Fault[] {
    const matching = this.#rules.filter(({ rule }) => matches(rule, request));
    const cuts = matching.flatMap(({ rule, seen }) =>
      rule.fault.kind === 'cut' && !(seen >= end(rule)) ? rule.fault.at : [],
    );
    const met: Fault[] = [];
    for (const entry of matching) {
      const { fault, skip = 0 } = entry.rule;
      if (fault.kind === 'cut' && fault.at > Math.min(...cuts)) continue;
      const turn = entry.seen++;
      if (turn >= skip && turn < end(entry.rule)) met.push(fault);
    }
    return met;
  }
}

/** The number of matching requests after which a rule has done its part. */
const end = ({ skip = 0, times = Number.POSITIVE_INFINITY }: Rule): number => skip + times;

function matches({ fault, file, request, place }: Rule, met: Met): boolean {
  if (place === undefined ? met.redirects : place !== met.place) return false;
  if (file !== undefined && met.file !== file && !met.file?.endsWith(`/${file}`)) return false;
  if (request !== undefined && !request.test(`${met.method} ${met.url}`)) return false;
  // a rule about one byte waits for the request that holds it
  if ('at' in fault && met.span) return fault.at >= met.span[0] && fault.at < met.span[1];
  return true;
}
