/** What a person teaches, in a real browser's storage: committed, undone, shared by tabs, lost and brought back. */
import { expect, type Page, test } from '@playwright/test';
import type {
  Change,
  Changed,
  Learnt,
  NewExample,
  Project,
  Scores,
  TeachEvent,
} from '../src/engine/teach/protocol.ts';
import { type Sources, serveSources } from './tools/sources.ts';

declare const createTeacher: typeof import('../src/engine/teach/client.ts').createTeacher;
type Client = ReturnType<typeof createTeacher>;
declare const teacher: Client;
declare const events: TeachEvent[];

let sources: Sources;
test.beforeAll(async () => {
  sources = await serveSources();
});
test.afterAll(() => sources.close());

async function open(page: Page): Promise<void> {
  await sources.open(page, 'src/engine/teach/client.ts', 'createTeacher');
  await page.evaluate(() => {
    const client = createTeacher();
    const heard: TeachEvent[] = [];
    client.subscribe((event) => heard.push(event));
    // pictures of `classes` kinds whose features lie around a corner of the cube, the same at every call
    const make = (classIds: readonly string[], perClass: number, name = 'p'): NewExample[] =>
      classIds.flatMap((classId, c) =>
        Array.from({ length: perClass }, (_, i) => ({
          classId,
          name: `${name}${c}-${i}.png`,
          burst: null,
          thumbnail: new Blob([Uint8Array.of(c, i)], { type: 'image/png' }),
          original: i === 0 ? new Blob(['original']) : null,
          features: Float32Array.from(
            { length: 8 },
            (__, d) => (d % classIds.length === c ? 4 : 0) + Math.sin(1 + 12.9898 * (i * 8 + d) + 78.233 * c),
          ),
          key: { sha256: 'a'.repeat(64), name: 'test', preprocessing: '{}', width: 8 },
        })),
      );
    Object.assign(globalThis, { teacher: client, events: heard, make });
  });
}
declare const make: (classIds: readonly string[], perClass: number, name?: string) => NewExample[];

const create = (page: Page): Promise<Project> =>
  page.evaluate(() => teacher.call('create', { name: 'Leaves', classes: ['healthy', 'rust', 'mildew'] }));
const fill = (page: Page, project: Project, perClass: number, name?: string): Promise<Changed> =>
  page.evaluate(
    ([id, classes, n, name]) =>
      teacher.call('change', { id, change: { kind: 'add-examples', examples: make(classes, n, name) } }),
    [project.id, project.classes.map(({ id }) => id), perClass, name] as const,
  );
const change = (page: Page, id: string, one: Change): Promise<Changed> =>
  page.evaluate(([id, one]) => teacher.call('change', { id, change: one }), [id, one] as const);
const read = (page: Page, id: string): Promise<Project> =>
  page.evaluate((id) => teacher.call('read', { id }), id);
const dropDatabase = (page: Page): Promise<unknown> =>
  page.evaluate(
    () =>
      new Promise((resolve, reject) => {
        const request = indexedDB.deleteDatabase('bit-lens-teach');
        request.onsuccess = () => resolve(null);
        request.onerror = reject;
      }),
  );
const failure = (page: Page, id: string, one: Change): Promise<string> =>
  page.evaluate(
    ([id, one]) =>
      teacher.call('change', { id, change: one }).then(
        () => 'no failure',
        (error: { code: string }) => error.code,
      ),
    [id, one] as const,
  );
const key = { sha256: 'a'.repeat(64), name: 'test', preprocessing: '{}', width: 8 };

test('changes are there after a reload, and can be taken back one by one', async ({ page }) => {
  await open(page);
  const project = await create(page);
  const [healthy, rust, mildew] = project.classes.map(({ id }) => id) as [string, string, string];
  await fill(page, project, 4);
  const first = (await read(page, project.id)).examples[0];
  if (!first) throw new Error('no example');
  await change(page, project.id, { kind: 'move-examples', ids: [first.id], classId: rust });
  await change(page, project.id, { kind: 'merge-classes', from: mildew, into: rust });
  await change(page, project.id, { kind: 'delete-class', id: healthy });
  await change(page, project.id, { kind: 'rename-class', id: rust, name: ' sick ' });

  await open(page); // a new page, a new worker
  let now = await read(page, project.id);
  expect(now.classes).toEqual([{ id: rust, name: 'sick' }]);
  expect(now.examples).toHaveLength(9);
  expect(now.undoable).toBe('rename-class');
  for (const _ of [1, 2, 3, 4]) await page.evaluate((id) => teacher.call('undo', { id }), project.id);
  now = await read(page, project.id);
  expect(now.classes.map(({ name }) => name)).toEqual(['healthy', 'rust', 'mildew']);
  expect(now.examples.map(({ classId }) => classId).sort()).toEqual(
    [healthy, rust, mildew].flatMap((id) => [id, id, id, id]).sort(),
  );
  expect(
    await page.evaluate(
      (id) => teacher.call('list', {}).then((all) => all.find((p) => p.id === id)),
      project.id,
    ),
  ).toMatchObject({
    classes: 3,
    examples: 12,
  });
  const text = await page.evaluate(
    async ([id, example]) => (await teacher.call('original', { id, example }))?.text(),
    [project.id, first.id] as const,
  );
  expect(text).toBe('original');
});

