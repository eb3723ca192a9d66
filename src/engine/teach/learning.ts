/** A project's examples -> a head and its scores. Products are kept between calls, so an added picture costs one row. */
import {
  BitError,
  chooseStrength,
  confidenceOf,
  distanceTo,
  gramOf,
  groupsOf,
  type HeldOut,
  heldOut,
  learnHead,
  learningCurve,
  learnNovelty,
  type Novelty,
  productsOf,
  reportOf,
  stratifiedFolds,
  takeRows,
} from '../../bit/index.ts';
import type { ProjectRow } from '../store/taught/db.ts';
import { sameKey } from './featureKey.ts';
import { KnownRows } from './known.ts';
import { type Material, rowsOf } from './material.ts';
import type { ClassRow, FeatureKey, Learnt, Scores } from './protocol.ts';

/** The strength is chosen on so many examples at most, spread over all: it hardly depends on how many there are. */
const CHOOSE_ROWS = 500;
/**
 * With too many examples for their products, a change is learnt from at once to this tolerance only, for a third of the
 * steps; the learning that follows the tests, on the same examples, goes on to the optimum.
 */
const AT_ONCE = 1e-4;
/** C before cross-validation has chosen one, in units of 1 / the mean squared length of a centred example. */
const DEFAULT_STRENGTH = 1;

/** What an AbortSignal says while a thread is busy. */
export type Stop = Pick<AbortSignal, 'aborted'>;

/** What is remembered of one project between calls. */
export class Learner {
  private key: FeatureKey | null = null;
  private known = new KnownRows();
  private strength: number | null = null;
  private novelty: Novelty | null = null;

  /** Throws 'teach-change' while there are not two classes with a picture each. */
  learn(material: Material, signal: Stop): Learnt {
    const begun = performance.now();
    const { project, key } = material;
    this.use(key);
    const { matrix, labels, rows, views, weights, classes: taught } = rowsOf(material, project.options.views);
    const names = taught.map(({ name }) => name);
    if (taught.length < 2)
      throw new BitError('teach-change', 'two classes need a picture each before anything is learnt');
    const gram = this.known.gramFor(matrix, views);
    const strength =
      this.strength ?? DEFAULT_STRENGTH / Math.max(productsOf(matrix, gram).meanSquare, Number.MIN_VALUE);
    const classes = taught.map(({ id }) => id).join();
    const start = this.known.startFor(views, classes);
    const { head, fit } = learnHead(matrix, labels, names, {
      strength,
      ...(gram && { gram }),
      ...(weights && { weights }),
      ...(start && { start }),
      ...(gram === null && start && !this.known.isLast(views) && { tolerance: AT_ONCE }),
      signal,
    });
    this.known.ended(views, classes, fit);
    return {
      revision: project.revision,
      key,
      head,
      strength,
      ms: performance.now() - begun,
      iterations: fit.iterations,
      examples: new Set(rows).size,
    };
  }

  /** Chooses the strength and scores it, all on held-out examples. */
  score(material: Material, onProgress: (done: number, total: number) => void, signal: Stop): Scores {
    const begun = performance.now();
    const { project, key } = material;
    this.use(key);
    const plain = rowsOf(material, false);
    const classes = plain.classes.length;
    const names = plain.classes.map(({ name }) => name);
    const gram = this.known.gramFor(plain.matrix, plain.views);
    const groups = groupsOf(
      plain.matrix,
      plain.labels,
      plain.rows.map(({ burst }) => burst),
      signal,
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
    if (k < 2) {
      // what is learnt depends on the examples alone, not on those that were there before
      this.strength = null;
      this.novelty = null;
      return nothingTested(project, plain.classes, performance.now() - begun);
    }
    const steps = 10;
    const chosen = this.choose(examples, (part) => onProgress(6 * part, steps), signal);
    this.strength = chosen.strength;
    const report = reportOf(chosen.scores, plain.labels, classes);
    const views = isSeenInViews(material, plain.rows)
      ? this.viewsGain(material, folds, k, chosen.strength, report.right, signal)
      : null;
    const curve = learningCurve(examples, chosen.strength, chosen, {
      onProgress: (done, of) => onProgress(6 + (3 * done) / of, steps),
      signal,
    });
    const novelty = learnNovelty(plain.matrix, plain.labels, classes, folds, { gram, signal });
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

  /** Nothing that was learnt from features of another key holds for these. */
  private use(key: FeatureKey): void {
    if (this.key !== null && !sameKey(this.key, key)) {
      this.known = new KnownRows();
      this.strength = null;
      this.novelty = null;
    }
    this.key = key;
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
    signal: Stop,
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
      { signal },
    );
    const { answers } = reportOf(scores, all.labels, names.length);
    const right = answers.filter((answer, row) => isPlain[row] && answer === all.labels[row]).length;
    return { rightWith: right, rightWithout: without };
  }

  /** The strength, on as many examples as choose it well, and the scores of all at it. */
  private choose(examples: Examples, onProgress: (part: number) => void, signal: Stop): Chosen {
    if (examples.labels.length <= 2 * CHOOSE_ROWS) {
      const { meanSquare } = productsOf(examples.features, examples.gram);
      return chooseStrength(examples, meanSquare, {
        onProgress: (done, of) => onProgress(done / of),
        signal,
      });
    }
    const some = someOf(examples);
    const { meanSquare } = productsOf(some.features, some.gram);
    const { strength } = chooseStrength(some, meanSquare, {
      onProgress: (done, of) => onProgress((0.5 * done) / of),
      signal,
    });
    const whole = heldOut(examples, strength, {
      onProgress: (done, of) => onProgress(0.5 + (0.5 * done) / of),
      signal,
    });
    return { ...whole, strength };
  }
}

/** Whether all that is learnt from has views: else a gain of some would pass for one of all. */
const isSeenInViews = ({ project, features }: Material, rows: readonly { readonly id: string }[]): boolean =>
  project.options.views && rows.every(({ id }) => (features.get(id)?.length ?? 0) > 1);

type Examples = Parameters<typeof heldOut>[0];
interface Chosen extends HeldOut {
  readonly strength: number;
}

/** Some of each class, spread over all, in the folds that they have. */
function someOf({ features, labels, folds, weights, ...rest }: Examples): Examples {
  const perClass = Math.max(20, CHOOSE_ROWS / rest.names.length);
  const counts = new Int32Array(rest.names.length);
  for (const label of labels) counts[label] = (counts[label] ?? 0) + 1;
  const seen = new Int32Array(rest.names.length);
  const rows = [...labels.keys()].filter((row) => {
    const label = labels[row] ?? 0;
    const nth = seen[label] ?? 0;
    seen[label] = nth + 1;
    return nth % Math.ceil((counts[label] ?? 1) / perClass) === 0;
  });
  const own = takeRows(features, rows);
  return {
    ...rest,
    features: own,
    gram: rows.length > 2 * features.width ? null : gramOf(own),
    labels: Int32Array.from(rows, (row) => labels[row] ?? 0),
    folds: Int32Array.from(rows, (row) => folds[row] ?? -1),
    ...(weights && { weights: Float64Array.from(rows, (row) => weights[row] ?? 1) }),
  };
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
