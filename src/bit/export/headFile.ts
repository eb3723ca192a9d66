/** A head alone as a safetensors file of some kilobytes: the classifier under transformers' names, labels in its metadata. */
import * as v from 'valibot';
import type { NamedBlob } from '../checkpoint/checkpoint.ts';
import { openSafetensors, safetensorsMetadata } from '../checkpoint/safetensors.ts';
import { BitError } from '../errors.ts';
import type { Head } from '../head.ts';
import { parseJson } from '../json.ts';
import { writeSafetensors } from './safetensors.ts';

const WEIGHT = 'classifier.1.weight';
const BIAS = 'classifier.1.bias';

/** Which backbone a head was taught on: a head is right on no other. */
export interface BackboneName {
  /** For people: a Hub repository, a file's name, or 'built-in'. */
  readonly name: string;
  /** SHA-256 of the backbone's weights file, hexadecimal; of shards, of their hashes. */
  readonly sha256: string;
}

export interface TaughtHead {
  readonly head: Head;
  readonly backbone: BackboneName;
}

/** Throws 'internal' for a head whose sizes do not fit each other. */
export function writeHeadFile({ head, backbone }: TaughtHead): Promise<Blob> {
  const classes = head.labels.length;
  const width = head.weight.length / classes;
  return writeSafetensors(
    [
      { name: BIAS, shape: [classes], dtype: 'F32', values: async () => head.bias },
      { name: WEIGHT, shape: [classes, width], dtype: 'F32', values: async () => head.weight },
    ],
    { labels: JSON.stringify(head.labels), backbone: JSON.stringify(backbone) },
  );
}

const label = v.pipe(v.string(), v.maxLength(512));
export const labelsSchema = v.pipe(v.array(label), v.minLength(1), v.maxLength(100_000));
export const backboneSchema = v.object({
  name: v.pipe(v.string(), v.maxLength(512)),
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
});

/** True when the file holds a classifier and nothing else. Throws what openSafetensors throws. */
export async function isHeadFile(file: NamedBlob): Promise<boolean> {
  const { tensors } = await openSafetensors(file);
  return tensors.size === 2 && tensors.has(WEIGHT) && tensors.has(BIAS);
}

/** Reads what writeHeadFile wrote. Throws 'checkpoint-tensor', 'config-field', and what openSafetensors throws. */
export async function readHeadFile(file: NamedBlob): Promise<TaughtHead> {
  const checkpoint = await openSafetensors(file);
  const metadata = await safetensorsMetadata(file);
  const labels = parsed(labelsSchema, metadata.labels, 'labels', file.name);
  const backbone = parsed(backboneSchema, metadata.backbone, 'backbone', file.name);
  const [classes, width = 0] = checkpoint.tensors.get(WEIGHT)?.shape ?? [];
  const biases = checkpoint.tensors.get(BIAS)?.shape.join();
  if (classes !== labels.length || biases !== `${classes}` || width < 1) {
    throw new BitError(
      'checkpoint-tensor',
      `its classifier does not have its ${labels.length} labels' shape`,
      {
        file: file.name,
      },
    );
  }
  return {
    head: { labels, weight: await checkpoint.read(WEIGHT), bias: await checkpoint.read(BIAS) },
    backbone,
  };
}

function parsed<T>(
  schema: v.GenericSchema<unknown, T>,
  text: string | undefined,
  field: string,
  file: string,
): T {
  const result = v.safeParse(schema, text === undefined ? undefined : parseJson(text, file));
  if (!result.success)
    throw new BitError('config-field', `its metadata has no ${field} that can be read`, { file });
  return result.output;
}
