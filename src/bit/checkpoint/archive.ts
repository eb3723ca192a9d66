/** The checkpoints that are not read by their first bytes alone: zips of torch or numpy, and torch's older stream. */
import { BitError } from '../errors.ts';
import type { Checkpoint, NamedBlob } from './checkpoint.ts';
import { isNpz, openNpz } from './npz.ts';
import { isTorchZip, openTorchZip } from './torch.ts';
import { openZip } from './zip.ts';

export { openTorchLegacy } from './torch.ts';

/** Opens a zip by what lies in it. Throws 'checkpoint-unknown' and what the format's reader throws. */
export async function openArchive(file: NamedBlob): Promise<Checkpoint> {
  const archive = await openZip(file);
  if (isTorchZip(archive)) return openTorchZip(archive);
  if (isNpz(archive)) return openNpz(archive);
  throw new BitError('checkpoint-unknown', 'is a zip file without weights of torch or numpy in it', {
    file: file.name,
  });
}
