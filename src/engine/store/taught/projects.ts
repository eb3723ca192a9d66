/** Projects as the page sees them: read, changed, undone, removed. Each call resolves when it is on disk. */
import { BitError } from '../../../bit/index.ts';
import type {
  Change,
  Changed,
  ExampleRow,
  Project,
  ProjectState,
  ProjectSummary,
} from '../../teach/protocol.ts';
import { plan, type ReadyChange } from './changes.ts';
import {
  allOf,
  type ProjectRow,
  type Rows,
  STORES,
  type StoredExample,
  type TaughtDatabase,
  withDatabase,
  write,
} from './db.ts';
import { putAside } from './earlier.ts';
import {
  dropKept,
  lastDeed,
  lastUndo,
  presentRows,
  rememberUndo,
  withPresentFeatures,
  writeRows,
} from './rows.ts';

/** What was committed: for the page, and as rows for the second copy. */
export interface Committed {
  readonly changed: Changed;
  readonly rows: Rows;
}

export function listProjects(): Promise<ProjectSummary[]> {
  return withDatabase(async (db) => {
    const rows = await db.getAll('projects');
    return rows
      .map(({ classes, ...row }) => ({ ...summaryOf(row), classes: classes.length }))
      .sort((a, b) => b.changed - a.changed);
  });
}

const summaryOf = ({ id, name, changed, examples }: Omit<ProjectRow, 'classes'>) => ({
  id,
  name,
  changed,
  examples,
});

export function createProject(name: string, classNames: readonly string[]): Promise<Committed> {
  const row: ProjectRow = {
    id: crypto.randomUUID(),
    name,
    changed: Date.now(),
    revision: 1,
    options: { views: false, originals: false, balance: true },
    classes: classNames.map((className) => ({ id: crypto.randomUUID(), name: className })),
    examples: 0,
  };
  return putRows(row.id, { project: row, examples: [], features: [] });
}

/** Writes a whole project at once, as restoring does. */
export function putRows(
  id: string,
  rows: Rows,
  originals: readonly { readonly example: string; readonly blob: Blob }[] = [],
): Promise<Committed> {
  return write(async (tx) => {
    await writeRows(tx, id, rows);
    for (const { example, blob } of originals)
      await tx.objectStore('originals').put({ project: id, example, blob });
    return committed(rows, null);
  });
}

/** Writes a project that was lost, unless it is there; true when it was written. */
export function putLost(id: string, rows: Rows): Promise<boolean> {
  return write(async (tx) => {
    if (await tx.objectStore('projects').get(id)) return false;
    await writeRows(tx, id, rows);
    return true;
  });
}

/** All rows of a project as they are at one moment. Throws 'teach-gone'. */
export function readRows(id: string): Promise<Rows> {
  return withDatabase(async (db) => {
    const tx = db.transaction(['projects', 'examples', 'features']);
    const [project, examples, features] = await Promise.all([
      tx.objectStore('projects').get(id),
      tx.objectStore('examples').getAll(allOf(id)),
      tx.objectStore('features').getAll(allOf(id)),
    ]);
    if (!project) throw gone();
    return {
      project,
      examples: examples.map((row) => ({ id: row.id, row })),
      features: features.map((row) => ({ example: row.example, view: row.view, row })),
    };
  });
}

export function hasProject(id: string): Promise<boolean> {
  return withDatabase(async (db) => (await db.get('projects', id)) !== undefined);
}

export function readProject(id: string): Promise<Project> {
  return withDatabase((db) => projectIn(db, id));
}

/** Commits a change as a whole. Throws 'teach-gone', 'teach-change', 'quota', 'storage'. */
export async function changeProject(id: string, change: Change): Promise<Committed> {
  const ready = await readied(change); // pictures are read first: a transaction would not wait for them
  return write(async (tx) => {
    const row = await tx.objectStore('projects').get(id);
    if (!row) throw gone();
    const { after, originals } = await plan(tx, row, ready);
    const before = await presentRows(tx, id, after);
    await writeRows(tx, id, after);
    for (const { example, blob } of originals)
      await tx.objectStore('originals').put({ project: id, example, blob });
    // new features follow from the model in use: a person's last deed stays the one that undo takes back
    if (change.kind === 'set-features') {
      await putAside(tx, before, after);
      return committed(after, (await lastUndo(tx, id))?.kind ?? null);
    }
    const { kind } = change;
    const batch = change.kind === 'add-examples' && change.batch !== undefined ? { batch: change.batch } : {};
    await rememberUndo(tx, { project: id, revision: after.project?.revision ?? 0, kind, before, ...batch });
    return committed(after, change.kind);
  });
}

