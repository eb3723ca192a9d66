/**
 * What lies in or beside an .onnx about its input and its classes: metadata_props as exporters write them, a list of
 * labels as a file of its own. All of it is optional, and what does not fit is left out.
 */
import * as v from 'valibot';
import { utf8 } from '../checkpoint/bytes.ts';
import type { NamedBlob } from '../checkpoint/checkpoint.ts';
import { BitError } from '../errors.ts';
import { parseJson } from '../json.ts';
import { MAX_METADATA_BYTES } from './limits.ts';

/** ImageNet-21k has 21,843 classes. */
const MAX_LABELS = 100_000;
const MAX_LABEL_LENGTH = 512;
const MAX_SIDE = 4096;

const SIZE_KEYS = ['imgsz', 'image_size', 'input_size', 'crop_size'] as const;
const LABEL_KEYS = ['id2label', 'labels', 'names', 'class_names', 'classes'] as const;
const PROCESSOR_KEY = 'preprocessor_config';

const label = v.pipe(v.union([v.string(), v.number()]), v.transform(String), v.maxLength(MAX_LABEL_LENGTH));
const labelList = v.pipe(v.array(label), v.minLength(1), v.maxLength(MAX_LABELS));
const labelTable = v.record(v.string(), label);

/** [height, width] by one of the usual keys: "224", "[224, 224]", "3x224x224", or null. */
export function sizeIn(metadata: ReadonlyMap<string, string>): readonly [number, number] | null {
  for (const key of SIZE_KEYS) {
    const text = metadata.get(key);
    const numbers = text === undefined ? [] : (text.slice(0, 100).match(/\d{1,6}/g) ?? []).map(Number);
    const [height, width = height] = numbers.slice(-2);
    if (height === undefined || width === undefined || numbers.length > 4) continue;
    if ([height, width].every((side) => side >= 1 && side <= MAX_SIDE)) return [height, width];
  }
  return null;
}

/** A whole preprocessor_config.json kept as text, or null. Throws 'config-json' when it is none. */
export function processorIn(metadata: ReadonlyMap<string, string>, file: string): unknown {
  const text = metadata.get(PROCESSOR_KEY);
  return text === undefined ? null : parseJson(text, `${PROCESSOR_KEY} of ${file}`);
}

/** Class names by one of the usual keys: JSON, or the Python dict or list that some exporters print; null for none. */
export function labelsIn(metadata: ReadonlyMap<string, string>): readonly string[] | null {
  for (const key of LABEL_KEYS) {
    const text = metadata.get(key);
    const labels = text === undefined ? null : (labelsOf(json(text)) ?? pythonLabels(text));
    if (labels) return labels;
  }
  return null;
}

/** A list of labels as a file: a JSON array or table, or a text with one name a line; null for any other file. */
export async function labelsOfFile({ blob }: NamedBlob): Promise<readonly string[] | null> {
  if (blob.size === 0 || blob.size > MAX_METADATA_BYTES) return null;
  const text = utf8(await blob.arrayBuffer());
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a text has none, weights have
  if (text === null || /[\0-\x08\x0e-\x1f]/.test(text)) return null;
  const fromJson = labelsOf(json(text));
  if (fromJson || /^\s*[[{]/.test(text)) return fromJson;
  return labelsOf(
    text
      .trim()
      .split(/\r?\n/)
      .map((line) => line.trim()),
  );
}

function json(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return null;
  try {
    return parseJson(text, 'labels');
  } catch (error) {
    if (error instanceof BitError) return null; // not JSON: it may be Python's, or no labels at all
    throw error;
  }
}

function labelsOf(value: unknown): readonly string[] | null {
  const list = v.safeParse(labelList, value, { abortEarly: true });
  if (list.success) return list.output;
  const table = v.safeParse(labelTable, value, { abortEarly: true });
  if (!table.success) return null;
  return inOrder(Object.entries(table.output).map(([index, name]) => [Number(index), name]));
}

/** Names numbered 0 to n - 1 in any order; null when a number is missing. */
function inOrder(entries: readonly (readonly [number, string])[]): readonly string[] | null {
  const byIndex = new Map(entries);
  const labels = Array.from({ length: byIndex.size }, (_, i) => byIndex.get(i));
  return labels.length > 0 && labels.length <= MAX_LABELS && labels.every((name) => name !== undefined)
    ? labels
    : null;
}

/** `{0: 'tench', 1: "jack-o'-lantern"}` or `['tench', ...]`, as str() prints them. Each character is looked at once. */
function pythonLabels(text: string): readonly string[] | null {
  const isTable = /^\s*\{/.test(text);
  if (!isTable && !/^\s*\[/.test(text)) return null;
  const gap = isTable ? /[\s{,]*(\d{1,6})\s*:\s*/y : /[\s[,]*/y;
  const entries: [number, string][] = [];
  for (let at = 0; entries.length <= MAX_LABELS; ) {
    gap.lastIndex = at;
    const found = gap.exec(text);
    const start = gap.lastIndex + 1;
    const quote = text[start - 1];
    if (!found || (quote !== "'" && quote !== '"')) return inOrder(entries);
    let end = start;
    while (end < text.length && text[end] !== quote) end += text[end] === '\\' ? 2 : 1;
    if (end >= text.length) return null;
    const name = text.slice(start, Math.min(end, start + 2 * MAX_LABEL_LENGTH)).replace(/\\(.)/g, '$1');
    entries.push([isTable ? Number(found[1]) : entries.length, name.slice(0, MAX_LABEL_LENGTH)]);
    at = end + 1;
  }
  return null;
}
