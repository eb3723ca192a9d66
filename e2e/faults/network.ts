/** Faults of the way: sockets cut at random bytes, and servers that lie when a download goes on. */
import { contentOf } from '../hub/content.ts';
import type { Fault, Rule } from '../hub/faults.ts';
import { call } from '../hub/site.ts';
import type { Random } from './random.ts';
import { CHUNK, FILE, must, named, okay, PATIENCE, type Rig } from './rig.ts';
import type { Visit } from './visit.ts';

/** One to four cuts at random bytes; each is resumed by the download itself, by a person, or after a reload. */
export async function cuts({ rig, page }: Visit, random: Random): Promise<string> {
  const ats = Array.from({ length: random.int(1, 5) }, () => random.int(0, rig.medium.size)).sort(
    (a, b) => a - b,
  );
  const how = random.pick(['by itself', 'by hand', 'after a reload'] as const);
  for (const at of ats) rig.hub.faults.add({ fault: { kind: 'cut', at }, file: FILE, times: 1 });
  const offer = await rig.offer(page);
  // a single try gives the cut back to the person
  const tries = how === 'by itself' ? ats.length + 2 : 1;
  let downloads = 0;
  let outcome = await call(page, 'download', offer, { ...PATIENCE, tries });
  while (!('ok' in outcome)) {
    must(named(outcome, 'a cut download') === 'cut', `a cut is called ${outcome.code}: ${outcome.message}`);
    must(++downloads <= ats.length, `${ats.length} cuts ended ${downloads} downloads`);
    if (how === 'after a reload') await rig.open(page);
    const stored = (await rig.check(page)).find(({ id }) => id === offer.id)?.stored ?? 0;
    const before = rig.hub.log.length;
    outcome = await call(page, 'download', offer, { ...PATIENCE, tries });
    // what is stored is not fetched again
    const next = rig.hub.log.slice(before).find(({ file }) => file === FILE)?.range;
    const start = CHUNK * Math.floor(stored / CHUNK);
    must(next === `bytes=${start}-`, `${stored} bytes were stored, and it went on with ${next}`);
  }
  const [model] = await rig.check(page);
  must(model?.state === 'complete', `the model is ${model?.state}`);
  const starts = rig.hub.transfers(FILE).map(({ range }) => Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1]));
  const onwards = starts.every((start, i) => start % CHUNK === 0 && start >= (starts[i - 1] ?? 0));
  must(
    onwards && starts.length <= ats.length + 1,
    `with ${ats.length} cuts it was fetched from ${starts.join(', ')}`,
  );
  return `${ats.length} cuts, resumed ${how}`;
}

type Lie = readonly [name: string, make: (rig: Rig, random: Random) => Fault];

