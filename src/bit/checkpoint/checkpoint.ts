import { BitError } from '../errors.ts';
import { readBytes, shown } from './bytes.ts';

/** Number formats a checkpoint tensor may be stored in. */
export type DType = 'F64' | 'F32' | 'F16' | 'BF16';

/** What is known of a stored tensor before its bytes are read. */
export interface TensorInfo {
  readonly name: string;
  readonly dtype: DType;
  /** C-order shape, as the framework that saved it would print it. */
  readonly shape: readonly number[];
}

/** A tensor whose bytes are not read yet: where they lie, and how they become float32. */
export interface StoredTensor {
  /** Exactly its bytes, inflated where the file has them deflated. */
  readonly blob: Blob;
  /** The values in C order, of the blob's bytes. Throws BitError when they are damaged. */
  decode(bytes: ArrayBuffer): Float32Array;
}

/**
 * A checkpoint of any format: names and shapes at once, values tensor by tensor.
 * Opening one validates every header; no tensor's bytes are read until `read`.
 */
export interface Checkpoint {
  readonly format: 'safetensors' | 'torch' | 'npz' | 'memory';
  /** File name for error messages. */
  readonly file: string;
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  /** Where one tensor lies; reads no more than it must. Throws BitError. */
  stored(name: string, signal?: AbortSignal): Promise<StoredTensor>;
  /** One tensor as float32 in C order (F16 and BF16 are exact, F64 is rounded once). Throws BitError. */
  read(name: string, signal?: AbortSignal): Promise<Float32Array>;
}

/** A file by name: what a drop, a folder, a download and Node's `fs.openAsBlob` have in common. */
export interface NamedBlob {
  readonly name: string;
  readonly blob: Blob;
}

/** A checkpoint whose tensors are found by `locate`, which is asked only for names that `tensors` has. */
export function checkpointOf<T extends TensorInfo>(
  format: Checkpoint['format'],
  file: string,
  tensors: ReadonlyMap<string, T>,
  locate: (tensor: T, signal?: AbortSignal) => Promise<StoredTensor>,
): Checkpoint {
  const stored: Checkpoint['stored'] = async (name, signal) => {
    const tensor = tensors.get(name);
    if (!tensor) throw new BitError('checkpoint-tensor', `does not hold a tensor ${shown(name)}`, { file });
    return locate(tensor, signal);
  };
  return {
    format,
    file,
    tensors,
    stored,
    async read(name, signal) {
      const { blob, decode } = await stored(name, signal);
      return decode(await readBytes(blob, 0, blob.size, file, signal));
    },
  };
}
