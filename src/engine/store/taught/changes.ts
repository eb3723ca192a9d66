/** A change -> the rows that it writes. Everything happens in one transaction, so that tabs cannot lose each other's work. */
import { BitError } from '../../../bit/index.ts';
import { sameKey } from '../../teach/featureKey.ts';
import { keptName, MAX_NAME } from '../../teach/names.ts';
import type { Change, ClassRow, NewExample } from '../../teach/protocol.ts';
import {
  allOf,
  type ProjectRow,
  type Rows,
  type StoredExample,
  type StoredFeatures,
  type Transaction,
} from './db.ts';

/** Far above what a browser keeps smooth. */
export const MAX_CLASSES = 1_000;
export const MAX_EXAMPLES = 50_000;

/** A change with its pictures' bytes read: a transaction does not wait for anything but its own requests. */
export type ReadyChange =
  | Exclude<Change, { readonly kind: 'add-examples' }>
  | { readonly kind: 'add-examples'; readonly examples: readonly ReadyExample[]; readonly batch?: string };
export interface ReadyExample extends Omit<NewExample, 'thumbnail'> {
  readonly id: string;
  readonly thumbnail: Uint8Array<ArrayBuffer>;
  readonly thumbnailType: string;
}

export interface Planned {
  readonly after: Rows;
  readonly originals: readonly { readonly example: string; readonly blob: Blob }[];
}

/** The rows after `change`. Throws 'teach-change' for a class or example that is not there, or a name that is none. */
export async function plan(tx: Transaction, project: ProjectRow, change: ReadyChange): Promise<Planned> {
  const draft = new Draft(tx, project);
  await draft.apply(change);
  return draft.finish();
}

class Draft {
  private readonly tx: Transaction;
  private project: ProjectRow;
  private readonly examples = new Map<string, StoredExample | null>();
  private readonly features: { example: string; view: number; row: StoredFeatures | null }[] = [];
  private readonly originals: { example: string; blob: Blob }[] = [];

  constructor(tx: Transaction, project: ProjectRow) {
    this.tx = tx;
    this.project = project;
  }

  finish(): Planned {
    const project = { ...this.project, revision: this.project.revision + 1, changed: Date.now() };
    const examples = [...this.examples].map(([id, row]) => ({ id, row }));
    return { after: { project, examples, features: this.features }, originals: this.originals };
  }

  async apply(change: ReadyChange): Promise<void> {
    const { classes } = this.project;
    switch (change.kind) {
      case 'rename-project':
        this.project = { ...this.project, name: named(change.name) };
        return;
      case 'set-options':
        this.project = { ...this.project, options: { ...this.project.options, ...change.options } };
        return;
      case 'add-class':
        if (classes.some(({ id }) => id === change.id)) throw refused('that class is there already');
        if (classes.length >= MAX_CLASSES) throw refused(`a project has at most ${MAX_CLASSES} classes`);
        this.setClasses([...classes, { id: change.id, name: named(change.name) }]);
        return;
      case 'rename-class':
        this.classAt(change.id);
        this.setClasses(
          classes.map((one) => (one.id === change.id ? { ...one, name: named(change.name) } : one)),
        );
        return;
      case 'order-classes':
        this.setClasses(change.ids.map((id) => this.classAt(id)));
        if (new Set(change.ids).size !== classes.length) throw refused('an order names every class once');
        return;
      case 'merge-classes':
        this.classAt(change.from);
        this.classAt(change.into);
        if (change.from === change.into) throw refused('a class cannot be merged with itself');
        for (const row of await this.ofClass(change.from))
          this.examples.set(row.id, { ...row, classId: change.into });
        this.setClasses(classes.filter(({ id }) => id !== change.from));
        return;
      case 'delete-class':
        this.classAt(change.id);
        for (const row of await this.ofClass(change.id)) this.delete(row);
        this.setClasses(classes.filter(({ id }) => id !== change.id));
        return;
      case 'add-examples':
        for (const example of change.examples) this.add(example);
        return;
      case 'move-examples':
        this.classAt(change.classId);
        for (const id of change.ids)
          this.examples.set(id, { ...(await this.example(id)), classId: change.classId });
        return;
      case 'remove-examples':
        for (const id of new Set(change.ids)) this.delete(await this.example(id));
        return;
      case 'set-features':
        for (const { id, features, key, fromSmall } of change.rows) {
          const row = await this.example(id);
          const views = features.length / key.width;
          if (!Number.isInteger(views) || views < 1) throw refused('a picture came without its features');
          // the same model has seen the full picture: what it made of that is better, and stays
          const keepsPlain = fromSmall && row.fromSmall !== true && sameKey(row.key, key);
          this.replaceFeatures(row, features, key.width, keepsPlain ? 1 : 0);
          this.examples.set(id, { ...row, key, views, fromSmall: fromSmall && !keepsPlain });
        }
    }
  }

  private setClasses(classes: readonly ClassRow[]): void {
    this.project = { ...this.project, classes };
  }

  private classAt(id: string): ClassRow {
    const found = this.project.classes.find((one) => one.id === id);
    if (!found) throw refused('that class is gone; another tab may have removed it');
    return found;
  }

  private async example(id: string): Promise<StoredExample> {
    const row = this.examples.get(id) ?? (await this.tx.objectStore('examples').get([this.project.id, id]));
    if (!row) throw refused('that picture is gone; another tab may have removed it');
    return row;
  }

  private async ofClass(classId: string): Promise<StoredExample[]> {
    const all = await this.tx.objectStore('examples').getAll(allOf(this.project.id));
    return all.filter((row) => row.classId === classId);
  }

  private add(example: ReadyExample): void {
    const { id, classId, name, burst, thumbnail, thumbnailType, original, features, key } = example;
    this.classAt(classId);
    if (this.project.examples >= MAX_EXAMPLES)
      throw refused(`a project has at most ${MAX_EXAMPLES} pictures`);
    const views = features.length / key.width;
    if (!Number.isInteger(views) || views < 1) throw refused('a picture came without its features');
    this.examples.set(id, {
      project: this.project.id,
      id,
      order: this.project.revision * 2 ** 20 + this.examples.size,
      classId,
      name: name.slice(0, MAX_NAME),
      added: Date.now(),
      burst,
      thumbnail,
      thumbnailType,
      hasOriginal: original !== null,
      key,
      views,
    });
    this.writeFeatures(id, features, key.width);
    if (original) this.originals.push({ example: id, blob: original });
    this.project = { ...this.project, examples: this.project.examples + 1 };
  }

  private delete(row: StoredExample): void {
    this.examples.set(row.id, null);
    for (let view = 0; view < row.views; view++) this.features.push({ example: row.id, view, row: null });
    this.project = { ...this.project, examples: this.project.examples - 1 };
  }

  /** Those before the view `from` stay as they are. */
  private replaceFeatures(row: StoredExample, features: Float32Array, width: number, from: number): void {
    for (let view = features.length / width; view < row.views; view++)
      this.features.push({ example: row.id, view, row: null });
    this.writeFeatures(row.id, features, width, from);
  }

  private writeFeatures(example: string, features: Float32Array, width: number, from = 0): void {
    for (let view = from; view * width < features.length; view++) {
      const own = Float32Array.from(features.subarray(view * width, (view + 1) * width));
      this.features.push({ example, view, row: { project: this.project.id, example, view, features: own } });
    }
  }
}

function named(name: string): string {
  const text = keptName(name);
  if (text === '') throw refused('a name must not be empty');
  return text;
}

function refused(why: string): BitError {
  return new BitError('teach-change', why);
}
