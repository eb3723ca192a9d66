import { describe, expect, it } from 'vitest';
import { BitError } from '../../bit/errors.ts';
import { settle } from '../fakeEngine.ts';
import { fakeTeach, keyOf } from './fakeTeacher.ts';

type Fake = Awaited<ReturnType<typeof fakeTeach>>;

const item = (name: string, folder: string | null = null) => ({ name, blob: new Blob([name]), folder });
const items = (...names: string[]) => names.map((name) => item(name));
const classAt = ({ teach }: Fake, at: number): string => teach().project?.classes[at]?.id ?? '';
const namesIn = ({ projects }: Fake, id: string) => projects.get(id)?.examples.map(({ name }) => name);
const shown = ({ teach }: Fake): string => teach().project?.id ?? '';
const keys = (fake: Fake) => fake.teach().project?.examples.map(({ key }) => key.name);

async function begun(...names: string[]): Promise<Fake> {
  const fake = await fakeTeach();
  void fake.teach().add(items(...names), classAt(fake, 0));
  await settle();
  return fake;
}

describe('pictures on their way in', () => {
  it('go to the project that they were given to, whatever is shown', async () => {
    const fake = await begun('a', 'b');
    const first = shown(fake);
    void fake.teach().add([item('c', 'hat')], null);
    await fake.teach().newProject();
    expect(fake.teach().project?.name).toBe('My classes 2');
    await fake.answerAll();
    expect(namesIn(fake, first)).toEqual(['a', 'b', 'c']);
    expect(fake.projects.get(first)?.classes.map(({ name }) => name)).toContain('hat');
    expect(namesIn(fake, shown(fake))).toEqual([]);
    expect(fake.teach()).toMatchObject({ adding: [], error: null });
    await fake.teach().openProject(first);
    expect(fake.teach().project?.examples).toHaveLength(3);
  });

  it('are asked of the next model where it came in between, and none is lost', async () => {
    const fake = await begun('a', 'b');
    const open = await fake.opening('other.npz');
    fake.asked.shift()?.fail(new BitError('session', 'the session was released'));
    await settle();
    expect(fake.asked).toEqual([]); // it waits for the model that is on its way
    await open();
    expect(fake.asked.map(({ name }) => name)).toEqual(['a']);
    await fake.answerAll();
    expect(keys(fake)).toEqual(['other.npz', 'other.npz']);
    expect(fake.teach()).toMatchObject({ adding: [], error: null });
  });

  it('take nothing from a model under the name of the next', async () => {
    const fake = await begun('a');
    const open = await fake.opening('other.npz');
    // the engine is at the other model already, though the page has not heard of it
    await fake.asked.shift()?.answer('other.npz');
    await settle();
    expect(fake.teach().project?.examples).toEqual([]);
    await open();
    expect(fake.asked).toHaveLength(1);
    await fake.answerAll();
    expect(keys(fake)).toEqual(['other.npz']);
  });

  it('wait for no answer that a replaced model never gives', async () => {
    const fake = await begun('a', 'b');
    const [hanging] = fake.asked.splice(0);
    await (await fake.opening('other.npz'))();
    expect(hanging?.signal?.aborted).toBe(true);
    await fake.answerAll();
    expect(keys(fake)).toEqual(['other.npz', 'other.npz']);
  });

  it('are dropped by Stop as they wait then; what is added at once comes in', async () => {
    const fake = await begun('a', 'b', 'c');
    const project = shown(fake);
    fake.teach().stopAdding({ project, again: false });
    void fake.teach().add(items('d', 'e'), classAt(fake, 1));
    expect(fake.teach().adding).toMatchObject([{ done: 0, total: 2 }]);
    await settle();
    fake.asked.splice(0, 1); // the one that was under way
    await fake.answerAll();
    expect(namesIn(fake, project)).toEqual(['d', 'e']);
    void fake.teach().add(items('f'), classAt(fake, 1));
    await settle();
    await fake.answerAll();
    expect(namesIn(fake, project)).toEqual(['d', 'e', 'f']);
    expect(fake.teach().adding).toEqual([]);
  });

  it('are taken once where the very same one is in its class', async () => {
    const fake = await begun('a', 'b', 'a');
    await fake.answerAll();
    expect(namesIn(fake, shown(fake))).toEqual(['a', 'b']);
    expect(fake.teach().adding).toMatchObject([{ done: 3, total: 3, same: 1, failed: [] }]);
    void fake.teach().add(items('a'), classAt(fake, 1)); // another class is another thing
    await settle();
    await fake.answerAll();
    expect(namesIn(fake, shown(fake))).toEqual(['a', 'b', 'a']);
  });

  it('are named where they cannot be read, and make no class then', async () => {
    const fake = await fakeTeach();
    void fake.teach().add([item('scan.tif', 'hat'), item('a', 'shoe')], null);
    await settle();
    fake.asked.shift()?.fail(new BitError('image-unreadable', 'no format'));
    await settle();
    await fake.answerAll();
    // and those that every project begins with go
    expect(fake.teach().project?.classes.map(({ name }) => name)).toEqual(['shoe']);
    expect(fake.teach()).toMatchObject({ adding: [{ failed: ['scan.tif'] }], error: null });
  });

  it('are undone as they came: at once, or a burst at a time', async () => {
    const fake = await fakeTeach();
    const id = classAt(fake, 0);
    void fake.teach().add(items('a', 'b'), id);
    void fake.teach().add(items('c'), id);
    void fake.teach().add(items('d'), id, 'burst');
    void fake.teach().add(items('e'), id, 'burst');
    await settle();
    await fake.answerAll();
    const batches = fake.changes.map((one) => one.kind === 'add-examples' && one.batch);
    expect(batches).toEqual([batches[0], batches[0], expect.any(String), 'burst', 'burst']);
    expect(new Set(batches).size).toBe(3);
  });

  it('find the class that their folder named before, as its name was kept', async () => {
    const fake = await fakeTeach();
    const long = 'x'.repeat(600);
    void fake
      .teach()
      .add([item('a', ' hat '), item('b', 'hat'), item('c', long), item('d', `${long}y`)], null);
    await settle();
    await fake.answerAll();
    void fake.teach().add([item('e')], null);
    void fake.teach().sortIntoNew(' hat');
    await settle();
    await fake.answerAll();
    const { classes, examples } = fake.teach().project ?? { classes: [], examples: [] };
    expect(classes.map(({ name }) => name)).toEqual(['hat', 'x'.repeat(512)]);
    const [hat, other] = classes.map(({ id }) => id);
    expect(examples.map(({ classId }) => classId)).toEqual([hat, hat, other, other, hat]);
  });

  it('of a folder without a name wait to be sorted', async () => {
    const fake = await fakeTeach();
    await fake.teach().add([item('a', ' ')], null);
    expect(fake.teach().unsorted).toMatchObject([{ name: 'a', folder: null }]);
  });

  it('from the camera are counted beside it only', async () => {
    const fake = await fakeTeach();
    void fake.teach().add(items('a'), classAt(fake, 0), 'burst');
    expect(fake.teach().adding).toMatchObject([{ quiet: true }]);
    void fake.teach().add(items('b'), classAt(fake, 0));
    expect(fake.teach().adding).toMatchObject([{ quiet: false, total: 2 }]);
  });
});