test('a change that cannot be made is refused and leaves everything as it was', async ({ page }) => {
  await open(page);
  const project = await create(page);
  await fill(page, project, 2);
  const before = await read(page, project.id);
  expect(await failure(page, project.id, { kind: 'rename-class', id: 'nobody', name: 'x' })).toBe(
    'teach-change',
  );
  expect(await failure(page, project.id, { kind: 'rename-project', name: ' ' })).toBe('teach-change');
  const half: Change = { kind: 'remove-examples', ids: [before.examples[0]?.id ?? '', 'nobody'] };
  expect(await failure(page, project.id, half)).toBe('teach-change');
  expect(await failure(page, 'no-project', { kind: 'rename-project', name: 'x' })).toBe('teach-gone');
  const after = await read(page, project.id);
  expect(after.revision).toBe(before.revision);
  expect(after.examples.map(({ id }) => id)).toEqual(before.examples.map(({ id }) => id));
});

test('two tabs at once lose none of each other’s pictures', async ({ context }) => {
  const [one, two] = [await context.newPage(), await context.newPage()];
  await open(one);
  await open(two);
  await two.evaluate(() => teacher.call('list', {})); // its worker runs and hears
  const project = await create(one);
  await Promise.all(
    [1, 2, 3, 4, 5].flatMap((n) => [fill(one, project, 1, `a${n}`), fill(two, project, 1, `b${n}`)]),
  );
  const { examples, revision } = await read(one, project.id);
  expect(examples).toHaveLength(30);
  expect(revision).toBe(11);
  expect(
    await two.evaluate(() => events.filter(({ kind }) => kind === 'changed').length),
  ).toBeGreaterThanOrEqual(5);
});

test('what the browser lost comes back from the second copy; what a person removed does not', async ({
  page,
}) => {
  await open(page);
  const [kept, removed] = [await create(page), await create(page)];
  await fill(page, kept, 3);
  await change(page, kept.id, { kind: 'rename-project', name: 'Kept' });
  await page.evaluate((id) => teacher.call('remove', { id }), removed.id);
  await page.goto('about:blank');
  await open(page);
  await dropDatabase(page);
  const list = await page.evaluate(() => teacher.call('list', {}));
  expect(list.map(({ id, name, examples }) => ({ id, name, examples }))).toEqual([
    { id: kept.id, name: 'Kept', examples: 9 },
  ]);
  expect(await page.evaluate(() => events)).toContainEqual({ kind: 'restored', projects: [kept.id] });
  const thumbnail = await page.evaluate(
    async (id) => [
      ...new Uint8Array(
        (await (await teacher.call('read', { id })).examples[4]?.thumbnail.arrayBuffer()) ?? [],
      ),
    ],
    kept.id,
  );
  expect(thumbnail).toEqual([1, 1]);
});

test('the second copy is whole again with the next change, after its file was lost', async ({ page }) => {
  await open(page);
  const project = await create(page);
  await fill(page, project, 2);
  await open(page); // a new worker
  await page.evaluate(async (id) => {
    const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('bit-lens-teach');
    await folder.removeEntry(`${id}.journal`);
  }, project.id);
  await change(page, project.id, { kind: 'rename-project', name: 'Kept' });
  await page.goto('about:blank');
  await open(page);
  await dropDatabase(page);
  const list = await page.evaluate(() => teacher.call('list', {}));
  expect(list).toMatchObject([{ id: project.id, name: 'Kept', classes: 3, examples: 6 }]);
  expect((await read(page, project.id)).examples).toHaveLength(6);
});

