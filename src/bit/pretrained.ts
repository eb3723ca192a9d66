/** What the reference's `from_pretrained` reads a JSON from: the files of a folder, one file, or what was in it. */
import type { NamedBlob } from './checkpoint/checkpoint.ts';
import { BitError } from './errors.ts';
import { parseJsonBlob } from './json.ts';

/** A parsed JSON, its file, or files among which it is found by its name. */
export type JsonSource = Readonly<Record<string, unknown>> | Blob | readonly (File | NamedBlob)[];

/** The JSON called `name`. Throws 'config-json' when it is missing, no JSON, or no object. */
export async function jsonOf(source: JsonSource, name: string): Promise<Readonly<Record<string, unknown>>> {
  if (source instanceof Blob) return objectOf(await parseJsonBlob(source, name), name);
  if (!isList(source)) return source;
  const found = source.find((file) => file.name.split('/').at(-1) === name);
  if (!found) throw new BitError('config-json', 'was not among the files', { file: name });
  return objectOf(await parseJsonBlob('blob' in found ? found.blob : found, found.name), found.name);
}

const isList = (source: Exclude<JsonSource, Blob>): source is readonly (File | NamedBlob)[] =>
  Array.isArray(source);

function objectOf(json: unknown, file: string): Readonly<Record<string, unknown>> {
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw new BitError('config-json', 'is not a JSON object', { file });
  return Object.fromEntries(Object.entries(json));
}

/** A JSON as the reference saves it: keys in order, two spaces, a newline at the end. */
export function savedJson(fields: Readonly<Record<string, unknown>>): string {
  return `${JSON.stringify(sorted(fields), null, 2)}\n`;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
