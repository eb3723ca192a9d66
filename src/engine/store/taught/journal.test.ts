/** The second copy, whatever became of its file before: tabs are modules loaded anew, on one database and one folder. */
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Change } from '../../teach/protocol.ts';
import { FakeFiles } from '../fakeFiles.ts';
import { FakeKeyRange } from '../fakeIdb.ts';

const idb = await vi.hoisted(async () => new (await import('../fakeIdb.ts')).FakeIdb());
vi.mock('idb', () => ({ openDB: idb.openDB }));
vi.stubGlobal('IDBKeyRange', FakeKeyRange);
afterAll(() => vi.unstubAllGlobals());

let disk = new FakeFiles();
beforeEach(() => {
  idb.databases.clear();
  disk = new FakeFiles();
  vi.stubGlobal('navigator', disk.navigator);
});

async function openTab() {
  vi.resetModules();
  const projects = await import('./projects.ts');
  const journal = await import('./journal.ts');
  const change = async (id: string, one: Change) => {
    const { rows } = await projects.changeProject(id, one);
    return () => journal.append(id, rows);
  };
  return {
    ...projects,
    ...journal,
    /** Commits, and returns what appends it. */
    commit: change,
    change: async (id: string, one: Change) => (await change(id, one))(),
    async create(...classes: string[]): Promise<string> {
      const { rows } = await projects.createProject('Leaves', classes);
      const id = rows.project?.id ?? '';
      await journal.append(id, rows);
      return id;
    },
  };
}
type Tab = Awaited<ReturnType<typeof openTab>>;

const rename = (name: string): Change => ({ kind: 'rename-project', name });
const addClass = (name: string): Change => ({ kind: 'add-class', id: name, name });
const fileOf = (id: string): string => `${id}.journal`;
const size = (id: string): number => disk.files.get(fileOf(id))?.length ?? 0;
const put = (id: string, ...parts: (Uint8Array | undefined)[]): void => {
  disk.files.set(fileOf(id), Uint8Array.from(parts.flatMap((part) => [...(part ?? [])])));
};

/** Names of a project and its classes after the database was lost. */
async function back(id: string): Promise<string[] | null> {
  idb.databases.clear();
  const tab = await openTab();
  const { failures } = await tab.restoreLost();
  expect(failures).toEqual([]);
  if (!(await tab.hasProject(id))) return null;
  const { name, classes } = await tab.readProject(id);
  return [name, ...classes.map((one) => one.name)];
}

async function begun(): Promise<{ tab: Tab; id: string }> {
  const tab = await openTab();
  const id = await tab.create('rust');
  await tab.change(id, addClass('mildew'));
  return { tab, id };
}

describe('a file', () => {
  it.each([
    ['is missing', (id: string) => void disk.files.delete(fileOf(id))],
    ['is empty', (id: string) => put(id)],
    ['ends in a torn record', (id: string) => put(id, disk.files.get(fileOf(id))?.slice(0, -3))],
    ['ends in zeros', (id: string) => put(id, disk.files.get(fileOf(id)), new Uint8Array(40))],
    ['lacks the last change', (id: string) => put(id, disk.files.get(fileOf(id))?.slice(0, wholeSize))],
  ])('that %s is written anew, whole, with the next change of a new worker', async (_, harm) => {
    const { id } = await begun();
    harm(id);
    const later = await openTab();
    await later.change(id, rename('Plants'));
    await later.change(id, rename('Trees'));
    expect(await back(id)).toEqual(['Trees', 'rust', 'mildew']);
  });
  let wholeSize = 0;
  beforeEach(async () => {
    const tab = await openTab();
    wholeSize = size(await tab.create('rust'));
    disk.files.clear();
  });

  it('that went in the time of a worker is written whole, too', async () => {
    const { tab, id } = await begun();
    disk.files.clear();
    await tab.change(id, rename('Plants'));
    expect(await back(id)).toEqual(['Plants', 'rust', 'mildew']);
  });

  it('is only appended to where it is as it was left', async () => {
    const { tab, id } = await begun();
    const before = disk.files.get(fileOf(id)) ?? new Uint8Array();
    await tab.change(id, rename('Plants'));
    await (await openTab()).change(id, rename('Trees'));
    expect(disk.files.get(fileOf(id))?.slice(0, before.length)).toEqual(before);
    expect(size(id)).toBeGreaterThan(before.length);
  });

  it('has everything again after an append that failed', async () => {
    const { tab, id } = await begun();
    disk.failures.push(new DOMException('full', 'QuotaExceededError'));
    await expect(tab.change(id, addClass('blight'))).rejects.toThrow('full');
    await tab.change(id, rename('Plants'));
    await tab.change(id, rename('Trees'));
    expect(await back(id)).toEqual(['Trees', 'rust', 'mildew', 'blight']);
  });

  it('may end in zeros, or a torn record: what is before them comes back', async () => {
    const { id } = await begun();
    const whole = disk.files.get(fileOf(id));
    put(id, whole, new Uint8Array(64));
    expect(await back(id)).toEqual(['Leaves', 'rust', 'mildew']);
    put(id, whole, Uint8Array.of(200, 0, 0, 0, 1, 2, 3, 4, 5));
    expect(await back(id)).toEqual(['Leaves', 'rust', 'mildew']);
  });
});

