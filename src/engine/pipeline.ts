/** The reference's image-classification pipeline in a page. */
import { BitError, type FunctionToApply } from '../bit/index.ts';
import { type PictureInput, pictureOf } from './picture.ts';
import type { BitForImageClassification } from './pretrained.ts';

export interface ClassifyOptions {
  /** How many classes to give, the likeliest first; capped at the model's. 5. */
  readonly top_k?: number;
  /** In place of what follows from the config: sigmoid for several labels at once and for a single label, else softmax. */
  readonly function_to_apply?: FunctionToApply;
  readonly signal?: AbortSignal;
}

export interface LabelScore {
  readonly label: string;
  readonly score: number;
}

/** One picture gives its classes, several give one list each. Rejects with a BitError. */
export interface ImageClassificationPipeline {
  (picture: PictureInput, options?: ClassifyOptions): Promise<LabelScore[]>;
  (pictures: readonly PictureInput[], options?: ClassifyOptions): Promise<LabelScore[][]>;
  readonly model: BitForImageClassification;
  /** Ends the model's worker. */
  dispose(): void;
}

/**
 * `pipeline('image-classification', model)`: turned by EXIF, converted to RGB, prepared by the model's torchvision
 * processor, answered. Throws 'config-conflict' for a model of num_labels 0, which has no classes to name.
 */
export function pipeline(
  task: 'image-classification',
  model: BitForImageClassification,
): ImageClassificationPipeline {
  if (task !== 'image-classification')
    throw new BitError(
      'config-field',
      `there is no task ${JSON.stringify(task)}, only "image-classification"`,
    );
  if (model.config.num_labels === 0)
    throw new BitError('config-conflict', 'num_labels is 0, so there are no classes to name');

  async function classifyOne(input: PictureInput, options: ClassifyOptions): Promise<LabelScore[]> {
    const { top_k = 5, function_to_apply: functionToApply, signal } = options;
    const { picture, name } = await pictureOf(input, signal);
    const { scores } = await model.engine.classify(picture, {
      name,
      topK: top_k,
      functionToApply,
      ...(signal && { signal }),
    });
    return scores.map(({ label, score }) => ({ label, score }));
  }

  function classify(picture: PictureInput, options?: ClassifyOptions): Promise<LabelScore[]>;
  function classify(pictures: readonly PictureInput[], options?: ClassifyOptions): Promise<LabelScore[][]>;
  async function classify(
    input: PictureInput | readonly PictureInput[],
    options: ClassifyOptions = {},
  ): Promise<LabelScore[] | LabelScore[][]> {
    if (!isList(input)) return classifyOne(input, options);
    const results: LabelScore[][] = [];
    for (const one of input) results.push(await classifyOne(one, options));
    return results;
  }

  return Object.assign(classify, { model, dispose: () => model.dispose() });
}

const isList = (input: PictureInput | readonly PictureInput[]): input is readonly PictureInput[] =>
  Array.isArray(input);