describe('pictures that are looked at again', () => {
  /** Two pictures that the built-in model saw, and another model in use. */
  async function stale(): Promise<Fake> {
    const fake = await begun('a', 'b');
    await fake.answerAll();
    await (await fake.opening('other.npz'))();
    return fake;
  }

  it('are those of another model, beside new ones, which come first', async () => {
    const fake = await stale();
    void fake.teach().lookAgain();
    await settle();
    void fake.teach().add(items('c'), classAt(fake, 1));
    expect(fake.teach().adding.map(({ again, total }) => [again, total])).toEqual([
      [true, 2],
      [false, 1],
    ]);
    await fake.asked.shift()?.answer();
    await settle();
    expect(fake.asked.map(({ name }) => name)).toEqual(['c']);
    await fake.answerAll();
    expect(keys(fake)).toEqual(['other.npz', 'other.npz', 'other.npz']);
    expect(fake.teach().adding).toEqual([]);
  });

  it('go on in their own project', async () => {
    const fake = await stale();
    const first = shown(fake);
    void fake.teach().lookAgain();
    await settle();
    await fake.teach().newProject();
    await fake.answerAll();
    expect(fake.projects.get(first)?.examples.map(({ key }) => key.name)).toEqual(['other.npz', 'other.npz']);
    expect(fake.teach().error).toBeNull();
  });

  it('are left where a person stopped it, until it is asked for', async () => {
    const fake = await stale();
    void fake.teach().lookAgain();
    await settle();
    fake.teach().stopAdding({ project: shown(fake), again: true });
    fake.asked.length = 0;
    await settle();
    await fake.teach().lookAgain();
    expect(fake.teach().adding).toEqual([]);
    void fake.teach().recompute();
    await settle();
    await fake.answerAll();
    expect(keys(fake)).toEqual(['other.npz', 'other.npz']);
  });

  it('are looked at once, though another tab looks at them with its own model each time', async () => {
    const fake = await stale();
    const id = shown(fake);
    void fake.teach().lookAgain();
    await settle();
    await fake.answerAll();
    expect(keys(fake)).toEqual(['other.npz', 'other.npz']);
    const rows = (fake.projects.get(id)?.examples ?? []).map((one) => ({
      id: one.id,
      features: new Float32Array(2),
      key: keyOf('third.npz'),
      fromSmall: true,
    }));
    fake.commit(id, { kind: 'set-features', rows });
    fake.tell({ kind: 'changed', id, revision: fake.projects.get(id)?.revision ?? 0 });
    await settle();
    expect(keys(fake)).toEqual(['third.npz', 'third.npz']);
    void fake.teach().lookAgain();
    await settle();
    expect(fake.asked).toEqual([]);
    void fake.teach().recompute(); // a person may
    await settle();
    await fake.answerAll();
    expect(keys(fake)).toEqual(['other.npz', 'other.npz']);
  });

  it('are nothing to tell of where their project is deleted meanwhile', async () => {
    const fake = await stale();
    const id = shown(fake);
    void fake.teach().lookAgain();
    await settle();
    await fake.asked.shift()?.answer();
    await settle();
    await fake.teach().deleteProject();
    await settle();
    expect(fake.projects.has(id)).toBe(false);
    expect(fake.changes.at(-1)?.kind).toBe('add-examples');
    expect(fake.errors).toEqual([]);
  });

  it('get their views when these are wanted, and keep them', async () => {
    const fake = await begun('a', 'b');
    await fake.answerAll();
    await fake.teach().change({ kind: 'set-options', options: { views: true } });
    void fake.teach().lookAgain();
    await settle();
    expect(fake.asked.map(({ views }) => views)).toEqual([true]);
    await fake.answerAll();
    expect(fake.teach().project?.examples.map(({ views }) => views)).toEqual([4, 4]);
    await fake.teach().change({ kind: 'set-options', options: { views: false } });
    await fake.teach().lookAgain();
    expect(fake.teach().adding).toEqual([]);
  });
});

