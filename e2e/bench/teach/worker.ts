/** Learners on the same features, one task at a time, each timed by itself. */
import {
  applyHead,
  chooseStrength,
  type FeatureMatrix,
  gramOf,
  groupsOf,
  learnHead,
  productsOf,
  stratifiedFolds,
} from '../../../src/bit/index.ts';
import { measureSpeed, type Speed } from './speed.ts';
import { openBackend, type TfBackend, teachable } from './teachable.ts';

export type Learner = 'ours' | 'ours, strength chosen' | 'teachable' | 'class mean';
export type Request =
  | {
      readonly kind: 'features';
      readonly rows: readonly Float32Array[];
      readonly labels: readonly number[];
      readonly classes: number;
    }
  | { readonly kind: 'backend'; readonly name: TfBackend }
  | {
      readonly kind: 'learn';
      readonly learner: Learner;
      readonly seed: number;
      /** Rows to learn from and rows to test on. */
      readonly train: readonly number[];
      readonly test: readonly number[];
    }
  | { readonly kind: 'speed'; readonly rows: number; readonly width: number; readonly classes: number };
export interface Reply {
  /** Milliseconds of learning alone, by the case. */
  readonly ms: number;
  /** Test pictures named right. */
  readonly right: number;
  readonly speed?: Speed;
}

interface Labelled {
  readonly features: FeatureMatrix;
  readonly labels: Int32Array;
}
/** Says the class of each row. */
type Answer = (features: FeatureMatrix) => Int32Array | Promise<Int32Array>;

let known: Labelled = { features: { rows: 0, width: 0, data: new Float32Array() }, labels: new Int32Array() };
let names: readonly string[] = [];

function chosen(rows: readonly number[]): Labelled {
  const { width, data } = known.features;
  const out = new Float32Array(rows.length * width);
  rows.forEach((row, i) => {
    out.set(data.subarray(row * width, (row + 1) * width), i * width);
  });
  const labels = Int32Array.from(rows, (row) => known.labels[row] ?? 0);
  return { features: { rows: rows.length, width, data: out }, labels };
}

/** As the app learns: at a strength in units of the examples' own size, or at the one its tests choose. */
function ours({ features, labels }: Labelled, choose: boolean): Answer {
  const gram = gramOf(features);
  const { meanSquare } = productsOf(features, gram);
  let strength = 1 / meanSquare;
  if (choose) {
    const groups = groupsOf(features, labels, new Array<null>(features.rows).fill(null));
    const folds = stratifiedFolds(labels, groups, names.length);
    strength = chooseStrength({ features, gram, labels, names, ...folds }, meanSquare).strength;
  }
  const { head } = learnHead(features, labels, names, { strength, gram });
  return ({ rows, data }) => best(applyHead(head, data), rows);
}

function classMean({ features: { width, data }, labels }: Labelled): Answer {
  const means = new Float64Array(names.length * width);
  const counts = new Int32Array(names.length);
  labels.forEach((label, i) => {
    counts[label] = (counts[label] ?? 0) + 1;
    for (let d = 0; d < width; d++)
      means[label * width + d] = (means[label * width + d] ?? 0) + (data[i * width + d] ?? 0);
  });
  return (features) => {
    const nearness = new Float32Array(features.rows * names.length);
    for (let i = 0; i < features.rows; i++)
      for (let c = 0; c < names.length; c++) {
        let squares = 0;
        for (let d = 0; d < width; d++)
          squares +=
            ((features.data[i * width + d] ?? 0) - (means[c * width + d] ?? 0) / (counts[c] ?? 1)) ** 2;
        nearness[i * names.length + c] = -squares;
      }
    return best(nearness, features.rows);
  };
}

function best(scores: Float32Array, rows: number): Int32Array {
  return Int32Array.from({ length: rows }, (_, i) => {
    const own = scores.subarray(i * names.length, (i + 1) * names.length);
    return own.indexOf(Math.max(...own));
  });
}

async function learn({
  learner,
  seed,
  train,
  test,
}: Extract<Request, { readonly kind: 'learn' }>): Promise<Reply> {
  const [seen, unseen] = [chosen(train), chosen(test)];
  const start = performance.now();
  const answer =
    learner === 'teachable'
      ? await teachable(seen.features, seen.labels, names.length, seed)
      : learner === 'class mean'
        ? classMean(seen)
        : ours(seen, learner === 'ours, strength chosen');
  const ms = performance.now() - start;
  const answers = await answer(unseen.features);
  return { ms, right: answers.filter((one, i) => one === unseen.labels[i]).length };
}

async function work(request: Request): Promise<Reply> {
  switch (request.kind) {
    case 'features': {
      const width = request.rows[0]?.length ?? 0;
      const data = new Float32Array(request.rows.length * width);
      request.rows.forEach((row, i) => {
        data.set(row, i * width);
      });
      known = {
        features: { rows: request.rows.length, width, data },
        labels: Int32Array.from(request.labels),
      };
      names = Array.from({ length: request.classes }, (_, i) => `class ${i}`);
      return { ms: 0, right: 0 };
    }
    case 'backend':
      return { ms: await openBackend(request.name), right: 0 };
    case 'learn':
      return learn(request);
    case 'speed': {
      const { rows, width, classes } = request;
      return { ms: 0, right: 0, speed: measureSpeed(rows, width, classes) };
    }
  }
}

self.addEventListener('message', ({ data }: MessageEvent<Request>) => {
  work(data).then(
    (reply) => self.postMessage(reply),
    (error: unknown) => self.postMessage({ failed: String(error) }),
  );
});
