/**
 * Multinomial logistic regression with an L2 penalty, solved to its optimum: the linear probe on frozen features
 * (Kolesnikov et al., arXiv:1912.11370, and Kornblith et al., arXiv:1805.08974, use the same). The objective is
 * scikit-learn's (LogisticRegression): sum of weighted cross-entropies + |W|^2 / (2 C), intercepts not penalized. Two
 * classes are one row of weights against nothing, as there.
 *
 * It is minimized over the coefficients of the examples (W = sum a_i (x_i - mean)) by L-BFGS in the features' own inner
 * product: each step costs one product with their Gram matrix.
 */
import { BitError, throwIfAborted } from '../errors.ts';
import type { Products } from './products.ts';

export interface LogisticOptions {
  /** C: the inverse of the penalty's strength. */
  readonly strength: number;
  /** One weight an example; 1 when absent. */
  readonly weights?: Float64Array;
  /** Coefficients and intercepts to start from, of the same examples, or of the first of them. */
  readonly start?: Pick<LogisticFit, 'coefficients' | 'intercepts'> & Partial<Pick<LogisticFit, 'firstNorm'>>;
  readonly signal?: Pick<AbortSignal, 'aborted'>;
  /** The gradient's norm, of that where nothing is learnt yet, at which the optimum counts as reached (1e-7). */
  readonly tolerance?: number;
}

export interface LogisticFit {
  /** Logits a row has: the number of classes, or 1 for two of them. */
  readonly outputs: number;
  /** [n, outputs]: W = sum over examples of coefficient x (features - mean). */
  readonly coefficients: Float64Array;
  /** [outputs], of centred features. */
  readonly intercepts: Float64Array;
  /** Logits of the examples themselves, [n, outputs]. */
  readonly logits: Float64Array;
  /** Sum of the (weighted) cross-entropies at the optimum. */
  readonly dataLoss: number;
  /** |W|^2. */
  readonly weightNorm2: number;
  readonly iterations: number;
  /** The gradient's norm where nothing is learnt yet. */
  readonly firstNorm: number;
}

/** Curvature pairs that L-BFGS keeps. */
const MEMORY = 20;
const MAX_ITERATIONS = 2_000;
const TOLERANCE = 1e-7;
/** Steps in a row that change the loss by less than its own rounding: the numbers' precision is reached. */
const MAX_IDLE = 3;
/** Nocedal & Wright, Numerical Optimization, eq. 3.6: sufficient decrease. */
const ARMIJO = 1e-4;

/**
 * Fits examples, known by the products of their centred features; `labels` [n] are in [0, classes). Deterministic.
 * Throws 'input-shape' for fewer than two classes, and 'aborted'.
 */
export function fitLogistic(
  products: Products,
  labels: Int32Array,
  classes: number,
  options: LogisticOptions,
): LogisticFit {
  if (classes < 2) throw new BitError('input-shape', 'a classifier needs two classes or more');
  const { tolerance = TOLERANCE } = options;
  const problem = new Problem(products, labels, classes, options);
  let here = problem.start(options.start);
  const firstNorm = options.start?.firstNorm ?? problem.normAtZero();
  const pairs: Pair[] = [];
  let iterations = 0;
  let idle = 0;
  for (; iterations < MAX_ITERATIONS; iterations++) {
    throwIfAborted(options.signal);
    const norm = Math.sqrt(problem.dot(here.gradient, here.gradient));
    if (norm <= tolerance * firstNorm || idle === MAX_IDLE) break;
    const direction = problem.direction(here.gradient, pairs);
    const next = problem.search(here, direction);
    if (!next) {
      if (pairs.length === 0) break; // no step from here decreases it: the numbers' own precision is reached
      pairs.length = 0;
      continue;
    }
    const step = difference(next.point, here.point);
    const change = difference(next.gradient, here.gradient);
    const curvature = problem.dot(step, change);
    if (curvature > 0) {
      pairs.push({ step, change, curvature });
      if (pairs.length > MEMORY) pairs.shift();
    }
    idle = here.loss - next.loss <= 4 * Number.EPSILON * here.loss ? idle + 1 : 0;
    here = next;
  }
  return { ...problem.result(here, iterations), firstNorm };
}