test('a project that is removed while another tab changes it stays removed', async ({ context }) => {
  const [one, two] = [await context.newPage(), await context.newPage()];
  await open(one);
  await open(two);
  const project = await create(one);
  await fill(two, project, 1);
  const filling = two.evaluate(
    ([id, classes]) =>
      Promise.allSettled(
        Array.from({ length: 30 }, (_, i) =>
          teacher.call('change', {
            id,
            change: { kind: 'add-examples', examples: make(classes, 1, `${i}`) },
          }),
        ),
      ).then((all) => all.flatMap((end) => (end.status === 'rejected' ? [String(end.reason.code)] : []))),
    [project.id, project.classes.map(({ id }) => id)] as const,
  );
  await one.evaluate((id) => teacher.call('remove', { id }), project.id);
  expect(new Set(await filling).size).toBeLessThan(2);
  const files = await one.evaluate(async () => {
    const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('bit-lens-teach');
    const names: string[] = [];
    for await (const name of folder.keys()) names.push(name);
    return names;
  });
  expect(files).toEqual([]);
  await open(one);
  expect(await one.evaluate(() => teacher.call('list', {}))).toEqual([]);
});

test('pictures of one batch are undone at once, with their full pictures', async ({ page }) => {
  await open(page);
  const project = await create(page);
  await fill(page, project, 1, 'before');
  const added = await page.evaluate(
    async ([id, classes]) => {
      const ids: string[] = [];
      for (const one of make(classes, 2, 'drop')) {
        const change = { kind: 'add-examples', examples: [one], batch: 'drop' } as const;
        ids.push(...(await teacher.call('change', { id, change })).put.map((row) => row.id));
      }
      return ids;
    },
    [project.id, project.classes.map(({ id }) => id)] as const,
  );
  expect(added).toHaveLength(6);
  const undone = await page.evaluate((id) => teacher.call('undo', { id }), project.id);
  expect([...undone.gone].sort()).toEqual([...added].sort());
  expect(undone.state.undoable).toBe('add-examples');
  const { examples } = await read(page, project.id);
  expect(examples.map(({ name }) => name)).toEqual(['before0-0.png', 'before1-0.png', 'before2-0.png']);
  const originals = await page.evaluate(
    ([id, ids]) => Promise.all(ids.map((example) => teacher.call('original', { id, example }))),
    [project.id, added] as const,
  );
  expect(originals.every((one) => one === null)).toBe(true);
  const learnt = await page.evaluate(([id, key]) => teacher.call('learn', { id, key }), [
    project.id,
    key,
  ] as const);
  expect(learnt.examples).toBe(3);
});

test('learns, scores, and starts again from what it knew', async ({ page }) => {
  await open(page);
  const project = await create(page);
  const learn = (): Promise<Learnt> =>
    page.evaluate(([id, key]) => teacher.call('learn', { id, key }), [project.id, key] as const);
  await expect(learn()).rejects.toThrow(/two classes/);
  await fill(page, project, 12);
  const first = await learn();
  expect(first.head.labels).toEqual(['healthy', 'rust', 'mildew']);
  expect(first.examples).toBe(36);
  const scores = (await page.evaluate(([id, key]) => teacher.call('score', { id, key }), [
    project.id,
    key,
  ] as const)) satisfies Scores;
  expect(scores.tested).toBe(36);
  expect(scores.right).toBeGreaterThanOrEqual(34);
  expect(scores.novelty?.strangersCalledNone).toBeGreaterThan(30);
  expect(scores.cells.flat(2)).toHaveLength(36);
  await learn(); // with the strength that scoring chose
  expect((await learn()).iterations).toBeLessThan(5);
  const unlike = await page.evaluate(
    ([id, key]) => teacher.call('unlike', { id, key, features: new Float32Array(8).fill(-9) }),
    [project.id, key] as const,
  );
  expect(unlike?.none).toBe(true);
});

