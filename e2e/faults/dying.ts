/** Faults of the machine: a tab that crashes, a browser that is killed, in the middle of a write; and two tabs at once. */
import { setTimeout as sleep } from 'node:timers/promises';
import { call } from '../hub/site.ts';
import type { Random } from './random.ts';
import { CHUNK, FILE, MEDIUM, must, named, okay, PATIENCE, type Rig } from './rig.ts';
import type { Visit } from './visit.ts';

/** Resolves when this byte of the file has left the server. */
function reached(rig: Rig, at: number): Promise<void> {
  return new Promise((resolve) => {
    rig.hub.faults.add({ fault: { kind: 'reach', at, run: resolve }, file: FILE, times: 1 });
  });
}

export const crash = (visit: Visit, random: Random): Promise<string> =>
  die(visit, random, () => visit.crash(), 'the tab crashed');
export const kill = (visit: Visit, random: Random): Promise<string> =>
  die(visit, random, () => visit.restart('kill'), 'the browser was killed');

/** A download ends with its tab or its browser at a random byte; what is there then is partial, and is gone on with. */
async function die(visit: Visit, random: Random, end: () => Promise<void>, what: string): Promise<string> {
  const { rig } = visit;
  const { size } = rig.medium;
  const at = random.int(0, size);
  const wait = random.int(0, 60);
  // some die while bytes flow, some while they wait for more
  const stalled = random.next() < 0.5;
  const offer = await rig.offer(visit.page);
  if (stalled) rig.hub.faults.add({ fault: { kind: 'stall', at }, file: FILE, times: 1 });
  const there = reached(rig, at);
  await call(visit.page, 'begin', offer, { ...PATIENCE, idleMs: 60_000 });
  await there;
  await sleep(wait);
  await end();
  rig.hub.faults.clear();

  const found = (await settled(visit)).find(({ id }) => id === offer.id);
  if (stalled) must(found?.state !== 'complete', `${what} at byte ${at}, and the model is complete`);
  if (found?.state === 'complete') return `${what} at byte ${at}, too late`;
  const before = rig.hub.log.length;
  await rig.complete(visit.page, offer);
  const range = rig.hub.log.slice(before).find(({ file, place }) => file === FILE && place === 'cdn')?.range;
  const stored = Math.floor((found?.stored ?? 0) / CHUNK);
  must(
    stored === 0 || range?.startsWith(`bytes=${stored * CHUNK}-`) === true,
    `${stored} chunks were stored, but it went on with ${range}`,
  );
  return `${what} at byte ${at}${stalled ? ' while waiting' : ''}; ${stored} chunks were stored`;
}

/** The list once no dead tab counts as downloading any more. */
async function settled({ rig, page }: Visit): ReturnType<Rig['check']> {
  for (let tries = 0; ; tries++) {
    const models = await rig.check(page);
    if (models.every(({ state }) => state !== 'downloading')) return models;
    must(tries < 50, 'a tab that is dead still counts as downloading after 5 s');
    await sleep(100);
  }
}

/** Two tabs want the same model: it comes over the wire once, both get it, and the end of one is not the end of both. */
export async function tabs(visit: Visit, random: Random): Promise<string> {
  const { rig } = visit;
  const { size } = rig.medium;
  const closing = random.pick(['none', 'none', 'first', 'second'] as const);
  const at = random.int(0, size);
  const [first, second] = [visit.page, await visit.tab()];
  rig.hub.faults.add({ fault: { kind: 'throttle', bytesPerSecond: size * 2 }, file: FILE });
  const there = reached(rig, at);
  const [one, two] = [await rig.offer(first), await rig.offer(second)];
  const numbers = [
    await call(first, 'begin', one, PATIENCE),
    await call(second, 'begin', two, PATIENCE),
  ] as const;
  const leave = closing === 'none' ? null : closing === 'first' ? first : second;
  if (leave) {
    await there;
    await leave.close();
    if (leave === first) visit.adopt(second);
  }
  const outcomes = [];
  for (const [page, number] of [
    [first, numbers[0]],
    [second, numbers[1]],
  ] as const) {
    if (page === leave) continue;
    outcomes.push(await call(page, 'end', number));
  }
  for (const outcome of outcomes)
    must(okay(outcome, 'a download in two tabs').state === 'complete', 'not complete');
  const models = await rig.check(visit.page);
  must(models.filter(({ name }) => name === MEDIUM).length === 1, 'the model is not on the shelf once');
  const [sent, most] = [rig.hub.bytesSent(FILE), rig.hub.mostAtOnce(FILE)];
  if (!leave) {
    must(sent === size, `${sent} bytes were sent for ${size}`);
    must(most === 1, `${most} downloads of one file at once`);
    await second.close();
  }
  return leave ? `the ${closing} tab closed at byte ${at}` : 'both stayed';
}

/** Site data is cleared under the open page, at a random byte of a download or while nothing happens. */
export async function cleared(visit: Visit, random: Random): Promise<string> {
  const { rig, page } = visit;
  const tools = await visit.tools();
  const clear = (): Promise<unknown> =>
    tools.send('Storage.clearDataForOrigin', { origin: rig.site.origin, storageTypes: 'all' });
  const offer = await rig.offer(page);
  const busy = random.next() < 0.7;
  let outcome: string;
  if (busy) {
    const at = random.int(0, rig.medium.size);
    rig.hub.faults.add({ fault: { kind: 'throttle', bytesPerSecond: rig.medium.size * 4 }, file: FILE });
    const there = reached(rig, at);
    const number = await call(page, 'begin', offer, PATIENCE);
    await there;
    await clear();
    const code = named(await call(page, 'end', number), 'a download whose storage was cleared');
    outcome = `at byte ${at}: ${code ?? 'came right'}`;
  } else {
    await rig.complete(page, offer);
    await clear();
    outcome = 'while idle';
  }
  await rig.check(page, { damage: true, marked: false });
  rig.hub.faults.clear();
  await call(page, 'mark');
  await rig.complete(page, offer); // on the same page, without a reload
  await tools.detach();
  return outcome;
}
