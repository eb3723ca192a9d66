/** Files as a person drops them -> one checkpoint and the JSON beside it, told apart by content, never by name. */
import * as v from 'valibot';
import { BitError } from '../errors.ts';
import { parseJsonBlob } from '../json.ts';
import { readBytes, shown } from './bytes.ts';
import type { Checkpoint, NamedBlob } from './checkpoint.ts';
import { type NamedCheckpoint, withCanonicalNames } from './names.ts';
import { openSafetensors } from './safetensors.ts';
import { isShardIndex, missingShard, openShards } from './shards.ts';

/** A parsed JSON and the name of its file. */
export interface JsonFile {
  readonly json: unknown;
  readonly file: string;
}

/** The JSON files beside the weights, by what they hold. */
export interface JsonRoles {
  readonly configJson?: JsonFile;
  /** The config.json of a timm repository, which is no BitConfig. */
  readonly timmJson?: JsonFile;
  readonly processorJson?: JsonFile;
  readonly evaluationJson?: JsonFile;
}

export interface OpenedFiles extends JsonRoles {
  /** Under canonical names. */
  readonly checkpoint: NamedCheckpoint;
}

/**
 * Opens what was dropped together: weights (one file, or shards with their index) and any config.json,
 * preprocessor_config.json and evaluation.json. Throws 'checkpoint-unknown' when there are
 * no weights, 'checkpoint-ambiguous' when there are several, 'checkpoint-pointer', and what their readers throw.
 */
export async function openCheckpoint(files: readonly NamedBlob[]): Promise<OpenedFiles> {
  const weights: NamedBlob[] = [];
  const jsons: JsonFile[] = [];
  let broken: BitError | undefined;
  let pointer: BitError | undefined;
  for (const file of files) {
    const kind = await sniff(file.blob, file.name);
    if (kind === 'pointer') {
      const message = 'is a Git LFS pointer, not the file that it stands for';
      pointer ??= new BitError('checkpoint-pointer', message, { file: file.name });
    } else if (kind === 'json') {
      try {
        jsons.push({ json: await parseJsonBlob(file.blob, file.name), file: file.name });
      } catch (error) {
        if (!(error instanceof BitError)) throw error;
        broken ??= error;
      }
    } else if (kind !== 'other') weights.push(file);
  }
  const index = indexOf(jsons, weights);
  const roles = jsonRoles(jsons);
  // a broken JSON matters unless what it might have been is there: a trainer's folder holds states with NaN in them
  if (broken && !(roles.configJson && roles.processorJson)) throw broken;
  if (pointer && (weights.length === 0 || (index && missingShard(index.json, weights)))) throw pointer;
  const checkpoint = index
    ? withCanonicalNames(await openShards(index, weights, openWeights))
    : await openOne(weights, files);
  return { checkpoint, ...roles };
}

/** Tells config.json, preprocessor_config.json and the others apart by their keys. */
export function jsonRoles(jsons: readonly JsonFile[]): JsonRoles {
  const configJson = jsons.find(({ json }) =>
    hasKey(json, ['model_type', 'hidden_sizes', 'depths', 'layer_type', 'id2label']),
  );
  const timmJson = jsons.find(({ json }) => hasKey(json, ['pretrained_cfg', 'architecture']));
  const processorJson = jsons.find(({ json }) =>
    hasKey(json, ['image_processor_type', 'feature_extractor_type', 'do_resize', 'image_mean', 'crop_size']),
  );
  const evaluationJson = jsons.find(({ json }) => v.is(evaluationLike, json));
  return {
    ...(configJson && { configJson }),
    ...(timmJson && { timmJson }),
    ...(processorJson && { processorJson }),
    ...(evaluationJson && { evaluationJson }),
  };
}

const evaluationLike = v.pipe(
  v.record(v.string(), v.object({ by_confidence_tenth: v.array(v.unknown()) })),
  v.check((sets) => Object.keys(sets).length > 0),
);

function hasKey(json: unknown, keys: readonly string[]): boolean {
  return typeof json === 'object' && json !== null && keys.some((key) => Object.hasOwn(json, key));
}

