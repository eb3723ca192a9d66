/** How long the app's own learner takes on made features: cold, and again after one picture was added. */
import { Learner } from '../../../src/engine/teach/learning.ts';
import type { Material } from '../../../src/engine/teach/material.ts';
import { seeded } from './teachable.ts';

export interface Speed {
  readonly cold: number;
  readonly coldSteps: number;
  readonly warm: number;
  readonly warmSteps: number;
}

/** Features of pictures around a centre for each class, none negative, as pooled features are. */
export function madeMaterial(rows: number, width: number, classes: number): Material {
  const random = seeded(7);
  const centres = Float32Array.from({ length: classes * width }, random);
  const key = { sha256: '0'.repeat(64), name: 'made', preprocessing: '{}', width };
  const ids = Array.from({ length: rows }, (_, i) => `e${i}`);
  const features = new Map(
    ids.map((id, i) => {
      const from = (i % classes) * width;
      const row = Float32Array.from({ length: width }, (_, d) =>
        Math.max(0, 0.3 * (2 * (centres[from + d] ?? 0) - 1) + 2 * random() - 1),
      );
      return [id, [row]];
    }),
  );
  const examples = ids.map((id, order) => ({
    project: 'p',
    id,
    order,
    classId: `c${order % classes}`,
    name: id,
    added: 0,
    burst: null,
    thumbnail: new Uint8Array(),
    thumbnailType: 'image/jpeg',
    hasOriginal: false,
    key,
    views: 1,
  }));
  const project = {
    id: 'p',
    name: 'made',
    changed: 0,
    revision: 1,
    options: { views: false, originals: false, balance: true },
    classes: Array.from({ length: classes }, (_, i) => ({ id: `c${i}`, name: `class ${i}` })),
    examples: rows,
  };
  return { project, examples, features, key };
}

export function measureSpeed(rows: number, width: number, classes: number): Speed {
  const all = madeMaterial(rows + 1, width, classes);
  const before = { ...all, examples: all.examples.slice(0, rows) };
  const learner = new Learner();
  const never = { aborted: false };
  const cold = learner.learn(before, never);
  const warm = learner.learn(all, never);
  return { cold: cold.ms, coldSteps: cold.iterations, warm: warm.ms, warmSteps: warm.iterations };
}
