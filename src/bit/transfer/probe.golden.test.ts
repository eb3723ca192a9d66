/** The linear probe against scikit-learn's; skipped where the reference set is absent. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { applyHead, scoresOf } from '../head.ts';
import { learnHead } from './probe.ts';

const root = join(process.env.BIT_LENS_SHARED ?? '../shared', 'golden/probe');
const cases = existsSync(root) ? readdirSync(root) : [];
const bytes = (...path: string[]): ArrayBuffer => new Uint8Array(readFileSync(join(root, ...path))).buffer;

interface Expected {
  readonly n: number;
  readonly dim: number;
  readonly classes: number;
  readonly C: number;
  readonly data_loss: number;
  readonly weight_norm2: number;
  readonly train_accuracy: number;
}

describe.skipIf(cases.length === 0)('linear probe', () => {
  test.each(cases)('%s', (name) => {
    const expected = JSON.parse(readFileSync(join(root, name, 'expected.json'), 'utf8')) as Expected;
    const { n, dim, classes } = expected;
    const data = new Float32Array(bytes(name, 'features.bin'));
    const labels = new Int32Array(bytes(name, 'labels.bin'));
    const names = Array.from({ length: classes }, (_, i) => `class ${i}`);
    const start = performance.now();
    const { head, fit } = learnHead({ rows: n, width: dim, data }, labels, names, { strength: expected.C });
    const ms = performance.now() - start;
    const probabilities = new Float64Array(bytes(name, 'test_probabilities.bin'));
    const logits = applyHead(head, new Float32Array(bytes(name, 'test_features.bin')));
    let worst = 0;
    for (let row = 0; row < 20; row++) {
      const found = scoresOf(logits.subarray(row * classes, (row + 1) * classes), 'softmax');
      found.forEach((p, k) => {
        worst = Math.max(worst, Math.abs(p - (probabilities[row * classes + k] ?? Number.NaN)));
      });
    }
    const loss = Math.abs(fit.dataLoss - expected.data_loss) / expected.data_loss;
    console.log(
      `${name}: probabilities ${worst.toExponential(1)}, loss ${loss.toExponential(1)}, ${fit.iterations} iterations, ${ms.toFixed(0)} ms`,
    );
    expect(worst).toBeLessThan(1e-4);
    expect(loss).toBeLessThan(1e-5);
    expect(Math.abs(fit.weightNorm2 / expected.weight_norm2 - 1)).toBeLessThan(1e-4);
    const own = applyHead(head, data);
    const right = labels.filter((label, i) => {
      const row = own.subarray(i * classes, (i + 1) * classes);
      return row.every((value, k) => k === label || value < (row[label] ?? 0));
    }).length;
    expect(right / n).toBe(expected.train_accuracy);
  });
});

test.skipIf(cases.length > 0)('linear probe: skipped, the reference set is absent', () => undefined);