/** The index whose shards are there; where none is complete, the first, whose shards are then named. */
function indexOf(jsons: readonly JsonFile[], weights: readonly NamedBlob[]): JsonFile | undefined {
  const indices = jsons.filter(({ json }) => isShardIndex(json));
  return indices.find(({ json }) => missingShard(json, weights) === undefined) ?? indices[0];
}

/**
 * The one file that holds a BiT. A trainer's folder has others beside it (optimizer, arguments), and a repository may
 * have the same weights as safetensors and as torch's pickle: then the former, as transformers does.
 */
async function openOne(weights: readonly NamedBlob[], files: readonly NamedBlob[]): Promise<NamedCheckpoint> {
  const [first, second] = weights;
  if (!first) {
    const file = files.length === 1 ? files[0]?.name : undefined;
    throw new BitError(
      'checkpoint-unknown',
      'no checkpoint that is read here (safetensors, pytorch_model.bin, .npz, .onnx)',
      { file },
    );
  }
  if (!second) return withCanonicalNames(await openWeights(first));
  const opened: NamedCheckpoint[] = [];
  let refused: BitError | undefined;
  for (const file of weights) {
    try {
      opened.push(withCanonicalNames(await openWeights(file)));
    } catch (error) {
      if (!(error instanceof BitError)) throw error;
      refused ??= error;
    }
  }
  const preferred = opened.filter(({ format }) => format === 'safetensors');
  const [one, other] = preferred.length > 0 ? preferred : opened;
  if (one && other)
    throw new BitError(
      'checkpoint-ambiguous',
      `two weights files, ${shown(one.file)} and ${shown(other.file)}, without an index that joins them`,
    );
  if (one) return one;
  throw refused ?? new BitError('checkpoint-unknown', 'no checkpoint that is read here');
}

type Kind = 'safetensors' | 'zip' | 'pickle' | 'json' | 'pointer' | 'other';

/** Opens one weights file by what its bytes are. Throws 'checkpoint-unknown' and what the format's reader throws. */
async function openWeights(file: NamedBlob): Promise<Checkpoint> {
  const kind = await sniff(file.blob, file.name);
  switch (kind) {
    case 'safetensors':
      return openSafetensors(file);
    // most visits open safetensors only, so the other readers come when they are needed
    case 'pickle':
      return (await import('./archive.ts')).openTorchLegacy(file);
    case 'zip':
      return (await import('./archive.ts')).openArchive(file);
    case 'json':
    case 'pointer':
    case 'other':
      throw new BitError('checkpoint-unknown', 'holds no weights', { file: file.name });
  }
}

/** How the lines begin that Git LFS leaves in a file's place. */
const POINTER = 'version https://git-lfs.github.com/spec/';

/**
 * What a file's first bytes say it is. Throws 'checkpoint-truncated' where it cannot be read.
 * A safetensors file starts with the length of its header and a brace, a zip and a pickle (of protocol 2 to 5) with
 * their signatures, a JSON file with a brace. Safetensors comes first: a header of 640 bytes looks like a pickle. Its
 * length is below 2^48 even where it lies; as JSON that would be zeros in front of the brace.
 */
export async function sniff(blob: Blob, file?: string): Promise<Kind> {
  const bytes = new Uint8Array(await readBytes(blob, 0, Math.min(64, blob.size), file));
  const starts = (...signature: number[]): boolean => signature.every((byte, i) => bytes[i] === byte);
  if (bytes[8] === 0x7b && bytes[6] === 0 && bytes[7] === 0) return 'safetensors';
  if (starts(0x50, 0x4b, 0x03, 0x04)) return 'zip';
  if (starts(0x80) && (bytes[1] ?? 0) >= 2 && (bytes[1] ?? 0) <= 5) return 'pickle';
  const text = new TextDecoder().decode(bytes).trimStart();
  if (text.startsWith(POINTER)) return 'pointer';
  return text.startsWith('{') ? 'json' : 'other';
}
