/** Files as a person drops them -> one checkpoint and the JSON beside it, told apart by content, never by name. */
import * as v from 'valibot';
import { BitError } from '../errors.ts';
import { parseJsonBlob } from '../json.ts';
import type { Checkpoint, NamedBlob } from './checkpoint.ts';
import { MAX_HEADER_BYTES } from './limits.ts';
import { type NamedCheckpoint, withCanonicalNames } from './names.ts';
import { isNpz, openNpz } from './npz.ts';
import { openSafetensors } from './safetensors.ts';
import { isShardIndex, openShards } from './shards.ts';
import { isTorchZip, openTorchLegacy, openTorchZip } from './torch.ts';
import { openZip } from './zip.ts';

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
 * preprocessor_config.json and evaluation.json. Throws 'checkpoint-unknown' when there are no weights, or several.
 */
export async function openCheckpoint(files: readonly NamedBlob[]): Promise<OpenedFiles> {
  const weights: NamedBlob[] = [];
  const jsons: JsonFile[] = [];
  for (const file of files) {
    const kind = await sniff(file.blob);
    if (kind === 'json') jsons.push({ json: await parseJsonBlob(file.blob, file.name), file: file.name });
    else if (kind !== 'other') weights.push(file);
  }
  const index = jsons.find(({ json }) => isShardIndex(json));
  const checkpoint = withCanonicalNames(
    index ? await openShards(index, weights, openWeights) : await openWeights(only(weights, files)),
  );
  return { checkpoint, ...jsonRoles(jsons) };
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

function only(weights: readonly NamedBlob[], files: readonly NamedBlob[]): NamedBlob {
  const [first, second] = weights;
  if (!first) {
    const file = files.length === 1 ? files[0]?.name : undefined;
    throw new BitError(
      'checkpoint-unknown',
      'no checkpoint that is read here (safetensors, pytorch_model.bin, .npz, .onnx)',
      { file },
    );
  }
  if (second) {
    throw new BitError(
      'checkpoint-unknown',
      `two weights files, ${first.name} and ${second.name}, without an index that joins them`,
    );
  }
  return first;
}

type Kind = 'safetensors' | 'zip' | 'pickle' | 'json' | 'other';

/** Opens one weights file by what its bytes are. Throws 'checkpoint-unknown' and what the format's reader throws. */
async function openWeights(file: NamedBlob): Promise<Checkpoint> {
  const kind = await sniff(file.blob);
  switch (kind) {
    case 'safetensors':
      return openSafetensors(file);
    case 'pickle':
      return openTorchLegacy(file);
    case 'zip': {
      const archive = await openZip(file);
      if (isTorchZip(archive)) return openTorchZip(archive);
      if (isNpz(archive)) return openNpz(archive);
      throw new BitError('checkpoint-unknown', 'is a zip file without weights of torch or numpy in it', {
        file: file.name,
      });
    }
    case 'json':
    case 'other':
      throw new BitError('checkpoint-unknown', 'holds no weights', { file: file.name });
  }
}

/**
 * What a file's first bytes say it is.
 * A safetensors file starts with the length of its header and a brace, a zip and a pickle (of protocol 2 to 5) with
 * their signatures, a JSON file with a brace. Safetensors comes first: a header of 640 bytes looks like a pickle.
 */
export async function sniff(blob: Blob): Promise<Kind> {
  const bytes = new Uint8Array(await blob.slice(0, 64).arrayBuffer());
  const starts = (...signature: number[]): boolean => signature.every((byte, i) => bytes[i] === byte);
  if (bytes.length > 8) {
    const length = new DataView(bytes.buffer).getBigUint64(0, true);
    if (bytes[8] === 0x7b && length <= BigInt(MAX_HEADER_BYTES)) return 'safetensors';
  }
  if (starts(0x50, 0x4b, 0x03, 0x04)) return 'zip';
  if (starts(0x80) && (bytes[1] ?? 0) >= 2 && (bytes[1] ?? 0) <= 5) return 'pickle';
  const text = new TextDecoder().decode(bytes).trimStart();
  return text.startsWith('{') ? 'json' : 'other';
}