/** Takes the newest deed back, as a new revision. Throws 'teach-change' when there is none. */
export function undoChange(id: string): Promise<Committed> {
  return write(async (tx) => {
    const row = await tx.objectStore('projects').get(id);
    if (!row) throw gone();
    const undo = await lastDeed(tx, id);
    if (!undo?.before.project) throw new BitError('teach-change', 'there is nothing to take back');
    const rows: Rows = {
      ...(await withPresentFeatures(tx, id, undo.before)),
      project: { ...undo.before.project, revision: row.revision + 1, changed: Date.now() },
    };
    await writeRows(tx, id, rows);
    for (const { id: example, row } of rows.examples) if (!row) await dropKept(tx, id, example);
    await tx.objectStore('undo').delete(IDBKeyRange.bound([id, undo.first], [id, undo.last]));
    const next = await lastUndo(tx, id);
    return committed(rows, next?.kind ?? null);
  });
}

export function removeProject(id: string): Promise<void> {
  return write(async (tx) => {
    await tx.objectStore('projects').delete(id);
    for (const store of STORES.filter((name) => name !== 'projects'))
      await tx.objectStore(store).delete(allOf(id));
  });
}

export function readOriginal(id: string, example: string): Promise<Blob | null> {
  return withDatabase(async (db) => (await db.get('originals', [id, example]))?.blob ?? null);
}

/** Examples of a project in the order of adding. */
export function readExamples(id: string): Promise<StoredExample[]> {
  return withDatabase(async (db) => (await db.getAll('examples', allOf(id))).sort(byOrder));
}

/** Features of every view, by example id and view number. */
export function readFeatures(id: string): Promise<Map<string, Float32Array<ArrayBuffer>[]>> {
  return withDatabase(async (db) => {
    const found = new Map<string, Float32Array<ArrayBuffer>[]>();
    for (const { example, view, features } of await db.getAll('features', allOf(id))) {
      const views = found.get(example) ?? [];
      views[view] = features;
      found.set(example, views);
    }
    return found;
  });
}

const byOrder = (a: StoredExample, b: StoredExample): number => a.order - b.order;

async function projectIn(db: TaughtDatabase, id: string): Promise<Project> {
  const tx = db.transaction(['projects', 'examples', 'undo']);
  const row = await tx.objectStore('projects').get(id);
  const examples = await tx.objectStore('examples').getAll(allOf(id));
  const undo = await tx.objectStore('undo').openCursor(allOf(id), 'prev');
  await tx.done;
  if (!row) throw gone();
  return { ...stateOf(row, undo?.value.kind ?? null), examples: examples.sort(byOrder).map(exampleOf) };
}

function committed(rows: Rows, undoable: Change['kind'] | null): Committed {
  if (!rows.project) throw new BitError('internal', 'a change left no project');
  const put = rows.examples.flatMap(({ row }) => (row ? [exampleOf(row)] : []));
  const gone = rows.examples.flatMap(({ id, row }) => (row ? [] : [id]));
  return { changed: { state: stateOf(rows.project, undoable), put, gone }, rows };
}

const stateOf = (
  { id, name, changed, revision, options, classes }: ProjectRow,
  undoable: Change['kind'] | null,
): ProjectState => ({ id, name, changed, revision, options, classes, undoable });

const exampleOf = (row: StoredExample): ExampleRow => ({
  id: row.id,
  classId: row.classId,
  name: row.name,
  added: row.added,
  burst: row.burst,
  thumbnail: new Blob([row.thumbnail], { type: row.thumbnailType }),
  hasOriginal: row.hasOriginal,
  key: row.key,
  fromSmall: row.fromSmall ?? false,
  views: row.views,
});

async function readied(change: Change): Promise<ReadyChange> {
  if (change.kind !== 'add-examples') return change;
  const examples = change.examples.map(async (example) => ({
    ...example,
    id: crypto.randomUUID(),
    thumbnail: new Uint8Array(await example.thumbnail.arrayBuffer()),
    thumbnailType: example.thumbnail.type,
  }));
  return { ...change, examples: await Promise.all(examples) };
}

function gone(): BitError {
  return new BitError('teach-gone', 'this project is gone; another tab may have removed it');
}
