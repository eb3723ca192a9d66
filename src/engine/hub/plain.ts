/** A model on a plain file server, or on the page's own host: nothing describes it, so each file is asked for. */
import { BitError } from '../../bit/errors.ts';
import type { ModelAddress, OfferedFile } from '../shelf/protocol.ts';
import { chooseWeights, JSON_FILES, WEIGHT_FILES } from './choose.ts';
import { type Asking, type Found, totalOf } from './found.ts';
import { identify } from './identify.ts';
import { request, requestJson } from './request.ts';

/** Throws what `request` throws, 'repo-weights', 'checkpoint-not-bit' and 'config-field'. */
export async function lookUpPlain(
  address: Exclude<ModelAddress, { kind: 'repo' }>,
  asking: Asking,
): Promise<Found> {
  const folder = new URL('.', address.url).href;
  const wanted = address.kind === 'file' ? decodeURIComponent(lastPart(address.url)) : null;
  const files = new Map<string, OfferedFile>();
  const probe = async (name: string, url: string): Promise<void> => {
    const size = await sizeOf(url, name, asking);
    if (size !== 'missing') files.set(name, { name, url, size, sha256: null });
  };
  const urlOf = (name: string): string => `${folder}${encodeURIComponent(name)}`;
  if (wanted !== null) await probe(wanted, address.url);
  // Google's .npz stand without JSON, in a store that answers 403 for what it does not have
  const alone = wanted !== null && /\.npz$/i.test(wanted);
  if (!alone) for (const name of JSON_FILES) await probe(name, urlOf(name));
  if (wanted === null) {
    for (const name of WEIGHT_FILES) {
      await probe(name, urlOf(name));
      if (files.has(name)) break;
    }
  }
  const json = async (name: string): Promise<unknown> => {
    const file = files.get(name);
    return file ? (await requestJson(file.url, { ...asking, file: name })).json : undefined;
  };
  const name = wanted ?? decodeURIComponent(lastPart(folder.slice(0, -1)));
  if (files.size === 0)
    throw new BitError('not-found', 'the host has none of a model’s files', { file: name });
  const identity = identify(await json(JSON_FILES[0]), await json(JSON_FILES[1]), name);
  const known = new Set(files.keys());
  const index = WEIGHT_FILES.find((weights) => weights.endsWith('.index.json') && known.has(weights));
  if (wanted === null && index !== undefined)
    for (const shard of shardsOf(await json(index))) await probe(shard, urlOf(shard));
  const weights = await chooseWeights([...files.keys()], wanted, json);
  const chosen = [...weights, ...JSON_FILES].flatMap((file) => files.get(file) ?? []);
  return {
    id: address.url,
    name,
    source: { kind: address.kind, url: address.url },
    files: chosen,
    bytes: totalOf(chosen),
    licence: null,
    ...identity,
  };
}

/** The shards that an index names, as far as they are plain names; `chooseWeights` judges the index. */
function shardsOf(index: unknown): string[] {
  const map = (index as { readonly weight_map?: unknown } | undefined)?.weight_map;
  const names = typeof map === 'object' && map !== null ? Object.values(map) : [];
  return [...new Set(names)].filter(
    (name): name is string => typeof name === 'string' && /^[\w.-]{1,255}$/.test(name),
  );
}

/** Bytes of a file; null when the host does not say; 'missing' when it has none. */
async function sizeOf(url: string, file: string, asking: Asking): Promise<number | null | 'missing'> {
  try {
    const { response } = await request(url, { ...asking, method: 'HEAD', range: 'bytes=0-', file });
    return lengthOf(response.headers.get('content-length'));
  } catch (cause) {
    if (!(cause instanceof BitError)) throw cause;
    // a host's front page in place of a missing file
    if (cause.code === 'not-found' || cause.code === 'not-a-file') return 'missing';
    if (cause.code !== 'server') throw cause;
  }
  // a host that refuses HEAD
  try {
    const answer = await request(url, { ...asking, range: 'bytes=0-0', file });
    answer.end();
    const total = /\/(\d+)$/.exec(answer.response.headers.get('content-range') ?? '')?.[1];
    if (answer.response.status === 206) return lengthOf(total ?? null);
    return lengthOf(answer.response.headers.get('content-length'));
  } catch (cause) {
    if (cause instanceof BitError && (cause.code === 'not-found' || cause.code === 'not-a-file'))
      return 'missing';
    throw cause;
  }
}

function lengthOf(header: string | null): number | null {
  return header !== null && /^\d{1,15}$/.test(header) ? Number(header) : null;
}

const lastPart = (url: string): string => new URL(url).pathname.split('/').at(-1) ?? '';
