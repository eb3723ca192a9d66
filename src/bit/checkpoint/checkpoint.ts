/** Number formats a checkpoint tensor may be stored in. */
export type DType = 'F64' | 'F32' | 'F16' | 'BF16';

/** What is known of a stored tensor before its bytes are read. */
export interface TensorInfo {
  readonly name: string;
  readonly dtype: DType;
  /** C-order shape, as the framework that saved it would print it. */
  readonly shape: readonly number[];
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
  /** One tensor as float32 in C order (F16 and BF16 are exact, F64 is rounded once). Throws BitError. */
  read(name: string, signal?: AbortSignal): Promise<Float32Array>;
}

/** A file by name: what a drop, a folder, a download and Node's `fs.openAsBlob` have in common. */
export interface NamedBlob {
  readonly name: string;
  readonly blob: Blob;
}
