/** The public face of the model library: bytes in, numbers and bytes out; runs in Node and in a browser. */
export { type BackboneStage, backboneStages } from './backbone.ts';
export { BitConfig } from './bit-config.ts';
export { type ClassMap, classActivationMap, type FeatureMap, type Support, supportOf } from './cam.ts';
export {
  type Area,
  areasOf,
  cellOutline,
  cellSides,
  contourOf,
  type Line,
  smoothSupport,
} from './cam-shape.ts';
export type { Checkpoint, DType, NamedBlob, StoredTensor, TensorInfo } from './checkpoint/checkpoint.ts';
export { toFloat32 } from './checkpoint/dtypes.ts';
export { type OpenedFiles, openCheckpoint } from './checkpoint/open.ts';
export { shardNames } from './checkpoint/shards.ts';
export { unzip } from './checkpoint/unzip.ts';
export { type BitConfig as BitConfigFields, type HiddenAct, parseBitConfig } from './config.ts';
export { BitError, type BitErrorCode, throwIfAborted } from './errors.ts';
export { type ClassGuess, type ClassMatcher, classMatcher } from './evaluate/folders.ts';
export { type Likely, type Outcome, outcomesOf } from './evaluate/outcome.ts';
export {
  evaluationSetOf,
  expectedCalibrationError,
  type ReliabilityRow,
  reliability,
} from './evaluate/reliability.ts';
export { type ClassScores, coverage, meanOf, type SetScores, scoresOfSet } from './evaluate/scores.ts';
export { fitTemperature, halves } from './evaluate/temperature.ts';
export { wilson } from './evaluate/wilson.ts';
export { type EvaluationSet, evaluationFields, parseEvaluation } from './evaluation.ts';
export { isHeadFile, readHeadFile, writeHeadFile } from './export/headFile.ts';
export { decodeLink, encodeLink, MAX_LINK_LENGTH } from './export/link.ts';
export { modelFolder } from './export/modelFolder.ts';
export { base64, fileName } from './export/names.ts';
export { ONNX_EVALUATION, onnxFile } from './export/onnxFile.ts';
export { type OutTensor, writeSafetensors } from './export/safetensors.ts';
export type { ExportOptions, ExportSource } from './export/source.ts';
export type { BackboneName, TaughtHead } from './export/taught.ts';
export { type CellAxis, type CellGrid, cellGrid } from './graph/cells.ts';
export { toHalf } from './graph/halves.ts';
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
export {
  type BatchFeature,
  BitImageProcessor,
  BitImageProcessorPil,
  type ImageInput,
  type ImageProcessorFields,
  rasterOf,
  type SizeInput,
  type Tensor,
} from './image/image-processor.ts';
export { decodePng } from './image/png.ts';
export { type Preprocessed, preprocess } from './image/processor.ts';
export { type ProcessorConfig, parseProcessorConfig, processorFields } from './image/processor-config.ts';
export type { Raster, RasterMode } from './image/raster.ts';
export { toRgb } from './image/rgb.ts';
export type { ProcessorBackend } from './image/weights.ts';
export { type Assumption, type ModelConfig, modelConfig } from './infer.ts';
export type { InputChoice } from './inputs.ts';
export { parseJson, parseJsonBlob } from './json.ts';
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
export type { OnnxClassifier } from './onnx/classifier.ts';
export { labelsIn, processorIn, sizeIn } from './onnx/hints.ts';
export type { OnnxModel } from './onnx/model.ts';
export { type OpenedOnnx, openOnnx } from './onnx/open.ts';
export { hasOnnx } from './onnx/sniff.ts';
export { multiplyAdds } from './operations.ts';
export type { JsonSource } from './pretrained.ts';
export { type FeatureMatrix, takeRows } from './transfer/features.ts';
export { groupsOf, stratifiedFolds } from './transfer/folds.ts';
export { Gram, gramOf } from './transfer/gram.ts';
export { distanceTo, learnNovelty, type Novelty } from './transfer/novelty.ts';
export { learnHead, type Probe } from './transfer/probe.ts';
export { productsOf } from './transfer/products.ts';
export { type Confidence, confidenceOf, learningCurve, type Report, reportOf } from './transfer/report.ts';
export { chooseStrength, type HeldOut, heldOut } from './transfer/validate.ts';
export { stageWidths } from './widths.ts';
