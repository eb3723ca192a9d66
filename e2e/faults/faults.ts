/**
 * `npm run faults -- [LIST ...] [--seed S] [--count N] [--from I]`: the long lists of faults against downloads and the
 * shelf, in a real browser on a profile on the disk, against the Hub of the tests. A case follows from its list, the
 * seed and its number alone.
 */
import { parseArgs } from 'node:util';
import { LISTS, type ListName, runList } from './lists.ts';
import { Rig } from './rig.ts';

const USAGE = `usage: npm run faults -- [LIST ...] [--seed S] [--count N] [--from I]
lists: ${Object.keys(LISTS).join(', ')}`;

export async function main(argv: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      seed: { type: 'string', default: '1' },
      count: { type: 'string' },
      from: { type: 'string', default: '0' },
    },
  });
  const numbers = [values.seed, values.from, values.count ?? '1'].map(Number);
  const [seed = 0, from = 0, count = 0] = numbers;
  const names = positionals.length > 0 ? positionals : Object.keys(LISTS);
  if (!names.every(isList) || !numbers.every((number) => Number.isSafeInteger(number) && number >= 0)) {
    console.error(USAGE);
    return 2;
  }
  const rig = await Rig.start();
  let failures = 0;
  try {
    for (const name of names.filter(isList)) {
      const cases = { seed, from, count: values.count === undefined ? LISTS[name].count : count };
      const results = await runList(rig, name, cases, ({ i, told, failed, seconds }) => {
        console.log(`${failed ? 'FAIL' : 'pass'}  ${name} ${i}  ${told}  ${seconds.toFixed(1)} s`);
        if (failed)
          console.log(`      again: npm run faults -- ${name} --seed ${seed} --from ${i} --count 1`);
      });
      const failed = results.filter((result) => result.failed).length;
      failures += failed;
      console.log(`faults: ${name}: ${results.length - failed} passed, ${failed} failed (seed ${seed})`);
    }
  } finally {
    await rig.stop();
  }
  return failures > 0 ? 1 : 0;
}

const isList = (name: string): name is ListName => name in LISTS;
