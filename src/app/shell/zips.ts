/** Zips that are no checkpoint of torch or numpy: a model's folder, a copy of this site, pictures, a backup. Loaded when one comes. */
import { unzip } from '../../bit/checkpoint/unzip.ts';
import { BitError } from '../../bit/errors.ts';
import type { FoundFile } from './checkpoints.ts';
import { kindOf } from './kinds.ts';

/** What a copy of this site holds for whoever has the zip. */
function ofSite(path: string, all: ReadonlySet<string>): boolean {
  const model = /^taught-[\w-]+\//;
  return [...all].some((name) => model.test(name)) ? model.test(path) : path === 'head.safetensors';
}

/**
 * The files in a zip, in its place; the zip itself as a backup where it is one, and as weights where nothing in it can be
 * used, so that their reader says what is wrong with it.
 */
export async function filesIn(found: FoundFile): Promise<FoundFile[]> {
  const { file, path } = found;
  let backup = false;
  const wanted = (member: string, all: ReadonlySet<string>): boolean => {
    backup = all.has('project.json') && all.has('features.bin');
    return all.has('site.json') && all.has('index.html') ? ofSite(member, all) : !backup;
  };
  try {
    const members = await unzip({ name: file.name, blob: file }, wanted);
    if (backup) return [{ ...found, kind: 'backup' }];
    const inside = await Promise.all(
      members.map(async ({ name, blob }): Promise<FoundFile> => {
        const one = new File([blob], name.split('/').at(-1) ?? name);
        return { file: one, path: `${path.replace(/\.zip$/i, '')}/${name}`, kind: await kindOf(one) };
      }),
    );
    const useful = inside.some(({ kind }) => kind !== 'other' && kind !== 'json' && kind !== 'zip');
    if (useful) return inside;
  } catch (error) {
    if (!(error instanceof BitError)) throw error;
  }
  return [{ ...found, kind: 'torch' }];
}
