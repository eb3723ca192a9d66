import { expect, test } from '@playwright/test';
import { type ListName, runList } from './faults/lists.ts';
import { Rig } from './faults/rig.ts';

/** A taste of each of `npm run faults`' lists: which cases, counted from where. */
const SAMPLE: readonly (readonly [ListName, number, number])[] = [
  ['cuts', 0, 2],
  ['lies', 0, 1],
  ['lies', 29, 1],
  ['crash', 0, 1],
  ['kill', 0, 1],
  ['quota', 12, 1],
  ['tabs', 0, 1],
  ['cleared', 0, 1],
  ['corrupt', 0, 1],
];

let rig: Rig;
test.beforeAll(async () => {
  rig = await Rig.start();
});
test.afterAll(() => rig.stop());

for (const [name, from, count] of SAMPLE) {
  test(`${name}, from case ${from}`, async () => {
    const results = await runList(rig, name, { seed: 1, from, count });
    expect(results.filter(({ failed }) => failed)).toEqual([]);
    expect(results).toHaveLength(count);
  });
}
