/**
 * A taught classifier in the fragment of an address: its fields as JSON and its numbers, deflated. No picture is in it,
 * and a fragment is never sent to a host.
 */
import { toFloat32 } from '../checkpoint/dtypes.ts';
import { BitError } from '../errors.ts';
import { toHalf } from '../graph/halves.ts';
import type { Head } from '../head.ts';
import { parseJson } from '../json.ts';
import { readAtMost } from '../stream.ts';
import { base64 } from './names.ts';
import { parseTaught, type TaughtHead, taughtFields } from './taught.ts';

/** First byte of the packed form: weights as float16, or as bytes with a scale for each class. */
const HALVES = 1;
const BYTES = 2;
/** Longest text that is offered as a link: mail and chat programs cut longer ones. A file serves then. */
export const MAX_LINK_LENGTH = 16_000;
/** Most bytes that a link may inflate to. Its text is bounded by what a browser takes as an address. */
const MAX_BYTES = 4 * 2 ** 20;

/**
 * base64url text for the fragment, with weights as float16, or rounded to 255 steps a class where that would be longer
 * than MAX_LINK_LENGTH; null where both are. Biases stay float32.
 */
export async function encodeLink(taught: TaughtHead): Promise<string | null> {
  const header = new TextEncoder().encode(JSON.stringify(taughtFields(taught)));
  for (const version of [HALVES, BYTES] as const) {
    const text = await packed(header, version, taught.head);
    if (text.length <= MAX_LINK_LENGTH) return text;
  }
  return null;
}

/** Layout: version, length of the JSON (uint32), JSON, biases (float32), weights; little-endian. */
async function packed(
  header: Uint8Array<ArrayBuffer>,
  version: typeof HALVES | typeof BYTES,
  { weight, bias }: Head,
): Promise<string> {
  const start = new Uint8Array(5);
  start[0] = version;
  new DataView(start.buffer).setUint32(1, header.length, true);
  const numbers = version === HALVES ? [toHalf(weight)] : bytesOf(weight, bias.length);
  const plain = new Blob([start, header, Float32Array.from(bias), ...numbers]);
  const stream = plain.stream().pipeThrough(new CompressionStream('deflate-raw'));
  return base64url(new Uint8Array(await new Response(stream).arrayBuffer()));
}

/** A scale a class (float32), then its weights in units of that, -127 to 127. */
function bytesOf(weight: Float32Array, classes: number): [Float32Array<ArrayBuffer>, Int8Array<ArrayBuffer>] {
  const width = weight.length / classes;
  const scales = new Float32Array(classes);
  const steps = new Int8Array(weight.length);
  for (let c = 0; c < classes; c++) {
    const row = weight.subarray(c * width, (c + 1) * width);
    const scale = row.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / 127;
    scales[c] = scale;
    row.forEach((value, i) => {
      steps[c * width + i] = scale === 0 ? 0 : Math.round(value / scale);
    });
  }
  return [scales, steps];
}

/** Reads what encodeLink wrote. Throws 'link' for anything else, and for what inflates without end. */
export async function decodeLink(text: string): Promise<TaughtHead> {
  if (!/^[\w-]+$/.test(text)) throw broken('is damaged: it has signs that no link has');
  const bytes = await inflated(fromBase64url(text)).catch((cause: unknown) => {
    throw cause instanceof BitError ? cause : broken('is damaged or cut off', cause);
  });
  const version = bytes[0];
  if (version !== HALVES && version !== BYTES)
    throw broken(`was made by another version of this page (${version})`);
  if (bytes.length < 5) throw broken('is cut off');
  const end = 5 + new DataView(bytes.buffer).getUint32(1, true);
  if (end > bytes.length) throw broken('is cut off');
  try {
    const fields = parseJson(new TextDecoder().decode(bytes.subarray(5, end)), 'link');
    return parseTaught(fields, numbersOf(bytes.slice(end), labelsIn(fields), version), 'link');
  } catch (cause) {
    if (cause instanceof BitError && cause.code !== 'link') throw broken(cause.message, cause);
    throw cause;
  }
}

const labelsIn = (fields: unknown): number =>
  typeof fields === 'object' && fields !== null && 'labels' in fields && Array.isArray(fields.labels)
    ? fields.labels.length
    : 0;

function numbersOf(bytes: Uint8Array<ArrayBuffer>, classes: number, version: number): Omit<Head, 'labels'> {
  const ahead = version === HALVES ? 4 * classes : 8 * classes;
  if (classes === 0 || bytes.length < ahead || (version === HALVES && bytes.length % 2 !== 0))
    throw broken('holds numbers that do not fit its classes');
  const bias = new Float32Array(bytes.slice(0, 4 * classes).buffer);
  if (version === HALVES) return { bias, weight: toFloat32(bytes.slice(ahead).buffer, 'F16') };
  const scales = new Float32Array(bytes.slice(4 * classes, ahead).buffer);
  const steps = new Int8Array(bytes.slice(ahead).buffer);
  const width = steps.length / classes;
  return { bias, weight: Float32Array.from(steps, (step, i) => step * (scales[Math.floor(i / width)] ?? 0)) };
}

function broken(why: string, cause?: unknown): BitError {
  return new BitError('link', `the link ${why}`, { cause });
}

async function inflated(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  const whole = await readAtMost(stream, MAX_BYTES);
  if (whole === null) throw broken('holds more than any taught head does');
  return new Uint8Array(await whole.arrayBuffer());
}

const base64url = (bytes: Uint8Array): string =>
  base64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

function fromBase64url(text: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
  } catch (cause) {
    throw broken('is damaged or cut off', cause);
  }
}
