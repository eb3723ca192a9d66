/** Who answers, as one text: the same weights, network, preprocessing and classes give the same key on every visit. */
import { BitError, type Head, type NamedBlob, throwIfAborted } from '../bit/index.ts';
import { createHasher, hashText } from './download/hash.ts';
import { hashWeights } from './features.ts';
import type { Model } from './model.ts';
import { preprocessingText, sortedText } from './teach/featureKey.ts';

const weights = new WeakMap<readonly NamedBlob[], Promise<string>>();
const heads = new WeakMap<Head, Promise<string>>();

/**
 * SHA-256, hex, over the model's weights, preprocessing and config (its class names among them), and over the taught
 * head where one answers. Someone else's .onnx has one too. Throws 'checkpoint-truncated' and 'aborted'.
 */
export async function modelKey(
  { files, processor, config }: Pick<Model, 'files' | 'processor' | 'config'>,
  taught: Head | null,
  signal: AbortSignal,
): Promise<string> {
  const parts = [
    await weightsHash(files, signal),
    preprocessingText(processor),
    sortedText(config),
    taught && (await headHash(taught)),
  ];
  return hashText(JSON.stringify(parts));
}

/** `hashWeights`, once for the same list of files; a cancelled or failed try is forgotten. */
export async function weightsHash(files: readonly NamedBlob[], signal: AbortSignal): Promise<string> {
  for (;;) {
    throwIfAborted(signal);
    const hash = weights.get(files) ?? hashWeights(files, signal);
    weights.set(files, hash);
    try {
      return await hash;
    } catch (cause) {
      if (weights.get(files) === hash) weights.delete(files);
      // one who shares the try with another is not cancelled with them
      if (signal.aborted || !(cause instanceof BitError) || cause.code !== 'aborted') throw cause;
    }
  }
}

function headHash(head: Head): Promise<string> {
  const hash = heads.get(head) ?? hashHead(head);
  heads.set(head, hash);
  return hash;
}

async function hashHead({ labels, weight, bias }: Head): Promise<string> {
  const hasher = await createHasher();
  hasher.update(JSON.stringify([labels, weight.length])); // lengths keep the parts apart
  for (const { buffer, byteOffset, byteLength } of [weight, bias])
    hasher.update(new Uint8Array(buffer, byteOffset, byteLength));
  return hasher.digest('hex');
}
