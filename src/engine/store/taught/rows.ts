/** Writes rows of a change, and remembers what stood there before. */

import type { Change } from '../../teach/protocol.ts';
import { allOf, type Rows, type Transaction, type UndoRow } from './db.ts';

/** Changes that can be taken back; older ones are forgotten, and what is kept of removed pictures with them. */
const MAX_UNDO = 100;

/** The present rows in the places that `rows` would write. */
export async function presentRows(tx: Transaction, project: string, rows: Rows): Promise<Rows> {
  const examples = rows.examples.map(async ({ id }) => ({
    id,
    row: (await tx.objectStore('examples').get([project, id])) ?? null,
  }));
  const features = rows.features.map(async ({ example, view }) => ({
    example,
    view,
    row: (await tx.objectStore('features').get([project, example, view])) ?? null,
  }));
  return {
    project: (await tx.objectStore('projects').get(project)) ?? null,
    examples: await Promise.all(examples),
    features: await Promise.all(features),
  };
}

/** Rows to go back to, of pictures whose features may have been made anew since: those without features of their own keep the present ones. */
export async function withPresentFeatures(tx: Transaction, rows: Rows): Promise<Rows> {
  const own = new Set(rows.features.map(({ example }) => example));
  const examples = rows.examples.map(async (one) => {
    const { id, row } = one;
    const present = row && !own.has(id) ? await tx.objectStore('examples').get([row.project, id]) : undefined;
    if (!row || !present) return one;
    const { key, views, fromSmall = false } = present;
    return { id, row: { ...row, key, views, fromSmall } };
  });
  return { ...rows, examples: await Promise.all(examples) };
}

/** Puts rows, and deletes where there is none. */
export async function writeRows(tx: Transaction, project: string, rows: Rows): Promise<void> {
  const work: Promise<unknown>[] = [];
  if (rows.project) work.push(tx.objectStore('projects').put(rows.project));
  for (const { id, row } of rows.examples) {
    const store = tx.objectStore('examples');
    work.push(row ? store.put(row) : store.delete([project, id]));
  }
  for (const { example, view, row } of rows.features) {
    const store = tx.objectStore('features');
    work.push(row ? store.put(row) : store.delete([project, example, view]));
  }
  await Promise.all(work);
}

/** Remembers how to take a change back, and forgets the oldest; what is kept of pictures that nothing can bring back goes too. */
export async function rememberUndo(
  tx: Transaction,
  project: string,
  revision: number,
  kind: Change['kind'],
  before: Rows,
): Promise<void> {
  const undo = tx.objectStore('undo');
  await undo.put({ project, revision, kind, before });
  const keys = await undo.getAllKeys(allOf(project));
  for (const key of keys.slice(0, Math.max(0, keys.length - MAX_UNDO))) {
    const row = await undo.get(key);
    if (row) await dropRemoved(tx, row);
    await undo.delete(key);
  }
}

async function dropRemoved(tx: Transaction, { project, before }: UndoRow): Promise<void> {
  for (const { id, row } of before.examples) {
    if (row && !(await tx.objectStore('examples').get([project, id])))
      await Promise.all([
        tx.objectStore('originals').delete([project, id]),
        tx.objectStore('earlier').delete(IDBKeyRange.bound([project, id], [project, id, []])),
      ]);
  }
}

/** The newest change that can be taken back. */
export async function lastUndo(tx: Transaction, project: string): Promise<UndoRow | null> {
  const cursor = await tx.objectStore('undo').openCursor(allOf(project), 'prev');
  return cursor?.value ?? null;
}
