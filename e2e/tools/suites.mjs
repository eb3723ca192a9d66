/** What `npm test` runs, in order, and how each result is counted. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { build } from './build.mjs';
import { root, run, runPackage } from './process.mjs';

/**
 * @typedef {{ passed: number, failed: number, skipped: number, notes: string[], failures: string[] }} Result
 *   notes: what was skipped, and why; failures: what failed, a line each
 * @typedef {{ name: string, browser?: boolean, run: () => Promise<Result> }} Suite browser: it needs one
 */

const reports = { unit: 'test-results/unit.json', e2e: 'test-results/e2e.json' };
const golden = { program: 'e2e/golden/golden.ts', cases: 'e2e/fixtures' };

/** @type {Suite[]} */
export const suites = [
  { name: 'types', run: () => one(runPackage('typescript', ['--noEmit'], { command: 'tsc' })) },
  { name: 'lint', run: () => one(runPackage('@biomejs/biome', ['check', '--error-on-warnings', '.'])) },
  { name: 'unit', run: runUnit },
  { name: 'build', run: () => one(build().then((code) => ({ code }))) },
  { name: 'e2e', browser: true, run: runEndToEnd },
  { name: 'golden', browser: true, run: runGolden },
];

/** A program that is one test: it passes by its exit code. */
async function one(running) {
  const { code } = await running;
  if (code !== 0) return broken(`it ended with code ${code}`);
  return { passed: 1, failed: 0, skipped: 0, notes: [], failures: [] };
}

/** A suite that cannot run at all counts as one failed test, so that it is never overlooked. */
export function broken(why) {
  return { passed: 0, failed: 1, skipped: 0, notes: [], failures: [why] };
}

async function runUnit() {
  const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${reports.unit}`];
  return counted(reports.unit, () => runPackage('vitest', args), countUnit);
}

async function runEndToEnd() {
  const args = ['test', '-c', 'e2e/playwright.config.ts'];
  return counted(
    reports.e2e,
    () => runPackage('@playwright/test', args, { command: 'playwright' }),
    countEndToEnd,
  );
}

/** Runs a suite and counts the report it leaves; a failing exit that the report does not explain is a failure too. */
async function counted(report, start, count) {
  const file = path.join(root, report);
  rmSync(file, { force: true });
  const { code } = await start();
  if (!existsSync(file)) return broken(`it ended with code ${code} and left no report`);
  const result = count(JSON.parse(readFileSync(file, 'utf8')));
  if (code === 0 || result.failed > 0) return result;
  return {
    ...result,
    failed: 1,
    failures: [`it ended with code ${code} although no test failed`],
  };
}

/** Counts a report of Vitest's JSON reporter. @returns {Result} */
export function countUnit(report) {
  const notes = [];
  const failures = [];
  let failed = report.numFailedTests;
  for (const { name, status, assertionResults } of report.testResults) {
    const file = path.relative(root, name);
    if (status === 'failed' && !assertionResults.some((test) => test.status === 'failed')) {
      failed += 1;
      failures.push(`${file} could not run`);
    }
    for (const test of assertionResults) {
      if (test.status === 'failed')
        failures.push(`${file}: ${test.fullName}: ${firstLine(test.failureMessages[0])}`);
      else if (test.status !== 'passed') notes.push(`skipped: ${file}: ${test.fullName}`);
    }
  }
  return {
    passed: report.numPassedTests,
    failed,
    skipped: report.numPendingTests + report.numTodoTests,
    notes,
    failures,
  };
}

/** Counts a report of Playwright's JSON reporter. @returns {Result} */
export function countEndToEnd(report) {
  const { expected, unexpected, flaky, skipped } = report.stats;
  const notes = [];
  const failures = report.errors.map((error) => firstLine(error.message));
  for (const { spec, test } of testsOf(report.suites)) {
    if (test.status === 'skipped') {
      const why = test.annotations.find(
        ({ type, description }) => type === 'skip' && description,
      )?.description;
      notes.push(`skipped: ${spec.file}: ${spec.title}${why === undefined ? '' : ` (${why})`}`);
    } else if (test.status !== 'expected') {
      const errors = test.results.flatMap((result) => result.errors);
      failures.push(`${spec.file}: ${spec.title}: ${firstLine(errors[0]?.message)}`);
    }
  }
  return {
    passed: expected,
    failed: unexpected + flaky + report.errors.length,
    skipped,
    notes,
    failures,
  };
}

/** An error in one line, without the colours of a terminal. */
const firstLine = (message = 'no message') =>
  stripVTControlCharacters(message)
    .split('\n')
    .find((line) => line.trim() !== '') ?? message;

/** The tests of Playwright's nested suites, one after another. */
function testsOf(nested) {
  return nested.flatMap(({ specs, suites: inner = [] }) => [
    ...specs.flatMap((spec) => spec.tests.map((test) => ({ spec, test }))),
    ...testsOf(inner),
  ]);
}

async function runGolden() {
  for (const place of Object.values(golden)) {
    if (!existsSync(path.join(root, place))) return broken(`${place} is missing`);
  }
  const args = ['e2e/tools/run.mjs', golden.program, golden.cases, '--device', 'wasm'];
  const { code, stdout } = await run(process.execPath, args, { collect: true });
  return countGolden(stdout, code);
}

/** Counts by the program's last line. @returns {Result} */
export function countGolden(stdout, code) {
  const line = stdout.trimEnd().split('\n').at(-1);
  const match = /^golden: (\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/.exec(line.trim());
  if (match === null) return broken(`it ended with code ${code} and no line "golden: N passed, N failed"`);
  const [passed, failed, skipped] = match.slice(1).map((text) => Number(text ?? 0));
  const failures = stdout.split('\n').filter((one) => one.startsWith('FAIL '));
  if (code !== 0 && failed === 0) {
    const why = `it ended with code ${code} although no case failed`;
    return { passed, failed: 1, skipped, notes: [], failures: [why] };
  }
  return { passed, failed, skipped, notes: [], failures };
}
