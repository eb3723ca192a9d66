import { zipSync } from 'fflate';
import { expect, test } from 'vitest';
import { openZip } from '../../bit/checkpoint/zip.ts';
import type { ProjectRow, StoredExample } from '../store/taught/db.ts';
import { writeZip } from '../zip.ts';
import { readBackup, writeBackup } from './backup.ts';

const key = { sha256: 'a'.repeat(64), name: 'test', preprocessing: '{}', width: 3 };
const project: ProjectRow = {
  id: 'p',
  name: '葉 <b>',
  changed: 1,
  revision: 4,
  options: { views: true, originals: false, balance: true },
  classes: [{ id: 'c', name: 'rust' }],
  examples: 1,
};
const example: StoredExample = {
  project: 'p',
  id: 'e',
  order: 7,
  classId: 'c',
  name: '../../etc/passwd',
  added: 5,
  burst: 'b',
  thumbnail: Uint8Array.of(1, 2, 3),
  thumbnailType: 'image/jpeg',
  hasOriginal: false,
  key,
  views: 2,
  fromSmall: true,
};
const features = new Map([['e', [Float32Array.of(1, 2, 3), Float32Array.of(4, 5, 6)]]]);
const none = async (): Promise<null> => null;
const write = (one: StoredExample = example): Promise<Blob> =>
  writeBackup(project, [one], features, none, () => undefined);
const read = (blob: Blob) => readBackup({ name: 'leaves.zip', blob }, () => undefined);

test('what is written comes back under a new id', async () => {
  const { id, rows } = await read(await write());
  expect(id).not.toBe('p');
  expect(rows.project).toMatchObject({ id, name: project.name, classes: project.classes, examples: 1 });
  expect(rows.examples).toEqual([{ id: 'e', row: { ...example, project: id, order: 0 } }]);
  expect(rows.features.map(({ view, row }) => [view, [...(row?.features ?? [])]])).toEqual([
    [0, [1, 2, 3]],
    [1, [4, 5, 6]],
  ]);
});

test('a file name in it never names a member of the zip', async () => {
  const { members } = await openZip({ name: 'x', blob: await write() });
  expect([...members.keys()]).toEqual(['project.json', 'features.bin', 'thumbnails.bin', 'originals.bin']);
});

test('tens of thousands of pictures come back, each with its own full picture', async () => {
  const many = Array.from({ length: 25_000 }, (_, i) => ({
    ...example,
    id: `e${i}`,
    views: 1,
    hasOriginal: i % 2 === 0,
    thumbnail: Uint8Array.of(i, i >> 8),
  }));
  const numbers = new Map(many.map(({ id }, i) => [id, [Float32Array.of(i, 0, 0)]]));
  // one of no bytes is one nonetheless, and one that is gone is none
  const original = async (id: string) => (id === 'e2' ? null : new Blob([id === 'e4' ? '' : id]));
  const { rows, originals } = await read(
    await writeBackup({ ...project, examples: many.length }, many, numbers, original, () => undefined),
  );
  expect(rows.examples).toHaveLength(25_000);
  expect(rows.examples[24_999]?.row).toMatchObject({ thumbnail: Uint8Array.of(167, 97), hasOriginal: false });
  expect(rows.features[24_999]?.row?.features[0]).toBe(24_999);
  expect(rows.examples[2]?.row?.hasOriginal).toBe(false);
  expect(originals).toHaveLength(12_499);
  expect(await Promise.all([1, 2, 12_498].map((i) => originals[i]?.blob.text()))).toEqual([
    '',
    'e6',
    'e24998',
  ]);
});

/** As version 1 was written. */
function old(count: number, change: object = {}): Blob {
  const ids = Array.from({ length: count }, (_, i) => `e${i}`);
  const { project: _, order: __, thumbnail: ___, ...rest } = { ...example, views: 1, hasOriginal: true };
  const { name, options, classes } = project;
  const examples = ids.map((id) => ({ ...rest, id }));
  const json = { format: 'bit-lens-project', version: 1, name, options, classes, examples, ...change };
  const text = new TextEncoder();
  const members: Record<string, Uint8Array> = {
    'project.json': text.encode(JSON.stringify(json)),
    'features.bin': new Uint8Array(12 * count),
  };
  ids.forEach((id, i) => {
    members[`thumbnails/${i}`] = Uint8Array.of(i);
    members[`originals/${i}`] = text.encode(id);
  });
  return new Blob([Uint8Array.from(zipSync(members, { level: 0 }))]);
}

test('backups of version 1 come back, too, with more pictures than a checkpoint has tensors', async () => {
  const { rows, originals } = await read(old(17_000));
  expect(rows.examples).toHaveLength(17_000);
  expect(rows.examples[7]?.row).toMatchObject({ thumbnail: Uint8Array.of(7), hasOriginal: true });
  expect(await originals[16_999]?.blob.text()).toBe('e16999');
});

test('a backup of a version to come is refused', async () => {
  await expect(read(old(1, { version: 3 }))).rejects.toMatchObject({
    code: 'teach-file',
    message: expect.stringContaining('newer version (version)'),
  });
});

test('a zip of more files than its directory can count is not written', async () => {
  const files = Array.from({ length: 65_536 }, (_, i) => ({ name: `${i}`, blob: new Blob() }));
  await expect(writeZip(files)).rejects.toMatchObject({ code: 'export-limit' });
});

test.each([
  ['a picture of no class', { ...example, classId: 'nobody' }, 'without its class'],
  ['other features than it says', { ...example, views: 3 }, 'bytes of features.bin'],
  ['an unknown kind of thumbnail', { ...example, thumbnailType: 'text/html' }, 'thumbnailType'],
])('%s is refused', async (_, one, why) => {
  await expect(read(await write(one))).rejects.toMatchObject({
    code: 'teach-file',
    message: expect.stringContaining(why),
  });
});
