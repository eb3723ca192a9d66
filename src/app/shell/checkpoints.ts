/** The checkpoints in a set of files: which files belong together, and which of several forms of one is opened. */
import type { NamedBlob } from '../../bit/index.ts';
import type { FileKind } from './kinds.ts';

export interface FoundFile {
  readonly file: File;
  /** 'run/checkpoint-500/model.safetensors' */
  readonly path: string;
  readonly kind: FileKind;
  /** The file names that a shard index lists. */
  readonly shards?: ReadonlySet<string>;
}

/** One model: its weights, and the JSON of its folder and of those around it. */
export interface FoundModel {
  readonly name: string;
  readonly files: readonly NamedBlob[];
}

/** Of several forms of the same weights the earlier: nothing to unpickle, then the one that needs no conversion. */
const PREFERENCE: readonly FileKind[] = ['safetensors', 'torch', 'npz', 'onnx', 'raw', 'foreign'];
/** What trainers leave beside the weights, in the same format. */
const COMPANION =
  /^(optimizer|scheduler|training_args|rng_state|scaler|random_states|sampler)(_\d+)?\.(bin|pth?|pkl)$/i;
/** The names that transformers gives to one model in several frameworks. */
const CANONICAL = /^(model|pytorch_model|flax_model|tf_model)$/;
const SHARD = /-\d{5}-of-\d{5}$/;
const CHECKPOINT = /(?:checkpoint|epoch|step)[-_]?(\d+)$/i;

const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));
const depth = (path: string): number => path.split('/').length;
const stem = (name: string): string =>
  name
    .replace(/\.index\.json$/i, '')
    .replace(/\.[^.]+$/, '')
    .replace(SHARD, '');

interface Weights {
  readonly key: string;
  readonly folder: string;
  readonly kind: FileKind;
  readonly files: readonly FoundFile[];
  readonly complete: boolean;
}

/**
 * Every checkpoint, the one to be opened first: the topmost folder's before those of nested ones, of numbered
 * checkpoints the newest. `about` are the JSON files that say something of a model.
 */
export function findModels(found: readonly FoundFile[], about: readonly FoundFile[]): FoundModel[] {
  const all = found.filter(({ kind }) => PREFERENCE.includes(kind));
  const essential = all.filter(({ file }) => !COMPANION.test(file.name));
  const beside = new Set(found.filter(({ kind }) => kind === 'onnx').map(({ path }) => folderOf(path)));
  const weights = (essential.length > 0 ? essential : all).filter(
    ({ kind, path }) => kind !== 'raw' || !beside.has(folderOf(path)),
  );
  const folders = new Set(weights.map(({ path }) => folderOf(path)));
  const chosen = [...folders].flatMap((folder) => {
    const here = (files: readonly FoundFile[]) => files.filter(({ path }) => folderOf(path) === folder);
    const byKey = new Map<string, Weights[]>();
    for (const set of setsIn(folder, here(weights), here(about)))
      byKey.set(set.key, [...(byKey.get(set.key) ?? []), set]);
    return [...byKey.values()].flatMap((forms) => forms.sort(better)[0] ?? []);
  });
  const numbered = new Intl.Collator('en', { numeric: true });
  chosen.sort(
    (a, b) =>
      depth(a.folder) - depth(b.folder) ||
      checkpointNumber(b.folder) - checkpointNumber(a.folder) ||
      numbered.compare(a.folder, b.folder) ||
      Number(b.key === 'model') - Number(a.key === 'model'),
  );
  return chosen.map((set) => ({
    name: nameOf(set),
    files: [...withOwn(set, found), ...jsonFor(set, about, chosen.length === 1)].map(({ file }) => ({
      name: file.name,
      blob: file,
    })),
  }));
}

/** Single files, and shards under their index (or under their common name where there is none). */
function setsIn(folder: string, weights: readonly FoundFile[], about: readonly FoundFile[]): Weights[] {
  const sets: Weights[] = [];
  const sharded = new Set<FoundFile>();
  for (const index of about) {
    if (index.shards === undefined) continue;
    const shards = weights.filter(({ file }) => index.shards?.has(file.name));
    for (const shard of shards) sharded.add(shard);
    const kind = shards[0]?.kind;
    if (kind === undefined) continue;
    const complete = shards.length === index.shards.size;
    sets.push({ key: keyOf(index.file.name), folder, kind, files: [index, ...shards], complete });
  }
  const loose = new Map<string, FoundFile[]>();
  for (const file of weights) {
    if (sharded.has(file)) continue;
    const part = SHARD.test(file.file.name.replace(/\.[^.]+$/, ''));
    const at = part ? stem(file.file.name) : file.path;
    loose.set(at, [...(loose.get(at) ?? []), file]);
  }
  for (const files of loose.values()) {
    const [first] = files;
    if (first)
      sets.push({
        key: keyOf(first.file.name),
        folder,
        kind: first.kind,
        files,
        complete: files.length === 1,
      });
  }
  return sets;
}

function keyOf(name: string): string {
  const own = stem(name);
  return CANONICAL.test(own) ? 'model' : own;
}

const better = (a: Weights, b: Weights): number =>
  Number(b.complete) - Number(a.complete) ||
  PREFERENCE.indexOf(a.kind) - PREFERENCE.indexOf(b.kind) ||
  a.files.length - b.files.length;

const checkpointNumber = (folder: string): number => Number(CHECKPOINT.exec(folder)?.[1] ?? -1);

/** The weights' name without a shard's number; with its folder where every model is called the same. */
function nameOf({ key, folder, files }: Weights): string {
  const weights = files.find(({ kind }) => kind !== 'json') ?? files[0];
  const name = (weights?.file.name ?? '').replace(/-\d{5}-of-\d{5}(?=\.)/, '');
  return key === 'model' && folder !== '' ? `${folder.slice(folder.lastIndexOf('/') + 1)}/${name}` : name;
}

/** An ONNX file may keep weights and class names in files of any name beside it. */
function withOwn(set: Weights, found: readonly FoundFile[]): readonly FoundFile[] {
  if (set.kind !== 'onnx') return set.files;
  const near = found.filter(
    ({ path, kind }) => (kind === 'other' || kind === 'raw') && folderOf(path) === set.folder,
  );
  return [...set.files, ...near];
}

/** The nearest file of each name, config.json first; from anywhere when there is but one model. */
function jsonFor(set: Weights, about: readonly FoundFile[], alone: boolean): FoundFile[] {
  const near = about
    .filter(({ shards }) => shards === undefined)
    .filter(({ path }) => {
      const folder = folderOf(path);
      return alone || folder === '' || `${set.folder}/`.startsWith(`${folder}/`);
    })
    .sort((a, b) => distance(set.folder, a.path) - distance(set.folder, b.path));
  const byName = new Map<string, FoundFile>();
  for (const json of near) if (!byName.has(json.file.name)) byName.set(json.file.name, json);
  return [...byName.values()].sort(
    (a, b) => Number(b.file.name === 'config.json') - Number(a.file.name === 'config.json'),
  );
}

/** Steps up to a folder around it; more than any of those for a folder elsewhere. */
function distance(folder: string, path: string): number {
  const own = folderOf(path);
  const around = own === '' || `${folder}/`.startsWith(`${own}/`);
  return around ? depth(folder) - depth(own) : 1_000 + depth(own);
}
