/** A stored model's bytes against the hashes that were recorded when they came. */
import { BitError } from '../../bit/errors.ts';
import { markDamaged, storedFiles } from '../store/shelf.ts';
import { createHasher, hashBlob } from './hash.ts';

/** Reads all of it. Throws 'stored-damaged' (and marks the model so), 'not-stored' and 'aborted'. */
export async function verifyStored(id: string, signal: AbortSignal): Promise<void> {
  const { manifest, files } = await storedFiles(id);
  try {
    for (const [i, { name, blob }] of files.entries()) {
      const hasher = await createHasher();
      await hashBlob(hasher, blob, name, signal, () => undefined);
      const sha256 = hasher.digest('hex');
      const recorded = manifest.files[i]?.sha256;
      if (sha256 !== recorded)
        throw new BitError('stored-damaged', `its SHA-256 was ${recorded} and is ${sha256}`, { file: name });
    }
  } catch (cause) {
    if (cause instanceof BitError && cause.code === 'stored-damaged')
      await markDamaged(id).catch(() => undefined); // on a full disk it is found again
    throw cause;
  }
}
