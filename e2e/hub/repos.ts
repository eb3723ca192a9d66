/** What the Hub holds: repos with branches, commits and files. */
import { type Content, contentOf, type Given, gitSha1, hash } from './content.ts';

export interface RepoFacts {
  /** SPDX-like name of the model card ('apache-2.0'); none when absent. */
  readonly license?: string;
  readonly library?: string;
  readonly pipeline?: string;
  readonly tags?: readonly string[];
  /** false, or how access is granted. */
  readonly gated?: false | 'auto' | 'manual';
  readonly private?: boolean;
}

export interface Commit {
  readonly sha: string;
  readonly files: ReadonlyMap<string, Content>;
}

/** Files of these kinds, and any above 10 MB, are large files (LFS): stored apart, named by their SHA-256. */
const LFS_NAMES = /\.(bin|safetensors|npz|h5|msgpack|onnx|pt|pth|zip|gz)$/;
const LFS_SIZE = 10_000_000;

export const isLarge = (path: string, { size }: Content): boolean => LFS_NAMES.test(path) || size > LFS_SIZE;

/** The text that stands in git for a large file. */
export function pointerOf({ sha256, size }: Content): string {
  return `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256}\nsize ${size}\n`;
}

/** The hash by which the Hub's storage names a large file: 64 hex digits as well, and not the SHA-256 of its bytes. */
export const xetHash = ({ sha256 }: Content): string => hash('sha256', `xet ${sha256}`);

export class Repo {
  readonly id: string;
  readonly facts: RepoFacts;
  readonly #commits = new Map<string, Commit>();
  readonly #branches = new Map<string, string>();

  constructor(id: string, facts: RepoFacts = {}) {
    this.id = id;
    this.facts = facts;
  }

  /** Puts a commit with these files on a branch; a file left out is gone, as in a new tree. Returns its sha. */
  commit(files: Readonly<Record<string, Given>>, branch = 'main'): string {
    const contents = new Map(Object.entries(files).map(([path, given]) => [path, contentOf(given)]));
    const parent = this.#branches.get(branch) ?? '';
    const listed = [...contents].map(([path, { gitSha1: sha }]) => `${path} ${sha}`).join('\n');
    const sha = hash('sha1', `${this.id}\n${parent}\n${listed}`);
    this.#commits.set(sha, { sha, files: contents });
    this.#branches.set(branch, sha);
    return sha;
  }

  /** As `commit`, with the branch's other files kept. */
  change(files: Readonly<Record<string, Given>>, branch = 'main'): string {
    const kept = Object.fromEntries(this.at(branch)?.files ?? []);
    return this.commit({ ...kept, ...files }, branch);
  }

  /** The commit that a branch, a full sha or nothing (main) names. */
  at(revision = 'main'): Commit | undefined {
    return this.#commits.get(this.#branches.get(revision) ?? revision);
  }
}

/** The answer of /api/models/{repo}. */
export function modelInfo(repo: Repo, commit: Commit, withBlobs: boolean): Record<string, unknown> {
  const { license, library, pipeline, tags = [], gated = false } = repo.facts;
  const config = commit.files.get('config.json');
  const card = license === undefined ? {} : { cardData: { license } };
  return {
    _id: hash('sha1', repo.id).slice(0, 24),
    id: repo.id,
    modelId: repo.id,
    ...(repo.id.includes('/') ? { author: repo.id.split('/')[0] } : {}),
    sha: commit.sha,
    lastModified: '2023-02-27T15:12:50.000Z',
    createdAt: '2022-12-23T09:30:00.000Z',
    private: repo.facts.private ?? false,
    gated,
    disabled: false,
    downloads: 12_345,
    likes: 12,
    tags: [
      ...(library === undefined ? [] : [library]),
      ...tags,
      ...(license === undefined ? [] : [`license:${license}`]),
      'region:us',
    ],
    ...(library === undefined ? {} : { library_name: library }),
    ...(pipeline === undefined ? {} : { pipeline_tag: pipeline }),
    ...card,
    ...(config === undefined ? {} : { config: shortConfig(config) }),
    siblings: [...commit.files].map(([path, content]) => ({
      rfilename: path,
      ...(withBlobs ? blobFacts(path, content) : {}),
    })),
    spaces: [],
    usedStorage: [...commit.files.values()].reduce((sum, { size }) => sum + size, 0),
  };
}

/** The Hub repeats only these fields of a config.json. */
function shortConfig(content: Content): Record<string, unknown> {
  const { architectures, model_type: modelType } = JSON.parse(
    String(content.read(0, content.size)),
  ) as Record<string, unknown>;
  return {
    ...(architectures === undefined ? {} : { architectures }),
    ...(modelType === undefined ? {} : { model_type: modelType }),
  };
}

function blobFacts(path: string, content: Content): Record<string, unknown> {
  if (!isLarge(path, content)) return { size: content.size, blobId: content.gitSha1 };
  const pointer = pointerOf(content);
  const lfs = { sha256: content.sha256, size: content.size, pointerSize: pointer.length };
  return { size: content.size, blobId: gitSha1(pointer), lfs };
}

/** The answer of /api/models/{repo}/tree/{rev}: what lies directly in `folder`, or all below it. */
export function tree(commit: Commit, folder: string, recursive: boolean): Record<string, unknown>[] {
  const prefix = folder === '' ? '' : `${folder}/`;
  const folders = new Map<string, Record<string, unknown>>();
  const files: Record<string, unknown>[] = [];
  for (const [path, content] of commit.files) {
    if (!path.startsWith(prefix)) continue;
    const parts = path.slice(prefix.length).split('/');
    for (let depth = 1; depth < (recursive ? parts.length : Math.min(parts.length, 2)); depth++) {
      const name = prefix + parts.slice(0, depth).join('/');
      folders.set(name, { type: 'directory', oid: hash('sha1', name), size: 0, path: name });
    }
    if (recursive || parts.length === 1) files.push(treeFile(path, content));
  }
  return [...folders.values(), ...files];
}

function treeFile(path: string, content: Content): Record<string, unknown> {
  const { size } = content;
  if (!isLarge(path, content)) return { type: 'file', oid: content.gitSha1, size, path };
  const pointer = pointerOf(content);
  const lfs = { oid: content.sha256, size, pointerSize: pointer.length };
  return { type: 'file', oid: gitSha1(pointer), size, lfs, xetHash: xetHash(content), path };
}
