/**
 * What transformers and ONNX Runtime said of the files that are taken away stands in record.json (`check.py` wrote it).
 * It holds as long as the files are the same to the bit: where this fails, run `check.py` again and keep its record.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cases, sha256Of, takeAway } from './written.ts';

interface Said {
  readonly sha256: Readonly<Record<string, string>>;
  /** What from_pretrained found missing, unexpected or mismatched. */
  readonly complaints: Readonly<Record<string, readonly string[]>>;
  /** Whether config.json and the .onnx name the classes. */
  readonly labels: boolean;
  /** Largest differences from the numbers given here, |a - b| / (1 + |b|); `pipeline`: of its scores. */
  readonly pixel_values: number;
  readonly logits: number;
  readonly pipeline: number | null;
  readonly onnx: Readonly<Record<'disabled' | 'basic' | 'extended' | 'all', number>>;
}
const record = JSON.parse(readFileSync(join(import.meta.dirname, 'record.json'), 'utf8')) as {
  readonly models: Readonly<Record<string, Said>>;
};
const here = cases();

describe('what is taken away is what the libraries were seen to take', () => {
  test.each(here)('$name', async (one) => {
    const said = record.models[one.name];
    expect(said).toBeDefined();
    expect(await sha256Of(await takeAway(one))).toEqual(said?.sha256);
    expect(said).toMatchObject({ complaints: {}, labels: true });
    expect(said?.pixel_values).toBeLessThanOrEqual(1e-6);
    const answers = [said?.logits, said?.pipeline ?? 0, ...Object.values(said?.onnx ?? {})];
    expect(answers).toHaveLength(6);
    for (const difference of answers) expect(difference).toBeLessThanOrEqual(1e-4);
  });
});

const absent = Object.keys(record.models).filter((name) => !here.some((one) => one.name === name));
test.skipIf(absent.length === 0)(
  'recorded models: some skipped, the reference set is absent',
  () => undefined,
);
