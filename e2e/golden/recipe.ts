/** The golden set's full-size weights: made from integers, so that no file of 100 MB is needed. */

/** How a tensor is made: number `k` of its state dict, values in offset ± scale. */
export interface RecipeRule {
  readonly k: number;
  readonly name: string;
  readonly shape: readonly number[];
  readonly scale: number;
  readonly offset: number;
}
interface RecipeTensor extends RecipeRule {
  readonly first4: readonly number[];
  readonly last: number;
  readonly sum: number;
}
export interface Recipe {
  readonly seed: number;
  readonly tensors: readonly RecipeTensor[];
}

/** MurmurHash3's 32-bit finalizer; fmix32(1) = 0x514E28B7. */
export function fmix32(value: number): number {
  let h = value >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b) >>> 0;
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35) >>> 0;
  return (h ^ (h >>> 16)) >>> 0;
}

/** The recipe's state dict as one safetensors file; throws when a check value of the recipe disagrees. */
export function recipeSafetensors(recipe: Recipe): Blob {
  const header: Record<string, unknown> = {};
  const parts: BlobPart[] = [];
  let position = 0;
  for (const tensor of recipe.tensors) {
    const values = recipeValues(recipe.seed, tensor);
    check(tensor, values);
    header[tensor.name] = {
      dtype: 'F32',
      shape: tensor.shape,
      data_offsets: [position, position + values.byteLength],
    };
    position += values.byteLength;
    parts.push(values);
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const length = new DataView(new ArrayBuffer(8));
  length.setBigUint64(0, BigInt(json.length), true);
  return new Blob([length, json, ...parts]);
}

/** The values of one tensor, C order. */
export function recipeValues(
  seed: number,
  { k, shape, scale, offset }: RecipeRule,
): Float32Array<ArrayBuffer> {
  const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
  const key = fmix32(seed + Math.imul(k + 1, 0x9e3779b1));
  for (let i = 0; i < values.length; i++) {
    const r = fmix32(key + Math.imul(i + 1, 0x85ebca77));
    values[i] = offset + (scale * ((r >>> 8) - 8_388_608)) / 8_388_608;
  }
  return values;
}

function check({ name, first4, last, sum }: RecipeTensor, values: Float32Array): void {
  const total = values.reduce((a, b) => a + b, 0);
  const same =
    first4.every((value, i) => values[i] === value) &&
    values.at(-1) === last &&
    Math.abs(total - sum) < 1e-6 * Math.max(1, Math.abs(sum));
  if (!same) throw new Error(`the recipe's tensor ${name} does not match its check values`);
}
