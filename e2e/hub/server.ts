/**
 * A Hub on this machine: the Hub itself, the storage host that it redirects large files to (another origin), and a plain
 * file server, each on a loopback port of its own. Tests set what goes wrong (`faults`) and read what was asked (`log`).
 */
import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Answer, type Asked, answerHub, answerPlain, answerStorage } from './answer.ts';
import { type Content, contentOf, type Given } from './content.ts';
import { type Fault, Faults, type Place } from './faults.ts';
import { send, spoil } from './reply.ts';
import { Repo, type RepoFacts } from './repos.ts';

export interface Logged {
  readonly place: Place;
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly repo: string | undefined;
  readonly file: string | undefined;
  readonly range: string | undefined;
  readonly headers: IncomingMessage['headers'];
  status: number;
  /** Bytes of the body that the socket took. */
  sent: number;
  /** Whether the answer is over: all sent, cut, or given up by the other side. */
  over: boolean;
}

export interface HubServer {
  /** Addresses without a slash at the end. */
  readonly hub: string;
  readonly cdn: string;
  readonly plain: string;
  readonly faults: Faults;
  readonly log: Logged[];
  readonly tokens: Set<string>;
  readonly renamed: Map<string, string>;
  /** Whether the plain server lets other origins read (true). */
  plainCors: boolean;
  /** Seconds for which a signed address is good (3600). */
  signedFor: number;
  /** Makes every address that was signed so far useless. */
  expireAll(): void;
  /** The repo of that name; made when there is none. */
  repo(id: string, facts?: RepoFacts): Repo;
  /** Puts a file on the plain server. */
  put(path: string, given: Given): void;
  /** Requests that moved bytes of this file: those answered by its content. */
  transfers(file: string): Logged[];
  /** Bytes of this file that left, over all requests. */
  bytesSent(file: string): number;
  /** The largest number of transfers of this file that were under way at once. */
  mostAtOnce(file: string): number;
  close(): Promise<void>;
}

export interface HubOptions {
  /** Entries on one page of the tree API (1000). */
  readonly treePage?: number;
}

/** Starts all three servers on free ports of 127.0.0.1. */
export async function startHub({ treePage = 1000 }: HubOptions = {}): Promise<HubServer> {
  const repos = new Map<string, Repo>();
  const renamed = new Map<string, string>();
  const tokens = new Set<string>();
  const stored = new Map<string, Content>();
  const plainFiles = new Map<string, Content>();
  const faults = new Faults();
  const log: Logged[] = [];
  const running = new Map<string, number>();
  const most = new Map<string, number>();
  const closing = new AbortController();
  let key = 0;
  const signature = (path: string, expires: string): string =>
    createHmac('sha256', `key ${key}`).update(`${path} ${expires}`).digest('hex');

  const sign = (content: Content, file: string): string => {
    stored.set(content.sha256, content);
    const path = `/repos/${content.sha256.slice(0, 2)}/${content.sha256}`;
    const expires = String(Math.floor(Date.now() / 1000 + self.signedFor));
    const query = new URLSearchParams({
      'response-content-disposition': `inline; filename="${file}";`,
      Expires: expires,
      Signature: signature(path, expires),
    });
    return `${self.cdn}${path}?${query}`;
  };
  const findStored = ({ url }: Asked): { content: Content; file: string } | 'expired' | undefined => {
    const content = stored.get(url.pathname.split('/').at(-1) ?? '');
    const expires = url.searchParams.get('Expires') ?? '';
    const file = /filename="(.*)";/.exec(url.searchParams.get('response-content-disposition') ?? '')?.[1];
    if (!content || file === undefined) return undefined;
    if (Number(expires) * 1000 <= Date.now()) return 'expired';
    return url.searchParams.get('Signature') === signature(url.pathname, expires)
      ? { content, file }
      : 'expired';
  };
  const answer = (place: Place, asked: Asked): Answer => {
    if (place === 'cdn') return answerStorage(asked, findStored(asked));
    if (place === 'plain') return answerPlain(asked, plainFiles, self.plainCors);
    return answerHub(asked, { repos, renamed, tokens, treePage, sign });
  };

  const handle = async (place: Place, request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = 'GET', url = '/', headers } = request;
    const base = self[place];
    const asked: Asked = { method, url: new URL(url, base), headers };
    const first = answer(place, asked);
    const { start, length } = first.reply;
    const { repo, file, isFile = false } = first;
    const faced = faults.meet({
      place,
      method,
      url,
      file,
      redirects: first.redirects ?? false,
      span: isFile ? [start, method === 'HEAD' ? start : start + length] : undefined,
    });
    const entry: Logged = {
      place,
      method,
      url,
      repo,
      file,
      range: headers.range,
      headers,
      status: 0,
      sent: 0,
      over: false,
    };
    log.push(entry);
    const reply = await after(faced, first, () => answer(place, asked));
    spoil(reply, faced, `${base}${url}`, contentOf);
    if (faced.some(({ kind }) => kind === 'expired') && reply.headers.location !== undefined) {
      reply.headers.location = reply.headers.location.replace(/Expires=\d+/, 'Expires=1');
    }
    entry.status = reply.status;
    const counts = isFile && method === 'GET' && file !== undefined;
    const atOnce = (running.get(file ?? '') ?? 0) + 1;
    if (counts) {
      running.set(file, atOnce);
      most.set(file, Math.max(most.get(file) ?? 0, atOnce));
    }
    try {
      await send(response, reply, faced, method !== 'HEAD', closing.signal, (bytes) => {
        entry.sent += bytes;
      });
    } finally {
      entry.over = true;
      if (counts) running.set(file, (running.get(file) ?? 1) - 1);
    }
  };

  const servers: Server[] = [];
  const listen = async (place: Place): Promise<string> => {
    const server = createServer((request, response) => {
      handle(place, request, response).catch((error: unknown) => {
        console.error(error);
        response.destroy();
      });
    });
    servers.push(server);
    await new Promise<void>((resolve, reject) =>
      server.once('error', reject).listen(0, '127.0.0.1', resolve),
    );
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };

  const transfers = (file: string): Logged[] =>
    log.filter((entry) => entry.file === file && entry.method === 'GET' && entry.status < 300);
  const self: HubServer = {
    hub: await listen('hub'),
    cdn: await listen('cdn'),
    plain: await listen('plain'),
    faults,
    log,
    tokens,
    renamed,
    plainCors: true,
    signedFor: 3600,
    expireAll: () => {
      key++;
    },
    repo: (id, facts) => {
      const found = repos.get(id) ?? new Repo(id, facts);
      repos.set(id, found);
      return found;
    },
    put: (path, given) => plainFiles.set(path, contentOf(given)),
    transfers,
    bytesSent: (file) => transfers(file).reduce((sum, { sent }) => sum + sent, 0),
    mostAtOnce: (file) => most.get(file) ?? 0,
    close: async () => {
      closing.abort();
      await Promise.all(
        servers.map(
          (server) =>
            new Promise<void>((resolve) => {
              server.close(() => resolve());
              server.closeAllConnections();
            }),
        ),
      );
    },
  };
  return self;
}

/** Runs what a rule calls; then the answer is made anew, since a branch may have moved. */
async function after(faults: readonly Fault[], first: Answer, again: () => Answer): Promise<Answer['reply']> {
  const calls = faults.filter((fault) => fault.kind === 'call');
  for (const { run } of calls) await run();
  return { ...(calls.length > 0 ? again() : first).reply };
}
