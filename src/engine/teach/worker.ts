/** The teacher: one handler a call. It keeps projects and learns from them; it never runs the network. */
import { type Handlers, serve } from '../serve.ts';
import { earlierFeatures } from '../store/taught/earlier.ts';
import { append, removeWithFile, restoreLost } from '../store/taught/journal.ts';
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
  undoChange,
} from '../store/taught/projects.ts';
import { readBackup, writeBackup } from './backup.ts';
import { sameKey } from './featureKey.ts';
import { KeptExamples, projectRow } from './kept.ts';
import { Learner, type Stop } from './learning.ts';
import { hasPicture } from './material.ts';
import { TEACH_CHANNEL, type TeachCalls, type TeachEvent } from './protocol.ts';

/** All tabs hear what happened, the one that this teacher works for too. */
const tabs = new BroadcastChannel(TEACH_CHANNEL);
const tell = (event: TeachEvent): void => tabs.postMessage(event);

const kept = new KeptExamples();
const learners = new Map<string, Learner>();
const learnerOf = (id: string): Learner => {
  const known = learners.get(id) ?? new Learner();
  learners.set(id, known);
  return known;
};

/** Once a worker: projects whose rows the browser has lost come back from their second copy. */
let checked: Promise<void> | null = null;
function check(): Promise<void> {
  checked ??= navigator.locks.request('bit-lens-teach/restore', async () => {
    const { back, failures } = await restoreLost();
    if (back.length > 0) tell({ kind: 'restored', projects: back });
    if (failures.length > 0) noSecondCopy(failures[0]);
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
  tell({ kind: 'changed', id, revision });
  kept.apply(rows);
  await append(id, rows).catch(noSecondCopy);
}

/** A cancelled call as arithmetic hears it: the signal itself is not heard while the thread is busy. */
const stopper = (cancelled: () => boolean): Stop => ({
  get aborted() {
    return cancelled();
  },
});

const handlers: Handlers<TeachCalls> = {
  async list() {
    await check();
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
  async recall({ id, key }) {
    const { examples } = await kept.material(id, key);
    const stale = new Set(examples.filter((one) => !sameKey(one.key, key)).map((one) => one.id));
    const rows = stale.size === 0 ? [] : await earlierFeatures(id, key, stale);
    if (rows.length === 0) return null;
    const committed = await changeProject(id, { kind: 'set-features', rows });
    await spread(committed);
    return committed.changed;
  },
  async present({ id, classId, key, features }) {
    const material = await kept.material(id, key);
    return hasPicture(material, classId, features);
  },
  async remove({ id }) {
    await removeWithFile(id, noSecondCopy);
    learners.delete(id);
    tell({ kind: 'changed', id, revision: -1 });
    return null;
  },
  original: ({ id, example }) => readOriginal(id, example),
  async learn({ id, key }, { cancelled }) {
    const all = await kept.material(id, key);
    blocking();
    return learnerOf(id).learn(all, stopper(cancelled));
  },
  async score({ id, key }, { onProgress, cancelled }) {
    const all = await kept.material(id, key);
    blocking();
    return learnerOf(id).score(all, (done, total) => onProgress({ done, total }), stopper(cancelled));
  },
  async unlike({ id, features }) {
    return learnerOf(id).unlike(features);
  },
  async backup({ id }, { onProgress }) {
    const [project, examples, features] = await Promise.all([
      projectRow(id),
      readExamples(id),
      readFeatures(id),
    ]);
    const original = (example: string): Promise<Blob | null> => readOriginal(id, example);
    return writeBackup(project, examples, features, original, (done, total) => onProgress({ done, total }));
  },
  async restore({ file }, { onProgress }) {
    const { id, rows, originals } = await readBackup(file, (done, total) => onProgress({ done, total }));
    await spread(await putRows(id, rows, originals));
    return readProject(id);
  },
};

const { post } = serve<TeachCalls>(handlers);

/** Arithmetic on a few thousand pictures of an old machine; the watchdog is told before. */
function blocking(): void {
  post({ kind: 'beat', silentFor: 120_000 });
}
