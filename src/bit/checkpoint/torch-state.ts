/** A loaded state dict whose storages lie in a file -> Checkpoint. Views keep their offset and strides; storages may be shared. */
import { BitError } from '../errors.ts';
import { shown } from './bytes.ts';
import { type Checkpoint, checkpointOf, type NamedBlob, type TensorInfo } from './checkpoint.ts';
import { toFloat32 } from './dtypes.ts';
import { MAX_NAME_BYTES, MAX_TENSORS } from './limits.ts';
import { type Pickled, PyDict, PyTensor } from './pickle-values.ts';
import { span, toCOrder } from './strided.ts';

interface Stored extends TensorInfo {
  readonly strides: readonly number[];
  /** Bytes of the file that hold every element of the view. */
  readonly start: number;
  readonly end: number;
}

/** Where trainers keep the state dict beside their other values. */
const NESTS = ['state_dict', 'model_state_dict', 'model'];

/**
 * The floating-point tensors of a state dict, or of the one that lies in it beside a trainer's other values.
 * `positions` says where each storage begins in the file. Throws 'checkpoint-header', 'checkpoint-limit' or
 * 'checkpoint-unknown'.
 */
export function stateCheckpoint(
  value: Pickled,
  positions: ReadonlyMap<string, number>,
  { name: file, blob }: NamedBlob,
): Checkpoint {
  const nested = value instanceof PyDict ? NESTS.map((nest) => value.entries.get(nest)) : [];
  const state = nested.find((inner) => inner instanceof PyDict) ?? value;
  if (!(state instanceof PyDict))
    throw new BitError('checkpoint-unknown', 'was saved by torch, but holds no table of weights', { file });
  const tensors = new Map<string, Stored>();
  let count = 0;
  for (const [name, tensor] of state.entries) {
    if (!(tensor instanceof PyTensor)) continue;
    if (++count > MAX_TENSORS)
      throw new BitError('checkpoint-limit', `lists more than ${MAX_TENSORS} tensors`, { file });
    const stored = locate(name, tensor, positions, { name: file, blob });
    if (stored) tensors.set(name, stored);
  }
  return checkpointOf('torch', file, tensors, async ({ start, end, dtype, shape, strides }) => ({
    blob: blob.slice(start, end),
    decode: (bytes) => toCOrder(toFloat32(bytes, dtype), shape, strides),
  }));
}

function locate(
  name: string,
  { storage, offset, shape, strides }: PyTensor,
  positions: ReadonlyMap<string, number>,
  { name: file, blob }: NamedBlob,
): Stored | null {
  const { dtype, bytes } = storage.type;
  if (new TextEncoder().encode(name).length > MAX_NAME_BYTES)
    throw new BitError('checkpoint-limit', `has a tensor name longer than ${MAX_NAME_BYTES} bytes`, { file });
  const reach = span(shape, strides);
  if (!(offset + reach <= storage.viewCount)) {
    const message = `has ${shown(name)} reaching to element ${offset + reach} of a storage of ${storage.viewCount}`;
    throw new BitError('checkpoint-header', message, { file });
  }
  // a stride of 0 repeats elements: no model saves that, and it could ask for any amount of memory
  const length = shape.reduce((a, b) => a * b, 1);
  if (length > storage.viewCount)
    throw new BitError('checkpoint-limit', `has ${shown(name)} with more elements than its storage`, {
      file,
    });
  if (!dtype) return null;
  const position = positions.get(storage.key);
  if (position === undefined)
    throw new BitError('checkpoint-header', `has ${shown(name)} without its storage`, { file });
  const start = position + (storage.viewStart + offset) * bytes;
  const end = start + reach * bytes;
  if (end > blob.size) throw new BitError('checkpoint-truncated', `ends within ${shown(name)}`, { file });
  return { name, dtype, shape, strides, start, end };
}
