import type { App } from '../store.ts';
import { sortFiles } from './intake.ts';

/** Takes in any set of files: a model in it is opened first, and the pictures then are answered by it. */
export async function takeFiles(app: App, files: readonly File[]): Promise<void> {
  const { models, about, pictures, folder } = await sortFiles(files);
  const [first, ...others] = models;
  const opens = first !== undefined || about.length > 0;
  const release = opens && pictures.length > 0 ? app.holdPictures() : undefined;
  if (pictures.length > 0) {
    app.addPictures(pictures, folder);
    location.hash = '#/look';
  } else if (opens) location.hash = '#/models';
  for (const { files, name } of others) app.listFiles(files, name);
  try {
    if (first !== undefined) await app.openFiles(first.files, first.name);
    else if (about.length > 0) await app.addToModel(about);
  } finally {
    release?.();
  }
}
