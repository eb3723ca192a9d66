/** The teacher: one handler a call. It keeps projects and learns from them; it never runs the network. */
import { BitError } from '../../bit/index.ts';
import { readBackup, writeBackup } from './backup.ts';
import { type ProjectRow, withDatabase } from './db.ts';
import { append, journals, removeJournal, replay } from './journal.ts';
import { Learner, type Material } from './learning.ts';
import {
  type Committed,
  changeProject,
  createProject,
  listProjects,
  putRows,
  readExamples,
  readFeatures,
  readOriginal,
  readProject,
  removeProject,
  undoChange,
} from './projects.ts';
import type { FeatureKey, TeachCallName, TeachCalls, TeachEvent } from './protocol.ts';

type Handlers = {
  readonly [N in TeachCallName]: (
    input: TeachCalls[N]['input'],
    onProgress: (progress: TeachCalls[N]['progress']) => void,
  ) => Promise<TeachCalls[N]['output']>;
};
export type TeachRequest = { readonly id: number; readonly call: TeachCallName; readonly input: unknown };
export type TeachResponse =
  | { readonly kind: 'result'; readonly id: number; readonly result: unknown }
  | { readonly kind: 'progress'; readonly id: number; readonly progress: unknown }
  | {
      readonly kind: 'error';
      readonly id: number;
      readonly error: { readonly code: BitError['code']; readonly message: string };
    }
  | { readonly kind: 'event'; readonly event: TeachEvent };

const post = (response: TeachResponse): void => self.postMessage(response);
const tell = (event: TeachEvent): void => post({ kind: 'event', event });

/** Other tabs' teachers say here what they changed. */
const tabs = new BroadcastChannel('bit-lens-teach');
tabs.addEventListener('message', ({ data }: MessageEvent<{ id: string; revision: number }>) =>
  tell({ kind: 'changed', ...data }),
);

const learners = new Map<string, Learner>();
const learnerOf = (id: string): Learner => {
  const known = learners.get(id) ?? new Learner();
  learners.set(id, known);
  return known;
};

/** Once a worker: projects whose rows the browser has lost come back from their second copy. */
let checked: Promise<void> | null = null;
function restoreLost(): Promise<void> {
  checked ??= navigator.locks.request('bit-lens-teach/restore', async () => {
    const present = new Set((await listProjects()).map(({ id }) => id));
    const back: string[] = [];
    for (const id of (await journals()).filter((one) => !present.has(one))) {
      const rows = await replay(id);
      if (!rows) continue;
      await putRows(id, rows);
      back.push(id);
    }
    if (back.length > 0) tell({ kind: 'restored', projects: back });
  });
  checked.catch(noSecondCopy);
  return checked.catch(() => undefined); // without a second copy there is nothing to bring back
}

let told = false;
function noSecondCopy(cause: unknown): void {
  if (!told) tell({ kind: 'no-second-copy', detail: cause instanceof Error ? cause.message : String(cause) });
  told = true;
}

/** What was committed goes to the second copy and to the other tabs. */
async function spread({ changed, rows }: Committed): Promise<void> {
  const { id, revision } = changed.state;
  tabs.postMessage({ id, revision });
  await append(id, rows, () => allRows(id)).catch(noSecondCopy);
}

async function allRows(id: string): Promise<Committed['rows']> {
  const examples = await readExamples(id);
  const features = await readFeatures(id);
  return {
    project: await projectRow(id),
    examples: examples.map((row) => ({ id: row.id, row })),
    features: [...features].flatMap(([example, views]) =>
      views.map((values, view) => ({ example, view, row: { project: id, example, view, features: values } })),
    ),
  };
}

async function projectRow(id: string): Promise<ProjectRow> {
  const row = await withDatabase((db) => db.get('projects', id));
  if (!row) throw new BitError('teach-gone', 'this project is gone; another tab may have removed it');
  return row;
}

async function material(id: string, key: FeatureKey): Promise<Material> {
  const [project, examples, features] = await Promise.all([
    projectRow(id),
    readExamples(id),
    readFeatures(id),
  ]);
  return { project, examples, features, key };
}

const handlers: Handlers = {
  async list() {
    await restoreLost();
    return listProjects();
  },
  async create({ name, classes }) {
    const committed = await createProject(name, classes);
    await spread(committed);
    return readProject(committed.changed.state.id);
  },
  read: ({ id }) => readProject(id),
  async change({ id, change }) {
    const committed = await changeProject(id, change);
    await spread(committed);
    return committed.changed;
  },
  async undo({ id }) {
    const committed = await undoChange(id);
    await spread(committed);
    return committed.changed;
  },
  async remove({ id }) {
    await removeJournal(id).catch(noSecondCopy);
    await removeProject(id);
    learners.delete(id);
    tabs.postMessage({ id, revision: -1 });
    return null;
  },
  original: ({ id, example }) => readOriginal(id, example),
  async learn({ id, key }) {
    return learnerOf(id).learn(await material(id, key));
  },
  async score({ id, key }, onProgress) {
    return learnerOf(id).score(await material(id, key), (done, total) => onProgress({ done, total }));
  },
  async unlike({ id, features }) {
    return learnerOf(id).unlike(features);
  },
  async backup({ id }, onProgress) {
    const [project, examples, features] = await Promise.all([
      projectRow(id),
      readExamples(id),
      readFeatures(id),
    ]);
    const original = (example: string): Promise<Blob | null> => readOriginal(id, example);
    return writeBackup(project, examples, features, original, (done, total) => onProgress({ done, total }));
  },
  async restore({ file }, onProgress) {
    const { id, rows, originals } = await readBackup(file, (done, total) => onProgress({ done, total }));
    await spread(await putRows(id, rows, originals));
    return readProject(id);
  },
};

async function answer<N extends TeachCallName>(
  id: number,
  call: N,
  input: TeachCalls[N]['input'],
): Promise<void> {
  try {
    const onProgress = (progress: TeachCalls[N]['progress']): void =>
      post({ kind: 'progress', id, progress });
    post({ kind: 'result', id, result: await handlers[call](input, onProgress) });
  } catch (cause) {
    const error =
      cause instanceof BitError
        ? cause
        : new BitError('internal', cause instanceof Error ? cause.message : String(cause));
    post({ kind: 'error', id, error: { code: error.code, message: error.message } });
  }
}

self.addEventListener('message', ({ data }: MessageEvent<TeachRequest>) => {
  void answer(data.id, data.call, data.input as never);
});
