/** Dropped, pasted and chosen files: which are models, which say something of one, which are pictures. */
import { BitError } from '../../bit/errors.ts';
import type { NamedBlob } from '../../bit/index.ts';
import { type FoundFile, type FoundModel, findModels } from './checkpoints.ts';
import { type FileKind, kindOf } from './kinds.ts';
import { pathOf } from './path.ts';

export interface Intake {
  /** The first is the one to open. */
  readonly models: readonly FoundModel[];
  /** JSON that came without weights and says something of a model that is here already. */
  readonly about: readonly NamedBlob[];
  /** Taught last layers, which answer on a backbone that is here already. */
  readonly heads: readonly NamedBlob[];
  /** Backups of taught projects. */
  readonly backups: readonly NamedBlob[];
  readonly pictures: readonly File[];
  /** Tables (CSV) that may say what the pictures show. */
  readonly tables: readonly File[];
  /** The folder that all files came from, '' when there is none. */
  readonly folder: string;
}

/** Files that systems leave in folders: nobody means to drop them. */
const LITTER = /^(\.|thumbs\.db$|desktop\.ini$)/i;
/** Above so many files a picture's name is believed unread: ten thousand reads are felt. */
const MAX_READ_PICTURES = 500;
const PICTURE_NAME = /\.(jpe?g|png|gif|webp|avif|bmp)$/i;
/** A config with 21,843 labels twice is under 2 MB; a trainer's log may be anything. */
const MAX_JSON_BYTES = 8 * 2 ** 20;
/** Keys of config.json, of timm's, of preprocessor_config.json, of a shard index and of evaluation.json. */
const TELLING =
  /"(model_type|hidden_sizes|depths|layer_type|id2label|num_labels|pretrained_cfg|architecture|image_processor_type|feature_extractor_type|do_resize|image_mean|crop_size|weight_map|by_confidence_tenth)"/;
/** The most classes that are taught, 1,000, of 8,192 features; a larger file is weights. */
const MAX_HEAD_BYTES = 33 * 2 ** 20;
const CONFIG_NAME = /^(config|preprocessor_config|evaluation)\.json$/;

/** The file names that an index of shards lists; undefined for any other JSON, and for a broken one, which its reader will name. */
function shardsOf(text: string): ReadonlySet<string> | undefined {
  if (!text.includes('"weight_map"')) return undefined;
  const map = /"weight_map"\s*:\s*\{([^}]*)\}/.exec(text)?.[1] ?? '';
  return new Set([...map.matchAll(/:\s*"([^"]+)"/g)].map((match) => match[1] ?? ''));
}

/** A JSON that says something of a model; null for a trainer's log and the like. */
async function telling(found: FoundFile): Promise<FoundFile | null> {
  const { file } = found;
  if (file.size === 0 || file.size > MAX_JSON_BYTES)
    return CONFIG_NAME.test(file.name) && file.size > 0 ? found : null;
  const text = await file.text();
  if (!TELLING.test(text)) return CONFIG_NAME.test(file.name) ? found : null;
  const shards = shardsOf(text);
  return shards === undefined ? found : { ...found, shards };
}

/** A zip's files in its place, and a last layer alone told from a checkpoint. */
async function opened(found: FoundFile): Promise<FoundFile[]> {
  const files = found.kind === 'zip' ? await (await import('./zips.ts')).filesIn(found) : [found];
  return Promise.all(
    files.map(async (one): Promise<FoundFile> => {
      const { kind, file } = one;
      return kind === 'safetensors' && (await isHead(file)) ? { ...one, kind: 'head' } : one;
    }),
  );
}

async function isHead(file: File): Promise<boolean> {
  if (file.size > MAX_HEAD_BYTES) return false;
  const { isHeadFile } = await import('../../bit/export/headFile.ts');
  try {
    return await isHeadFile({ name: file.name, blob: file });
  } catch (error) {
    if (error instanceof BitError) return false; // its reader will name what is wrong
    throw error;
  }
}

/** Sorts files, by path as people number them, into models and pictures. Without a model, what is neither is tried as a picture. */
export async function sortFiles(files: readonly File[]): Promise<Intake> {
  const numbered = new Intl.Collator('en', { numeric: true });
  const wanted = files
    .filter((file) => !LITTER.test(file.name))
    .map((file) => ({ file, path: pathOf(file) }))
    .sort((x, y) => numbered.compare(x.path, y.path));
  const trusted = wanted.length > MAX_READ_PICTURES;
  const given = await Promise.all(
    wanted.map(async ({ file, path }): Promise<FoundFile> => {
      const kind: FileKind = trusted && PICTURE_NAME.test(file.name) ? 'picture' : await kindOf(file);
      return { file, path, kind };
    }),
  );
  const sorted = (await Promise.all(given.map(opened))).flat();
  const found = sorted.filter(({ kind }) => kind !== 'head' && kind !== 'backup');
  const json = found.filter(({ kind }) => kind === 'json');
  const about = (await Promise.all(json.map(telling))).filter((file) => file !== null);
  const models = findModels(found, about);
  const onlyJson = found.length > 0 && json.length === found.length;
  const alone = models.length > 0 ? [] : onlyJson ? json : about;
  const told = new Set(alone.map(({ file }) => file));
  const isPicture = ({ file, kind }: FoundFile): boolean =>
    kind === 'picture' || (kind !== 'table' && models.length === 0 && !told.has(file));
  const blobs = (wantedKind: FileKind): NamedBlob[] =>
    sorted.filter(({ kind }) => kind === wantedKind).map(({ file }) => ({ name: file.name, blob: file }));
  const folders = new Set(wanted.map(({ path }) => (path.includes('/') ? path.split('/')[0] : '')));
  return {
    models,
    about: alone.map(({ file }) => ({ name: file.name, blob: file })),
    heads: blobs('head'),
    backups: blobs('backup'),
    pictures: found.filter(isPicture).map(({ file }) => file),
    tables: found.filter(({ kind }) => kind === 'table').map(({ file }) => file),
    folder: folders.size === 1 ? ([...folders][0] ?? '') : '',
  };
}
