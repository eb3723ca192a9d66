/** The examples of the project learnt from last, in memory: a change reads nothing again but what it wrote. */
import { BitError } from '../../bit/index.ts';
import { type ProjectRow, type Rows, type StoredExample, withDatabase } from '../store/taught/db.ts';
import { readExamples, readFeatures } from '../store/taught/projects.ts';
import type { Material } from './material.ts';
import type { FeatureKey } from './protocol.ts';

/** Thumbnails are on disk; in memory they would be most of it. */
const NO_THUMBNAIL = new Uint8Array();

export class KeptExamples {
  private project: ProjectRow | null = null;
  private readonly examples = new Map<string, StoredExample>();
  private readonly features = new Map<string, Float32Array<ArrayBuffer>[]>();

  /** What is there now, on disk too. Throws 'teach-gone'. */
  async material(id: string, key: FeatureKey): Promise<Material> {
    const row = await projectRow(id);
    if (this.project?.id !== id || this.project.revision !== row.revision) await this.read(row);
    const examples = [...this.examples.values()].sort((a, b) => a.order - b.order);
    return { project: row, examples, features: this.features, key };
  }

  /** Takes a committed change over where it follows on what is known; else all is read again when it is asked for. */
  apply({ project, examples, features }: Rows): void {
    if (project === null || this.project?.id !== project.id) return;
    if (project.revision !== this.project.revision + 1) {
      this.forget();
      return;
    }
    this.project = project;
    for (const { id, row } of examples) {
      if (row) this.examples.set(id, { ...row, thumbnail: NO_THUMBNAIL });
      else this.examples.delete(id);
    }
    for (const { example, view, row } of features) {
      const views = this.features.get(example) ?? [];
      if (row) views[view] = row.features;
      else views.length = Math.min(views.length, view); // views go from the last
      if (views.length > 0) this.features.set(example, views);
      else this.features.delete(example);
    }
  }

  forget(): void {
    this.project = null;
    this.examples.clear();
    this.features.clear();
  }

  private async read(row: ProjectRow): Promise<void> {
    const [examples, features] = await Promise.all([readExamples(row.id), readFeatures(row.id)]);
    this.forget();
    for (const example of examples) this.examples.set(example.id, { ...example, thumbnail: NO_THUMBNAIL });
    for (const [id, views] of features) this.features.set(id, views);
    this.project = row;
  }
}

export async function projectRow(id: string): Promise<ProjectRow> {
  const row = await withDatabase((db) => db.get('projects', id));
  if (!row) throw new BitError('teach-gone', 'this project is gone; another tab may have removed it');
  return row;
}
