/**
 * A taught classifier as one .onnx file: pixel_values [N, C, H, W] to logits [N, classes], kernels standardized, weights
 * inside, class names and preprocessing in its metadata. It is right in any ONNX Runtime at any optimization level:
 * the stem's zeros are -0, which the runtime's Pad_Fusion leaves alone.
 */
import { BitError, throwIfAborted } from '../errors.ts';
import { MessageWriter } from '../graph/protobuf.ts';
import { type BitGraph, buildGraph, type PlannedTensor } from '../graph/resnetv2.ts';
import { checkWeights, prepareWeights } from '../graph/weights.ts';
import { MAX_ONNX_BYTES } from '../onnx/limits.ts';
import { ProtobufReader } from '../onnx/protobuf.ts';
import type { ExportOptions, ExportSource } from './source.ts';
import { type TaughtHead, taughtFields } from './taught.ts';

/** Field numbers of onnx/onnx.proto. */
const MODEL_GRAPH = 7;
const MODEL_METADATA = 14;
const GRAPH_INITIALIZER = 5;
const TENSOR_NAME = 8;
const TENSOR_RAW_DATA = 9;
const TENSOR_EXTERNAL_DATA = 13;
const TENSOR_DATA_LOCATION = 14;

/** Key of the metadata under which held-out scores stand, as in an evaluation.json. */
export const ONNX_EVALUATION = 'bit_lens.evaluation';

/** Bytes as they are, or a tensor's, which are read when the file is put together. */
type Part = Uint8Array<ArrayBuffer> | PlannedTensor;

/**
 * Throws 'export-limit' for a network past protobuf's 2 GB, 'checkpoint-tensor', 'aborted' and what reading throws.
 */
export async function onnxFile(
  { config, checkpoint }: ExportSource,
  taught: TaughtHead,
  { signal, onProgress }: ExportOptions = {},
): Promise<Blob> {
  const { weight, bias, labels } = taught.head;
  checkWeights(buildGraph(config), checkpoint);
  const graph = buildGraph(config, { classes: labels.length });
  const parts = partsOf(graph, metadataOf(taught));
  const size = parts.reduce((sum, part) => sum + lengthOf(part), 0);
  if (size > MAX_ONNX_BYTES)
    throw new BitError('export-limit', `one .onnx file holds at most 2 GB; this network takes ${size} bytes`);
  const own = new Map([
    ['classifier.1.weight', weight],
    ['classifier.1.bias', bias],
  ]);
  const blobs: BlobPart[] = [];
  let done = 0;
  for (const part of parts) {
    throwIfAborted(signal);
    if (part instanceof Uint8Array) {
      blobs.push(part);
      continue;
    }
    const values = own.get(part.name)?.slice() ?? (await checkpoint.read(part.name, signal));
    // a Blob of its own lets the browser keep the bytes out of this thread's memory
    blobs.push(new Blob([Uint8Array.from(prepareWeights(part, values))]));
    done += values.length;
    onProgress?.(done, graph.weightLength);
  }
  return new Blob(blobs, { type: 'application/octet-stream' });
}

/** Class names and preprocessing under the keys that exporters use, the rest under keys of our own. */
function metadataOf(taught: TaughtHead): ReadonlyMap<string, string> {
  const { backbone, preprocessor_config, evaluation } = taughtFields(taught);
  return new Map([
    ['name', taught.name],
    ['id2label', JSON.stringify({ ...taught.head.labels })],
    ['preprocessor_config', JSON.stringify(preprocessor_config)],
    ['bit_lens.backbone', JSON.stringify(backbone)],
    [ONNX_EVALUATION, JSON.stringify(evaluation)],
  ]);
}

const lengthOf = (part: Part): number =>
  part instanceof Uint8Array ? part.length : 4 * part.shape.reduce((a, b) => a * b, 1);

/** The model's message with its external tensors drawn in. */
function partsOf({ bytes, weights }: BitGraph, metadata: ReadonlyMap<string, string>): Part[] {
  const reader = new ProtobufReader('the graph');
  const ahead = new MessageWriter();
  const behind = new MessageWriter();
  let graph: Part[] = [];
  for (const field of reader.message(bytes)) {
    if (field.number === MODEL_GRAPH) graph = graphParts(reader, reader.nested(field), weights);
    else if (field.bytes) ahead.message(field.number, field.bytes);
    else ahead.integer(field.number, field.value);
  }
  for (const [key, value] of metadata) {
    const entry = new MessageWriter().string(1, key).string(2, value);
    behind.message(MODEL_METADATA, entry.finish());
  }
  ahead.announce(
    MODEL_GRAPH,
    graph.reduce((sum, part) => sum + lengthOf(part), 0),
  );
  return [ahead.finish(), ...graph, behind.finish()];
}

function graphParts(
  reader: ProtobufReader,
  bytes: Uint8Array<ArrayBuffer>,
  weights: readonly PlannedTensor[],
): Part[] {
  const planned = new Map(weights.map((tensor) => [tensor.name, tensor]));
  const parts: Part[] = [];
  for (const field of reader.message(bytes)) {
    const inner = reader.nested(field);
    const tensor = field.number === GRAPH_INITIALIZER ? externalTensor(reader, inner) : null;
    const plan = tensor && planned.get(tensor.name);
    if (!tensor || !plan) parts.push(new MessageWriter().message(field.number, inner).finish());
    else {
      const head = new MessageWriter();
      const start = [
        ...tensor.head,
        ...new MessageWriter().announce(TENSOR_RAW_DATA, lengthOf(plan)).finish(),
      ];
      head.announce(GRAPH_INITIALIZER, start.length + lengthOf(plan));
      parts.push(Uint8Array.from([...head.finish(), ...start]), plan);
    }
  }
  return parts;
}

/** Name, and the fields that stay, of a tensor that lies outside; null for one that lies inside. */
function externalTensor(
  reader: ProtobufReader,
  bytes: Uint8Array<ArrayBuffer>,
): { name: string; head: Uint8Array } | null {
  const head = new MessageWriter();
  let name = '';
  let outside = false;
  for (const field of reader.message(bytes)) {
    if (field.number === TENSOR_NAME) name = reader.text(field, 4096);
    if (field.number === TENSOR_DATA_LOCATION) outside = true;
    else if (field.number !== TENSOR_EXTERNAL_DATA) {
      if (field.bytes) head.message(field.number, field.bytes);
      else head.integer(field.number, field.value);
    }
  }
  return outside ? { name, head: head.finish() } : null;
}
