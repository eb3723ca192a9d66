import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { nodeProblem } from './node.mjs';
import { root } from './process.mjs';
import { countEndToEnd, countGolden, countUnit } from './suites.mjs';

describe('nodeProblem', () => {
  it.each(['v20.19.0', 'v20.20.2', 'v22.12.0', 'v23.0.0', 'v24.1.0', 'v100.0.0'])('takes %s', (version) => {
    expect(nodeProblem(version)).toBeNull();
  });
  it.each(['v14.21.3', 'v18.20.8', 'v20.18.3', 'v21.7.3', 'v22.11.0'])('refuses %s', (version) => {
    expect(nodeProblem(version)).toContain(version);
  });
});

describe('countUnit', () => {
  const test = (status, fullName, failureMessages = []) => ({ status, fullName, failureMessages });
  const report = (...testResults) => ({
    numPassedTests: 1,
    numFailedTests: 0,
    numPendingTests: 1,
    numTodoTests: 1,
    testResults,
  });

  it('counts skipped tests and names them', () => {
    const file = {
      name: path.join(root, 'src/a.test.ts'),
      status: 'passed',
      assertionResults: [test('passed', 'a'), test('skipped', 'b c'), test('todo', 'd')],
    };
    expect(countUnit(report(file))).toEqual({
      passed: 1,
      failed: 0,
      skipped: 2,
      notes: ['skipped: src/a.test.ts: b c', 'skipped: src/a.test.ts: d'],
      failures: [],
    });
  });

  it('names what failed, and why in one line', () => {
    const assertionResults = [test('failed', 'a b', ['\u001b[31mError: no\u001b[39m\n    at x'])];
    const file = { name: path.join(root, 'src/a.test.ts'), status: 'failed', assertionResults };
    expect(countUnit(report(file)).failures).toEqual(['src/a.test.ts: a b: Error: no']);
  });

  it('counts a file that could not be loaded as a failure', () => {
    const file = { name: path.join(root, 'src/a.test.ts'), status: 'failed', assertionResults: [] };
    expect(countUnit(report(file))).toMatchObject({
      failed: 1,
      failures: ['src/a.test.ts could not run'],
    });
  });
});

describe('countEndToEnd', () => {
  it('counts flaky tests and errors outside of tests as failures, names them, and tells why one was skipped', () => {
    const spec = (status, title, annotations = [], errors = []) => ({
      file: 'a.spec.ts',
      title,
      tests: [{ status, annotations, results: [{ errors }] }],
    });
    const report = {
      stats: { expected: 2, unexpected: 1, flaky: 1, skipped: 2 },
      errors: [{ message: 'no such file\nstack' }],
      suites: [
        {
          specs: [spec('expected', 'one'), spec('skipped', 'two', [{ type: 'skip', description: 'no GPU' }])],
          suites: [
            { specs: [spec('skipped', 'three', [{ type: 'skip' }])] },
            { specs: [spec('unexpected', 'four', [], [{ message: 'Error: not so\n  more' }])] },
          ],
        },
      ],
    };
    expect(countEndToEnd(report)).toEqual({
      passed: 2,
      failed: 3,
      skipped: 2,
      notes: ['skipped: a.spec.ts: two (no GPU)', 'skipped: a.spec.ts: three'],
      failures: ['no such file', 'a.spec.ts: four: Error: not so'],
    });
  });
});

describe('countGolden', () => {
  it.each([
    ['a: ok\ngolden: 12 passed, 0 failed\n', 0, [12, 0, 0]],
    ['golden: 12 passed, 0 failed, 3 skipped\n', 0, [12, 0, 3]],
    ['golden: 12 passed, 2 failed\n', 1, [12, 2, 0]],
    ['golden: 12 passed, 0 failed\n', 1, [12, 1, 0]], // it says so itself, but did not end well
    ['golden: 12 passed, 0 failed\nTypeError: no', 2, [0, 1, 0]],
    ['', 0, [0, 1, 0]],
  ])('%j with code %i', (stdout, code, [passed, failed, skipped]) => {
    expect(countGolden(stdout, code)).toMatchObject({ passed, failed, skipped });
  });

  it('names the cases that failed', () => {
    const out = 'pass  a  wasm\nFAIL  b  wasm  no tensor\ngolden: 1 passed, 1 failed\n';
    expect(countGolden(out, 1).failures).toEqual(['FAIL  b  wasm  no tensor']);
  });
});
