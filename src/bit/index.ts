/** The public face of the model library: bytes in, numbers and bytes out; runs in Node and in a browser. */
export { type BackboneStage, backboneStages } from './backbone.ts';
export type { Checkpoint, DType, NamedBlob, StoredTensor, TensorInfo } from './checkpoint/checkpoint.ts';
export { type OpenedFiles, openCheckpoint } from './checkpoint/open.ts';
export { type BitConfig, type HiddenAct, parseBitConfig } from './config.ts';
export { BitError, type BitErrorCode, throwIfAborted } from './errors.ts';
export { EXTERNAL_DATA_PATH } from './graph/onnx.ts';
export {
  type BitGraph,
  buildGraph,
  type GraphOptions,
  type NormForm,
  type PlannedTensor,
  type Precision,
} from './graph/resnetv2.ts';
export { hiddenStateParts, segmentRanges } from './graph/segments.ts';
export { checkInput, type FeatureShape, featureShapes } from './graph/shapes.ts';
export { checkWeights, loadWeights, prepareWeights } from './graph/weights.ts';
export {
  applyHead,
  type FunctionToApply,
  functionToApply,
  type Head,
  logitsOf,
  readHead,
  type Score,
  scoresOf,
  topK,
} from './head.ts';
export { type Preprocessed, preprocess } from './image/processor.ts';
export { type ProcessorConfig, parseProcessorConfig } from './image/processor-config.ts';
export type { Raster, RasterMode } from './image/raster.ts';
export type { ProcessorBackend } from './image/weights.ts';
export { type Assumption, type ModelConfig, modelConfig } from './infer.ts';
export type { InputChoice } from './inputs.ts';
export {
  areSynsets,
  type LabelList,
  type LabelSet,
  labelSetOf,
  namesOfSynsets,
  onlyNumbers,
  parseLabelList,
} from './labels.ts';
export { type MemoryNeed, memoryNeed, usualInput, WASM_HEAP_BYTES, wasmNeed } from './memory.ts';
export { multiplyAdds } from './operations.ts';
