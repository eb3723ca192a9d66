/** A zip of files, such as a model's folder, as the files in it. */

import { BitError } from '../errors.ts';
import { readBytes } from './bytes.ts';
import type { NamedBlob } from './checkpoint.ts';
import { inflate } from './inflate.ts';
import { memberStart, openZip } from './zip.ts';

/** Deflated members are inflated in memory: no folder of configs and pictures comes near it, weights are stored mostly. */
const MAX_INFLATED = 2 ** 30;

/**
 * The members, named by their paths, without folders and without what systems add. A member that is stored as it is
 * stays where it is and is read when it is needed. `wanted` leaves out others before anything of them is read. Throws
 * what openZip throws, 'checkpoint-limit' for more than 1 GiB of inflated members, and 'checkpoint-damaged'.
 */
export async function unzip(
  file: NamedBlob,
  wanted: (path: string, all: ReadonlySet<string>) => boolean = () => true,
): Promise<NamedBlob[]> {
  const archive = await openZip(file);
  const all = new Set(archive.members.keys());
  const files: NamedBlob[] = [];
  let inflated = 0;
  for (const member of archive.members.values()) {
    const { name } = member;
    if (name.endsWith('/') || /(^|\/)(__MACOSX|\.\.)\//.test(name) || !wanted(name, all)) continue;
    const start = await memberStart(archive, member);
    const stored = file.blob.slice(start, start + member.storedSize);
    if (!member.deflated) {
      files.push({ name, blob: stored });
      continue;
    }
    inflated += member.size;
    if (inflated > MAX_INFLATED)
      throw new BitError('checkpoint-limit', 'has more than 1 GiB of deflated files; unpack it first', {
        file: file.name,
      });
    // read at once, so that a file that changes under us is noticed here
    const bytes = await readBytes(stored, 0, stored.size, file.name);
    files.push({ name, blob: new Blob(await inflate(new Blob([bytes]), member.size, { file: file.name })) });
  }
  return files;
}
