/** What a person pastes -> which model they mean. Pure: the page uses it while they type. */
import { BitError } from '../../bit/errors.ts';
import type { ModelAddress } from '../shelf/protocol.ts';

export const HUB = 'https://huggingface.co/';
/** The Hub's other names; the short one sends no CORS header, so it is never asked. */
const HUB_NAMES = /^(?:www\.)?(?:huggingface\.co|hf\.co)$/;
/** huggingface_hub's validate_repo_id: letters, digits, '-', '_', '.', 96 at most. */
const NAME = /^[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9_])?$/;
const WEIGHTS = /\.(safetensors|bin|npz|pth?|ckpt)$/i;
/** Longer than any address of a repository's file. */
const MAX_LENGTH = 2_000;

export interface AddressOptions {
  /** Where `owner/name` is looked for; the Hub by default. May be relative to the page ('./models/'). */
  readonly base?: string;
  /** The page's own address, for a relative base or file. */
  readonly page?: string;
}

/**
 * Reads 'owner/name', 'owner/name@revision', an address of a repository or of a file in it (/tree/REV, /blob/REV/FILE,
 * /resolve/REV/FILE), an address with ?model=, of a folder, or of a weights file. Throws 'address'.
 */
export function parseAddress(text: string, options: AddressOptions = {}): ModelAddress {
  const trimmed = text.trim().replace(/^<(.*)>$/, '$1');
  if (trimmed === '' || trimmed.length > MAX_LENGTH) throw wrong(trimmed, 'is no address');
  const base = parseBase(options.base ?? HUB, options.page);
  const schemeless = /^(?:www\.)?(?:huggingface\.co|hf\.co)\//i.test(trimmed);
  if (/^[a-z][a-z0-9+.-]*:/i.test(trimmed) || schemeless)
    return parseUrl(schemeless ? `https://${trimmed}` : trimmed, options);
  if (/^\.{0,2}\//.test(trimmed)) return parseUrl(absolute(trimmed, options.page), options);
  const [, repo = '', revision] = /^([^@]+)(?:@(.+))?$/.exec(trimmed) ?? [];
  return repoAddress(base, repo.replace(/\/$/, ''), revision ?? null, null, trimmed);
}

/** A base address, absolute and with a slash at its end. Throws 'address'. */
export function parseBase(base: string, page?: string): string {
  const url = new URL(absolute(base, page));
  checkScheme(url, base);
  if (HUB_NAMES.test(url.hostname)) return HUB;
  url.search = '';
  url.hash = '';
  return url.href.endsWith('/') ? url.href : `${url.href}/`;
}

/** How an address is written for ?model= and for people. */
export function addressText(address: ModelAddress): string {
  if (address.kind !== 'repo') return address.url;
  const { base, repo, revision, file } = address;
  if (file === null && base === HUB) return revision === null ? repo : `${repo}@${revision}`;
  const path = file === null ? `tree/${encodeURIComponent(revision ?? 'main')}` : '';
  return file === null
    ? `${base}${repo}/${path}`
    : `${base}${repo}/blob/${encodeURIComponent(revision ?? 'main')}/${encodePath(file)}`;
}

/** Each part of a path encoded, its slashes kept. */
export const encodePath = (path: string): string => path.split('/').map(encodeURIComponent).join('/');

function parseUrl(text: string, options: AddressOptions): ModelAddress {
  const url = parseAbsolute(text);
  checkScheme(url, text);
  const model = url.searchParams.get('model');
  if (model !== null && !/[?&]model=/.test(model)) return parseAddress(model, options);
  url.hash = '';
  const parts = url.pathname.split('/').filter(Boolean).map(decode);
  const onHub = HUB_NAMES.test(url.hostname);
  if (onHub && /^(?:datasets|spaces|collections|papers|docs|api)$/.test(parts[0] ?? ''))
    throw wrong(text, `is no model but one of the Hub's ${parts[0]}`);
  // owner/name/(tree|blob|resolve|raw)/REV/FILE, under any base
  const at = parts.findIndex((part, i) => i >= 2 && /^(?:tree|blob|resolve|raw)$/.test(part));
  if (at >= 2 || (onHub && parts.length >= 2)) {
    const [owner, name] = at >= 2 ? parts.slice(at - 2, at) : parts;
    const base = onHub
      ? HUB
      : `${url.origin}/${parts
          .slice(0, at - 2)
          .map((part) => `${encodeURIComponent(part)}/`)
          .join('')}`;
    const [revision = null, ...path] = at >= 2 ? splitRevision(parts.slice(at + 1)) : [];
    const file = parts[at] !== 'tree' && WEIGHTS.test(path.at(-1) ?? '') ? path.join('/') : null;
    return repoAddress(base, `${owner}/${name}`, revision, file, text);
  }
  if (onHub) throw wrong(text, 'names no repository (owner/name)');
  if (WEIGHTS.test(parts.at(-1) ?? '')) return { kind: 'file', url: url.href };
  if (parts.length === 2 && !url.pathname.endsWith('/') && url.search === '')
    return repoAddress(`${url.origin}/`, parts.join('/'), null, null, text);
  return { kind: 'folder', url: url.pathname.endsWith('/') ? url.href : `${url.href}/` };
}

/** A revision is one part of the path, but for the Hub's references ('refs/pr/1'). */
function splitRevision(parts: readonly string[]): string[] {
  const length = parts[0] === 'refs' ? 3 : 1;
  const revision = parts.slice(0, length).join('/');
  return revision === '' ? [] : [revision, ...parts.slice(length)];
}

function repoAddress(
  base: string,
  repo: string,
  revision: string | null,
  file: string | null,
  text: string,
): ModelAddress {
  const names = repo.split('/');
  const fine = names.length === 2 && names.every((name) => NAME.test(name) && !/--|\.\./.test(name));
  if (!fine) throw wrong(text, 'is neither owner/name nor an address');
  // revisions are git references: no control characters, spaces or '..'
  if (revision !== null && !/^(?!.*\.\.)[\w./+-]{1,255}$/.test(revision))
    throw wrong(text, 'has a revision that cannot be one');
  return { kind: 'repo', base, repo, revision, file };
}

function absolute(text: string, page: string | undefined): string {
  try {
    return new URL(text, page).href;
  } catch (cause) {
    throw wrong(text, 'is no address', cause);
  }
}

function parseAbsolute(text: string): URL {
  return new URL(absolute(text, undefined));
}

function checkScheme(url: URL, text: string): void {
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw wrong(text, 'is no http address');
  if (url.username !== '' || url.password !== '')
    throw wrong(text, 'has a password in it, which is never sent');
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch (cause) {
    throw wrong(part, 'is badly encoded', cause);
  }
}

function wrong(text: string, why: string, cause?: unknown): BitError {
  return new BitError('address', `“${text.slice(0, 100)}” ${why}`, { cause });
}
