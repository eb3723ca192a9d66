import { expect, test } from 'vitest';
import { Beats } from './beats.ts';

test('an announced silence is repeated by every beat until its call ends', () => {
  const posted: number[] = [];
  const beats = new Beats((silentFor) => posted.push(silentFor));
  beats.beat();
  beats.announce(1, 60_000);
  beats.beat();
  beats.announce(2, 5_000); // another call's shorter one does not hide it
  beats.announce(1, 1_000);
  beats.end(2);
  beats.beat();
  beats.end(1);
  beats.beat();
  expect(posted).toEqual([0, 60_000, 60_000, 60_000, 5_000, 1_000, 0]);
});
