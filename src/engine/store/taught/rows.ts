/** Writes rows of a change, and remembers what stood there before. */

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

/**
 * Rows to go back to, where features may have been made anew since: pictures without features of their own here keep the
 * present ones, and pictures that go lose all that they have now.
 */
export async function withPresentFeatures(tx: Transaction, project: string, rows: Rows): Promise<Rows> {
  const own = new Set(rows.features.map(({ example }) => example));
  const gone: Rows['features'][number][] = [];
  const examples = rows.examples.map(async (one) => {
    const { id, row } = one;
    if (row && own.has(id)) return one;
    const present = await tx.objectStore('examples').get([project, id]);
    if (!present) return one;
    const { key, views, fromSmall = false } = present;
    if (row) return { id, row: { ...row, key, views, fromSmall } };
    for (let view = 0; view < views; view++) gone.push({ example: id, view, row: null });
    return one;
  });
  return { ...rows, examples: await Promise.all(examples), features: [...rows.features, ...gone] };
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

/** Remembers how to take a change back, and forgets the oldest deed; what is kept of pictures that nothing can bring back goes too. */
export async function rememberUndo(tx: Transaction, row: Omit<UndoRow, 'deed'>): Promise<void> {
  const { project, batch } = row;
  const undo = tx.objectStore('undo');
  const last = await lastUndo(tx, project);
  const isSameDeed = batch !== undefined && last?.batch === batch;
  const deed = (last?.deed ?? 0) + (isSameDeed ? 0 : 1);
  await undo.put({ ...row, deed });
  // a row may hold a whole class: the oldest is read only where a deed may have to go
  if (isSameDeed || (await undo.count(allOf(project))) <= MAX_UNDO) return;
  let oldest = await undo.openCursor(allOf(project));
  for (; oldest && (oldest.value.deed ?? 0) <= deed - MAX_UNDO; oldest = await oldest.continue()) {
    for (const { id, row } of oldest.value.before.examples)
      if (row && !(await tx.objectStore('examples').get([project, id]))) await dropKept(tx, project, id);
    await oldest.delete();
  }
}

/** Full pictures and other models' features of a picture that is gone for good. */
export async function dropKept(tx: Transaction, project: string, example: string): Promise<void> {
  await Promise.all([
    tx.objectStore('originals').delete([project, example]),
    tx.objectStore('earlier').delete(IDBKeyRange.bound([project, example], [project, example, []])),
  ]);
}

/** The newest change that can be taken back. */
export async function lastUndo(tx: Transaction, project: string): Promise<UndoRow | null> {
  const cursor = await tx.objectStore('undo').openCursor(allOf(project), 'prev');
  return cursor?.value ?? null;
}

/** What takes the newest deed back as a whole, and the revisions of its changes; null when there is none. */
export async function lastDeed(
  tx: Transaction,
  project: string,
): Promise<{ readonly before: Rows; readonly first: number; readonly last: number } | null> {
  const rows: UndoRow[] = [];
  let cursor = await tx.objectStore('undo').openCursor(allOf(project), 'prev');
  for (; cursor; cursor = await cursor.continue()) {
    const { batch } = cursor.value;
    if (rows[0] && (batch === undefined || batch !== rows[0].batch)) break;
    rows.push(cursor.value);
  }
  const [last, first] = [rows[0], rows.at(-1)];
  if (!last || !first) return null;
  const before = {
    project: first.before.project,
    // what a batch adds is there once
    examples: rows.flatMap((row) => row.before.examples),
    features: rows.flatMap((row) => row.before.features),
  };
  return { before, first: first.revision, last: last.revision };
}
