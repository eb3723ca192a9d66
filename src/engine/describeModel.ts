/** What an opened model is: its config, preprocessing and tests, with what had to be assumed and what a person chose. */
import {
  type Assumption,
  type BitConfigFields,
  modelConfig,
  type OpenedFiles,
  type ProcessorConfig,
  parseProcessorConfig,
} from '../bit/index.ts';
import { parseEvaluation } from './evaluation.ts';
import type { Choices, EvaluationSet } from './protocol.ts';

export interface Description {
  readonly config: BitConfigFields;
  readonly processor: ProcessorConfig;
  readonly evaluation: readonly EvaluationSet[];
  readonly assumed: readonly Assumption[];
  /** True when no preprocessor_config.json came with the weights and nobody chose one. */
  readonly processorAssumed: boolean;
}

/** Throws BitError for a config, a preprocessing or an evaluation that is wrong. */
export function describeModel(opened: OpenedFiles, choices: Choices = {}): Description {
  const { config, processorJson, assumed } = modelConfig(opened, choices.config);
  const processor = parseProcessorConfig(
    choices.processor ?? processorJson?.json ?? {},
    choices.processor === undefined ? processorJson?.file : undefined,
  );
  const { evaluationJson } = opened;
  return {
    config: choices.labels ? withLabels(config, choices.labels) : config,
    processor,
    evaluation: evaluationJson ? parseEvaluation(evaluationJson.json, evaluationJson.file) : [],
    assumed,
    processorAssumed: opened.processorJson === undefined && choices.processor === undefined,
  };
}

/** The config with names for its classes; names that do not fit in number are left out. */
function withLabels(config: BitConfigFields, labels: readonly string[]): BitConfigFields {
  return labels.length === config.num_labels ? { ...config, labels } : config;
}
