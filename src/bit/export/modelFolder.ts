/**
 * A taught classifier as the folder that transformers' `from_pretrained` reads: config.json, preprocessor_config.json
 * and model.safetensors with the backbone's raw weights under BitForImageClassification's names.
 */
import { BitConfig } from '../bit-config.ts';
import type { NamedBlob } from '../checkpoint/checkpoint.ts';
import { checkHead } from '../conflicts.ts';
import { throwIfAborted } from '../errors.ts';
import { evaluationFields } from '../evaluation.ts';
import { buildGraph } from '../graph/resnetv2.ts';
import { checkWeights } from '../graph/weights.ts';
import { BitImageProcessor } from '../image/image-processor.ts';
import { processorFields } from '../image/processor-config.ts';
import { savedJson } from '../pretrained.ts';
import { modelCard } from './modelCard.ts';
import { type OutTensor, writeSafetensors } from './safetensors.ts';
import type { ExportOptions, ExportSource } from './source.ts';
import type { TaughtHead } from './taught.ts';

/**
 * The files of the folder. The backbone's tensors keep their number format (float64 becomes float32); the config asks
 * for float32, in which they are computed here. Throws 'config-conflict' for a backbone that the
 * reference gives no classifier, 'checkpoint-tensor', 'aborted' and what reading throws.
 */
export async function modelFolder(
  source: ExportSource,
  taught: TaughtHead,
  options: ExportOptions = {},
): Promise<NamedBlob[]> {
  const { checkpoint } = source;
  const { labels, weight, bias } = taught.head;
  const graph = buildGraph(source.config);
  checkHead(source.config, checkpoint.file);
  checkWeights(graph, checkpoint);
  const total = graph.weightLength + weight.length + bias.length;
  let done = 0;
  const read = async (values: Promise<Float32Array> | Float32Array): Promise<Float32Array> => {
    throwIfAborted(options.signal);
    const numbers = await values;
    done += numbers.length;
    options.onProgress?.(done, total);
    return numbers;
  };
  const backbone = graph.weights.map(({ name, shape }): OutTensor => {
    const dtype = checkpoint.tensors.get(name)?.dtype ?? 'F32';
    return {
      name: `bit.${name}`,
      shape,
      dtype: dtype === 'F64' ? 'F32' : dtype,
      values: () => read(checkpoint.read(name, options.signal)),
    };
  });
  const width = weight.length / labels.length;
  const head: OutTensor[] = [
    { name: 'classifier.1.bias', shape: [labels.length], dtype: 'F32', values: () => read(bias) },
    { name: 'classifier.1.weight', shape: [labels.length, width], dtype: 'F32', values: () => read(weight) },
  ];
  const tensors = [...backbone, ...head].sort((a, b) => (a.name < b.name ? -1 : 1));
  const file = (name: string, text: string): NamedBlob => ({ name, blob: new Blob([text]) });
  return [
    file('config.json', configJson(source, labels)),
    file(
      'preprocessor_config.json',
      new BitImageProcessor(processorFields(source.processor)).to_json_string(),
    ),
    { name: 'model.safetensors', blob: await writeSafetensors(tensors) },
    ...(taught.evaluation.length > 0
      ? [file('evaluation.json', savedJson(evaluationFields(taught.evaluation)))]
      : []),
    file('README.md', modelCard(taught)),
  ];
}

function configJson({ config }: ExportSource, labels: readonly string[]): string {
  const { labels: _, num_labels: __, problem_type: ___, ...fields } = config;
  const { problem_type: ____, ...all } = new BitConfig({ ...fields, id2label: { ...labels } }).to_dict();
  return savedJson({ ...all, architectures: ['BitForImageClassification'], dtype: 'float32' });
}