/** A point or direction: coefficients [n, outputs], their products with the Gram matrix, and the intercepts. */
interface Vector {
  readonly a: Float64Array;
  readonly ga: Float64Array;
  readonly b: Float64Array;
}
interface State {
  readonly point: Vector;
  readonly gradient: Vector;
  readonly loss: number;
  readonly dataLoss: number;
}
/** A state whose gradient is not multiplied out yet. */
interface Trial extends Omit<State, 'gradient'> {
  readonly gradient: Omit<Vector, 'ga'>;
}
interface Pair {
  readonly step: Vector;
  readonly change: Vector;
  readonly curvature: number;
}

class Problem {
  private readonly products: Products;
  private readonly labels: Int32Array;
  private readonly outputs: number;
  private readonly strength: number;
  private readonly weights: Float64Array;
  /** Scale of the intercept, so that it moves as easily as a weight of a typical feature vector. */
  private readonly scale: number;

  constructor(
    products: Products,
    labels: Int32Array,
    classes: number,
    { strength, weights }: LogisticOptions,
  ) {
    this.products = products;
    this.labels = labels;
    this.outputs = classes === 2 ? 1 : classes;
    this.strength = strength;
    this.weights = weights ?? new Float64Array(labels.length).fill(1);
    this.scale = Math.max(products.meanSquare, Number.MIN_VALUE);
  }

  start(from: LogisticOptions['start']): State {
    const a = new Float64Array(this.products.size * this.outputs);
    const b = new Float64Array(this.outputs);
    if (from && from.intercepts.length === this.outputs && from.coefficients.length <= a.length) {
      a.set(from.coefficients);
      b.set(from.intercepts);
    }
    return this.finish(this.evaluate({ a, ga: this.times(a), b }));
  }

  normAtZero(): number {
    const { gradient } = this.start(undefined);
    return Math.sqrt(this.dot(gradient, gradient));
  }

  /** Inner product of the weights that two vectors stand for, plus the scaled one of the intercepts. */
  dot(u: Vector, v: Vector): number {
    let sum = inner(u.a, v.ga);
    for (let k = 0; k < u.b.length; k++) sum += ((u.b[k] ?? 0) * (v.b[k] ?? 0)) / this.scale;
    return sum;
  }

  /** L-BFGS's two loops (Nocedal & Wright, algorithm 7.4). */
  direction(gradient: Vector, pairs: readonly Pair[]): Vector {
    const q = { a: gradient.a.slice(), ga: gradient.ga.slice(), b: gradient.b.slice() };
    const alphas: number[] = [];
    for (let i = pairs.length - 1; i >= 0; i--) {
      const pair = pairs[i];
      if (!pair) continue;
      const alpha = this.dot(pair.step, q) / pair.curvature;
      alphas[i] = alpha;
      addTo(q, pair.change, -alpha);
    }
    const last = pairs.at(-1);
    // before anything is known: the data's largest possible curvature, half of each example's squared length
    const first = 1 / (1 / this.strength + 0.5 * this.products.size * this.scale);
    scaleBy(q, last ? last.curvature / this.dot(last.change, last.change) : first);
    pairs.forEach((pair, i) => {
      const beta = this.dot(pair.change, q) / pair.curvature;
      addTo(q, pair.step, (alphas[i] ?? 0) - beta);
    });
    scaleBy(q, -1);
    return q;
  }

  /** The first step along `direction`, halving, that decreases the loss enough; null where none does. */
  search(here: State, direction: Vector): State | null {
    const slope = this.dot(here.gradient, direction);
    if (!(slope < 0)) return null;
    for (let t = 1; t > 1e-10; t /= 2) {
      const next = this.evaluate(combine(here.point, direction, t));
      if (next.loss <= here.loss + ARMIJO * t * slope) return this.finish(next);
    }
    return null;
  }

  result({ point, dataLoss }: State, iterations: number): Omit<LogisticFit, 'firstNorm'> {
    let weightNorm2 = 0;
    for (let i = 0; i < point.a.length; i++) weightNorm2 += (point.a[i] ?? 0) * (point.ga[i] ?? 0);
    const { outputs } = this;
    const logits = point.ga.map((value, i) => value + (point.b[i % outputs] ?? 0));
    return { outputs, coefficients: point.a, intercepts: point.b, logits, dataLoss, weightNorm2, iterations };
  }

  /** The products of the gradient, which only a point that is kept needs. */
  private finish({ gradient, ...rest }: Trial): State {
    return { ...rest, gradient: { ...gradient, ga: this.times(gradient.a) } };
  }

