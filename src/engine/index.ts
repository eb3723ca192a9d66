/**
 * The engine as a library for pages: the reference's classes, each in a worker of its own, and the library `bit` with
 * them. See "Use it from your own code" in README.md.
 */
export * from '../bit/index.ts';
export { createEngine } from './client.ts';
export { load_image, type PictureInput } from './picture.ts';
export {
  type ClassifyOptions,
  type ImageClassificationPipeline,
  type LabelScore,
  pipeline,
} from './pipeline.ts';
export {
  type BackboneOptions,
  type BackboneOutput,
  BitBackbone,
  BitForImageClassification,
  BitModel,
  type BitModelOutput,
  type ForwardInput,
  type ImageClassifierOutput,
  type PretrainedOptions,
  type RunOptions,
} from './pretrained.ts';
export type {
  ClassMaps,
  Device,
  DevicePreference,
  DeviceReport,
  Engine,
  ModelInfo,
  OpenProgress,
} from './protocol.ts';
export { embedded, type PretrainedSource } from './source.ts';
