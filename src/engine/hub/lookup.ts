/** An address -> what would be fetched: files, sizes, hashes, licence. Only small JSON files are read. */
import * as v from 'valibot';
import { BitError, type BitErrorCode } from '../../bit/errors.ts';
import type { ModelAddress, OfferedFile } from '../shelf/protocol.ts';
import { encodePath, HUB } from './address.ts';
import { chooseWeights, JSON_FILES } from './choose.ts';
import { type Asking, type Found, totalOf } from './found.ts';
import { identify } from './identify.ts';
import { lookUpPlain } from './plain.ts';
import { requestJson } from './request.ts';

/** The tree API gives a thousand entries a page; BiT repositories have ten. */
const MAX_PAGES = 10;

const revisionSchema = v.object({
  sha: v.pipe(v.string(), v.regex(/^[0-9a-f]{40,64}$/)),
  tags: v.optional(v.array(v.string()), []),
  cardData: v.nullish(v.object({ license: v.optional(v.unknown()) })),
});
const treeSchema = v.array(
  v.object({
    type: v.string(),
    path: v.string(),
    size: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
    lfs: v.nullish(
      v.object({
        oid: v.pipe(v.string(), v.regex(/^(?:sha256:)?[0-9a-f]{64}$/)),
        size: v.pipe(v.number(), v.integer(), v.minValue(0)),
      }),
    ),
  }),
);
type TreeFile = Pick<OfferedFile, 'size' | 'sha256'>;

/** Throws BitError: what `request` throws, 'answer', 'repo-weights', 'checkpoint-not-bit' and 'config-field'. */
export async function lookUp(address: ModelAddress, asking: Asking): Promise<Found> {
  if (address.kind !== 'repo') return lookUpPlain(address, asking);
  try {
    return await lookUpRepo(address, asking);
  } catch (cause) {
    if (!isOneOf(cause, ['not-found', 'not-a-file', 'answer', 'server']) || address.base === HUB) throw cause;
    // a host without the Hub's API: a folder of that name
    const folder = `${address.base}${encodePath(address.repo)}/`;
    const found = await lookUpPlain({ kind: 'folder', url: folder }, asking).catch((second: unknown) => {
      // neither: the first refusal says more
      throw isOneOf(second, ['not-found', 'sign-in', 'forbidden', 'server']) ? cause : second;
    });
    return { ...found, name: address.repo };
  }
}

const isOneOf = (cause: unknown, codes: readonly BitErrorCode[]): boolean =>
  cause instanceof BitError && codes.includes(cause.code);

async function lookUpRepo(address: Extract<ModelAddress, { kind: 'repo' }>, asking: Asking): Promise<Found> {
  const { base, repo, revision, file } = address;
  const api = `${base}api/models/${repo}`;
  const described = await description(
    `${api}/revision/${encodeURIComponent(revision ?? 'main')}`,
    repo,
    asking,
  );
  const { sha: commit, tags, cardData } = parse(revisionSchema, described.json, repo);
  // from here on the commit is asked for, so that a branch that moves mixes nothing
  const folder = file?.includes('/') ? file.slice(0, file.lastIndexOf('/') + 1) : '';
  const tree = await readTree(
    `${api}/tree/${commit}${folder && `/${encodePath(folder.slice(0, -1))}`}`,
    base,
    repo,
    folder,
    asking,
  );
  const urlOf = (name: string): string => `${base}${repo}/resolve/${commit}/${encodePath(folder + name)}`;
  const json = async (name: string): Promise<unknown> =>
    tree.has(name) ? (await requestJson(urlOf(name), { ...asking, file: name })).json : undefined;

  const identity = identify(await json(JSON_FILES[0]), await json(JSON_FILES[1]), repo);
  const weights = await chooseWeights([...tree.keys()], file?.slice(folder.length) ?? null, json).catch(
    (cause: unknown) => {
      throw cause instanceof BitError && cause.file === undefined
        ? new BitError(cause.code, cause.message, { file: repo, cause })
        : cause;
    },
  );
  const names = [...weights, ...JSON_FILES.filter((name) => tree.has(name))];
  const files = names.map((name) => ({ name, url: urlOf(name), ...(tree.get(name) ?? UNKNOWN) }));
  return {
    id: `${base}${repo}@${commit}${file === null ? '' : `/${file}`}`,
    name: repo,
    source: { kind: 'repo', base, repo, revision, commit },
    files,
    bytes: totalOf(files),
    licence: licenceOf(cardData?.license, tags),
    ...identity,
  };
}

const UNKNOWN: TreeFile = { size: null, sha256: null };

/** The files of one folder of the repository by their names in it. */
async function readTree(
  url: string,
  base: string,
  repo: string,
  folder: string,
  asking: Asking,
): Promise<Map<string, TreeFile>> {
  const files = new Map<string, TreeFile>();
  let next: string | null = url;
  for (let page = 0; next !== null && page < MAX_PAGES; page++) {
    const { json, headers } = await description(next, repo, asking);
    for (const { type, path, size, lfs } of parse(treeSchema, json, repo)) {
      if (type !== 'file' || !path.startsWith(folder)) continue;
      files.set(path.slice(folder.length), {
        size: lfs?.size ?? size ?? null,
        sha256: lfs?.oid.replace('sha256:', '') ?? null,
      });
    }
    const link: string | undefined = /<([^>]+)>;\s*rel="next"/.exec(headers.get('link') ?? '')?.[1];
    // never to another host than the chosen one
    next = link !== undefined && new URL(link, url).href.startsWith(base) ? new URL(link, url).href : null;
  }
  return files;
}

/** JSON of the API; what is no JSON is no description. */
async function description(url: string, repo: string, asking: Asking): ReturnType<typeof requestJson> {
  try {
    return await requestJson(url, { ...asking, file: repo });
  } catch (cause) {
    if (cause instanceof BitError && cause.code === 'config-json')
      throw new BitError('answer', 'the host’s description is no JSON', { file: repo, cause });
    throw cause;
  }
}

function parse<T extends v.GenericSchema>(schema: T, json: unknown, repo: string): v.InferOutput<T> {
  const parsed = v.safeParse(schema, json, { abortEarly: true });
  if (parsed.success) return parsed.output;
  const issue = parsed.issues[0];
  const message = `the host’s description is wrong at ${v.getDotPath(issue) ?? 'its top'} (${issue.message.slice(0, 200)})`;
  throw new BitError('answer', message, { file: repo });
}

function licenceOf(card: unknown, tags: readonly string[]): string | null {
  if (typeof card === 'string') return card.slice(0, 100);
  return tags.find((tag) => tag.startsWith('license:'))?.slice('license:'.length, 100) ?? null;
}