/** Lies that a stated hash, or the headers alone, give away. */
const LIES: readonly Lie[] = [
  ['range ignored', () => ({ kind: 'ignore-range' })],
  ['another range', (_, random) => ({ kind: 'other-range', by: random.pick([-CHUNK, -1, 1, 777, CHUNK]) })],
  ['a shorter range', (_, random) => ({ kind: 'short-range', bytes: random.int(1, CHUNK) })],
  [
    'another size of the file',
    ({ medium }, random) => ({ kind: 'total', total: medium.size + random.pick([-1, 1, CHUNK]) }),
  ],
  ['no size of the file', () => ({ kind: 'total', total: '*' })],
  ['no Content-Range', () => ({ kind: 'no-content-range' })],
  ['another ETag', () => ({ kind: 'etag', etag: '"another"' })],
  ['no ETag', () => ({ kind: 'etag', etag: null })],
  ['a page of HTML', () => ({ kind: 'html' })],
  ['gzip', () => ({ kind: 'gzip' })],
  ['a length too large', (_, random) => ({ kind: 'wrong-length', by: random.int(1, 10_000) })],
  ['a length too small', (_, random) => ({ kind: 'wrong-length', by: -random.int(1, 10_000) })],
  ['no length', () => ({ kind: 'no-length' })],
  ['a body too long', (_, random) => ({ kind: 'resize', by: random.int(1, 10_000) })],
  ['a body too short', (_, random) => ({ kind: 'resize', by: -random.int(1, 10_000) })],
  ['no CORS', () => ({ kind: 'no-cors' })],
  ['a redirect to itself', () => ({ kind: 'redirect-loop' })],
  ['a stall', ({ medium }, random) => ({ kind: 'stall', at: random.int(0, medium.size) })],
  ['late headers', () => ({ kind: 'slow-headers', ms: 2_500 })],
  ['a slow line', ({ medium }) => ({ kind: 'throttle', bytesPerSecond: medium.size })],
  ['401', () => ({ kind: 'status', status: 401, errorCode: 'GatedRepo' })],
  ['403', () => ({ kind: 'status', status: 403 })],
  ['404', () => ({ kind: 'status', status: 404, errorCode: 'EntryNotFound' })],
  ['416', () => ({ kind: 'status', status: 416 })],
  ['429', () => ({ kind: 'status', status: 429, retryAfter: '1' })],
  ['500', () => ({ kind: 'status', status: 500 })],
  ['503', () => ({ kind: 'status', status: 503, retryAfter: '0' })],
  ['another file, by another ETag', (rig) => ({ kind: 'call', run: () => rig.publish(flipped(rig)) })],
];
/** Lies that only a stated hash gives away. */
const HASH_LIES: readonly Lie[] = [
  [
    'other bytes in the right range',
    (_, random) => ({ kind: 'lying-range', by: random.pick([-CHUNK, -1, 1, 4096]) }),
  ],
  ['a flipped bit', ({ medium }, random) => ({ kind: 'flip', at: random.int(0, medium.size) })],
  [
    'bytes of another file',
    ({ medium }, random) => ({ kind: 'other-bytes', bytes: Buffer.alloc(medium.size, random.int(0, 256)) }),
  ],
];
/** Lies of the Hub itself. */
const HUB_LIES: readonly Lie[] = [
  ['a signature out of date', () => ({ kind: 'expired' })],
  ['the branch moves', (rig) => ({ kind: 'call', run: () => rig.publish(flipped(rig)) })],
  ['429 before the redirect', () => ({ kind: 'status', status: 429, retryAfter: '1' })],
  ['a redirect to itself before the storage host', () => ({ kind: 'redirect-loop' })],
  ['a page of HTML in place of the redirect', () => ({ kind: 'html' })],
];

interface Setup {
  readonly lie: Lie;
  readonly place: 'hub' | 'cdn' | 'plain';
}
const SETUPS: readonly Setup[] = [
  ...[...LIES, ...HASH_LIES].map((lie) => ({ lie, place: 'cdn' as const })),
  ...HUB_LIES.map((lie) => ({ lie, place: 'hub' as const })),
  ...LIES.map((lie) => ({ lie, place: 'plain' as const })),
];
export const lieCount = SETUPS.length;

/** One lie, told at the first request or when the download goes on after a cut, once or always. */
export async function lies({ rig, page }: Visit, random: Random, i: number): Promise<string> {
  const { lie, place } = SETUPS[i % SETUPS.length] ?? random.pick(SETUPS);
  const [name, make] = lie;
  const resumed = random.next() < 0.75;
  const always = random.next() < 0.5;
  const cut: Rule = {
    fault: { kind: 'cut', at: random.int(CHUNK, rig.medium.size) },
    file: FILE,
    place: place === 'hub' ? 'cdn' : place,
    times: 1,
  };
  const offer = await (place === 'plain' ? rig.plainOffer(page) : rig.offer(page));
  if (resumed) rig.hub.faults.add(cut);
  rig.hub.faults.add({
    fault: make(rig, random),
    file: FILE,
    place,
    // the look-up of a folder asks for the file as well, but reads none of it
    request: /^GET /,
    skip: resumed ? 1 : 0,
    ...(always ? {} : { times: 1 }),
  });
  const outcome = named(await call(page, 'download', offer, PATIENCE), `a download under the lie "${name}"`);
  await rig.check(page);
  rig.hub.faults.clear();
  // what was asked for may be gone from a plain server, for another file is there now
  const again = await (place === 'plain' ? rig.plainOffer(page) : Promise.resolve(offer));
  const last = await call(page, 'download', again, PATIENCE);
  const models = await rig.check(page);
  okay(last, `after the lie "${name}" (${place}), the download`);
  must(
    models.some(({ id, state }) => id === again.id && state === 'complete'),
    'the model is not complete',
  );
  return `${place}: ${name}: ${outcome ?? 'came right'}`;
}

/** The model's file with one bit changed: the same size, another hash. */
function flipped({ medium }: Rig): Rig['medium'] {
  const bytes = Buffer.from(medium.read(0, medium.size));
  const at = medium.size - 100;
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  return contentOf(bytes);
}
