/** A project's examples -> a head and its scores. Products are kept between calls, so an added picture costs one row. */
import {
  BitError,
  chooseStrength,
  confidenceOf,
  distanceTo,
  type FeatureMatrix,
  type Gram,
  gramOf,
  groupsOf,
  heldOut,
  learnHead,
  learningCurve,
  learnNovelty,
  type Novelty,
  productsOf,
  reportOf,
  stratifiedFolds,
} from '../../bit/index.ts';
import type { ProjectRow, StoredExample } from '../store/taught/db.ts';
import { sameKey } from './featureKey.ts';
import type { ClassRow, FeatureKey, Learnt, Scores } from './protocol.ts';

/** Above this many rows their products take more room than the features do: 2,500 squared are 50 MB. */
const MAX_GRAM_ROWS = 2_500;
/** C before cross-validation has chosen one, in units of 1 / the mean squared length of a centred example. */
const DEFAULT_STRENGTH = 1;

/** Examples in memory, in the order of adding, with features of one key; each view is a row. */
export interface Material {
  readonly project: ProjectRow;
  readonly examples: readonly StoredExample[];
  readonly features: ReadonlyMap<string, readonly Float32Array[]>;
  readonly key: FeatureKey;
}

interface Rows {
  readonly matrix: FeatureMatrix;
  /** Into `classes`. */
  readonly labels: Int32Array;
  /** Those that have an example; a class without one cannot be learnt. */
  readonly classes: readonly ClassRow[];
  /** Example of each row. */
  readonly rows: readonly StoredExample[];
  readonly weights: Float64Array | undefined;
}

/** What an AbortSignal says while a thread is busy. */
export type Stop = Pick<AbortSignal, 'aborted'>;

/** What is remembered of one project between calls. */
export class Learner {
  private gram: { readonly ids: readonly string[]; readonly values: Gram } | null = null;
  private strength: number | null = null;
  private start: {
    readonly ids: readonly string[];
    readonly classes: string;
    readonly fit: ReturnType<typeof learnHead>['fit'];
  } | null = null;
  private novelty: Novelty | null = null;

  /** Throws 'teach-change' while there are not two classes with a picture each. */
  learn(material: Material, signal: Stop): Learnt {
    const begun = performance.now();
    const { project, key } = material;
    const { matrix, labels, rows, weights, classes: taught } = rowsOf(material, project.options.views);
    const names = taught.map(({ name }) => name);
    if (taught.length < 2)
      throw new BitError('teach-change', 'two classes need a picture each before anything is learnt');
    const ids = rows.map(({ id }) => id);
    const gram = this.gramFor(matrix, ids);
    const strength =
      this.strength ?? DEFAULT_STRENGTH / Math.max(productsOf(matrix, gram).meanSquare, Number.MIN_VALUE);
    const classes = taught.map(({ id }) => id).join();
    const known = this.start;
    const sameStart = known && known.classes === classes && known.ids.every((id, i) => ids[i] === id);
    const { head, fit } = learnHead(matrix, labels, names, {
      strength,
      ...(gram && { gram }),
      ...(weights && { weights }),
      ...(sameStart && { start: known.fit }),
      signal,
    });
    this.start = { ids, classes, fit };
    return {
      revision: project.revision,
      key,
      head,
      strength,
      ms: performance.now() - begun,
      iterations: fit.iterations,
      examples: new Set(ids).size,
    };
  }

  /** Chooses the strength and scores it, all on held-out examples. */
  score(material: Material, onProgress: (done: number, total: number) => void, signal: Stop): Scores {
    const begun = performance.now();
    const { project } = material;
    const plain = rowsOf(material, false);
    const classes = plain.classes.length;
    const names = plain.classes.map(({ name }) => name);
    const gram = this.gramFor(
      plain.matrix,
      plain.rows.map(({ id }) => id),
    );
    const groups = groupsOf(
      plain.matrix,
      plain.labels,
      plain.rows.map(({ burst }) => burst),
    );
    const { folds, k } = stratifiedFolds(plain.labels, groups, classes);
    const examples = {
      features: plain.matrix,
      gram,
      labels: plain.labels,
      names,
      folds,
      k,
      ...(plain.weights && { weights: plain.weights }),
    };
    if (k < 2) return nothingTested(project, plain.classes, performance.now() - begun);
    const { meanSquare } = productsOf(plain.matrix, gram);
    const steps = 10;
    const chosen = chooseStrength(examples, meanSquare, {
      onProgress: (done, of) => onProgress((6 * done) / of, steps),
      signal,
    });
    this.strength = chosen.strength;
    const report = reportOf(chosen.scores, plain.labels, classes);
    const views = project.options.views
      ? this.viewsGain(material, folds, k, chosen.strength, report.right)
      : null;
    const curve = learningCurve(examples, chosen.strength, {
      onProgress: (done, of) => onProgress(6 + (3 * done) / of, steps),
      signal,
    });
    const novelty = learnNovelty(plain.matrix, plain.labels, classes, folds);
    this.novelty = novelty?.novelty ?? null;
    onProgress(steps, steps);
    const cells = Array.from({ length: classes }, () => Array.from({ length: classes }, (): string[] => []));
    report.answers.forEach((answer, row) => {
      if (answer >= 0) cells[plain.labels[row] ?? 0]?.[answer]?.push(plain.rows[row]?.id ?? '');
    });
    return {
      revision: project.revision,
      folds: k,
      tested: report.tested,
      right: report.right,
      classes: plain.classes.map(({ id }, i) => ({
        id,
        ...(report.classes[i] ?? { tested: 0, found: 0, named: 0 }),
      })),
      cells,
      outOfPlace: report.outOfPlace.map((row) => plain.rows[row]?.id ?? ''),
      curve,
      novelty: novelty?.check ?? null,
      confidence: confidenceOf(chosen.scores, plain.labels, classes),
      views,
      ms: performance.now() - begun,
    };
  }

