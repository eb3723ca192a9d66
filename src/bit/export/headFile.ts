/** A head alone as a safetensors file of some kilobytes: the classifier under transformers' names, the rest in its metadata. */
import type { NamedBlob } from '../checkpoint/checkpoint.ts';
import { openSafetensors, safetensorsMetadata } from '../checkpoint/safetensors.ts';
import { BitError } from '../errors.ts';
import { parseJson } from '../json.ts';
import { writeSafetensors } from './safetensors.ts';
import { parseTaught, type TaughtHead, taughtFields } from './taught.ts';

const WEIGHT = 'classifier.1.weight';
const BIAS = 'classifier.1.bias';

/** Each field is JSON in an entry of its own. Throws 'internal' for a head whose sizes do not fit each other. */
export function writeHeadFile(taught: TaughtHead): Promise<Blob> {
  const { labels, weight, bias } = taught.head;
  const classes = labels.length;
  const entries = Object.entries(taughtFields(taught));
  return writeSafetensors(
    [
      { name: BIAS, shape: [classes], dtype: 'F32', values: async () => bias },
      { name: WEIGHT, shape: [classes, weight.length / classes], dtype: 'F32', values: async () => weight },
    ],
    Object.fromEntries(entries.map(([field, value]) => [field, JSON.stringify(value)])),
  );
}

/** True when the file holds a classifier and nothing else. Throws what openSafetensors throws. */
export async function isHeadFile(file: NamedBlob): Promise<boolean> {
  const { tensors } = await openSafetensors(file);
  return tensors.size === 2 && tensors.has(WEIGHT) && tensors.has(BIAS);
}

/** Reads what writeHeadFile wrote. Throws 'checkpoint-tensor', 'config-field', and what openSafetensors throws. */
export async function readHeadFile(file: NamedBlob): Promise<TaughtHead> {
  const checkpoint = await openSafetensors(file);
  const { format: _, ...metadata } = await safetensorsMetadata(file);
  const fields = Object.entries(metadata).map(([field, text]) => [field, parseJson(text, file.name)]);
  const { shape: [rows] = [] } = checkpoint.tensors.get(WEIGHT) ?? {};
  const [weight, bias] = [await checkpoint.read(WEIGHT), await checkpoint.read(BIAS)];
  if (rows !== bias.length)
    throw new BitError('checkpoint-tensor', `its classifier has ${rows} rows and ${bias.length} biases`, {
      file: file.name,
    });
  return parseTaught(Object.fromEntries(fields), { weight, bias }, file.name);
}
