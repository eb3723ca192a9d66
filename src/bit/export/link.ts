/**
 * A taught head in the fragment of an address: class names, weights as float16, and which backbone they belong to,
 * deflated. No picture is in it, and a fragment is never sent to a host.
 */
import * as v from 'valibot';
import { toFloat32 } from '../checkpoint/dtypes.ts';
import { BitError } from '../errors.ts';
import { writeHalves } from '../graph/halves.ts';
import { parseJson } from '../json.ts';
import { backboneSchema, labelsSchema, type TaughtHead } from './headFile.ts';

/** First byte of the packed form; another number is another layout. */
const VERSION = 1;
/** Longest fragment that is offered as a link: mail and chat programs cut longer ones. A file serves then. */
export const MAX_LINK_LENGTH = 16_000;
/** Most bytes that a link may inflate to: 100 classes of 8,192 features. */
const MAX_BYTES = 2 * 2 ** 20;

const headerSchema = v.object({ labels: labelsSchema, backbone: backboneSchema });

/** base64url text for the fragment. Layout: version, length of a JSON header, header, weights and biases as float16. */
export async function encodeLink({ head, backbone }: TaughtHead): Promise<string> {
  const header = new TextEncoder().encode(JSON.stringify({ labels: head.labels, backbone }));
  const bytes = new Uint8Array(5 + header.length + 2 * (head.weight.length + head.bias.length));
  bytes[0] = VERSION;
  new DataView(bytes.buffer).setUint32(1, header.length, true);
  bytes.set(header, 5);
  const numbers = new Float32Array(head.bias.length + head.weight.length);
  numbers.set(head.bias);
  numbers.set(head.weight, head.bias.length);
  const halves = new Uint16Array(numbers.length);
  writeHalves(numbers, halves);
  bytes.set(new Uint8Array(halves.buffer), 5 + header.length);
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream('deflate-raw'));
  return base64url(new Uint8Array(await new Response(stream).arrayBuffer()));
}

/** Reads what encodeLink wrote. Throws 'link' for anything else, and for what inflates without end. */
export async function decodeLink(text: string): Promise<TaughtHead> {
  const broken = (why: string, cause?: unknown): BitError =>
    new BitError('link', `the link ${why}`, { cause });
  if (!/^[\w-]+$/.test(text)) throw broken('is damaged: it has signs that no link has');
  const bytes = await inflated(fromBase64url(text)).catch((cause: unknown) => {
    throw cause instanceof BitError ? cause : broken('is damaged or cut off', cause);
  });
  if (bytes[0] !== VERSION) throw broken(`was made by another version of this page (${bytes[0]})`);
  if (bytes.length < 5) throw broken('is cut off');
  const length = new DataView(bytes.buffer).getUint32(1, true);
  if (5 + length > bytes.length) throw broken('is cut off');
  const json = new TextDecoder().decode(bytes.subarray(5, 5 + length));
  const header = v.safeParse(headerSchema, parseJson(json, 'link'));
  if (!header.success) throw broken('does not say what it holds');
  const { labels, backbone } = header.output;
  const halves = bytes.slice(5 + length);
  const classes = labels.length;
  const width = halves.length / 2 / classes - 1;
  if (!Number.isInteger(width) || width < 1) throw broken('holds numbers that do not fit its classes');
  const numbers = toFloat32(halves.buffer, 'F16');
  if (!numbers.every(Number.isFinite)) throw broken('holds numbers that are none');
  return { head: { labels, bias: numbers.slice(0, classes), weight: numbers.slice(classes) }, backbone };
}

async function inflated(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw')).getReader();
  const parts: Uint8Array[] = [];
  let total = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    total += value.length;
    if (total > MAX_BYTES) {
      await reader.cancel();
      throw new BitError('link', 'the link holds more than any taught head does');
    }
    parts.push(value);
  }
  const out = new Uint8Array(total);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function base64url(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 0x8000)
    text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

function fromBase64url(text: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
  } catch (cause) {
    throw new BitError('link', 'the link is damaged or cut off', { cause });
  }
}
