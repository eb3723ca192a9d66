/**
 * What the Hub, its storage host and a plain file server answer when all goes well. Status codes, headers and error
 * codes are those that huggingface.co sends to an anonymous visitor.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { type Content, contentOf, hash } from './content.ts';
import type { Reply } from './reply.ts';
import { isLarge, modelInfo, type Repo, tree, xetHash } from './repos.ts';

export interface Asked {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
}

/** What a request came to: the reply, and which file of which repo it is about. */
export interface Answer {
  readonly reply: Reply;
  readonly repo?: string | undefined;
  readonly file?: string | undefined;
  /** The body is the file's, or a part of it. */
  readonly isFile?: boolean;
  /** The answer only points to another address. */
  readonly redirects?: boolean;
}

export interface HubState {
  readonly repos: ReadonlyMap<string, Repo>;
  /** Old name of a repo -> its name now. */
  readonly renamed: ReadonlyMap<string, string>;
  /** Tokens that may read gated repos. Any other token is known but not let in. */
  readonly tokens: ReadonlySet<string>;
  readonly treePage: number;
  /** Address of a large file at the storage host, signed. */
  readonly sign: (content: Content, file: string) => string;
}

const EXPOSED =
  'X-Repo-Commit,X-Request-Id,X-Error-Code,X-Error-Message,X-Total-Count,ETag,Link,Accept-Ranges,Content-Range,X-Linked-Size,X-Linked-ETag,X-Xet-Hash';

export function answerHub(asked: Asked, state: HubState): Answer {
  const cors = hubCors(asked);
  if (asked.method === 'OPTIONS') {
    const allow = {
      'access-control-allow-methods': 'GET,HEAD,PUT,PATCH,POST,DELETE',
      'access-control-allow-headers': asked.headers['access-control-request-headers'] ?? '',
    };
    return { reply: text(204, '', { ...cors, ...allow }) };
  }
  if (asked.method !== 'GET' && asked.method !== 'HEAD')
    return { reply: text(405, 'Method Not Allowed', cors) };
  const parts = asked.url.pathname.slice(1).split('/').map(decodeURIComponent);
  const isApi = parts[0] === 'api' && parts[1] === 'models';
  const names = isApi ? parts.slice(2) : parts;
  const verbs = isApi ? ['revision', 'tree'] : ['resolve', 'raw'];
  const verbAt = names.findIndex((part, i) => i > 0 && verbs.includes(part));
  const id = names.slice(0, verbAt < 0 ? names.length : verbAt).join('/');
  const [revision, ...rest] = verbAt < 0 ? [] : names.slice(verbAt + 1);
  const path = rest.join('/');

  const newName = state.renamed.get(id);
  if (newName !== undefined) {
    const location = asked.url.pathname.replace(id, newName) + asked.url.search;
    return { reply: text(307, `Temporary Redirect. Redirecting to ${location}`, { ...cors, location }) };
  }
  const token = /^Bearer (.+)$/.exec(asked.headers.authorization ?? '')?.[1];
  const repo = state.repos.get(id);
  const allowed = token !== undefined && state.tokens.has(token);
  // an anonymous visitor is not told whether a repo is private or absent
  if (!repo || (repo.facts.private && !allowed)) {
    return { reply: refusal(token === undefined ? 401 : 404, 'RepoNotFound', 'Repository not found', cors) };
  }
  const commit = repo.at(revision);
  if (!commit)
    return { reply: refusal(404, 'RevisionNotFound', `Invalid rev id: ${revision}`, cors), repo: id };

  if (isApi && (verbAt < 0 || names[verbAt] === 'revision')) {
    const info = modelInfo(repo, commit, asked.url.searchParams.get('blobs') === 'true');
    return { reply: json(info, cors), repo: id };
  }
  if (isApi) {
    return {
      reply: treePage(
        asked,
        state,
        tree(commit, path, asked.url.searchParams.get('recursive') === 'true'),
        cors,
      ),
      repo: id,
    };
  }
  if (verbAt < 0) return { reply: text(404, 'Not Found', cors), repo: id };
  if (repo.facts.gated && !allowed) {
    const [status, words] =
      token === undefined
        ? [
            401,
            `Access to model ${id} is restricted. You must have access to it and be authenticated to access it. Please log in.`,
          ]
        : [
            403,
            `Access to model ${id} is restricted and you are not in the authorized list. Visit https://huggingface.co/${id} to ask for access.`,
          ];
    return { reply: refusal(status as number, 'GatedRepo', words as string, cors), repo: id, file: path };
  }
  const headers = { ...cors, 'x-repo-commit': commit.sha, 'accept-ranges': 'bytes' };
  const content = commit.files.get(path);
  if (!content)
    return { reply: refusal(404, 'EntryNotFound', 'Entry not found', headers), repo: id, file: path };
  if (!isLarge(path, content)) {
    const small = { ...headers, etag: `"${content.gitSha1}"`, 'content-type': 'text/plain; charset=utf-8' };
    return { reply: fileReply(asked, content, small), repo: id, file: path, isFile: true };
  }
  const location = state.sign(content, path);
  const large = {
    ...headers,
    location,
    'x-linked-size': String(content.size),
    'x-linked-etag': `"${content.sha256}"`,
    'x-xet-hash': xetHash(content),
  };
  return {
    reply: text(302, `Found. Redirecting to ${location}`, large),
    repo: id,
    file: path,
    redirects: true,
  };
}