  /** Loss and its gradient; in the features' inner product the gradient's coefficients are (p - y) + a / C. */
  private evaluate(point: Vector): Trial {
    const { outputs, labels, weights, strength } = this;
    const n = labels.length;
    const a = new Float64Array(n * outputs);
    const b = new Float64Array(outputs);
    let dataLoss = 0;
    let penalty = 0;
    for (let i = 0; i < n; i++) {
      const row = i * outputs;
      const weight = weights[i] ?? 1;
      const label = labels[i] ?? 0;
      dataLoss +=
        weight * (outputs === 1 ? this.binary(point, i, label, a) : this.softmax(point, row, label, a));
      for (let k = 0; k < outputs; k++) {
        const residual = weight * (a[row + k] as number);
        const own = point.a[row + k] as number;
        b[k] = (b[k] as number) + residual;
        a[row + k] = residual + own / strength;
        penalty += own * (point.ga[row + k] as number);
      }
    }
    for (let k = 0; k < outputs; k++) b[k] = (b[k] ?? 0) * this.scale;
    return { point, gradient: { a, b }, dataLoss, loss: dataLoss + penalty / (2 * this.strength) };
  }

  /** Cross-entropy of one row; leaves p - y in `residuals`. */
  private softmax({ ga, b }: Vector, row: number, label: number, residuals: Float64Array): number {
    const { outputs } = this;
    let most = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < outputs; k++) most = Math.max(most, (ga[row + k] as number) + (b[k] as number));
    let sum = 0;
    for (let k = 0; k < outputs; k++) {
      const power = Math.exp((ga[row + k] as number) + (b[k] as number) - most);
      residuals[row + k] = power;
      sum += power;
    }
    for (let k = 0; k < outputs; k++)
      residuals[row + k] = (residuals[row + k] ?? 0) / sum - (k === label ? 1 : 0);
    return Math.log(sum) + most - (ga[row + label] ?? 0) - (b[label] ?? 0);
  }

  /** The same for two classes with one logit, that of class 1. */
  private binary({ ga, b }: Vector, i: number, label: number, residuals: Float64Array): number {
    const z = (ga[i] ?? 0) + (b[0] ?? 0);
    residuals[i] = 1 / (1 + Math.exp(-z)) - label;
    const against = label === 1 ? -z : z;
    return Math.max(against, 0) + Math.log1p(Math.exp(-Math.abs(against)));
  }

  private times(a: Float64Array): Float64Array {
    return this.products.times(a, this.outputs);
  }
}

/** Four sums that do not wait for each other. */
function inner(x: Float64Array, y: Float64Array): number {
  const whole = x.length - (x.length % 4);
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  for (let i = 0; i < whole; i += 4) {
    s0 += (x[i] as number) * (y[i] as number);
    s1 += (x[i + 1] as number) * (y[i + 1] as number);
    s2 += (x[i + 2] as number) * (y[i + 2] as number);
    s3 += (x[i + 3] as number) * (y[i + 3] as number);
  }
  for (let i = whole; i < x.length; i++) s0 += (x[i] as number) * (y[i] as number);
  return s0 + s1 + (s2 + s3);
}

/** u + t v */
function combine(u: Vector, v: Vector, t: number): Vector {
  return { a: mixed(u.a, v.a, t), ga: mixed(u.ga, v.ga, t), b: mixed(u.b, v.b, t) };
}

function mixed(x: Float64Array, y: Float64Array, t: number): Float64Array {
  const out = new Float64Array(x.length);
  for (let i = 0; i < x.length; i++) out[i] = (x[i] as number) + t * (y[i] as number);
  return out;
}

function difference(u: Vector, v: Vector): Vector {
  return combine(u, v, -1);
}

/** target += t v */
function addTo(target: Vector, v: Vector, t: number): void {
  addScaled(target.a, v.a, t);
  addScaled(target.ga, v.ga, t);
  addScaled(target.b, v.b, t);
}

function addScaled(x: Float64Array, y: Float64Array, t: number): void {
  for (let i = 0; i < x.length; i++) x[i] = (x[i] as number) + t * (y[i] as number);
}

function scaleBy(target: Vector, t: number): void {
  for (const part of [target.a, target.ga, target.b])
    for (let i = 0; i < part.length; i++) part[i] = (part[i] as number) * t;
}
