/** Dropped files -> someone else's ONNX classifier, with the weights, the JSON and the labels beside it. */
import { readBytes } from '../checkpoint/bytes.ts';
import type { NamedBlob } from '../checkpoint/checkpoint.ts';
import { type JsonRoles, jsonRoles, sniff } from '../checkpoint/open.ts';
import { BitError, throwIfAborted } from '../errors.ts';
import { parseJsonBlob } from '../json.ts';
import { asClassifier, type OnnxClassifier } from './classifier.ts';
import { labelsOfFile } from './hints.ts';
import { MAX_ONNX_BYTES } from './limits.ts';
import { type OnnxModel, readOnnx } from './model.ts';
import { isOnnx } from './sniff.ts';

export interface OpenedOnnx {
  readonly model: OnnxModel;
  readonly classifier: OnnxClassifier;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Files that hold weights of the model, under the names by which it asks for them. */
  readonly outside: readonly { readonly location: string; readonly blob: Blob }[];
  readonly jsons: JsonRoles;
  /** A list of labels that came as a file. */
  readonly labels: readonly string[] | null;
}

/**
 * Opens the .onnx among the files; null when there is none, or when a checkpoint lies beside it, which is then the
 * model. Throws 'checkpoint-ambiguous' for several, 'checkpoint-limit' for one past 2 GiB, 'checkpoint-shard' and
 * 'checkpoint-truncated' for missing or short outside weights, what readOnnx throws, 'aborted'.
 */
export async function openOnnx(
  files: readonly NamedBlob[],
  signal?: AbortSignal,
): Promise<OpenedOnnx | null> {
  const flags = await Promise.all(files.map(({ blob }) => isOnnx(blob)));
  const [file, second] = files.filter((_, i) => flags[i]);
  if (!file) return null;
  const others = files.filter((_, i) => !flags[i]);
  const kinds = await Promise.all(others.map(({ name, blob }) => sniff(blob, name)));
  const hasCheckpoint = kinds.some((kind) => kind === 'safetensors' || kind === 'zip' || kind === 'pickle');
  if (second) {
    if (hasCheckpoint) return null;
    throw new BitError(
      'checkpoint-ambiguous',
      `two models, ${file.name} and ${second.name}: drop one at a time`,
    );
  }
  if (file.blob.size > MAX_ONNX_BYTES)
    throw new BitError(
      'checkpoint-limit',
      `has ${file.blob.size} bytes; an .onnx has at most ${MAX_ONNX_BYTES}`,
      {
        file: file.name,
      },
    );
  const bytes = new Uint8Array(await readBytes(file.blob, 0, file.blob.size, file.name, signal));
  const model = readOnnx(bytes, file.name);
  const outside = findOutside(model, others);
  const rest = others.filter(({ blob }) => !outside.some((found) => found.blob === blob));
  const isWeights = (other: NamedBlob): boolean =>
    ['safetensors', 'zip', 'pickle'].includes(kinds[others.indexOf(other)] ?? '');
  if (rest.some(isWeights)) return null;
  throwIfAborted(signal);

  const parsed = [];
  const lists = [];
  for (const other of rest) {
    if (kinds[others.indexOf(other)] === 'json')
      parsed.push({ json: await parseJsonBlob(other.blob, other.name), file: other.name });
    lists.push(await labelsOfFile(other));
  }
  const labels = lists.find((list) => list !== null) ?? null;
  return { model, classifier: asClassifier(model), bytes, outside, jsons: jsonRoles(parsed), labels };
}

/** Each outside file once. A folder's files may have lost their path, so a name's last part is enough. */
function findOutside(model: OnnxModel, others: readonly NamedBlob[]): OpenedOnnx['outside'] {
  const found = new Map<string, Blob>();
  for (const { location, offset, length } of model.outside) {
    const blob = found.get(location) ?? fileFor(location, others)?.blob;
    if (!blob)
      throw new BitError(
        'checkpoint-shard',
        `keeps weights in ${location.slice(0, 100)}, which was not among the files`,
        {
          file: model.file,
        },
      );
    if (offset + length > blob.size)
      throw new BitError(
        'checkpoint-truncated',
        `has ${blob.size} bytes, where ${model.file} asks for ${offset + length}`,
        {
          file: location.slice(0, 100),
        },
      );
    found.set(location, blob);
  }
  return [...found].map(([location, blob]) => ({ location, blob }));
}

function fileFor(location: string, others: readonly NamedBlob[]): NamedBlob | undefined {
  const path = location.replace(/^(\.\/)+/, '');
  const last = path.split('/').at(-1);
  return (
    others.find(({ name }) => name === path) ?? others.find(({ name }) => name.split('/').at(-1) === last)
  );
}
