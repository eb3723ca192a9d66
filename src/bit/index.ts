/** The public face of the model library: bytes in, numbers and bytes out; runs in Node and in a browser. */
export type { Checkpoint, DType, NamedBlob, TensorInfo } from './checkpoint/checkpoint.ts';
export { BitError, type BitErrorCode, throwIfAborted } from './errors.ts';
export type { Raster, RasterMode } from './image/raster.ts';
