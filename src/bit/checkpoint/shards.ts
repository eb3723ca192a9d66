/** Several weights files under one index (model.safetensors.index.json, pytorch_model.bin.index.json). */
import * as v from 'valibot';
import { BitError } from '../errors.ts';
import { shown } from './bytes.ts';
import { type Checkpoint, checkpointOf, type NamedBlob, type TensorInfo } from './checkpoint.ts';
import { MAX_TENSORS } from './limits.ts';

const indexSchema = v.object({ weight_map: v.record(v.string(), v.string()) });

/** True for the JSON of a shard index, sound or not. */
export function isShardIndex(json: unknown): json is { readonly weight_map: object } {
  const map = typeof json === 'object' && json !== null && 'weight_map' in json ? json.weight_map : null;
  return typeof map === 'object' && map !== null;
}

/** Shards lie in one folder: an index names them without it. */
const baseName = (name: string): string => name.split('/').at(-1) ?? name;

/** The first shard of an index that is not among the files. */
export function missingShard(json: unknown, files: readonly NamedBlob[]): unknown {
  const names = new Set<unknown>(files.map(({ name }) => baseName(name)));
  return isShardIndex(json) ? Object.values(json.weight_map).find((shard) => !names.has(shard)) : undefined;
}

/** The largest published model of any kind has some hundreds. */
const MAX_SHARDS = 1_000;

/** The files that an index names. Throws 'checkpoint-shard' for what is no index, 'checkpoint-limit'. */
export function shardNames({ json, file }: { readonly json: unknown; readonly file: string }): string[] {
  const parsed = v.safeParse(indexSchema, json);
  if (!parsed.success) throw new BitError('checkpoint-shard', 'has no weight_map', { file });
  const names = [...new Set(Object.values(parsed.output.weight_map))];
  if (names.length > MAX_SHARDS)
    throw new BitError('checkpoint-limit', `names more than ${MAX_SHARDS} files`, { file });
  return names;
}

/**
 * Opens the shards that an index names, each by `openWeights`, as one checkpoint. Throws 'checkpoint-limit' for more than 20,000 tensors, 'checkpoint-shard' when a shard is missing, lacks a
 * tensor the index puts there, or holds one the index does not know.
 */
export async function openShards(
  index: { readonly json: unknown; readonly file: string },
  shards: readonly NamedBlob[],
  openWeights: (file: NamedBlob) => Promise<Checkpoint>,
): Promise<Checkpoint> {
  const { file } = index;
  const count = isShardIndex(index.json) ? Object.keys(index.json.weight_map).length : 0;
  if (count > MAX_TENSORS)
    throw new BitError('checkpoint-limit', `places ${count} tensors; at most ${MAX_TENSORS} are read`, {
      file,
    });
  const parsed = v.safeParse(indexSchema, index.json, { abortEarly: true });
  if (!parsed.success) throw new BitError('checkpoint-shard', 'has no weight_map', { file });
  const map = new Map(Object.entries(parsed.output.weight_map));
  const byName = new Map(shards.map((shard) => [baseName(shard.name), shard]));
  const opened = new Map<string, Checkpoint>();
  for (const shardName of new Set(map.values())) {
    const shard = byName.get(shardName);
    if (!shard)
      throw new BitError('checkpoint-shard', `needs ${shown(shardName)}, which was not among the files`, {
        file,
      });
    opened.set(shardName, await openWeights(shard));
  }
  const tensors = new Map<string, TensorInfo>();
  for (const [shardName, shard] of opened) {
    for (const [name, info] of shard.tensors) {
      if (map.get(name) !== shardName)
        throw new BitError(
          'checkpoint-shard',
          `does not place ${shown(name)}, which ${shown(shardName)} holds`,
          { file },
        );
      tensors.set(name, info);
    }
  }
  for (const [name, shardName] of map) {
    if (!tensors.has(name))
      throw new BitError(
        'checkpoint-shard',
        `places ${shown(name)} in ${shown(shardName)}, which does not hold it`,
        { file },
      );
  }
  const format = [...opened.values()][0]?.format ?? 'safetensors';
  return checkpointOf(format, file, tensors, ({ name }, signal) => {
    const shard = opened.get(map.get(name) ?? '');
    if (!shard) throw new BitError('checkpoint-tensor', `does not hold a tensor ${shown(name)}`, { file });
    return shard.stored(name, signal);
  });
}
