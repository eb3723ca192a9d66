import { expect, test } from 'vitest';
import type { ProjectRow, StoredExample } from '../store/taught/db.ts';
import { Learner } from './learning.ts';
import type { Material } from './material.ts';

const key = { sha256: 'a', name: 'a', preprocessing: '{}', width: 4 };
const project: ProjectRow = {
  id: 'p',
  name: 'p',
  changed: 0,
  revision: 1,
  options: { views: false, originals: false, balance: true },
  classes: [
    { id: '0', name: 'ash' },
    { id: '1', name: 'oak' },
  ],
  examples: 0,
};

/** Pictures of two classes around two corners. */
function material(perClass: number): Material {
  const features = new Map<string, Float32Array<ArrayBuffer>[]>();
  const examples = Array.from({ length: 2 * perClass }, (_, order): StoredExample => {
    const id = `${order}`;
    const row = Float32Array.from(
      { length: 4 },
      (_, d) => 3 * Number(d === order % 2) + Math.sin(7 * order + d),
    );
    features.set(id, [row]);
    return {
      project: 'p',
      id,
      order,
      classId: `${order % 2}`,
      name: id,
      added: 0,
      burst: null,
      thumbnail: new Uint8Array(),
      thumbnailType: 'image/png',
      hasOriginal: false,
      key,
      views: 1,
    };
  });
  return { project, examples, features, key };
}
const never = { aborted: false };

test('nothing is kept of pictures that were there before, once too few are left to test', () => {
  const learner = new Learner();
  learner.score(material(15), () => undefined, never);
  const picture = new Float32Array(4).fill(-9);
  expect(learner.unlike(picture)?.none).toBe(true);
  const few = material(1);
  expect(learner.score(few, () => undefined, never).tested).toBe(0);
  expect(learner.unlike(picture)).toBeNull();
  expect(learner.learn(few, never).strength).toBe(new Learner().learn(few, never).strength);
});
