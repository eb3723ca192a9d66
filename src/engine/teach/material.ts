/** A project's examples as rows of features: what can be learnt from with one model. */
import type { FeatureMatrix } from '../../bit/index.ts';
import type { ProjectRow, StoredExample } from '../store/taught/db.ts';
import { sameKey } from './featureKey.ts';
import type { ClassRow, FeatureKey } from './protocol.ts';

/** Examples in memory, in the order of adding, with features of one key; each view is a row. */
export interface Material {
  readonly project: ProjectRow;
  readonly examples: readonly StoredExample[];
  readonly features: ReadonlyMap<string, readonly Float32Array<ArrayBuffer>[]>;
  readonly key: FeatureKey;
}

/** Rows to learn from. */
export interface LessonRows {
  readonly matrix: FeatureMatrix;
  /** Into `classes`. */
  readonly labels: Int32Array;
  /** Those that have an example; a class without one cannot be learnt. */
  readonly classes: readonly ClassRow[];
  /** Example of each row. */
  readonly rows: readonly StoredExample[];
  /** The features of each row, as the material holds them. */
  readonly views: readonly Float32Array[];
  readonly weights: Float64Array | undefined;
}

/** Those with features of the key, of classes that have one; with `views` every view is a row. */
export function rowsOf({ project, examples, features, key }: Material, views: boolean): LessonRows {
  const usable = examples.filter(
    ({ id, key: own }) => sameKey(own, key) && (features.get(id)?.length ?? 0) > 0,
  );
  const used = new Set(usable.map(({ classId }) => classId));
  const classes = project.classes.filter(({ id }) => used.has(id));
  const place = new Map(classes.map(({ id }, i) => [id, i]));
  const rows: StoredExample[] = [];
  const data: Float32Array[] = [];
  for (const example of usable) {
    if (!place.has(example.classId)) continue;
    const own = features.get(example.id) ?? [];
    for (const view of views ? own : own.slice(0, 1)) {
      rows.push(example);
      data.push(view);
    }
  }
  const matrix = { rows: rows.length, width: key.width, data: new Float32Array(rows.length * key.width) };
  data.forEach((row, i) => {
    matrix.data.set(row, i * key.width);
  });
  const labels = Int32Array.from(rows, ({ classId }) => place.get(classId) ?? 0);
  return {
    matrix,
    labels,
    classes,
    rows,
    views: data,
    weights: project.options.balance ? balanced(labels, classes.length) : undefined,
  };
}

/** Whether the class has an example whose plain view has these very features. */
export function hasPicture(
  { examples, features, key }: Pick<Material, 'examples' | 'features' | 'key'>,
  classId: string,
  wanted: Float32Array,
): boolean {
  return examples.some((one) => {
    const plain = one.classId === classId && sameKey(one.key, key) ? features.get(one.id)?.[0] : undefined;
    return plain?.length === wanted.length && plain.every((value, i) => value === wanted[i]);
  });
}

/** n / (classes x examples of the class), as scikit-learn's class_weight 'balanced'. */
function balanced(labels: Int32Array, classes: number): Float64Array {
  const counts = new Int32Array(classes);
  for (const label of labels) counts[label] = (counts[label] ?? 0) + 1;
  return Float64Array.from(labels, (label) => labels.length / (classes * (counts[label] ?? 1)));
}
