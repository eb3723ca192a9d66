import { describe, expect, it } from 'vitest';
import type { ProjectRow, StoredExample } from '../store/taught/db.ts';
import { Learner } from './learning.ts';
import { hasPicture, type Material } from './material.ts';

const key = { sha256: 'a'.repeat(64), name: 'test', preprocessing: '{}', width: 4 };
const project: ProjectRow = {
  id: 'p',
  name: 'Leaves',
  changed: 0,
  revision: 1,
  options: { views: true, originals: false, balance: true },
  classes: ['x', 'y'].map((id) => ({ id, name: id })),
  examples: 24,
};

/** 12 pictures of each class, of which all but `plain` have two views. */
function material(plain: number): Material {
  const examples = Array.from(
    { length: 24 },
    (_, order): StoredExample => ({
      project: 'p',
      id: `e${order}`,
      order,
      classId: order % 2 === 0 ? 'x' : 'y',
      name: 'a.png',
      added: 0,
      burst: null,
      thumbnail: new Uint8Array(),
      thumbnailType: 'image/jpeg',
      hasOriginal: false,
      key,
      views: 2,
    }),
  );
  const row = (at: number, view: number) =>
    Float32Array.from(
      { length: 4 },
      (_, d) => (d === at % 2 ? 3 : 0) + Math.sin(1 + 12.9898 * (at * 8 + d + 4 * view)),
    );
  const features = new Map(
    examples.map(({ id }, at) => [id, at < plain ? [row(at, 0)] : [row(at, 0), row(at, 1)]]),
  );
  return { project, examples, features, key };
}
const score = (one: Material) => new Learner().score(one, () => undefined, { aborted: false });

describe('what views give', () => {
  it('is told where all pictures have some', () => {
    expect(score(material(0)).views).toMatchObject({ rightWithout: expect.any(Number) });
  });
  it('is not told of a part of them', () => {
    expect(score(material(1)).views).toBeNull();
  });
});

describe('the very same picture', () => {
  const all = material(0);
  const first = (at: number): Float32Array => all.features.get(`e${at}`)?.[0] ?? new Float32Array();
  it('is found in its class, by the features of its plain view', () => {
    expect(hasPicture(all, 'x', first(0))).toBe(true);
    expect(hasPicture(all, 'x', all.features.get('e0')?.[1] ?? new Float32Array())).toBe(false);
  });
  it('is another one in another class, or to another model', () => {
    expect(hasPicture(all, 'y', first(0))).toBe(false);
    expect(hasPicture({ ...all, key: { ...key, sha256: 'b' } }, 'x', first(0))).toBe(false);
  });
});