test('new features are nothing that undo takes back, and older pictures keep them', async ({ page }) => {
  await open(page);
  const project = await create(page);
  const [healthy, rust] = project.classes.map(({ id }) => id) as [string, string];
  await fill(page, project, 2);
  const [moved, removed] = (await read(page, project.id)).examples;
  if (!moved || !removed) throw new Error('no examples');
  await change(page, project.id, { kind: 'remove-examples', ids: [removed.id] });
  await change(page, project.id, { kind: 'move-examples', ids: [moved.id], classId: rust });
  const other = { ...key, sha256: 'b'.repeat(64), width: 3 };
  const changed = await page.evaluate(
    ([id, example, key]) => {
      const rows = [{ id: example, features: new Float32Array(3).fill(1), key, fromSmall: true }];
      return teacher.call('change', { id, change: { kind: 'set-features', rows } });
    },
    [project.id, moved.id, other] as const,
  );
  expect(changed.state.undoable).toBe('move-examples');
  for (const _ of [1, 2]) await page.evaluate((id) => teacher.call('undo', { id }), project.id);
  const { examples } = await read(page, project.id);
  expect(examples.find(({ id }) => id === moved.id)).toMatchObject({
    classId: healthy,
    key: other,
    fromSmall: true,
  });
  expect(examples.find(({ id }) => id === removed.id)).toMatchObject({ key, fromSmall: false });
  const learnt = await page.evaluate(([id, key]) => teacher.call('learn', { id, key }), [
    project.id,
    key,
  ] as const);
  expect(learnt.examples).toBe(5); // without the one that another model saw
});

test('going back to a model takes up what it had made, and no more than two others are kept', async ({
  page,
}) => {
  await open(page);
  const project = await create(page);
  await fill(page, project, 2);
  const { examples } = await read(page, project.id);
  const before = await weights();
  const others = ['b', 'c', 'd'].map((sign) => ({ ...key, sha256: sign.repeat(64), width: 3 }));
  for (const other of others) {
    await page.evaluate(
      ([id, examples, other]) => {
        const rows = examples.map((example, i) => ({
          id: example,
          features: new Float32Array(3).fill(i),
          key: other,
          fromSmall: true,
        }));
        return teacher.call('change', { id, change: { kind: 'set-features', rows } });
      },
      [project.id, examples.map(({ id }) => id), other] as const,
    );
    if (other === others[0]) await expectRecalled(key); // and on from there
  }
  expect(await recall(others[0])).toBe(0); // it was put aside the longest ago of three
  expect(await recall(others[1])).toBe(examples.length);
  expect(await recall(key)).toBe(examples.length);

  function weights(): Promise<number[]> {
    return page.evaluate(
      async ([id, key]) => Array.from((await teacher.call('learn', { id, key })).head.weight),
      [project.id, key] as const,
    );
  }

  async function recall(wanted: unknown): Promise<number> {
    const changed = await page.evaluate(([id, key]) => teacher.call('recall', { id, key: key as never }), [
      project.id,
      wanted,
    ] as const);
    return changed?.put.length ?? 0;
  }
  async function expectRecalled(wanted: typeof key): Promise<void> {
    expect(await recall(wanted)).toBe(examples.length);
    expect(await recall(wanted)).toBe(0);
    const again = await read(page, project.id);
    expect(again.examples.map(({ key, fromSmall }) => ({ key, fromSmall }))).toEqual(
      examples.map(() => ({ key: wanted, fromSmall: false })),
    );
    const after = await weights();
    expect(after.length).toBe(before.length);
    for (const [i, value] of after.entries()) expect(value).toBeCloseTo(before[i] ?? Number.NaN, 4);
  }
});

test('a backup restores as a new project; a damaged one changes nothing', async ({ page }) => {
  await open(page);
  const project = await create(page);
  await fill(page, project, 3);
  const result = await page.evaluate(async (id) => {
    const blob = await teacher.call('backup', { id });
    const restored = await teacher.call('restore', { file: { name: 'leaves.zip', blob } });
    const original = await teacher.call('original', {
      id: restored.id,
      example: restored.examples[0]?.id ?? '',
    });
    const bytes = new Uint8Array(await blob.arrayBuffer());
    const codes = new Set<string>();
    for (let cut = 0; cut < bytes.length; cut += 97) {
      await teacher
        .call('restore', { file: { name: 'cut.zip', blob: new Blob([bytes.slice(0, cut)]) } })
        .then(
          () => codes.add('restored'),
          (error: { code: string }) => codes.add(error.code),
        );
    }
    return {
      size: blob.size,
      id: restored.id,
      names: restored.examples.map(({ name }) => name),
      original: await original?.text(),
      codes: [...codes],
      projects: (await teacher.call('list', {})).length,
    };
  }, project.id);
  expect(result.id).not.toBe(project.id);
  expect(result.names).toEqual((await read(page, project.id)).examples.map(({ name }) => name));
  expect(result.original).toBe('original');
  expect(result.codes).not.toContain('restored');
  expect(result.projects).toBe(2);
});
