/** Every JSON from outside goes through here: size and depth are checked before anything walks it. */
import { BitError } from './errors.ts';

/** config.json of the largest published checkpoint (21,843 labels twice) is under 2 MB. */
const MAX_JSON_BYTES = 8 * 2 ** 20;
/** JSON.parse survives any depth; what recurses over its result does not. */
const MAX_DEPTH = 32;

/** Parses a JSON file. Throws 'config-json' for what is no JSON, over 8 MiB, or nested deeper than 32. */
export async function parseJsonBlob(blob: Blob, file: string): Promise<unknown> {
  if (blob.size > MAX_JSON_BYTES)
    throw new BitError('config-json', `is ${blob.size} bytes; a config has at most 8 MiB`, { file });
  return parseJson(await blob.text(), file);
}

/** Parses a JSON text under the same limits. */
export function parseJson(text: string, file: string): unknown {
  if (depthOf(text) > MAX_DEPTH)
    throw new BitError('config-json', `is nested deeper than ${MAX_DEPTH} levels`, { file });
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new BitError(
      'config-json',
      `is not valid JSON (${cause instanceof Error ? cause.message : 'syntax error'})`,
      { file, cause },
    );
  }
}

/** Deepest nesting of brackets outside strings, without recursion. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (inString) {
      if (c === 0x5c) i++;
      else if (c === 0x22) inString = false;
    } else if (c === 0x22) inString = true;
    else if (c === 0x7b || c === 0x5b) deepest = Math.max(deepest, ++depth);
    else if (c === 0x7d || c === 0x5d) depth--;
  }
  return deepest;
}