describe('two tabs', () => {
  it('may append in another order than they committed', async () => {
    const { tab: one, id } = await begun();
    const two = await openTab();
    await two.change(id, rename('both know the file'));
    const first = await one.commit(id, rename('Plants'));
    const second = await two.commit(id, rename('Trees'));
    await second();
    await first();
    expect(await back(id)).toEqual(['Trees', 'rust', 'mildew']);
  });

  it('bring nothing back that was gone when the file was written anew', async () => {
    const { tab: one, id } = await begun();
    const late = await one.commit(id, addClass('blight'));
    await one.commit(id, { kind: 'delete-class', id: 'blight' });
    disk.files.clear();
    await (await openTab()).change(id, rename('Trees'));
    await late();
    expect(await back(id)).toEqual(['Trees', 'rust', 'mildew']);
  });

  it('leave a project removed, whatever is committed around it', async () => {
    const { tab: one, id } = await begun();
    const two = await openTab();
    const late = await two.commit(id, rename('Trees'));
    await one.removeWithFile(id, () => undefined);
    await late();
    await expect(two.change(id, rename('Plants'))).rejects.toMatchObject({ code: 'teach-gone' });
    expect([...disk.files.keys()]).toEqual([]);
    expect(await back(id)).toBeNull();
  });

  it('do not take a project for lost that one of them is making', async () => {
    const { tab, id } = await begun();
    const older = disk.files.get(fileOf(id));
    await tab.change(id, rename('Trees'));
    put(id, older);
    const rows = await tab.readRows(id);
    expect(
      await tab.putLost(id, { ...rows, project: rows.project && { ...rows.project, name: 'old' } }),
    ).toBe(false);
    expect((await tab.readProject(id)).name).toBe('Trees');
  });
});

it('a project is removed where the browser gives no files', async () => {
  const { tab, id } = await begun();
  vi.spyOn(disk.navigator.storage, 'getDirectory').mockRejectedValue(new DOMException('no', 'SecurityError'));
  const heard: unknown[] = [];
  await tab.removeWithFile(id, (cause) => heard.push(cause));
  expect(heard).toHaveLength(1);
  expect(await tab.hasProject(id)).toBe(false);
});

it('one file that cannot be read keeps none of the others', async () => {
  const { tab, id } = await begun();
  const other = await tab.create('ash');
  put(id, brokenRecord);
  idb.databases.clear();
  const later = await openTab();
  const { back, failures } = await later.restoreLost();
  expect(back).toEqual([other]);
  expect(failures).toHaveLength(1);
});
/** One byte, whose checksum is right. */
const brokenRecord = Uint8Array.of(1, 0, 0, 0, 0x8d, 0xef, 0x02, 0xd2, 0);
