/** Every JSON from outside goes through here: size, depth and number of values are checked before it is parsed. */
import { readBytes } from './checkpoint/bytes.ts';
import { BitError } from './errors.ts';

/** config.json of the largest published checkpoint (21,843 labels twice) is under 2 MB. */
const MAX_JSON_BYTES = 8 * 2 ** 20;
/** JSON.parse survives any depth; what recurses over its result does not. */
const MAX_DEPTH = 32;
/**
 * Brackets, commas and colons. A config of 100,000 labels has 400,000 (id2label and label2id), the header of 20,000
 * tensors as many. One costs up to 100 bytes when parsed, whatever it takes in the file.
 */
const MAX_MARKS = 500_000;

/**
 * Parses a JSON file. Throws 'config-json' for what is no JSON, over 8 MiB, of over 500,000 marks, or nested deeper than
 * 32, 'checkpoint-truncated' for a file that cannot be read.
 */
export async function parseJsonBlob(blob: Blob, file: string): Promise<unknown> {
  if (blob.size > MAX_JSON_BYTES)
    throw new BitError('config-json', `is ${blob.size} bytes; a config has at most 8 MiB`, { file });
  const bytes = await readBytes(blob, 0, blob.size, file);
  return parseJson(new TextDecoder().decode(bytes), file);
}

/** Parses a JSON text under the same limits; what is no config may need more marks. */
export function parseJson(text: string, file: string, maxMarks = MAX_MARKS): unknown {
  const { depth, marks } = measure(text);
  if (marks > maxMarks)
    throw new BitError(
      'config-json',
      `has ${marks} brackets, commas and colons; at most ${maxMarks} are read`,
      {
        file,
      },
    );
  if (depth > MAX_DEPTH)
    throw new BitError('config-json', `is nested deeper than ${MAX_DEPTH} levels`, { file });
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new BitError(
      'config-json',
      `is not valid JSON (${cause instanceof Error ? cause.message.slice(0, 200) : 'syntax error'})`,
      { file, cause },
    );
  }
}

/** Deepest nesting of brackets, and number of marks, outside strings; without recursion. */
function measure(text: string): { depth: number; marks: number } {
  let depth = 0;
  let deepest = 0;
  let marks = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (inString) {
      if (c === 0x5c) i++;
      else if (c === 0x22) inString = false;
    } else if (c === 0x22) inString = true;
    else if (c === 0x7b || c === 0x5b) {
      marks++;
      deepest = Math.max(deepest, ++depth);
    } else if (c === 0x7d || c === 0x5d) depth--;
    else if (c === 0x2c || c === 0x3a) marks++;
  }
  return { depth: deepest, marks };
}
