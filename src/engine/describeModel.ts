/** What an opened model is: its config, preprocessing and tests, with what had to be assumed and what a person chose. */
import {
  type Assumption,
  type BitConfigFields,
  type InputChoice,
  type LabelSet,
  type ModelConfig,
  type OpenedFiles,
  type ProcessorConfig,
  parseBitConfig,
  parseEvaluation,
  parseProcessorConfig,
} from '../bit/index.ts';
import { fetchLabels, nameClasses } from './labels.ts';
import type { Choices, EvaluationSet, LabelsFrom, ModelSource } from './protocol.ts';

export interface Description {
  readonly config: BitConfigFields;
  readonly processor: ProcessorConfig;
  readonly inputs: readonly InputChoice[];
  readonly evaluation: readonly EvaluationSet[];
  readonly assumed: readonly Assumption[];
  /** True when the evaluation does not hold: the preprocessing was assumed, or it or the network was chosen. */
  readonly processorAssumed: boolean;
  readonly labelsFrom: LabelsFrom;
  readonly labelsMissing: LabelSet | null;
}

/**
 * Throws BitError for a config, a preprocessing, an evaluation or a choice that is wrong. A list of class names that
 * the page's host does not give is told in `labelsMissing`, no failure.
 */
export async function describeModel(
  opened: OpenedFiles,
  source: Pick<ModelSource, 'kind'> & { readonly choices?: Choices },
  signal: AbortSignal,
  fetchList = fetchLabels,
): Promise<Description> {
  const { choices = {} } = source;
  const described = await configOf(opened, source.kind === 'embedded', choices.config);
  const { config, inputs } = described;
  const own = described.processor;
  const processor =
    choices.processor === undefined
      ? own
      : parseProcessorConfig(choices.processor, 'the chosen preprocessing');
  const chosen = JSON.stringify(processor) !== JSON.stringify(own);
  const { evaluationJson, checkpoint } = opened;
  const named = checkpoint.tensors.has('classifier.1.weight')
    ? await nameClasses(config.labels, choices.labels, (set) => fetchList(set, signal))
    : ({ labels: config.labels, from: 'file', missing: null } as const);
  const assumed = described.assumed.filter(
    (what) => choices.processor === undefined || (what !== 'input' && what !== 'normalization'),
  );
  if (named.from !== 'file' && choices.labels === undefined) assumed.push('labels');
  return {
    config: { ...config, labels: named.labels },
    processor,
    inputs,
    evaluation: evaluationJson ? parseEvaluation(evaluationJson.json, evaluationJson.file) : [],
    assumed,
    processorAssumed:
      opened.processorJson === undefined || chosen || Object.keys(choices.config ?? {}).length > 0,
    labelsFrom: named.from,
    labelsMissing: named.missing,
  };
}

/** The catalogue and all that guesses come with the first model of a person's own: the embedded one leaves nothing open. */
async function configOf(
  opened: OpenedFiles,
  embedded: boolean,
  chosen: Choices['config'],
): Promise<ModelConfig> {
  const { configJson, processorJson } = opened;
  if (embedded && configJson && processorJson) {
    return {
      config: parseBitConfig(configJson.json, configJson.file),
      processor: parseProcessorConfig(processorJson.json, processorJson.file),
      inputs: [],
      assumed: [],
    };
  }
  const { modelConfig } = await import('../bit/infer.ts');
  return modelConfig(opened, chosen);
}
