/** Changes and what takes them back, on a stand-in for the database. */
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Change, FeatureKey } from '../../teach/protocol.ts';
import { FakeKeyRange } from '../fakeIdb.ts';

const idb = await vi.hoisted(async () => new (await import('../fakeIdb.ts')).FakeIdb());
vi.mock('idb', () => ({ openDB: idb.openDB }));
vi.stubGlobal('IDBKeyRange', FakeKeyRange);
afterAll(() => vi.unstubAllGlobals());

const store = async () => ({ ...(await import('./projects.ts')), ...(await import('./db.ts')) });
const key: FeatureKey = { sha256: 'a', name: 'a', preprocessing: '{}', width: 2 };

async function begun() {
  vi.resetModules();
  idb.databases.clear();
  const taught = await store();
  const { rows } = await taught.createProject('Leaves', ['rust']);
  const id = rows.project?.id ?? '';
  const classId = rows.project?.classes[0]?.id ?? '';
  const change = (one: Change) => taught.changeProject(id, one);
  const add = (name: string, batch?: string) =>
    change({
      kind: 'add-examples',
      ...(batch !== undefined && { batch }),
      examples: [
        {
          classId,
          name,
          burst: null,
          thumbnail: new Blob(['t']),
          original: new Blob([name]),
          features: Float32Array.of(1, 2),
          key,
        },
      ],
    });
  const names = async () => (await taught.readProject(id)).examples.map(({ name }) => name);
  const undo = async () => {
    await taught.undoChange(id);
    return names();
  };
  const rowsOf = (name: 'features' | 'originals' | 'earlier' | 'undo') =>
    taught.withDatabase(async (db) => (await db.getAll(name)).length);
  return { ...taught, id, classId, change, add, names, undo, rowsOf };
}
let at: Awaited<ReturnType<typeof begun>>;
beforeEach(async () => {
  at = await begun();
});

describe('pictures that were added at once', () => {
  it('go at once, with all that was kept of them', async () => {
    await at.add('before');
    for (const name of ['a', 'b', 'c']) await at.add(name, 'drop');
    const { examples } = await at.readProject(at.id);
    const other = { ...key, sha256: 'b' };
    await at.change({
      kind: 'set-features', // two views where there was one
      rows: examples.map(({ id }) => ({ id, features: new Float32Array(4), key: other, fromSmall: false })),
    });
    await at.add('d', 'drop'); // no deed of a person came between
    expect(await at.undo()).toEqual(['before']);
    expect([await at.rowsOf('features'), await at.rowsOf('originals'), await at.rowsOf('earlier')]).toEqual([
      2, 1, 1,
    ]);
    expect((await at.listProjects())[0]?.examples).toBe(1);
    expect(await at.undo()).toEqual([]);
    await expect(at.undo()).rejects.toMatchObject({ code: 'teach-change' });
  });

  it('are two deeds where another change came between, and one again where that was taken back', async () => {
    await at.add('a', 'drop');
    await at.change({ kind: 'rename-project', name: 'Plants' });
    await at.add('b', 'drop');
    expect(await at.undo()).toEqual(['a']);
    expect((await at.readProject(at.id)).name).toBe('Plants');
    await at.undo();
    await at.add('c', 'drop');
    expect(await at.undo()).toEqual([]);
  });

  it('push nothing out of the history: it is a hundred deeds long, however many pictures there are', async () => {
    await at.change({ kind: 'rename-project', name: 'Plants' });
    for (let i = 0; i < 150; i++) await at.add(`${i}`, 'drop');
    for (let i = 0; i < 98; i++) await at.add(`alone ${i}`);
    expect(await at.rowsOf('undo')).toBe(1 + 150 + 98);
    await at.change({ kind: 'rename-project', name: 'Trees' }); // deed 101
    expect(await at.rowsOf('undo')).toBe(150 + 98 + 1);
    await at.change({ kind: 'rename-project', name: 'Wood' });
    expect(await at.rowsOf('undo')).toBe(98 + 2);
  });

  it('leave rows alone that are from before deeds were counted', async () => {
    await at.change({ kind: 'rename-project', name: 'Plants' });
    await at.write(async (tx) => {
      const undo = tx.objectStore('undo');
      for (const { deed: _, ...row } of await undo.getAll(at.allOf(at.id))) await undo.put(row);
    });
    await at.add('a', 'drop');
    await at.add('b', 'drop');
    expect(await at.undo()).toEqual([]);
    await at.undo();
    expect((await at.readProject(at.id)).name).toBe('Leaves');
  });
});

it('a change of one option leaves the others as another change made them', async () => {
  await at.change({ kind: 'set-options', options: { views: true } });
  await at.change({ kind: 'set-options', options: { balance: false } });
  expect((await at.readProject(at.id)).options).toEqual({ views: true, originals: false, balance: false });
});
