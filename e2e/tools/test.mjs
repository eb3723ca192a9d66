#!/usr/bin/env node
/** `npm test`: installs where needed, finds a browser, runs every suite (or those named), and counts. */
import './node.mjs';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { getBrowser } from './browser.mjs';
import { ensureInstalled } from './install.mjs';
import { root, runMain, ToolError } from './process.mjs';
import { broken, suites } from './suites.mjs';

await runMain(async () => {
  const wanted = chosenSuites(process.argv.slice(2));
  await ensureInstalled();
  const noBrowser = wanted.some((suite) => suite.browser) ? await settleBrowser() : null;

  const results = [];
  for (const suite of wanted) {
    console.log(`\n── ${suite.name} ${'─'.repeat(70 - suite.name.length)}`);
    const started = performance.now();
    const result = suite.browser && noBrowser !== null ? broken(noBrowser) : await attempt(suite);
    results.push({ name: suite.name, seconds: (performance.now() - started) / 1000, ...result });
  }
  return report(results);
});

/** All suites, or those that the command line names. Throws ToolError. */
function chosenSuites(names) {
  const known = suites.map((suite) => suite.name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new ToolError(`There is no suite "${unknown}"; there are: ${known.join(', ')}.`);
  return names.length === 0 ? suites : suites.filter((suite) => names.includes(suite.name));
}

/** Puts a browser that starts into the environment of every suite; returns why there is none, or null. */
async function settleBrowser() {
  try {
    const { executablePath, how } = await getBrowser();
    process.env.BIT_LENS_BROWSER = executablePath;
    console.log(`Browser: ${executablePath} (${how})`);
    return null;
  } catch (error) {
    console.error(error.message);
    return 'no browser';
  }
}

/** A suite that throws is a failing suite; the others still run. */
async function attempt(suite) {
  try {
    return await suite.run();
  } catch (error) {
    console.error(error);
    return broken(error.message);
  }
}

/** Prints the table, the notes and the one line that counts; returns the exit code. */
function report(results) {
  const total = { name: 'all', seconds: 0, passed: 0, failed: 0, skipped: 0 };
  for (const result of results) {
    for (const key of ['seconds', 'passed', 'failed', 'skipped']) total[key] += result[key];
  }
  console.log(`\n${'suite'.padEnd(8)}  passed  failed  skipped  seconds`);
  for (const { name, passed, failed, skipped, seconds } of [...results, total]) {
    const cells = [String(passed).padStart(6), String(failed).padStart(6), String(skipped).padStart(7)];
    console.log(`${name.padEnd(8)}  ${cells.join('  ')}  ${seconds.toFixed(1).padStart(7)}`);
  }
  const notes = results.flatMap(({ name, notes }) => notes.map((note) => `${name}: ${note}`));
  const shared = process.env.BIT_LENS_SHARED ?? '../shared';
  if (!existsSync(path.resolve(root, shared, 'golden')))
    notes.push(`no ${shared}/golden: the tests of reference sets are skipped`);
  if (notes.length > 0) console.log(`\n${notes.join('\n')}`);
  const failures = results.flatMap(({ name, failures }) => failures.map((one) => `${name}: failed: ${one}`));
  if (failures.length > 0) console.log(`\n${failures.join('\n')}`);
  console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  return total.failed > 0 || total.passed === 0 ? 1 : 0;
}