  /** Null until `score` has found a threshold. */
  unlike(features: Float32Array): { distance: number; threshold: number; none: boolean } | null {
    if (!this.novelty || features.length !== this.novelty.taught.width) return null;
    const distance = distanceTo(this.novelty, features);
    return { distance, threshold: this.novelty.threshold, none: distance > this.novelty.threshold };
  }

  /** Right answers on the plain views of held-out examples, learnt from all views, against from plain ones. */
  private viewsGain(
    material: Material,
    folds: Int32Array,
    k: number,
    strength: number,
    without: number,
  ): Scores['views'] {
    const all = rowsOf(material, true);
    const foldOf = new Map(rowsOf(material, false).rows.map(({ id }, i) => [id, folds[i] ?? -1]));
    const seen = new Set<string>();
    // the first row of an example is its plain view
    const isPlain = all.rows.map(({ id }) => !seen.has(id) && Boolean(seen.add(id)));
    const names = all.classes.map(({ name }) => name);
    const { scores } = heldOut(
      {
        features: all.matrix,
        gram: null,
        labels: all.labels,
        names,
        folds: Int32Array.from(all.rows, ({ id }) => foldOf.get(id) ?? -1),
        k,
        ...(all.weights && { weights: all.weights }),
      },
      strength,
    );
    const { answers } = reportOf(scores, all.labels, names.length);
    const right = answers.filter((answer, row) => isPlain[row] && answer === all.labels[row]).length;
    return { rightWith: right, rightWithout: without };
  }

  /** The products of these rows: those known are taken over, whatever else was removed or moved. */
  private gramFor(matrix: FeatureMatrix, ids: readonly string[]): Gram | null {
    if (ids.length > MAX_GRAM_ROWS || ids.length > 2 * matrix.width) return null;
    const known = this.gram;
    let kept: Gram | undefined;
    if (known) {
      const place = new Map(known.ids.map((id, i) => [id, i]));
      const shared = ids.findIndex((id) => !place.has(id));
      const first = shared < 0 ? ids.length : shared;
      // several views share an id; their rows are not told apart here
      if (place.size === known.ids.length)
        kept = known.values.take(ids.slice(0, first).map((id) => place.get(id) ?? 0));
    }
    const values = gramOf(matrix, kept);
    this.gram = { ids, values };
    return values;
  }
}

function rowsOf({ project, examples, features, key }: Material, views: boolean): Rows {
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
    weights: project.options.balance ? balanced(labels, classes.length) : undefined,
  };
}

/** n / (classes x examples of the class), as scikit-learn's class_weight 'balanced'. */
function balanced(labels: Int32Array, classes: number): Float64Array {
  const counts = new Int32Array(classes);
  for (const label of labels) counts[label] = (counts[label] ?? 0) + 1;
  return Float64Array.from(labels, (label) => labels.length / (classes * (counts[label] ?? 1)));
}

function nothingTested(project: ProjectRow, taught: readonly ClassRow[], ms: number): Scores {
  const classes = taught.map(({ id }) => ({ id, tested: 0, found: 0, named: 0 }));
  const cells = classes.map(() => classes.map((): string[] => []));
  return {
    revision: project.revision,
    folds: 0,
    tested: 0,
    right: 0,
    classes,
    cells,
    outOfPlace: [],
    curve: [],
    novelty: null,
    confidence: { top5: 0, ece15: 0, tenths: Array.from({ length: 10 }, (): [number, number] => [0, 0]) },
    views: null,
    ms,
  };
}
