import { expect, test } from 'vitest';
import { ascii, join, type Member, zip } from '../../../e2e/fuzz/files.ts';
import type { BitErrorCode } from '../errors.ts';
import { memberStart, openZip, type ZipArchive } from './zip.ts';

const members: Member[] = [
  { name: 'a/é.bin', data: ascii('hello') },
  { name: 'b', data: [] },
  { name: 'c', data: ascii('behind'), sizesBehind: true },
];
const open = (bytes: Uint8Array<ArrayBuffer>): Promise<ZipArchive> =>
  openZip({ name: 'x.zip', blob: new Blob([bytes]) });

test.each([false, true])('reads the directory and finds the bytes (zip64 %s)', async (zip64) => {
  const archive = await open(zip(members, { zip64 }));
  expect([...archive.members.keys()]).toEqual(['a/é.bin', 'b', 'c']);
  for (const { name, data } of members) {
    const member = archive.members.get(name);
    if (!member) throw new Error(`${name} is missing`);
    const start = await memberStart(archive, member);
    expect(await archive.blob.slice(start, start + member.storedSize).text()).toBe(
      String.fromCharCode(...Array.from(data)),
    );
  }
});

const good = zip(members);
const changed = (at: number, value: number): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(good, (byte, i) => (i === at ? value : byte));
const directory = (lie: Member['lie']): Uint8Array<ArrayBuffer> =>
  zip(members.map((member, i) => (i === 1 && lie ? { ...member, lie } : member)));
const end = good.length - 22;

test.each<[string, Uint8Array<ArrayBuffer>, BitErrorCode, string]>([
  ['an unfinished download', good.slice(0, -30), 'checkpoint-truncated', 'without its directory'],
  ['too few bytes', ascii('PK\x03\x04'), 'checkpoint-truncated', 'without its directory'],
  ['bytes behind the end', join(good, [0]), 'checkpoint-truncated', 'without its directory'],
  ['a directory elsewhere', changed(end + 16, 1), 'checkpoint-header', 'not where its end says'],
  ['two counts of entries', changed(end + 8, 2), 'checkpoint-header', 'not where its end says'],
  [
    'fewer entries than counted',
    join(good.slice(0, end + 8), [4, 0, 4, 0], good.slice(end + 12)),
    'checkpoint-header',
    'fewer',
  ],
  [
    'more entries than counted',
    join(good.slice(0, end + 8), [2, 0, 2, 0], good.slice(end + 12)),
    'checkpoint-header',
    'longer',
  ],
  [
    'a zip64 directory elsewhere',
    zip(members, { zip64: true }).map((b, i, all) => (i === all.length - 42 + 8 ? b + 1 : b)),
    'checkpoint-header',
    'zip64',
  ],
  ['members that overlap', directory({ offset: 2 }), 'checkpoint-header', 'overlapping'],
  ['a member beyond the file', directory({ offset: 2 ** 31 }), 'checkpoint-header', 'overlapping'],
  ['an encrypted member', directory({ flags: 1 }), 'checkpoint-unsupported', 'encrypted'],
  ['a member with two sizes', directory({ size: 5 }), 'checkpoint-header', 'two sizes'],
  ['a name given twice', zip([members[0], members[0]].flatMap((m) => m ?? [])), 'checkpoint-header', 'twice'],
  ['a name of 513 bytes', zip([{ name: 'n'.repeat(513), data: [] }]), 'checkpoint-limit', '512'],
  [
    'more than 20,100 members',
    zip(Array.from({ length: 20_101 }, (_, i) => ({ name: `${i}`, data: [] }))),
    'checkpoint-limit',
    '20101',
  ],
])('refuses %s', async (_, bytes, code, why) => {
  await expect(open(bytes)).rejects.toMatchObject({
    name: 'BitError',
    code,
    file: 'x.zip',
    message: expect.stringContaining(why),
  });
});

test('a member whose own header tells another story is refused', async () => {
  const archive = await open(directory({ name: 'd' }));
  const member = archive.members.get('d');
  if (!member) throw new Error('d is missing');
  await expect(memberStart(archive, member)).rejects.toMatchObject({
    code: 'checkpoint-header',
    message: expect.stringContaining('"d" in two ways'),
  });
});
