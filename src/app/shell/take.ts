import { truthsOf } from '../classify/truth.ts';
import type { App } from '../store.ts';
import { sortFiles } from './intake.ts';
import { pathOf } from './path.ts';

/** What a drop is for: looking at the pictures, or teaching with them. */
export type Purpose = 'look' | 'teach';

/** Takes in any set of files: a model in it is opened first, and the pictures then are answered by it. */
export async function takeFiles(
  app: App,
  files: readonly File[],
  purpose: Purpose = app.place === 'teach' ? 'teach' : 'look',
): Promise<void> {
  const { models, about, heads, backups, pictures, tables, folder } = await sortFiles(files);
  const [first, ...others] = models;
  const opens = first !== undefined || about.length > 0;
  const release = opens && pictures.length > 0 ? app.holdPictures() : undefined;
  if (pictures.length > 0 && purpose === 'teach') {
    const folders = truthsOf(pictures.map(pathOf));
    app.teachWith(pictures.map((file, i) => ({ name: file.name, blob: file, folder: folders[i] ?? null })));
  } else if (pictures.length > 0) {
    app.addPictures(pictures, folder);
    location.hash = '#/look';
  } else if (opens) location.hash = '#/models';
  for (const { files, name } of others) app.listFiles(files, name);
  if (purpose === 'look') for (const table of tables) await takeTable(app, table);
  try {
    if (first !== undefined) await app.openFiles(first.files, first.name);
    else if (about.length > 0) await app.addToModel(about);
    for (const head of heads) await app.openHead(head);
  } finally {
    release?.();
  }
  const [backup] = backups;
  if (backup === undefined) return;
  location.hash = '#/teach';
  await (await app.openTeach()).getState().restore(backup);
}

/** A row for a million pictures; more is no list of what lies here. */
const MAX_TABLE_BYTES = 64 * 2 ** 20;

/** A table that names no picture of the set is told in a notice. */
async function takeTable(app: App, table: File): Promise<void> {
  const matched = table.size > MAX_TABLE_BYTES ? 0 : await app.labelBy(await table.text());
  if (matched === 0) app.tell({ kind: 'no-table', name: table.name });
  else location.hash = '#/look';
}