/** The storage host: any origin may read; the ETag is its own name for the file, not the SHA-256. */
export function answerStorage(
  asked: Asked,
  found: { readonly content: Content; readonly file: string } | 'expired' | undefined,
): Answer {
  const cors = {
    'access-control-allow-origin': '*',
    'access-control-expose-headers': 'ETag,Content-Range,Accept-Ranges,Content-Disposition,x-cache',
  };
  // no custom header is allowed, so a page that sends If-Range or a token along fails here
  if (asked.method !== 'GET' && asked.method !== 'HEAD') return { reply: text(403, 'Forbidden', cors) };
  if (found === undefined || found === 'expired') {
    const why = found === 'expired' ? 'Request has expired' : 'Access Denied';
    const xml = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code><Message>${why}</Message></Error>`;
    return { reply: text(403, xml, { ...cors, 'content-type': 'application/xml' }) };
  }
  const headers = { ...cors, etag: `"${xetHash(found.content)}"`, 'accept-ranges': 'bytes' };
  const type = {
    'content-type': 'application/octet-stream',
    'content-disposition': `inline; filename="${found.file}";`,
  };
  return { reply: fileReply(asked, found.content, { ...headers, ...type }), file: found.file, isFile: true };
}

/** A web server with files on it: a mirror, a lab's own host, or Google's bucket. */
export function answerPlain(asked: Asked, files: ReadonlyMap<string, Content>, cors: boolean): Answer {
  const path = decodeURIComponent(asked.url.pathname.slice(1));
  const content = files.get(path);
  const headers: Record<string, string> = cors
    ? {
        'access-control-allow-origin': '*',
        'access-control-expose-headers': 'ETag,Content-Range,Content-Length',
      }
    : {};
  if (asked.method !== 'GET' && asked.method !== 'HEAD')
    return { reply: text(405, 'Method Not Allowed', headers) };
  if (!content) return { reply: text(404, 'Not Found', headers), file: path };
  const etag = `"${hash('sha1', content.sha256).slice(0, 16)}"`;
  const type = path.endsWith('.json') ? 'application/json' : 'application/octet-stream';
  const all = { ...headers, etag, 'accept-ranges': 'bytes', 'content-type': type };
  return { reply: fileReply(asked, content, all), file: path, isFile: true };
}

/** The Hub repeats the visitor's origin. */
function hubCors({ headers }: Asked): Record<string, string> {
  return {
    'access-control-allow-origin': headers.origin ?? 'https://huggingface.co',
    'access-control-expose-headers': EXPOSED,
    'access-control-max-age': '86400',
    vary: 'Origin',
    'referrer-policy': 'strict-origin-when-cross-origin',
  };
}

/** The whole file, or the single range that was asked for (RFC 9110, section 14). */
function fileReply({ headers: asked }: Asked, content: Content, headers: Record<string, string>): Reply {
  const whole = { status: 200, headers, content, start: 0, length: content.size };
  const match = /^bytes=(\d*)-(\d*)$/.exec(asked.range ?? '');
  const [, first = '', last = ''] = match ?? [];
  if (!match || (first === '' && last === '')) return whole; // none, several, or nonsense: ignored, as allowed
  const start = first === '' ? Math.max(0, content.size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? content.size : Math.min(content.size, Number(last) + 1);
  if (start >= content.size || end <= start) {
    const range = `bytes */${content.size}`;
    return {
      ...text(416, '', { ...headers, 'content-range': range }),
      headers: { ...headers, 'content-range': range },
    };
  }
  const range = `bytes ${start}-${end - 1}/${content.size}`;
  return {
    status: 206,
    headers: { ...headers, 'content-range': range },
    content,
    start,
    length: end - start,
  };
}

function treePage(
  asked: Asked,
  { treePage: size }: HubState,
  entries: unknown[],
  cors: Record<string, string>,
): Reply {
  const from = Number(asked.url.searchParams.get('cursor') ?? 0);
  const next = new URL(asked.url);
  next.searchParams.set('cursor', String(from + size));
  const link: Record<string, string> = from + size < entries.length ? { link: `<${next}>; rel="next"` } : {};
  return json(entries.slice(from, from + size), { ...cors, ...link });
}

function json(value: unknown, headers: Record<string, string>): Reply {
  return text(200, JSON.stringify(value), { ...headers, 'content-type': 'application/json; charset=utf-8' });
}

function refusal(status: number, code: string, words: string, headers: Record<string, string>): Reply {
  const login =
    status === 401 ? { 'www-authenticate': 'Bearer realm="Authentication required", charset="UTF-8"' } : {};
  const body = JSON.stringify({ error: code === 'RepoNotFound' ? 'Invalid username or password.' : words });
  return text(status, body, {
    ...headers,
    ...login,
    'content-type': 'application/json; charset=utf-8',
    'x-error-code': code,
    'x-error-message': words,
  });
}

export function text(status: number, body: string, headers: Record<string, string>): Reply {
  const content = contentOf(body);
  const type = { 'content-type': 'text/plain; charset=utf-8' };
  return { status, headers: { ...type, ...headers }, content, start: 0, length: content.size };
}
