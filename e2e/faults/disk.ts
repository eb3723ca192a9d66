/** Faults of the disk: no room, at thirty points of a download; and a profile whose bytes have changed. */
import {
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { call } from '../hub/site.ts';
import type { Random } from './random.ts';
import { must, NEIGHBOUR, named, PATIENCE, Violation } from './rig.ts';
import type { Visit } from './visit.ts';

/** Points of a download at which the room ends: from before its first byte to past its last. */
export const QUOTA_POINTS = 30;

export async function quota(visit: Visit, random: Random, i: number): Promise<string> {
  const { rig } = visit;
  const neighbour = await rig.offer(visit.page, NEIGHBOUR);
  await rig.complete(visit.page, neighbour);
  // Chromium asks for the room anew only some time after it last did; a fresh browser asks at once
  await visit.restart('close');
  const { page } = visit;
  const offer = await rig.offer(page);
  const tools = await visit.tools();
  const { usage } = await tools.send('Storage.getUsageAndQuota', { origin: rig.site.origin });
  const part = (((i % QUOTA_POINTS) + random.next()) / QUOTA_POINTS) * 1.1;
  const room = Math.round(part * rig.medium.size);
  await tools.send('Storage.overrideQuotaForOrigin', { origin: rig.site.origin, quotaSize: usage + room });
  const code = named(await call(page, 'download', offer, PATIENCE), 'a download without room');
  must(code === null || code === 'quota', `no room is called ${code}`);
  must(
    code === 'quota' || room > 0.9 * rig.medium.size,
    `a model fitted into ${Math.round(100 * part)} % of its size`,
  );
  const models = await rig.check(page);
  const found = models.find(({ id }) => id === neighbour.id);
  must(found?.state === 'complete', `for want of room the other model became ${found?.state ?? 'lost'}`);
  await tools.send('Storage.overrideQuotaForOrigin', { origin: rig.site.origin });
  await tools.detach();
  await rig.complete(page, offer);
  return `room for ${Math.round(100 * part)} %: ${code ?? 'enough'}`;
}

type Damage = 'flip' | 'truncate' | 'delete' | 'zero';

/** Bytes of the profile's IndexedDB change while the browser is off. */
export async function corrupt(visit: Visit, random: Random): Promise<string> {
  const { rig } = visit;
  await rig.complete(visit.page, await rig.offer(visit.page, NEIGHBOUR));
  const offer = await rig.offer(visit.page);
  const partial = random.next() < 0.3;
  if (partial) {
    rig.hub.faults.add({
      fault: { kind: 'cut', at: random.int(0, rig.medium.size) },
      file: offer.files[0]?.name ?? '',
    });
    named(await call(visit.page, 'download', offer, { ...PATIENCE, tries: 1 }), 'a cut download');
    rig.hub.faults.clear();
  } else {
    await rig.complete(visit.page, offer);
  }
  let told = '';
  await visit.restart(random.pick(['kill', 'close']), () => {
    told = damage(visit.profile.path, random);
  });
  const { page } = visit;
  const listed = await call(page, 'list');
  if (!('ok' in listed)) {
    // a store that cannot be read says so; it never passes for an empty one
    named(listed, `listing after ${told}`);
    return `${told}: the shelf says ${listed.code}`;
  }
  await rig.check(page, { damage: true, marked: false });
  const kept = await call(page, 'marked');
  must(kept.file && kept.setting, `${told}: what lies outside of the database is gone too`);
  const { lost, models } = listed.ok;
  const missing = models.length < 2 || !kept.database;
  if (missing && !lost)
    throw new Violation(`${told}: rows are gone, and nothing says so: ${JSON.stringify({ models, kept })}`);
  const again = await call(page, 'download', offer, PATIENCE);
  const code = named(again, `downloading after ${told}`);
  if (code === null) {
    const after = await rig.check(page, { damage: true, marked: false });
    must(
      after.some(({ id, state }) => id === offer.id && state === 'complete'),
      `${told}: it does not become complete`,
    );
  }
  return `${told}: ${lost ? 'lost, and said so' : models.map(({ state }) => state).join(', ')}; then ${code ?? 'complete'}`;
}

/** Harms one file of the profile's IndexedDB; says how. */
function damage(profile: string, random: Random): string {
  const files = filesUnder(join(profile, 'Default', 'IndexedDB'));
  const path = random.pick(files);
  const { size } = statSync(path);
  const how: Damage =
    size === 0 ? 'delete' : random.pick(['flip', 'flip', 'truncate', 'delete', 'zero'] as const);
  const name = path.slice(profile.length + 1);
  if (how === 'delete') rmSync(path);
  else if (how === 'truncate') truncateSync(path, random.int(0, size));
  else {
    const bytes = readFileSync(path);
    if (how === 'zero') bytes.fill(0, random.int(0, size));
    for (let n = how === 'flip' ? random.int(1, 20) : 0; n > 0; n--) {
      const at = random.int(0, size);
      bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << random.int(0, 8)), at);
    }
    writeFileSync(path, bytes);
  }
  return `${how} ${name}`;
}

function filesUnder(folder: string): string[] {
  if (!existsSync(folder)) throw new Error(`there is no ${folder}`);
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'LOCK')
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
