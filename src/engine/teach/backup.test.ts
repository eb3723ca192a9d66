import { expect, test } from 'vitest';
import { openZip } from '../../bit/checkpoint/zip.ts';
import type { ProjectRow, StoredExample } from '../store/taught/db.ts';
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
  expect([...members.keys()]).toEqual(['project.json', 'features.bin', 'thumbnails/0']);
});

test.each([
  ['a picture of no class', { ...example, classId: 'nobody' }, 'without its class'],
  ['other features than it says', { ...example, views: 3 }, 'bytes of features'],
  ['an unknown kind of thumbnail', { ...example, thumbnailType: 'text/html' }, 'thumbnailType'],
])('%s is refused', async (_, one, why) => {
  await expect(read(await write(one))).rejects.toMatchObject({
    code: 'teach-file',
    message: expect.stringContaining(why),
  });
});
