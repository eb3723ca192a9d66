/**
 * One name for each tensor, whoever saved it. Canonical are the names of transformers' BitModel (no `bit.` prefix) and
 * `classifier.1.*`; BitForImageClassification and BitBackbone write the same with the prefix.
 */
import { BitError } from '../errors.ts';
import type { Checkpoint, TensorInfo } from './checkpoint.ts';

const PREFIX = 'bit.';
/** Every ResNetV2 trunk starts with it. */
const STEM = 'embedder.convolution.weight';

/** The same checkpoint under canonical names. Throws 'checkpoint-not-bit' when there is no ResNetV2 trunk in it. */
export function withCanonicalNames(checkpoint: Checkpoint): Checkpoint {
  const originals = new Map<string, string>();
  const tensors = new Map<string, TensorInfo>();
  for (const [original, info] of checkpoint.tensors) {
    const name = original.startsWith(PREFIX) ? original.slice(PREFIX.length) : original;
    if (tensors.has(name)) {
      throw new BitError('checkpoint-header', `holds ${name} twice, with and without the prefix ${PREFIX}`, {
        file: checkpoint.file,
      });
    }
    tensors.set(name, { ...info, name });
    originals.set(name, original);
  }
  if (!tensors.has(STEM)) {
    throw new BitError('checkpoint-not-bit', 'is not a BiT model. There is no ResNetV2 trunk in it', {
      file: checkpoint.file,
    });
  }
  return {
    ...checkpoint,
    tensors,
    read: (name, signal) => checkpoint.read(originals.get(name) ?? name, signal),
  };
}