describe('learning', () => {
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

  it('waits without an alarm until the model in use has seen two classes, and tests no part', async () => {
    const fake = await begun('a', 'b');
    await fake.answerAll();
    void fake.teach().add(items('c'), classAt(fake, 1));
    await settle();
    await fake.answerAll();
    await pause(200);
    expect(fake.teach().learnt?.key.name).toBe('');
    await (await fake.opening('other.npz'))();
    expect(fake.teach()).toMatchObject({ learnt: null, scores: null });
    await pause(200);
    expect(fake.teach()).toMatchObject({ learnt: null, error: null });
    void fake.teach().lookAgain();
    await settle();
    await fake.asked.shift()?.answer();
    await settle();
    fake.teach().stopAdding({ project: shown(fake), again: true });
    await pause(1_300);
    expect(fake.scored).toEqual([]);
    fake.asked.length = 0;
    void fake.teach().recompute();
    await settle();
    await fake.answerAll();
    await pause(1_300);
    expect(fake.scored).toHaveLength(1);
  });
});

describe('another tab', () => {
  it('is heard after a single change', async () => {
    const fake = await begun('a');
    await fake.answerAll();
    const id = shown(fake);
    fake.commit(id, { kind: 'add-class', id: 'x', name: 'hat' });
    fake.tell({ kind: 'changed', id, revision: fake.projects.get(id)?.revision ?? 0 });
    await settle();
    expect(fake.teach().project?.classes.map(({ name }) => name)).toContain('hat');
  });

  it('is not taken for news where it is this one', async () => {
    const fake = await fakeTeach();
    const id = shown(fake);
    fake.calls.length = 0;
    const change = fake.teach().addClass('hat');
    fake.tell({ kind: 'changed', id, revision: 2 });
    await change;
    await settle();
    expect(fake.calls).not.toContain('read');
  });
});
