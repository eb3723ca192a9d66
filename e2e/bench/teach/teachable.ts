/**
 * Teachable Machine's head, as its image library trains one (@teachablemachine/image, `train` with its site's defaults):
 * 100 dense ReLU units with a bias, then softmax without one, both kernels varianceScaling; Adam at 0.001 on categorical
 * cross-entropy, 50 epochs in batches of 16. Each class is shuffled and 15 % of it (rounded up) only validated on, after
 * each epoch; the rest is shuffled once, and every epoch goes through it in that order. The seed is ours: its site has none.
 */
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-webgl';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import plainWasm from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simdWasm from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threadedWasm from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import * as tf from '@tensorflow/tfjs-core';
import { initializers, layers, sequential } from '@tensorflow/tfjs-layers';
import type { FeatureMatrix } from '../../../src/bit/index.ts';

export type TfBackend = 'cpu' | 'wasm' | 'webgl';

const UNITS = 100;
const EPOCHS = 50;
const BATCH = 16;
const RATE = 0.001;
const VALIDATED = 0.15;

setWasmPaths({
  'tfjs-backend-wasm.wasm': plainWasm,
  'tfjs-backend-wasm-simd.wasm': simdWasm,
  'tfjs-backend-wasm-threaded-simd.wasm': threadedWasm,
});

/** Makes the backend the one in use; milliseconds it took. Rejects where it does not work. */
export async function openBackend(name: TfBackend): Promise<number> {
  const start = performance.now();
  if (!(await tf.setBackend(name))) throw new Error(`TensorFlow.js has no backend ${name} here`);
  await tf.ready();
  return performance.now() - start;
}

/** Trains; the answer is the likeliest class of each row. */
export async function teachable(
  { width, data }: FeatureMatrix,
  labels: Int32Array,
  classes: number,
  seed: number,
): Promise<(features: FeatureMatrix) => Promise<Int32Array>> {
  const random = seeded(seed);
  const train: number[] = [];
  const validated: number[] = [];
  for (let c = 0; c < classes; c++) {
    const own = shuffled(
      [...labels.keys()].filter((i) => labels[i] === c),
      random,
    );
    const rest = own.length - Math.ceil(VALIDATED * own.length);
    train.push(...own.slice(0, rest));
    validated.push(...own.slice(rest));
  }
  const rowOf = (i: number): Float32Array => data.subarray(i * width, (i + 1) * width);
  const batchesOf = (rows: readonly number[]) => new Batches(rows, rowOf, labels, width, classes);
  const model = sequential({
    layers: [
      layers.dense({
        inputShape: [width],
        units: UNITS,
        activation: 'relu',
        kernelInitializer: initializers.varianceScaling({ seed }),
        useBias: true,
      }),
      layers.dense({
        units: classes,
        activation: 'softmax',
        kernelInitializer: initializers.varianceScaling({ seed: seed + 1 }),
        useBias: false,
      }),
    ],
  });
  const optimizer = tf.train.adam(RATE);
  model.compile({ optimizer, loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  await model.fitDataset(batchesOf(shuffled(train, random)), {
    epochs: EPOCHS,
    validationData: batchesOf(shuffled(validated, random)),
    verbose: 0,
  });
  optimizer.dispose();
  return async (features) => {
    const answers = tf.tidy(() => {
      const scores = model.predict(tf.tensor2d(features.data, [features.rows, features.width])) as tf.Tensor;
      return tf.argMax(scores, 1);
    });
    const out = Int32Array.from(await answers.data());
    answers.dispose();
    model.dispose();
    return out;
  };
}

/** The part of a TensorFlow.js data set that fitDataset asks for: tensors made batch by batch, in the same order each time. */
class Batches {
  readonly size: number;
  private readonly make: (from: number) => { xs: tf.Tensor2D; ys: tf.Tensor2D };
  private readonly rows: number;

  constructor(
    rows: readonly number[],
    rowOf: (i: number) => Float32Array,
    labels: Int32Array,
    width: number,
    classes: number,
  ) {
    this.rows = rows.length;
    this.size = Math.ceil(rows.length / BATCH);
    this.make = (from) => {
      const own = rows.slice(from, from + BATCH);
      const xs = new Float32Array(own.length * width);
      const ys = new Float32Array(own.length * classes);
      own.forEach((row, i) => {
        xs.set(rowOf(row), i * width);
        ys[i * classes + (labels[row] ?? 0)] = 1;
      });
      return { xs: tf.tensor2d(xs, [own.length, width]), ys: tf.tensor2d(ys, [own.length, classes]) };
    };
  }

  async iterator() {
    let at = 0;
    const next = async () => {
      if (at >= this.rows) return { value: null, done: true };
      const value = this.make(at);
      at += BATCH;
      return { value, done: false };
    };
    return { next };
  }
}

function shuffled<T>(values: readonly T[], random: () => number): T[] {
  const keyed = values.map((value) => ({ value, at: random() }));
  return keyed.sort((a, b) => a.at - b.at).map(({ value }) => value);
}

/** Numbers in [0, 1) that follow from the seed. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
