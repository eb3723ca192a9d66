/** Which files of a repository make the model: one form of the weights, and the JSON beside it. */
import * as v from 'valibot';
import { BitError } from '../../bit/errors.ts';

/** Read at once with the weights; all but the first are optional for a model that is open. */
export const JSON_FILES = ['config.json', 'preprocessor_config.json', 'evaluation.json'] as const;
/** Best first: safetensors needs no unpickling and is read tensor by tensor. */
export const WEIGHT_FILES = [
  'model.safetensors',
  'model.safetensors.index.json',
  'pytorch_model.bin',
  'pytorch_model.bin.index.json',
] as const;
const OTHER_FORMS = [/\.safetensors$/i, /\.npz$/i, /\.(bin|pth?)$/i];
/** The largest published BiT has 4.4 GB; shards have 5 GB by default, 100 MB at least. */
const MAX_SHARDS = 200;

const indexSchema = v.object({ weight_map: v.record(v.string(), v.pipe(v.string(), v.maxLength(255))) });

/**
 * The weights among the names of one folder: `wanted`, else the first known form, else the only file that looks like
 * weights. An index counts as its shards with the index itself; `readIndex` fetches it. Throws 'repo-weights'.
 */
export async function chooseWeights(
  names: readonly string[],
  wanted: string | null,
  readIndex: (name: string) => Promise<unknown>,
): Promise<string[]> {
  const chosen = wanted ?? WEIGHT_FILES.find((name) => names.includes(name)) ?? onlyOther(names);
  if (!names.includes(chosen)) throw new BitError('repo-weights', `there is no ${chosen.slice(0, 100)}`);
  if (!chosen.endsWith('.index.json')) return [chosen];
  const parsed = v.safeParse(indexSchema, await readIndex(chosen));
  if (!parsed.success) throw new BitError('repo-weights', 'has no weight_map', { file: chosen });
  const shards = [...new Set(Object.values(parsed.output.weight_map))].sort();
  const missing = shards.find((shard) => !names.includes(shard));
  if (missing !== undefined)
    throw new BitError('repo-weights', `names ${missing.slice(0, 100)}, which is not there`, {
      file: chosen,
    });
  if (shards.length === 0 || shards.length > MAX_SHARDS)
    throw new BitError('repo-weights', `names ${shards.length} files`, { file: chosen });
  return [...shards, chosen];
}

function onlyOther(names: readonly string[]): string {
  for (const form of OTHER_FORMS) {
    const [first, second] = names.filter((name) => form.test(name) && name !== 'training_args.bin');
    if (first !== undefined && second === undefined) return first;
    if (second !== undefined)
      throw new BitError(
        'repo-weights',
        `there are several weights files, ${first} and ${second} among them`,
      );
  }
  throw new BitError('repo-weights', 'there is no weights file (safetensors, pytorch_model.bin, .npz)');
}
