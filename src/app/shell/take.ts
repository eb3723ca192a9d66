import type { App } from '../store.ts';
import { sortFiles } from './intake.ts';

/** Takes in any set of files: a model in it is opened first, and the pictures then are answered by it. */
export async function takeFiles(app: App, files: readonly File[]): Promise<void> {
  const { model, pictures, folder } = await sortFiles(files);
  const release = model.length > 0 && pictures.length > 0 ? app.holdPictures() : undefined;
  if (pictures.length > 0) {
    app.addPictures(pictures, folder);
    location.hash = '#/look';
  }
  if (model.length > 0) {
    if (pictures.length === 0) location.hash = '#/models';
    await app.openFiles(model);
  }
  release?.();
}
